"""One value into one control, and what the control says afterwards."""

from __future__ import annotations

from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.anypage import choices, dates, files, popup, typed
from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.intents import Sort
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.heal.match import CHOICES

PLAIN = frozenset({"text", "number", "rich"})  # these say themselves what they hold
SETTLE = 1_500  # milliseconds in which a control may come to say what was put in
POPUPS = frozenset({"opener", "button", "combobox"})
MOVES = CHOICES | POPUPS | {"checkbox", "switch", "file"}  # filling these may change the rest of the form


async def put(hand: Hand, task: Task) -> None:
    """Puts the value in by real input. Raises Refused, and what Playwright raises."""
    kind, intent = task.control.kind, task.intent
    if kind in POPUPS or intent.kind is Sort.MANY:
        task.around = (await popup.shown(hand, task))[1]
    if intent.kind is Sort.FILES:
        task.told = await files.files(hand, task)
    elif intent.kind is Sort.DATE and kind in {"text", "combobox", "opener", "button"}:
        await _date(hand, task)
    elif kind == "date":
        await dates.native(hand, task)
    elif kind == "select":
        await choices.select(hand, task)
    elif kind in {"checkbox", "switch"}:
        await choices.flag(hand, task)
    elif kind in CHOICES:
        await choices.members(hand, task)
    elif kind == "combobox":
        await popup.combobox(hand, task)
    elif kind in {"opener", "button"}:
        await popup.opener(hand, task)
    elif kind == "slider":
        await typed.slider(hand, task)
    elif kind == "spin":
        await typed.spin(hand, task)
    elif kind == "color":
        await task.element.fill(intent.text.lower(), timeout=task.within(3_000))
    elif intent.kind is Sort.MANY:
        await _many_in_text(hand, task)
    else:
        await typed.text(hand, task)


async def _date(hand: Hand, task: Task) -> None:
    if task.control.kind in {"text", "combobox"} and await dates.typed(hand, task):
        return
    await dates.calendar(hand, task)


async def _many_in_text(hand: Hand, task: Task) -> None:
    """Tokens if the field makes tokens of what is typed, else one text with commas."""
    try:
        await popup.tokens(hand, task)
    except Refused:
        if (await popup.shown(hand, task))[1] != task.around and len(task.intent.words) > 1:
            raise
        await typed.clear(hand, task)
        await task.element.fill(task.intent.text, timeout=task.within(3_000))


async def read(hand: Hand, task: Task) -> tuple[str, bool]:
    """What the form says now for the task's field, and whether that is what was meant. Looks at the page anew."""
    if task.control.kind in PLAIN and task.intent.kind not in {Sort.MANY, Sort.DATE} and await _is_there(task):
        value = str(await task.element.evaluate("e => 'value' in e ? e.value : e.innerText"))
        return value, typed.equal_text(task, value)
    inventory = await hand.look()
    now = await inventory.now(task.control, task.element)
    if now is not None:
        task.element, task.frame = await inventory.element(now), inventory.frame_of(now)
    elif not await _is_there(task):
        return "", False
    return await _holds(hand, task, now or task.control)


async def _is_there(task: Task) -> bool:
    try:
        return bool(await task.element.evaluate("e => e.isConnected"))
    except PlaywrightError as error:
        raise_if_gone(error)
        return False


async def _holds(hand: Hand, task: Task, now: Control) -> tuple[str, bool]:
    kind, intent = now.kind, task.intent
    if intent.kind is Sort.FILES:
        return task.told, bool(task.told)
    if kind == "select":
        if intent.kind in {Sort.MANY, Sort.PATH} and not now.multiple:
            values = await choices.chain_value(hand, now, len(intent.words))
            words = [value.casefold().strip() for value in values]
            return " > ".join(values), words == [word.casefold().strip() for word in intent.words]
        return choices.chosen_text(now), choices.equal_choice(intent, now)
    if kind in {"checkbox", "switch"}:
        return now.value, choices.equal_choice(intent, now)
    if kind in CHOICES:
        return choices.chosen_text(now) or task.told, choices.equal_choice(intent, now) or bool(task.told)
    if intent.kind is Sort.DATE and intent.date is not None and kind != "date":
        holds, around = await popup.shown(hand, task)
        shown = next(
            (one for one in (holds, *around) if dates.same_day(intent.date, one, now, pressed=bool(task.told))), None
        )
        return shown or holds, shown is not None
    if kind == "date":
        day = intent.date
        return now.value, now.value == intent.text or (day is not None and now.value == day.isoformat()) or (
            day is not None and now.type in {"month", "week"} and now.value in {f"{day:%Y-%m}", f"{day:%G-W%V}"}
        )
    if kind == "slider" and not now.value:
        value = str(await task.element.evaluate(typed.READ_NOW))
        return value, typed.equal_text(task, value)
    if kind in POPUPS or task.control.kind in POPUPS or intent.kind is Sort.MANY:
        return await _shown(hand, task, now)
    return now.value, typed.equal_text(task, now.value)


async def _shown(hand: Hand, task: Task, now: Control) -> tuple[str, bool]:
    holds, around = await popup.shown(hand, task)
    if task.intent.kind is Sort.MANY and (task.control.kind in {"text", "combobox"}):
        task.several = True
        if typed.equal_text(task, holds):
            return holds, True
        if task.told and not holds.strip():
            return task.told, True
    same = popup.is_shown(task, holds, around, task.around)
    new = [one for one in around if one not in task.around]
    return holds.strip() or ", ".join(new[:6]), same


async def settled(hand: Hand, task: Task, settle: float = SETTLE) -> tuple[str, bool]:
    """Reads until it is the same, or the control has had its time."""
    last: tuple[str, bool] = ("", False)

    async def look() -> tuple[str, bool] | None:
        nonlocal last
        last = await read(hand, task)
        return last if last[1] else None

    return await until(look, Deadline(settle)) or last


async def take_out(hand: Hand, task: Task) -> bool:
    """Sets a control back to what it held. Whether it does hold that now."""
    kind = task.control.kind
    try:
        if kind in {"text", "rich", "number", "date"} or (
            kind == "combobox" and task.intent.kind not in {Sort.MANY, Sort.PATH}
        ):
            await task.element.fill(task.before, timeout=1_500)
            return bool(
                await task.element.evaluate("(e, v) => (e.value ?? e.innerText).trim() === v.trim()", task.before)
            )
        if kind == "select":
            chosen = [i for i, option in enumerate(task.control.options) if option.chosen]
            await task.element.select_option(index=chosen, timeout=1_500)
            return True
    except PlaywrightError as error:
        raise_if_gone(error)
        return False
    if kind in POPUPS:
        return await _undo_choices(hand, task)
    now = await (await hand.look()).now(task.control, task.element)
    return now is not None and now.value == task.before


async def _undo_choices(hand: Hand, task: Task) -> bool:
    """Whether a widget shows again what it showed before; tokens are taken back by Backspace."""
    try:
        for _ in range(2 * len(task.intent.words) if task.control.kind == "combobox" else 0):
            if (await popup.shown(hand, task))[1] == task.around:
                break
            await task.element.focus()
            await hand.page.keyboard.press("Backspace")
        holds, around = await popup.shown(hand, task)
    except PlaywrightError as error:
        raise_if_gone(error)
        return False
    return around == task.around and (task.control.kind != "combobox" or holds.strip() == task.before.strip())
