"""Dates: native fields, fields typed in the page's own order, fields of sections, and calendars."""

from __future__ import annotations

import datetime as dt
import re

from playwright.async_api import ElementHandle

from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.anypage.popup import Popup, close, finish, open_it, start
from listing_worker.agents.form.anypage.typed import clear
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.waiting import Deadline, until

MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_SHAPE = re.compile(
    r"(y{4}|y{2}|m{1,2}|d{1,2}|j{1,2}|t{1,2}|a{4})([^a-z0-9]+)(m{1,2}|d{1,2}|j{1,2}|t{1,2})\2(y{4}|y{2}|d{1,2}|j{4}|a{4})"
)


async def native(hand: Hand, task: Task) -> None:
    """`<input type=date>` and its kin take ISO text."""
    wanted = task.intent.text
    day = task.intent.date
    if task.control.type == "date" and day is not None:
        wanted = day.isoformat()
    elif task.control.type == "month" and day is not None:
        wanted = f"{day:%Y-%m}"
    elif task.control.type == "week" and day is not None:
        wanted = f"{day:%G-W%V}"
    elif task.control.type == "datetime-local" and "T" not in wanted:
        raise Refused("not_filled", "The field wants a time of day too.")
    await task.element.fill(wanted, timeout=task.within(5_000))


def written(day: dt.date, control: Control) -> str | None:
    """The day as the field wants it typed, if the field says how: its placeholder, label or pattern. Else None."""
    for said in (control.placeholder, control.description, control.label, *control.own, *control.beside, control.value):
        found = _SHAPE.search(said.casefold())
        if found:
            first, mark, second, third = found.groups()
            return mark.join(_part(one, day, of=(first, second, third)) for one in (first, second, third))
    return None


def _part(shape: str, day: dt.date, of: tuple[str, str, str]) -> str:
    if shape in {"yyyy", "aaaa", "jjjj"}:
        return f"{day.year:04d}"
    if shape == "yy":
        return f"{day.year % 100:02d}"
    if shape.startswith("m"):
        return f"{day.month:02d}" if len(shape) == 2 else str(day.month)
    return f"{day.day:02d}" if len(shape) == 2 else str(day.day)


def same_day(day: dt.date, text: str, control: Control, *, pressed: bool = False) -> bool:
    """Whether a shown text is this day and can be no other. `pressed`: it was chosen in a calendar that said month and
    year, so that which of two small numbers is the day need not be asked again."""
    said = text.strip().casefold()
    if said.startswith(day.isoformat()):
        return True
    shape = written(day, control)
    numbers = [int(one) for one in re.findall(r"\d+", said)]
    names = [i + 1 for i, name in enumerate(MONTHS) if re.search(rf"\b{name[:3]}[a-z]*\b", said)]
    if names:
        return names == [day.month] and sorted(numbers) == sorted([day.day, day.year])
    if shape is not None and [int(one) for one in re.findall(r"\d+", shape)] == numbers:
        return True
    if shape is None and len(numbers) == 3:
        if numbers == [day.year, day.month, day.day]:
            return True
        sure = pressed or day.day > 12 or day.day == day.month
        return sure and sorted(numbers) == sorted([day.day, day.month, day.year])
    return False


async def typed(hand: Hand, task: Task) -> bool:
    """Types the day into a text field that says its order; False if it does not say."""
    day = task.intent.date
    text = written(day, task.control) if day is not None else None
    if day is None or text is None:
        return False
    await task.element.fill(text, timeout=task.within(3_000))
    held = await task.element.evaluate("e => e.value ?? e.innerText")
    if not same_day(day, held, task.control):
        await clear(hand, task)
        await task.element.type(text, delay=15, timeout=task.within(5_000))
        held = await task.element.evaluate("e => e.value ?? e.innerText")
    await hand.page.keyboard.press("Tab")
    return same_day(day, held, task.control)


async def calendar(hand: Hand, task: Task) -> None:
    """Opens the calendar, goes month by month, presses the day."""
    day = task.intent.date
    if day is None:
        raise Refused("not_filled", f"{task.intent.text!r} is no date.")
    popup = await start(hand, task)
    await open_it(hand, task, popup)
    await in_calendar(hand, task, popup, day)
    task.told = day.isoformat()
    await finish(hand, task, popup)


async def in_calendar(hand: Hand, task: Task, popup: Popup, day: dt.date) -> None:
    async def look() -> tuple[int, int] | None:
        return _month(await popup.tools.evaluate("(p, a) => p.calendar(...a).head", [popup.sets[-1], list(MONTHS)]))

    shown = await until(look, Deadline(4_000))
    for _ in range(36 * 12):
        if shown is None or task.deadline.passed:
            await close(hand, popup)
            raise Refused("option_not_found", "What opened is no calendar that can be read.")
        if shown == (day.year, day.month):
            break
        way = "next" if (day.year, day.month) > shown else "prev"
        button = await _part_of(popup, way)
        if button is None:
            await close(hand, popup)
            raise Refused("option_not_found", f"The calendar does not lead to {day:%B %Y}.")
        await button.click(timeout=task.within(2_000))
        former = shown

        async def moved(before: tuple[int, int] = former) -> tuple[int, int] | None:
            now = await look()
            return now if now != before else None

        shown = await until(moved, Deadline(3_000))
    element = await _day(popup, day)
    if element is None:
        await close(hand, popup)
        raise Refused("option_not_found", f"{day.isoformat()} cannot be chosen in the calendar.")
    await element.click(timeout=task.within(2_000))


def _month(head: str) -> tuple[int, int] | None:
    year = re.search(r"\d{4}", head)
    month = next((i + 1 for i, name in enumerate(MONTHS) if re.search(rf"{name[:3]}", head.casefold())), None)
    return (int(year.group(0)), month) if year and month else None


async def _part_of(popup: Popup, part: str) -> ElementHandle | None:
    found = await popup.tools.evaluate_handle(
        "(p, [set, months, part]) => p.calendar(set, months)[part]", [popup.sets[-1], list(MONTHS), part]
    )
    return found.as_element()


async def _day(popup: Popup, day: dt.date) -> ElementHandle | None:
    """The cell of the day; days of the months before and after, shown in grey, are not meant."""
    found = await popup.tools.evaluate_handle("(p, a) => p.day(...a)", [popup.sets[-1], list(MONTHS), day.day])
    return found.as_element()
