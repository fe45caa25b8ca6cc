"""Choices that stand on the page: native selects, radio buttons, check boxes, switches, tiles, lists."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import ElementHandle
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.compare import loose, number
from listing_worker.agents.form.intents import Intent, Sort
from listing_worker.agents.form.inventory import Control, Option
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.heal.match import NO, YES

IS_ON = (
    "e => e.tagName === 'INPUT' ? e.checked : ['aria-checked', 'aria-pressed', 'aria-selected']"
    ".some(a => e.getAttribute(a) === 'true') || e.getAttribute('data-state') === 'checked'"
)
DEPENDENT = 4_000  # milliseconds for the next select of a cascade to offer the next word


def option_of(word: str, options: tuple[Option, ...], *, flag: bool = False) -> int:
    """The position of the one option that says the word. Raises Refused: none, several, or it cannot be chosen."""
    want = loose(word)
    ways: tuple[Callable[[Option], bool], ...] = (
        lambda o: loose(o.text) == want,
        lambda o: o.value != "" and loose(o.value) == want,
        lambda o: number(o.text) is not None and number(o.text) == number(word),
        lambda o: loose(o.text).startswith(want) and loose(o.text)[len(want) :].lstrip()[:1] in set("(-–—:,·|"),
        lambda o: flag and loose(o.text) in (YES if want == "true" else NO),
    )
    for way in ways:
        found = [i for i, option in enumerate(options) if way(option)]
        if len(found) > 1 and len({(options[i].text, options[i].value) for i in found}) == 1:
            found = found[:1]
        if len(found) == 1:
            if options[found[0]].disabled:
                raise Refused("option_not_found", f"{word!r} is there, but cannot be chosen.")
            return found[0]
        if found:
            raise Refused("ambiguous", f"{len(found)} options say {word!r}.")
    said = ", ".join(option.text for option in options[:12])
    raise Refused("option_not_found", f"There is no option {word!r} among: {said}.")


async def select(hand: Hand, task: Task) -> None:
    """A native select. A list goes into a select of many, or down a chain of dependent selects."""
    intent, control = task.intent, task.control
    if intent.kind in {Sort.MANY, Sort.PATH} and not control.multiple:
        await _chain(hand, task)
        return
    words = intent.words if intent.kind is Sort.MANY else (intent.text,)
    picked = [option_of(word, control.options, flag=intent.kind is Sort.FLAG) for word in words]
    await task.element.select_option(index=picked, timeout=task.within(5_000))


async def _chain(hand: Hand, task: Task) -> None:
    """Select after select: the next one is the nearest after it whose options have the next word."""
    control, element = task.control, task.element
    for depth, word in enumerate(task.intent.words):
        if depth:
            following = await _next_select(hand, control, element, word)
            if following is None:
                raise Refused("option_not_found", f"After {task.intent.words[depth - 1]!r} nothing offers {word!r}.")
            control, element = following, await hand.inventory.element(following)
        await element.select_option(index=option_of(word, control.options), timeout=task.within(5_000))


async def _next_select(hand: Hand, before: Control, element: ElementHandle, word: str) -> Control | None:
    async def offered() -> Control | None:
        inventory = await hand.look()
        here = await inventory.now(before, element)
        if here is None:
            return None
        after = [c for c in inventory.controls if c.frame == here.frame and c.kind == "select" and c.start > here.start]
        following = after[:1]
        return next((c for c in following if c.enabled and _offers(c, word)), None)

    return await until(offered, Deadline(DEPENDENT))


def _offers(control: Control, word: str) -> bool:
    try:
        option_of(word, control.options)
    except Refused:
        return False
    return True


async def chain_value(hand: Hand, control: Control, count: int) -> list[str]:
    """What a chain of selects says, from this one on."""
    after = [c for c in hand.inventory.controls if c.frame == control.frame and c.kind == "select"]
    here = [c for c in after if c.start >= control.start]
    return [c.value for c in here[:count]]


async def flag(hand: Hand, task: Task) -> None:
    """A check box or a switch: pressed only if it stands otherwise."""
    wanted = task.intent.text.casefold() in YES
    if await task.element.evaluate(IS_ON) != wanted:
        await press_tick(hand, task.element, task)


_PRESSABLE = "e => { const b = e.getBoundingClientRect(); return b.width > 1 && b.height > 1; }"


async def press_tick(hand: Hand, element: ElementHandle, task: Task) -> None:
    """Presses a check box, radio button or tile; where something is drawn over it, its label."""
    if await element.evaluate(_PRESSABLE):
        try:
            await element.click(timeout=task.within(1_500))
            return
        except PlaywrightError as error:
            raise_if_gone(error)
    over = await element.evaluate_handle(
        "e => (e.labels && [...e.labels].find(l => l.checkVisibility())) || e.closest('label') || e.parentElement"
    )
    label = over.as_element()
    if label is None:
        raise Refused("not_filled", "It cannot be pressed.")
    await label.click(timeout=task.within(2_500))


async def members(hand: Hand, task: Task) -> None:
    """Radio buttons, check boxes in a group, tiles, a list on the page: what is wanted on, of several the rest off."""
    intent, control = task.intent, task.control
    words = intent.words if intent.kind in {Sort.MANY, Sort.PATH} else (intent.text,)
    wanted = [option_of(word, control.options, flag=intent.kind is Sort.FLAG) for word in words]
    if len(wanted) > 1 and control.kind == "radio":
        raise Refused("not_filled", "Only one of these can be chosen, and several are wanted.")
    many = control.kind == "checks" or (control.multiple and control.kind == "listbox") or len(wanted) > 1
    for i, option in enumerate(control.options):
        if many and option.chosen and i not in wanted:
            await press_tick(hand, await hand.inventory.element(control, i), task)
    looks = 0
    for i in wanted:
        element = await hand.inventory.element(control, i)
        if await element.evaluate(IS_ON):
            continue
        await press_tick(hand, element, task)
        if control.kind == "tiles" and not await element.evaluate(IS_ON):
            looks += await _looks_chosen(hand, task, element)
    if wanted and looks == len(wanted):
        task.told = ", ".join(words)


async def _looks_chosen(hand: Hand, task: Task, element: ElementHandle) -> bool:
    """A tile without any ARIA state: it must have come to look as none of the others does.

    Their own looks (each colour its own background) are told apart by what changed.
    """
    await hand.page.mouse.move(0, 0)
    script = (
        "(e, fields) => { const s = getComputedStyle(e); return fields.map(f => f === 'class' ? e.className : s[f]); }"
    )
    fields = ["class", "outline", "border", "boxShadow", "fontWeight", "opacity"]
    mine = await element.evaluate(script, fields)
    others = []
    for i in range(len(task.control.options)):
        other = await hand.inventory.element(task.control, i)
        if not await other.evaluate("(x, e) => x === e", element):
            others.append(await other.evaluate(script, fields))
    return any(all(mine[f] != other[f] for other in others) for f in range(len(fields)))


def chosen_text(control: Control) -> str:
    return ", ".join(option.text for option in control.options if option.chosen)


def equal_choice(intent: Intent, control: Control) -> bool:
    """Whether exactly what was meant is chosen."""
    if control.kind in {"checkbox", "switch"}:
        return (control.value == "true") == (intent.text.casefold() in YES)
    chosen = {i for i, option in enumerate(control.options) if option.chosen}
    words = intent.words if intent.kind in {Sort.MANY, Sort.PATH} else (intent.text,)
    try:
        wanted = {option_of(word, control.options, flag=intent.kind is Sort.FLAG) for word in words}
    except Refused:
        return False
    if control.kind == "select" and not control.multiple:
        return bool(chosen) and {control.options[i].text for i in chosen} == {control.options[i].text for i in wanted}
    return chosen == wanted
