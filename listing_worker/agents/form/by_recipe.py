"""Filling a form: the steps in order, strictly one after the other, each read back on the spot.

A step that could not be located is given to the healer, if there is one; what it returns is tried once and counts only
if the field then reads back as meant. Nothing here publishes.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form, blocked_by
from listing_worker.agents.form.observe import ABSENT, NONE_CHOSEN, holds, own_target
from listing_worker.agents.form.readback import (
    absent,
    meant_of,
    planned_of,
    read_back,
    read_field,
    reading_of,
)
from listing_worker.agents.form.steps import (
    AnyStep,
    Await,
    Cascade,
    Choose,
    Fill,
    FillMasked,
    FillRich,
    Modal,
    OneOf,
    ReadBy,
    Reveal,
    Special,
    Specifics,
    Step,
    Tiles,
    Toggle,
    Tokens,
    Typeahead,
    Upload,
    When,
    Wizard,
)
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.form.widgets import choose, panels, specifics, text, tiles, typeahead, upload
from listing_worker.errors import FieldNotFound, FormChanged, PageTimeout
from listing_worker.models import FieldReport

SETTLE = 1_500  # milliseconds in which a field may come to say what was put in
ABSENT_AFTER = 400  # milliseconds until a field that the form need not have counts as absent
_LEFT_ALONE = (Choose, Cascade, Toggle, Tiles, Tokens, Typeahead, Upload)  # not touched if they hold the value already


BeforeStep = Callable[[AnyStep], Awaitable[None]]


async def fill(
    form: Form, steps: Sequence[AnyStep], *, rounds: int = 2, before: BeforeStep | None = None
) -> list[FieldReport]:
    """Fills every planned field in the order of the steps; the table of what the form says afterwards.

    Sites write suggestions of their own into fields, sometimes late: after the last step everything is read once more,
    and what differs is filled again, at most `rounds` - 1 times. The table is of the last reading; `found_by` and
    `milliseconds` tell how each field was filled. `before` is called before each step that has something planned; what
    it raises stops the filling. Raises FormChanged and its kinds, RetryLater; differences that stay
    are in the table (`same=False`), for the caller to refuse.
    """
    made: dict[str, FieldReport] = {}
    for step in steps:
        if before is not None:
            await before(step)
        for report in await run_step(form, step):
            made[report.field] = report
    for step in steps:
        if isinstance(step, Upload) and step.background:
            await upload.end(form, step)
    last = await _left_and_read(form, steps)
    for _ in range(rounds - 1):
        wrong = {report.field.partition(".")[0] for report in last if not report.same}
        if not wrong:
            break
        for step in steps:
            if wrong & set(fields_of(step)):
                for report in await run_step(form, step):
                    made[report.field] = report
        last = await _left_and_read(form, steps)
    return [_with_origin(report, made.get(report.field)) for report in last]


async def _left_and_read(form: Form, steps: Sequence[AnyStep]) -> list[FieldReport]:
    """All fields, once the last one filled has been left: some change what they hold just then."""
    await form.page.evaluate("document.activeElement instanceof HTMLElement && document.activeElement.blur()")
    return await read_back(form, steps, reopen=False)


def _with_origin(report: FieldReport, made: FieldReport | None) -> FieldReport:
    if made is None:
        return report
    return report.model_copy(update={"found_by": made.found_by, "milliseconds": made.milliseconds})


def fields_of(step: AnyStep) -> tuple[str, ...]:
    """The planned fields a step serves, those of its inner steps included."""
    match step:
        case Modal() | OneOf():
            return tuple(field for inner in step.steps for field in fields_of(inner))
        case Wizard():
            inner = tuple(f for page in step.pages for s in page.steps for f in fields_of(s))
            return (step.field, *inner)
        case Await():
            return ()
        case Reveal():
            return step.fields
        case _:
            return (step.field,)


async def run_step(form: Form, step: AnyStep) -> list[FieldReport]:
    """One step, if anything is planned for it and its condition holds; the reports of its fields."""
    if isinstance(step, Await):
        if await holds(form, step.when):
            await panels.wait(form, step)
        return []
    if isinstance(step, Upload):
        if not form.photos:
            return []
    elif not form.wants(fields_of(step)):
        return []
    await form.interruptions.clear_before_step()
    if isinstance(step, OneOf):
        return await _one_of(form, step)
    if not await holds(form, step.when):
        return []
    match step:
        case Reveal():
            await panels.reveal(form, step)
            return []
        case Modal():
            return await panels.modal(form, step, run_step)
        case Wizard():
            return await panels.wizard(form, step, run_step)
        case Specifics():
            return await specifics.specifics(form, step, planned_of(form, step))
        case _:
            return [await _field(form, step)]


async def _field(form: Form, step: AnyStep) -> FieldReport:
    """Fills one field and reads it back; asks the healer where it could not be located."""
    assert isinstance(step, Step)
    healed = form.healed.get(step.field)
    if isinstance(healed, Step):
        step = healed
    started = time.monotonic()
    planned = planned_of(form, step)
    if isinstance(step, _LEFT_ALONE):
        before = await read_field(form, step)
        if (
            before.same
            and before.found_by not in {ABSENT, NONE_CHOSEN}
            and reading_of(step).by is not ReadBy.UNREADABLE
        ):
            return before
    if not step.required and await _is_absent(form, step):
        return absent(step.field, meant_of(form, step, planned, reading_of(step)), started)
    try:
        found_by = await _put(form, step)
    except FieldNotFound as problem:
        other = await form.healer.heal(form.page, step, planned, problem) if form.healer else None
        if other is None or not isinstance(other, Step):
            raise
        found_by = await _put(form, other)
        healed_report = await read_field(form, other, settle=SETTLE, found_by=f"healed: {found_by}")
        if healed_report.same:
            form.healed[step.field] = other
        return healed_report.model_copy(update={"milliseconds": round((time.monotonic() - started) * 1000)})
    if step.after is not None and not await form.wait_shown(step.after, words_of(planned), timeout=step.timeout):
        raise FormChanged(f"{step.field}: filled, but {step.after} does not show.", field=step.field)
    settle = 0 if step.field in form.under_way else SETTLE
    report = await read_field(form, step, settle=settle, found_by=found_by)
    return report.model_copy(update={"milliseconds": round((time.monotonic() - started) * 1000)})


async def _is_absent(form: Form, step: Step) -> bool:
    target = own_target(step) or getattr(step, "option", None) or getattr(step, "tile", None)
    if target is None:
        return False
    words = words_of(planned_of(form, step))

    async def here() -> bool:
        return (await form.find(target, words)) is not None or await form.shows(target, words)

    return not await until(here, Deadline(ABSENT_AFTER))


async def _put(form: Form, step: AnyStep) -> str:
    """Puts the planned value in; says by which candidate. What the browser could not do is told as one of ours."""
    field = step.field if isinstance(step, Step) else ""
    try:
        return await _by_widget(form, step)
    except PlaywrightTimeout as error:
        raise FormChanged(f"{field} could not be filled: {blocked_by(error)}.", field=field) from error
    except PlaywrightError as error:
        raise_if_gone(error)
        if is_passing(error):
            raise PageTimeout(f"The page was replaced while {field} was being filled.") from error
        raise FormChanged(f"{field} could not be filled: {error.message.splitlines()[0]}", field=field) from error


async def _by_widget(form: Form, step: AnyStep) -> str:
    """The widget of the step's kind."""
    if isinstance(step, Upload):
        return await (upload.begin(form, step) if step.background else upload.upload(form, step))
    assert isinstance(step, Step)
    planned = planned_of(form, step)
    match step:
        case Fill():
            return await text.fill(form, step, planned)
        case FillMasked():
            return await text.fill_masked(form, step, planned)
        case FillRich():
            return await text.fill_rich(form, step, planned)
        case Choose():
            return await choose.choose(form, step, planned)
        case Cascade():
            return await choose.cascade(form, step, planned)
        case Typeahead():
            return await typeahead.typeahead(form, step, planned)
        case Tokens():
            return await typeahead.tokens(form, step, planned)
        case Tiles():
            return await tiles.tiles(form, step, planned)
        case Toggle():
            return await tiles.toggle(form, step, planned)
        case Special():
            method = getattr(form.special, f"fill_{step.field}")
            await method(form.page, planned)
            return f"fill_{step.field}"
        case _:
            raise FormChanged(f"{step.field}: a step of kind {step.kind} cannot be filled by itself.", field=step.field)


async def _one_of(form: Form, step: OneOf) -> list[FieldReport]:
    """Waits until one of the variants is on the page, and runs it."""

    async def present() -> AnyStep | None:
        for variant in step.steps:
            target = own_target(variant)
            condition = variant.when or (When(visible=target) if target is not None else None)
            if await holds(form, condition):
                return variant
        return None

    chosen: AnyStep | None = await until(present, Deadline(step.timeout if step.required else ABSENT_AFTER))
    if chosen is None:
        if step.required:
            fields = ", ".join(dict.fromkeys(fields_of(step)))
            raise FieldNotFound(f"{fields}: none of the known variants is on the form.", field=fields_of(step)[0])
        return []
    return await run_step(form, chosen.model_copy(update={"when": None}))
