"""Several of many (tiles, chips), and switches."""

from __future__ import annotations

from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import visible_matches
from listing_worker.agents.form.observe import read_value
from listing_worker.agents.form.readback import read_field
from listing_worker.agents.form.steps import Planned, Read, ReadBy, Tiles, Toggle
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.form.widgets.choose import open_until, pick
from listing_worker.errors import FormChanged

PRESS_AGAIN = 2_000  # milliseconds after which a press that changed nothing is taken as lost


async def tiles(form: Form, step: Tiles, planned: Planned) -> str:
    """Opens, clears what is chosen and not wanted, presses what is missing, closes."""
    values = planned.value if isinstance(planned.value, tuple) else (words_of(planned)["value"],)
    every = words_of(planned)
    deadline = Deadline(step.timeout)
    if step.at is not None and values:
        await open_until(form, step.at, step.tile, {**every, "value": values[0]}, deadline, step.field)
    chosen = await _chosen(form, step)
    found_by = str(step.tile)
    for text in chosen - set(values):
        await pick(form, step.tile, {**every, "value": text}, deadline, step.field)
    for value in values:
        if value not in chosen:
            found_by = (await pick(form, step.tile, {**every, "value": value}, deadline, step.field)).candidate
    if step.done is not None:
        await form.press(step.done, timeout=max(deadline.left, 1_000), field=step.field)
        await form.wait_gone(step.done, timeout=max(deadline.left, 500))
    return found_by


async def _chosen(form: Form, step: Tiles) -> set[str]:
    matches = await visible_matches(form.page, step.chosen) if step.chosen is not None else None
    return {" ".join(text.split()) for text in await matches.all_inner_texts()} if matches is not None else set()


async def toggle(form: Form, step: Toggle, planned: Planned) -> str:
    """Presses only if the state is not the wanted one, confirms if asked, waits for the state."""
    deadline = Deadline(step.timeout)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    wanted = words_of(planned)["value"]
    if step.read.at is None and await read_value(found.locator, Read(by=ReadBy.CHECKED)) == wanted:
        return found.candidate

    async def settled() -> bool:
        if step.confirm is not None and (button := await form.find(step.confirm)) is not None:
            await button.locator.click(timeout=2_000)
        return (await read_field(form, step)).same

    while not deadline.passed:
        await form.press(step.press or step.at, timeout=max(deadline.left, 500), field=step.field)
        if await until(settled, Deadline(min(PRESS_AGAIN, deadline.left))):
            return found.candidate
    raise FormChanged(f"{step.field}: the switch does not stay {wanted!r}.", field=step.field)
