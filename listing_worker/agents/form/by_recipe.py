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
from listing_worker.agents.form.form import Form, Healer, blocked_by
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
from listing_worker.errors import FieldNotFound, FormChanged, OptionNotFound, PageTimeout
from listing_worker.models import FieldReport

SETTLE = 1_500  # milliseconds in which a field may come to say what was put in
ABSENT_AFTER = 400  # milliseconds until a field that the form need not have counts as absent
OPTION_AFTER = 4_000  # milliseconds until an option is looked for under another name
ONCE_MORE = 1_200  # milliseconds for a field that no tier found and that may come after all
HEAL_AFTER = 800  # milliseconds until a field is looked for where the recipe does not know it
_LEFT_ALONE = (Choose, Cascade, Toggle, Tiles, Tokens, Typeahead, Upload)  # not touched if they hold the value already


BeforeStep = Callable[[AnyStep], Awaitable[None]]
InTheWay = Callable[[], Awaitable[bool]]


async def fill(
    form: Form,
    steps: Sequence[AnyStep],
    *,
    rounds: int = 2,
    before: BeforeStep | None = None,
    in_the_way: InTheWay | None = None,
) -> list[FieldReport]:
    """Fills every planned field in the order of the steps; the table of what the form says afterwards.

    Sites write suggestions of their own into fields, sometimes late: after the last step everything is read once more,
    and what differs is filled again, at most `rounds` - 1 times. The table is of the last reading; `found_by` and
    `milliseconds` tell how each field was filled. `before` is called before each step that has something planned; what
    it raises stops the filling. `in_the_way` is asked when a step could not be done: whether something stood before the
    form that is gone now, and the same step is worth another try. Raises FormChanged and its kinds, RetryLater;
    differences that stay are in the table (`same=False`), for the caller to refuse.
    """
    form.leaves |= leaves(steps)  # a form of several pages is filled page by page: what other pages have stays known
    form.reported = made = {}
    problems: dict[int, FormChanged] = {}
    in_background = [step for step in steps if isinstance(step, Upload) and step.background]
    for number, step in enumerate(steps):
        if before is not None:
            await before(step)
        for photos in in_background:
            await upload.go_on(form, photos)
        while True:
            try:
                for report in await run_step(form, step):
                    made[report.field] = report
            except (FormChanged, PageTimeout, PlaywrightTimeout) as problem:
                if in_the_way is not None and await in_the_way():
                    continue
                if form.healer is None or not isinstance(problem, FormChanged):
                    raise
                problems[number] = problem
            break
    if form.healer is not None:
        await _heal_what_is_left(form, steps, problems)
    for photos in in_background:
        await upload.end(form, photos)
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


async def _heal_what_is_left(form: Form, steps: Sequence[AnyStep], problems: dict[int, FormChanged]) -> None:
    """Runs once more the steps that could not be done, now that others are; each of their fields may be healed by
    itself. Raises the first problem that stays, naming all fields it leaves open."""
    open_fields: list[str] = []
    first: FormChanged | None = None
    for number, problem in problems.items():
        step = steps[number]
        if (served := [f for f in fields_of(step) if form.wants((f,))]) and all(_is_done(form, f) for f in served):
            continue  # a part that could not be opened as known, and whose fields were filled all the same
        try:
            for report in await run_step(form, step):
                form.reported[report.field] = report
            continue
        except FormChanged:
            pass
        missing = [f for f in fields_of(step) if f in form.leaves and form.wants((f,)) and not _is_done(form, f)]
        for field in missing:
            healed = await _heal(form, form.leaves[field])
            if healed is not None:
                form.reported[field] = healed
        missing = [field for field in missing if not _is_done(form, field)]
        if missing or not fields_of(step):
            open_fields += missing
            first = first or problem
    if first is not None:
        named = ", ".join(dict.fromkeys(open_fields))
        message = first.message if len(open_fields) < 2 else f"These fields moved and could not be found: {named}."
        raise type(first)(message, field=open_fields[0] if open_fields else first.field) from first


def _is_done(form: Form, field: str) -> bool:
    report = form.reported.get(field)
    return report is not None and report.same


def leaves(steps: Sequence[AnyStep]) -> dict[str, Step]:
    """The step of each field that is filled by itself, in the order of the recipe; of form variants the first."""
    found: dict[str, Step] = {}
    for step in steps:
        match step:
            case Modal() | OneOf():
                inner = leaves(step.steps)
            case Wizard():
                inner = leaves([one for page in step.pages for one in page.steps])
            case Reveal() | Await():
                inner = {}
            case _:
                inner = {step.field: step}
        for field, own in inner.items():
            found.setdefault(field, own)
    return found


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


