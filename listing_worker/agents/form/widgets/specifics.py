"""Rows with a name and a value control, such as item specifics: found by their exact name, filled one by one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import Words, find
from listing_worker.agents.form.observe import ABSENT, NOT_FOUND
from listing_worker.agents.form.readback import absent, read_row
from listing_worker.agents.form.steps import Planned, Specifics
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.form.widgets.choose import open_until
from listing_worker.errors import FieldNotFound, FormChanged, OptionNotFound
from listing_worker.models import FieldReport

SETTLE = 2_000


async def specifics(form: Form, step: Specifics, planned: Planned) -> list[FieldReport]:
    """Fills every planned row; each is read back on the spot. Rows that hold the values already are left alone."""
    if not isinstance(planned.value, Mapping):
        raise FormChanged(f"{step.field}: rows need names and values.", field=step.field)
    return [await _row(form, step, name, values) for name, values in planned.value.items()]


async def _row(form: Form, step: Specifics, name: str, values: Sequence[str]) -> FieldReport:
    started = time.monotonic()
    words = {"name": name}
    field = f"{step.field}.{name}"
    deadline = Deadline(step.timeout)
    row = step.row.filled(words)

    async def here() -> bool:
        if await find(form.page, row) is not None:
            return True
        if step.more is not None and await find(form.page, step.more) is not None:
            await form.press(step.more, timeout=2_000, field=field)
        return False

    before = await read_row(form, step, name, values)
    if before.same and before.found_by != ABSENT:
        return before
    if before.on_form == NOT_FOUND or before.found_by == ABSENT:
        if not await until(here, Deadline(step.timeout if step.required else 400)):
            if not step.required and not await form.shows(row):
                return absent(None, field, ", ".join(values), started)
            raise FieldNotFound(f"{field}: no such row, or more than one.", field=field)
        before = await read_row(form, step, name, values)
        if before.same:
            return before
    found_by = await _fill_row(form, step, name, values, deadline)
    return await read_row(form, step, name, values, settle=SETTLE, found_by=found_by)


async def _fill_row(form: Form, step: Specifics, name: str, values: Sequence[str], deadline: Deadline) -> str:
    words = {"name": name}
    field = f"{step.field}.{name}"
    row = step.row.filled(words)
    if step.toggle is not None and await form.shows(step.toggle.inside(row), {**words, "value": values[0]}):
        for value in values:
            await form.press(step.toggle.inside(row), {**words, "value": value}, timeout=deadline.left, field=field)
        return str(step.toggle)
    opener = step.opener.inside(row).filled(words) if step.opener else None
    if opener is None or (form.just_found(opener) or await form.find(opener)) is None:
        if step.input is None:
            raise FieldNotFound(f"{field}: the row has no control.", field=field)
        found = await form.locate(step.input.inside(row), words, timeout=deadline.left, field=field)
        await found.locator.fill(", ".join(values), timeout=max(deadline.left, 500))
        await found.locator.blur(timeout=max(deadline.left, 500))
        return found.candidate
    scope = (step.menu or step.row).filled(words)
    for value in values:
        await _pick_value(form, step, scope, opener, {**words, "value": value}, deadline, field)
    if len(values) > 1 or not step.closes_itself:
        any_option = step.option.inside(scope).filled({**words, "value": values[-1]})
        if await form.shows(any_option):
            await form.page.keyboard.press("Escape")
            await form.wait_gone(any_option, timeout=1_000)
    return str(opener)


async def _pick_value(
    form: Form, step: Specifics, scope: Target, opener: Target, words: Words, deadline: Deadline, field: str
) -> None:
    """Opens the row's menu and picks one value: by its exact option, else as an own value."""
    option = step.option.inside(scope)
    search = step.search.inside(scope) if step.search is not None else None
    await open_until(form, opener, search or option, words, deadline, field, menu=option)  # some menus have no search
    there = await find(form.page, option, words)
    if there is not None:
        await form.press(option, words, timeout=deadline.left, field=field, found=there)
        return
    if search is None or not await form.shows(search, words):
        raise OptionNotFound(f"{field}: there is no option {words['value']!r}.", field=field)
    box = await form.locate(search, words, timeout=deadline.left, field=field)
    await box.locator.fill(words["value"][:-1], timeout=max(deadline.left, 500))
    await box.locator.press_sequentially(words["value"][-1:], timeout=max(deadline.left, 500))  # as in typeahead.py
    own = step.own.inside(scope) if step.own is not None else None

    async def offered() -> str | None:
        if await form.shows(option, words):
            return "option"
        return "own" if own is not None and await form.shows(own, words) else None

    match await until(offered, Deadline(1_500)):
        case "option":
            await form.press(option, words, timeout=deadline.left, field=field)
        case "own" if own is not None:
            await form.press(own, words, timeout=deadline.left, field=field)
        case _:
            await box.locator.press("Enter", timeout=max(deadline.left, 500))
