"""Parts of a form that open: collapsed blocks, dialogs with fields, wizards. And waiting for a sign."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable

from listing_worker.agents.form.form import Form
from listing_worker.agents.form.readback import read_back, read_field, read_outside, reading_of
from listing_worker.agents.form.steps import (
    AnyStep,
    Await,
    Fill,
    FillMasked,
    Modal,
    Page,
    ReadBy,
    Reveal,
    Step,
    Toggle,
    Wizard,
)
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport

RunStep = Callable[[Form, AnyStep], Awaitable[list[FieldReport]]]

SETTLE = 1_500
HEALS_AFTER = 3_000
VISITS = 3  # a wizard page shown more often than this goes round in circles


async def wait(form: Form, step: Await) -> None:
    """Waits for the signs. Raises FormChanged if they are required and do not come."""
    deadline = Deadline(step.timeout)
    came = step.visible is None or await form.wait_shown(step.visible, timeout=deadline.left)
    went = step.gone is None or await form.wait_gone(step.gone, timeout=deadline.left)
    if step.required and not (came and went):
        raise FormChanged(f"Waited {step.timeout / 1000:.0f} s in vain for {step.visible or step.gone}.")


async def reveal(form: Form, step: Reveal) -> None:
    """Opens a collapsed part unless it is open."""
    if await form.shows(step.shows):
        return
    if not step.required and await form.find(step.at) is None:
        return
    timeout = step.timeout if form.healer is None else min(step.timeout, HEALS_AFTER)  # its fields may be open anywhere
    await form.press(step.at, timeout=timeout)
    if not await form.wait_shown(step.shows, timeout=timeout):
        raise FormChanged(f"{step.at} was pressed, but {step.shows} does not show.")


async def modal(form: Form, step: Modal, run_step: RunStep) -> list[FieldReport]:
    """Opens the dialog, fills its fields, presses Done, waits until it is gone.

    Left alone if everything planned can be read outside and is there already.
    """
    planned = [s for s in step.steps if isinstance(s, Step) and form.planned(s.field)]
    outside = [s for s in planned if read_outside(s, step.panel)]
    if outside and len(outside) == len(planned):
        already = [report for s in outside for report in await read_back(form, [s])]
        if all(report.same for report in already):
            return already
    deadline = Deadline(step.timeout)
    if not await form.shows(step.panel):
        await form.press(step.at, timeout=deadline.left)
        if not await form.wait_shown(step.panel, timeout=max(deadline.left, 500)):
            raise FormChanged(f"{step.at} was pressed, but the dialog {step.panel} does not open.")
    reports: list[FieldReport] = []
    try:
        for inner in step.steps:
            reports += await run_step(form, _read_inside(inner) if inner in outside else inner)
    except FormChanged:
        if form.healer is not None and step.close is not None and await form.shows(step.close):
            await form.press(step.close, timeout=2_000)  # else it covers what other fields need
        raise
    form.remembered.update({report.field: report for report in reports})
    await form.press(step.done, timeout=max(deadline.left, 1_000))
    if not await form.wait_gone(step.panel, timeout=max(deadline.left, 1_000)):
        raise FormChanged(f"The dialog {step.panel} does not close.")
    after = {s.field: await read_field(form, s, settle=SETTLE) for s in outside}
    return [_merged(report, after.get(report.field)) for report in reports]


def _read_inside(step: AnyStep) -> AnyStep:
    """The step read from its own control while the dialog is open: outside, the value is written by Done only."""
    assert isinstance(step, Step)
    own = isinstance(step, Fill | FillMasked | Toggle)
    by = reading_of(step).by if own else ReadBy.UNREADABLE
    return step.model_copy(update={"read": reading_of(step).model_copy(update={"at": None, "by": by})})


def _merged(inside: FieldReport, outside: FieldReport | None) -> FieldReport:
    """The outside reading counts; how and how fast it was filled is from inside."""
    if outside is None:
        return inside
    return outside.model_copy(update={"found_by": inside.found_by, "milliseconds": inside.milliseconds})


async def wizard(form: Form, step: Wizard, run_step: RunStep) -> list[FieldReport]:
    """Goes through the pages as they come until `finished` shows. Left alone if its field reads as meant already."""
    started = time.monotonic()
    if form.planned(step.field) is not None and await form.shows(step.finished):
        before = await read_field(form, step)
        if before.same:
            return [before]
    deadline = Deadline(step.timeout)
    visits: Counter[str] = Counter()
    reports: list[FieldReport] = []
    if await _page_shown(form, step) is None:
        await form.press(step.at, timeout=deadline.left, field=step.field)

    async def next_page() -> Page | str | None:
        return await _page_or_end(form, step)

    while True:
        page: Page | str | None = await until(next_page, deadline)
        if page is None:
            raise FormChanged(f"{step.field}: the wizard shows no page we know.", field=step.field)
        if isinstance(page, str):
            break
        visits[page.name] += 1
        if visits[page.name] > VISITS:
            raise FormChanged(f"{step.field}: the wizard does not get past '{page.name}'.", field=step.field)
        for inner in page.steps:
            reports += await run_step(form, inner)
        await _leave(form, step, page, deadline)
    form.remembered.update({report.field: report for report in reports})
    if form.planned(step.field) is None:
        return reports
    own = await read_field(form, step, settle=SETTLE)
    took = round((time.monotonic() - started) * 1000)
    return [own.model_copy(update={"milliseconds": took}), *reports]


async def _page_shown(form: Form, step: Wizard) -> Page | None:
    for page in step.pages:
        if await form.shows(page.sign):
            return page
    return None


async def _page_or_end(form: Form, step: Wizard) -> Page | str | None:
    page = await _page_shown(form, step)
    if page is not None:
        return page
    panel_open = step.panel is not None and await form.shows(step.panel)
    return "finished" if not panel_open and await form.shows(step.finished) else None


async def _leave(form: Form, step: Wizard, page: Page, deadline: Deadline) -> None:
    """Presses the page's button and waits until another page, or the end, shows."""
    if page.next is None:
        return
    await form.press(page.next, timeout=max(deadline.left, 500), field=f"{step.field}: {page.name}")

    async def moved() -> bool:
        return not await form.shows(page.sign)

    await until(moved, Deadline(min(deadline.left, 5_000)))