async def _field(form: Form, step: AnyStep | Step) -> FieldReport:
    """Fills one field and reads it back; asks the healer where it is not to be found."""
    assert isinstance(step, Step)
    started = time.monotonic()
    planned = planned_of(form, step)
    if (healed := form.healed.get(step.field)) is not None:
        again = await healed.read()
        if again.same:
            return again
        del form.healed[step.field]
    if form.healer is not None and form.healer.before_recipe and (other := await _heal(form, step)) is not None:
        return other
    if isinstance(step, _LEFT_ALONE):
        before = await read_field(form, step)
        if (
            before.same
            and before.found_by not in {ABSENT, NONE_CHOSEN}
            and reading_of(step).by is not ReadBy.UNREADABLE
        ):
            return before
    if not step.required and await _is_absent(form, step):
        other = await _heal(form, step, optional=True)
        _raise_if_doubted(form, step)
        return other or absent(form, step.field, meant_of(form, step, planned, reading_of(step)), started)
    if form.healer is not None and await _has_moved(form, form.healer, step):
        other = await _heal(form, step)
        if other is not None:
            return other
        step = step.model_copy(update={"timeout": _left_to_wait(form, step.timeout)})
    if step.field in form.waited:
        step = step.model_copy(update={"timeout": min(step.timeout, ONCE_MORE)})
    try:
        found_by = await _put(form, _less_patient(form, step))
    except (FieldNotFound, OptionNotFound) as problem:
        if isinstance(problem, FieldNotFound):
            form.waited.add(step.field)
        other = await _heal(form, step)
        if other is None:
            raise
        return other
    if step.after is not None and not await form.wait_shown(step.after, words_of(planned), timeout=step.timeout):
        raise FormChanged(f"{step.field}: filled, but {step.after} does not show.", field=step.field)
    settle = 0 if step.field in form.under_way else SETTLE
    report = await read_field(form, step, settle=settle, found_by=found_by)
    if not report.same and settle and (other := await _heal(form, step, optional=not step.required)) is not None:
        return other
    if not report.same and not report.on_form:
        _raise_if_doubted(form, step)
    return report.model_copy(update={"milliseconds": round((time.monotonic() - started) * 1000)})


def _raise_if_doubted(form: Form, step: Step) -> None:
    """Raises FieldNotFound for a field that the form need not have, and that may be there all the same."""
    if (why := form.doubted.get(step.field)) is not None:
        raise FieldNotFound(f"{step.field} is not where it was, and {why}.", field=step.field)


def _less_patient(form: Form, step: AnyStep | Step) -> AnyStep | Step:
    """A choice that a healer may find under another name is waited for less long."""
    if form.healer is None or not isinstance(step, Choose) or step.field in form.gave_up:
        return step
    return step.model_copy(update={"timeout": min(step.timeout, OPTION_AFTER)})


async def _has_moved(form: Form, healer: Healer, step: Step) -> bool:
    """Whether it is not where the recipe says: waited for a moment, and no longer if it is known to be elsewhere."""
    if not await _is_absent(form, step, told_apart=True):
        return False
    left = HEAL_AFTER - ABSENT_AFTER
    return await healer.knows(step.field) or await _is_absent(form, step, within=left, told_apart=True)


def _left_to_wait(form: Form, timeout: int) -> int:
    """How long a field that no tier found is still waited for: once others have moved too, the form is another one,
    and waiting helps no more."""
    return min(timeout, ONCE_MORE) if form.healed or len(form.gave_up) > 1 else timeout


async def _heal(form: Form, step: Step, *, optional: bool = False) -> FieldReport | None:
    """The field as the healer filled it, or None. A field that no tier could settle is not tried again."""
    planned = form.planned(step.field)
    if form.healer is None or planned is None or step.field in form.gave_up:
        return None
    healed = await form.healer.heal(form, step, planned, optional=optional)
    if healed is None:
        if not optional or step.field in form.doubted:
            form.gave_up.add(step.field)
        else:
            form.missed.add(step.field)
        return None
    form.healed[step.field] = healed
    form.reported[step.field] = healed.report
    return healed.report


async def _is_absent(form: Form, step: Step, *, within: float = ABSENT_AFTER, told_apart: bool = False) -> bool:
    """Whether nothing of it shows up. `told_apart`: what shows more than once is not there either."""
    own = own_target(step)
    target = own or getattr(step, "option", None) or getattr(step, "tile", None)
    if target is None:
        return False
    several_count = own is None or not told_apart
    words = words_of(planned_of(form, step))

    async def here() -> bool:
        found = form.just_found(target, words) is not None or await form.find(target, words) is not None
        return found or (several_count and await form.shows(target, words))

    return not await until(here, Deadline(within))


async def _put(form: Form, step: AnyStep | Step) -> str:
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


async def _by_widget(form: Form, step: AnyStep | Step) -> str:
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
            raise FormChanged(
                f"{step.field}: a step of kind {type(step).__name__} cannot be filled by itself.", field=step.field
            )


async def _one_of(form: Form, step: OneOf) -> list[FieldReport]:
    """Waits until one of the variants is on the page, and runs it; or fills its field where it was found otherwise."""
    leaf = next(iter(leaves(step.steps).values()), None)
    if leaf is not None and leaf.field in form.healed:
        return [await _field(form, leaf)]

    async def present() -> AnyStep | None:
        for variant in step.steps:
            target = own_target(variant)
            condition = variant.when or (When(visible=target) if target is not None else None)
            if await holds(form, condition):
                return variant
        return None

    patience = step.timeout if step.required else ABSENT_AFTER
    healing = form.healer is not None and leaf is not None
    chosen: AnyStep | None = await until(present, Deadline(min(patience, HEAL_AFTER) if healing else patience))
    if chosen is None and leaf is not None and form.healer is not None:
        other = await _heal(form, leaf, optional=not step.required)
        if other is not None:
            return [other]
        _raise_if_doubted(form, leaf)
        if step.required:
            chosen = await until(present, Deadline(_left_to_wait(form, step.timeout)))
    if chosen is None:
        if step.required:
            fields = ", ".join(dict.fromkeys(fields_of(step)))
            raise FieldNotFound(f"{fields}: none of the known variants is on the form.", field=fields_of(step)[0])
        return []
    return await run_step(form, chosen.model_copy(update={"when": None}))
