"""A control that a tier named: filled by our own engine, guarded, read back, and noted for the next posting.

A control that belongs to another field, or fits another field as well, is no heal; nor is one that does not read back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog

from listing_worker.agents.form.anypage.hand import Hand
from listing_worker.agents.form.by_recipe import SETTLE
from listing_worker.agents.form.by_recipe import _put as put_by_step
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.observe import ABSENT, own_target
from listing_worker.agents.form.readback import read_field, reading_of
from listing_worker.agents.form.steps import Cascade, Choose, Planned, Step, Toggle, Tokens, Typeahead
from listing_worker.agents.form.targets import Target
from listing_worker.agents.heal.intents import rivals_of
from listing_worker.agents.heal.match import fits
from listing_worker.agents.heal.memory import Lesson, Memory, templated
from listing_worker.agents.heal.one_field import HealedField, HealedStep, OneField, spoken, target_of
from listing_worker.agents.heal.way import AsItStands, shows
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport

log = structlog.get_logger(__name__)

STEP_TIMEOUT: Final = 6_000  # milliseconds for the recipe's way on a control that was found otherwise
_RICH = (Cascade, Choose, Tokens, Toggle, Typeahead)  # the recipe knows more of these than where they are

Settled = HealedField | HealedStep | AsItStands


@dataclass
class Case:
    """One field of one form that a healer is looking for.

    `way`: what was pressed before the control that is being filled now; `pressed`: whether anything was pressed to get
    there; `means`: our word → the form's, while it is being chosen.
    """

    form: Form
    run: OneField
    step: Step
    planned: Planned
    memory: Memory
    way: tuple[Target, ...] = ()
    pressed: bool = False
    means: dict[str, str] = field(default_factory=dict)


async def fill(case: Case, control: Control | None, tier: str, by: str) -> Settled | None:
    """Fills the control and reads it back; None if it is another field's, cannot take the value, or says something
    else afterwards."""
    run, name = case.run, case.planned.field
    if control is None or fits(run.one, control) == 0.0:
        return None
    if run.here is not None and not control.overlaps(run.here):
        log.info(f"{control} is not {run.here}, where the recipe knows it.", action="heal", field=name)
        return None
    rival = run.rival_of(control)
    if rival is not None and (
        tier not in {"T2", "T3"} or rival.replace(" ", "_") in rivals_of(name) or rival in run.pinned
    ):
        log.info(f"{control} fits {rival} as well: left alone.", action="heal", field=name, tier=tier)
        return None
    if isinstance(case.step, _RICH):
        healed = await _by_its_step(case, control, tier, by)
        if healed is not None:
            return healed
        now = (await run.hand.look()).again(control)
        if now is None:
            return None
        control = now
    row = await run.fill_one(run.one, control, None, tier=tier)
    if not row.same:
        run.tasks.clear()
        return None
    return await as_filled(case, tier, by)


async def choose(case: Case, control: Control | None, option: str, tier: str, by: str) -> Settled | None:
    """Chooses the option that our word is called by now. From here on the plan says the form's word."""
    planned = case.planned
    renamed = replace(planned, value=option, words=dict.fromkeys(planned.words, option))
    case.run.say(option)
    case.form.plan[case.step.field] = case.planned = renamed
    case.means = {str(planned.value): option}
    healed = await fill(case, control, tier, f"{by}: {planned.value} is {option} now")
    case.means = {}
    if healed is None:
        case.form.plan[case.step.field] = case.planned = planned
        case.run.say(str(planned.value))
    return healed


async def as_it_stands(
    case: Case, control: Control | None, tier: str, by: str, way: Sequence[Target], pressed: Sequence[str] = ()
) -> AsItStands | None:
    """A choice that presses alone have brought about: the control says what is meant and is no other field's."""
    run, planned = case.run, case.planned
    if control is None or not way or fits(run.one, control) == 0.0 or run.rival_of(control) is not None:
        return None
    if not pressed:  # a way that was gone again: its words are the wanted ones, in their order
        words = words_of(planned)
        pressed = [mark.candidates[0].filled(words).value for mark in way]
    if not shows(control, planned, pressed):
        return None
    report = FieldReport(
        field=planned.field,
        meant=run.one.text,
        on_form=control.value or control.content,
        same=True,
        found_by=f"{tier}: {by}"[:200],
    )
    await _note(case, control, tier)
    return AsItStands(case.form, Hand(case.form.page), control, planned, pressed, report)


async def as_filled(case: Case, tier: str, by: str) -> HealedField:
    """What the any-page engine has filled and read back just now."""
    run = case.run
    row, task = run.rows[run.one.name], run.tasks[run.one.name]
    report = FieldReport(
        field=case.planned.field,
        meant=row.meant,
        on_form=row.on_form,
        same=True,
        found_by=f"{tier}: {by}"[:200],
    )
    control = run.hand.inventory.again(task.control)
    if control is not None:
        await _note(case, control, tier)
    return HealedField(run, task, report)


async def _by_its_step(case: Case, control: Control, tier: str, by: str) -> HealedStep | None:
    """The recipe's own way of filling it, on the control where it is now: the recipe knows the menu behind it."""
    step, run = case.step, case.run
    target = await target_of(case.form.page, run.hand.inventory, control)
    if target is None:
        return None
    await run.hand.unguard()
    read = reading_of(step)
    changes: dict[str, object] = {"at": target, "when": None, "timeout": STEP_TIMEOUT}
    if read.at is not None and read.at == own_target(step):
        changes["read"] = read.model_copy(update={"at": target})
    moved = step.model_copy(update=changes)
    try:
        await put_by_step(case.form, moved)
        report = await read_field(case.form, moved, settle=SETTLE)
    except FormChanged:
        return None
    if not report.same or report.found_by == ABSENT:  # what cannot be read where the recipe reads it is not proved
        return None
    _note_target(case, target, control, tier)
    return HealedStep(case.form, moved, report.model_copy(update={"found_by": f"{tier}: {by}"[:200]}))


async def _note(case: Case, control: Control, tier: str) -> None:
    """Keeps where it was found for the next posting."""
    if tier == "learned":
        return
    hand = case.run.hand
    target = await target_of(case.form.page, hand.inventory, control)
    if target is None and (drawn_anew := (await hand.look()).again(control)) is not None:
        target = await target_of(case.form.page, hand.inventory, drawn_anew)
    if target is not None:
        _note_target(case, target, control, tier)


def _note_target(case: Case, target: Target, control: Control, tier: str) -> None:
    if tier == "learned":
        return
    for name, word in words_of(case.planned).items():
        try:
            target = templated(target, word, name)
        except ValueError:
            return  # nothing is left that holds nobody's word
    evidence: dict[str, Any] = {"said": spoken(control), "kind": control.kind}
    if case.means:
        evidence["means"] = case.means
    lesson = Lesson(case.planned.field, case.planned.meaning, target, tier, evidence=evidence, way=case.way)
    case.memory.note(lesson)
