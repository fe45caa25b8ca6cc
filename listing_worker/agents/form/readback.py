"""What the form says now, field by field, compared with what was meant. Changes nothing on the form.

The only thing it may open is a dialog whose recipe says `reopen` (and it leaves it by `close`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from listing_worker.agents.form.compare import clean, meant_text, same, words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.glimpse import Wanted, glimpse
from listing_worker.agents.form.locate import NO_WORDS, visible_matches
from listing_worker.agents.form.observe import (
    ABSENT,
    NONE_CHOSEN,
    NOT_FOUND,
    READ,
    Observed,
    holds,
    observe,
    own_target,
    read_one,
)
from listing_worker.agents.form.steps import (
    AnyStep,
    Await,
    Choose,
    Modal,
    OneOf,
    Planned,
    Read,
    ReadBy,
    Reveal,
    Specifics,
    Step,
    Typeahead,
    Upload,
    When,
    Wizard,
)
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import FieldNotFound, FormChanged
from listing_worker.models import FieldReport


def meant_of(form: Form, step: Step, planned: Planned, read: Read) -> str:
    return str(len(form.photos)) if isinstance(step, Upload) else meant_text(planned, read)


def report(
    field: str, meant: str, observed: Observed, read: Read, started: float, *, found_by: str = ""
) -> FieldReport:
    return FieldReport(
        field=field,
        meant=meant,
        on_form=observed.text,
        same=read.by is ReadBy.UNREADABLE or same(meant, observed.value, read),
        found_by=found_by or observed.found_by,
        milliseconds=round((time.monotonic() - started) * 1000),
    )


def absent(form: Form | None, field: str, meant: str, started: float) -> FieldReport:
    """The report of a planned field that this form does not have and need not have.

    On a form where other fields have moved it counts as not settled, unless it was looked into (`form.missed`). Without
    `form`: it is known to be absent, as one row of a table is whose other rows are there.
    """
    took = round((time.monotonic() - started) * 1000)
    moved = form is not None and (form.healed or form.gave_up) and field not in form.missed
    if form is not None and (moved or field in form.doubted):
        return FieldReport(field=field, meant=meant, on_form=NOT_FOUND, same=False, milliseconds=took)
    return FieldReport(field=field, meant=meant, on_form="", same=True, found_by=ABSENT, milliseconds=took)


async def read_field(form: Form, step: Step, *, settle: float = 0, found_by: str = "") -> FieldReport:
    """One field's report. Looks again for at most `settle` milliseconds while the form says something else."""
    started = time.monotonic()
    planned = planned_of(form, step)
    read = reading_of(step)
    meant = meant_of(form, step, planned, read)
    last: FieldReport | None = None
    problem: FormChanged | None = None

    async def check() -> FieldReport | None:
        nonlocal last, problem
        try:
            observed = await observe(form, step, planned, read)
            problem = None
        except FieldNotFound as error:
            problem = error
            return None
        last = report(step.field, meant, observed, read, started, found_by=found_by)
        if not last.same and (none_read := _none_state(step)) is not None:
            state = await observe(form, step, planned, none_read)
            if same(none_read.expect or "", state.value, none_read):
                last = last.model_copy(update={"on_form": state.text, "same": True, "found_by": NONE_CHOSEN})
        return last if last.same else None

    answer = await until(check, Deadline(settle))
    if answer is None and problem is not None:
        if not step.required:
            return absent(form, step.field, meant, started)
        return FieldReport(field=step.field, meant=meant, on_form=NOT_FOUND, same=False, found_by=problem.message[:200])
    if answer is None and last is None:
        raise FormChanged(f"{step.field} could not be read.", field=step.field)
    return answer or last  # type: ignore[return-value]


def _none_state(step: Step) -> Read | None:
    return step.none_read if isinstance(step, Typeahead) and step.otherwise == "none" else None


def planned_of(form: Form, step: Step) -> Planned:
    planned = form.planned(step.field)
    if planned is None:
        if isinstance(step, Upload):
            return Planned(step.field, str(len(form.photos)))
        raise FormChanged(f"{step.field} is not planned.", field=step.field)
    return planned


def reading_of(step: Step) -> Read:
    read: Read = step.read  # type: ignore[attr-defined]  # every concrete step has one
    return read


async def read_back(form: Form, steps: Sequence[AnyStep], *, reopen: bool = True) -> list[FieldReport]:
    """Every planned field as the form holds it now, in the order of the steps.

    `reopen=False` opens no dialog: what can be read only there is told as it was when the dialog was filled. Fields are
    read in one call as far as that goes, the others side by side (reading disturbs nothing), dialogs one after the
    other, once all else is read.
    """
    opened = [step for step in steps if isinstance(step, Modal) and step.reopen and reopen]
    others = [step for step in steps if step not in opened]
    form.glimpses = await glimpse(form.page, [one for step in others for one in _wanted(form, step)], READ)
    try:
        read = await asyncio.gather(*(_read_step(form, step, reopen) for step in others))
    finally:
        form.glimpses = {}
    by_step = dict(zip(map(id, others), read, strict=True))
    for step in opened:
        by_step[id(step)] = await _read_step(form, step, reopen)
    return [report for step in steps for report in by_step[id(step)]]


