"""Fields that are typed into: text, numbers, masked amounts, rich text, spin buttons, sliders, colours."""

from __future__ import annotations

from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.compare import cents, number, text_lines
from listing_worker.agents.form.intents import Sort

CHANGED = "e => 'value' in e ? e.value : e.innerText"


async def text(hand: Hand, task: Task) -> None:
    """Sets the text at once; a field that makes something else of it gets it key by key."""
    wanted = _as_typed(task)
    await task.element.fill(wanted, timeout=task.within(5_000))
    if await same_text(hand, task):
        return
    await clear(hand, task)
    await task.element.type(wanted, delay=5, timeout=task.within(8_000))


def _as_typed(task: Task) -> str:
    """A list in a plain text field is typed with commas; a number as it is."""
    wanted = task.intent.text
    if task.control.tag == "input" and "\n" in wanted:
        raise Refused("not_filled", "The text has several lines and the field has one.")
    if task.control.type == "number" and number(wanted) is None:
        amount = cents(wanted)
        if amount is None:
            raise Refused("not_filled", f"The field takes a number and {wanted!r} is none.")
        return f"{amount / 100:.2f}"
    if task.control.longest and len(wanted) > task.control.longest:
        raise Refused("not_filled", f"The field takes {task.control.longest} characters, the text has {len(wanted)}.")
    return wanted


async def clear(hand: Hand, task: Task) -> None:
    await task.element.focus()
    await hand.page.keyboard.press("ControlOrMeta+a")
    await hand.page.keyboard.press("Delete")


async def same_text(hand: Hand, task: Task) -> bool:
    return equal_text(task, await task.element.evaluate(CHANGED))


def equal_text(task: Task, on_form: str) -> bool:
    """Whether a typed field holds what was meant: the same text, or the same number where it is one."""
    wanted = task.intent.text
    if text_lines(wanted) == text_lines(on_form):
        return True
    if task.intent.kind is Sort.NUMBER or task.control.kind in {"number", "spin", "slider"}:
        ours, theirs = number(wanted), number(on_form)
        if ours is not None and theirs is not None:
            return ours == theirs
        if cents(wanted) is not None and cents(wanted) == cents(_plain_amount(on_form)):
            return True
        if "." in on_form or "," in on_form:
            return False  # the same digits with a point between them are another number
    if task.intent.kind is Sort.MANY:
        parts = [part.strip() for part in on_form.split(",") if part.strip()]
        return parts == list(task.intent.words)
    if task.control.kind == "rich":
        return " ".join(wanted.split()) == " ".join(on_form.split()) and "\n" not in wanted.strip()
    digits = "".join(letter for letter in wanted if letter.isalnum())
    shown = "".join(letter for letter in on_form if letter.isalnum())
    return bool(digits) and digits.isdigit() and digits == shown  # masks: "(555) 123-4567"


def _plain_amount(on_form: str) -> str:
    """An amount without its currency sign, wherever that stands."""
    return on_form.replace("\u00a0", " ").strip().strip("$€£¥ ").removesuffix(" USD").removesuffix(" EUR").strip()


async def slider(hand: Hand, task: Task) -> None:
    """A native range is set; a slider of the page's own is moved by its keys, as ARIA wants it."""
    if task.control.tag == "input":
        await task.element.fill(task.intent.text, timeout=task.within(5_000))
        return
    await by_keys(hand, task)


# what a slider says: itself, or, where it says nothing, the one number shown in the smallest box around it
READ_NOW = """e => {
  const own = e.getAttribute('aria-valuenow') ?? e.value;
  if (own !== null && own !== undefined && own !== '') return own;
  const numbers = box => [...box.querySelectorAll('*')].filter(x => !x.children.length && x.checkVisibility() &&
    /^-?\\d+(\\.\\d+)?$/.test((x.value ?? x.innerText ?? '').trim()));
  let after = e;
  for (let i = 0; i < 3 && after; i++, after = after.parentElement) {
    const next = after.nextElementSibling;
    if (next && /^-?\\d+(\\.\\d+)?$/.test((next.innerText || '').trim())) return next.innerText.trim();
    const inside = after.parentElement ? numbers(after.parentElement) : [];
    if (inside.length === 1) return (inside[0].value ?? inside[0].innerText).trim();
    if (inside.length) break;
  }
  return '';
}"""


async def by_keys(hand: Hand, task: Task) -> None:
    """Moves by arrow keys until the value is reached; refuses a value between two steps."""
    wanted = number(task.intent.text)
    if wanted is None:
        raise Refused("not_filled", f"The slider takes a number and {task.intent.text!r} is none.")
    await task.element.focus()
    for _ in range(400):
        now = number(str(await task.element.evaluate(READ_NOW)))
        if now is None or now == wanted:
            break
        key = "ArrowRight" if wanted > now else "ArrowLeft"
        if abs(wanted - now) > 40:
            key = "PageUp" if wanted > now else "PageDown"
        await hand.page.keyboard.press(key)
        after = number(str(await task.element.evaluate(READ_NOW)))
        passed = after is not None and (after - wanted) * (now - wanted) < 0 and not key.startswith("Page")
        if after == now or passed or task.deadline.passed:
            if key.startswith("Page"):
                await hand.page.keyboard.press("ArrowRight" if wanted > now else "ArrowLeft")
                continue
            raise Refused("not_filled", f"The slider cannot stand at {task.intent.text}.")


async def spin(hand: Hand, task: Task) -> None:
    """A spin button without a text field: keys again; with one it is typed."""
    if task.control.tag == "input":
        await text(hand, task)
        return
    await by_keys(hand, task)