def _wanted(form: Form, step: AnyStep) -> list[Wanted]:
    """What reading this step will ask of the page, as far as it is known beforehand."""
    match step:
        case Reveal() | Await():
            return []
        case OneOf():
            signs = [variant.when.visible for variant in step.steps if variant.when and variant.when.visible]
            return [*map(Wanted, signs), *(one for variant in step.steps for one in _wanted(form, variant))]
        case Modal():
            return [one for inner in step.steps if read_outside(inner, step.panel) for one in _wanted(form, inner)]
        case Specifics():
            planned = form.planned(step.field)
            names = planned.value if planned is not None and isinstance(planned.value, Mapping) else ()
            rows = [(step.row.filled({"name": name}), {"name": name}) for name in names]
            by, attribute = step.read.by.value, step.read.attribute
            return [Wanted(row_target(step).inside(row).filled(words), by, attribute) for row, words in rows]
        case _:
            planned = form.planned(step.field)
            if planned is None:
                return []
            read = reading_of(step)
            if isinstance(step, Choose) and (read.by is ReadBy.CHOSEN or (own_target(step) is None and not read.at)):
                return [Wanted(step.option.filled(words_of(planned)), ReadBy.CHOSEN.value)] if step.option else []
            target = read.at or own_target(step)
            return [Wanted(target.filled(words_of(planned)), read.by.value, read.attribute)] if target else []


def row_target(step: Specifics) -> Target:
    """Where a row's value is read, inside the row."""
    return step.read.at or step.opener or step.input or step.row


async def _read_step(form: Form, step: AnyStep, reopen: bool) -> list[FieldReport]:
    match step:
        case Reveal() | Await():
            return []
        case OneOf():
            return await _read_one_of(form, step, reopen)
        case Modal():
            return await _read_modal(form, step, reopen)
        case Specifics():
            planned = form.planned(step.field)
            return [] if planned is None else await read_rows(form, step, planned)
        case Wizard():
            inner = [inner for page in step.pages for inner in page.steps]
            kept = [form.remembered[s.field] for s in inner if isinstance(s, Step) and s.field in form.remembered]
            own = [await read_field(form, step)] if form.planned(step.field) else []
            return own + kept
        case _:
            wanted = form.planned(step.field) is not None or (isinstance(step, Upload) and form.photos)
            if not wanted:
                return []
            if (healed := form.healed.get(step.field)) is not None:
                return [await healed.read()]
            return [await read_field(form, step)]


async def _read_one_of(form: Form, step: OneOf, reopen: bool) -> list[FieldReport]:
    for variant in step.steps:
        if isinstance(variant, Step) and (healed := form.healed.get(variant.field)) is not None:
            return [await healed.read()]
    for variant in step.steps:
        target = own_target(variant)
        condition = variant.when or (When(visible=target) if target else None)
        if await holds(form, condition):
            return await _read_step(form, variant, reopen)
    return await _read_step(form, step.steps[0], reopen) if step.required else []


def read_outside(step: AnyStep, panel: Target) -> bool:
    """Whether a step inside a dialog is read back outside of it (its `read.at` is not scoped to the panel)."""
    target = step.read.at if isinstance(step, Step) else None
    scope = target
    while scope is not None:
        if scope == panel:
            return False
        scope = scope.within
    return target is not None


async def _read_modal(form: Form, step: Modal, reopen: bool) -> list[FieldReport]:
    fields = [s.field for s in step.steps if isinstance(s, Step)]
    if not form.wants(fields):
        return []
    if reopen and step.reopen and step.close is not None:
        await form.press(step.at, timeout=step.timeout)
        await form.wait_shown(step.panel, timeout=step.timeout)
        reports = [r for inner in step.steps for r in await _read_step(form, inner, reopen)]
        await form.press(step.close, timeout=step.timeout)
        await form.wait_gone(step.panel, timeout=step.timeout)
        form.remembered.update({r.field: r for r in reports})
        return reports
    reports = []
    for inner in step.steps:
        if isinstance(inner, Step) and read_outside(inner, step.panel):
            reports += await _read_step(form, inner, reopen)
        elif isinstance(inner, Step) and inner.field in form.remembered:
            reports.append(form.remembered[inner.field])
    return reports


async def read_rows(form: Form, step: Specifics, planned: Planned) -> list[FieldReport]:
    """One report per planned row of a Specifics step."""
    if not isinstance(planned.value, Mapping):
        raise FormChanged(f"{step.field}: rows need names and values.", field=step.field)
    return [await read_row(form, step, name, values) for name, values in planned.value.items()]


async def read_row(
    form: Form, step: Specifics, name: str, values: Sequence[str], *, settle: float = 0, found_by: str = ""
) -> FieldReport:
    """One row's report, looking again for at most `settle` milliseconds while it says something else."""
    started = time.monotonic()
    field, words, row = f"{step.field}.{name}", {"name": name}, step.row.filled({"name": name})
    meant = ", ".join(values)
    target = row_target(step).inside(row)
    last: FieldReport | None = None

    async def check() -> FieldReport | None:
        nonlocal last
        told, value = await read_one(form, target, words, step.read.by, step.read.attribute)
        if told.found_by is None and step.opener is not None and step.input is not None and step.read.at is None:
            told, value = await read_one(form, step.input.inside(row), words, step.read.by, step.read.attribute)
        if told.found_by is not None:
            observed = Observed(clean(value, step.read), told.found_by)
        elif step.toggled is not None and (pressed := await visible_matches(form.page, step.toggled.inside(row))):
            observed = Observed([" ".join(text.split()) for text in await pressed.all_inner_texts()], str(step.toggled))
        else:
            return None
        last = report(field, meant, observed, step.read, started, found_by=found_by)
        last = last.model_copy(update={"same": same(list(values), observed.value, step.read)})
        return last if last.same else None

    answer = await until(check, Deadline(settle))
    if answer is not None or last is not None:
        return answer or last  # type: ignore[return-value]
    if not step.required and not await form.shows(row, NO_WORDS):
        return absent(None, field, meant, started)
    return FieldReport(field=field, meant=meant, on_form=NOT_FOUND, same=False)
