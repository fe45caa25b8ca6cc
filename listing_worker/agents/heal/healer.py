"""The tiers above the recipe, for one field after the other: learned locators, T1, T2, T3.

Each tier only says where the field is. What it names is filled by our own engine, read back, and guarded: a control
that belongs to another field, or fits another field as well, is no heal. What no tier can settle stays FormChanged.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.form.anypage.behind import _safe, open_and_fill
from listing_worker.agents.form.anypage.hand import Hand
from listing_worker.agents.form.by_recipe import SETTLE
from listing_worker.agents.form.by_recipe import _put as put_by_step
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.readback import read_field, reading_of
from listing_worker.agents.form.steps import Cascade, Choose, Planned, Step, Toggle, Tokens, Typeahead, Upload, Wizard
from listing_worker.agents.form.targets import By, Target
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.agents.heal.absence import doubt
from listing_worker.agents.heal.intents import intent_of, rivals_of, sought
from listing_worker.agents.heal.match import fits
from listing_worker.agents.heal.memory import Lesson, LocatorStore, Memory, templated
from listing_worker.agents.heal.model import Model
from listing_worker.agents.heal.one_call import Pointed, point_at
from listing_worker.agents.heal.one_field import HealedField, HealedStep, OneField, control_at, spoken, target_of
from listing_worker.agents.heal.one_option import offered, which_option
from listing_worker.agents.heal.way import AsItStands, as_template, chooses, go, shows
from listing_worker.agents.recipe import Recipe
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport
from listing_worker.settings import Settings

log = structlog.get_logger(__name__)

STEP_TIMEOUT: Final = 6_000  # milliseconds for the recipe's way on a control that was found otherwise
SECONDS: Final = 90.0  # one search by the agent
AGENT_SECONDS: Final = 240.0  # all of its searches in one attempt
NOT_IT: Final = "That control did not take the value, or it belongs to another field."
_RICH = (Cascade, Choose, Tokens, Toggle, Typeahead)  # the recipe knows more of these than where they are


def healer_for(agent: MarketplaceAgent, settings: Settings, store: LocatorStore) -> TieredHealer:
    """The healer of one attempt at one marketplace: its learned locators, and the model if there is a key."""
    memory = Memory(store, agent.name, agent.recipe_version)
    last = last_presses(agent)
    healer = TieredHealer(memory, Model.of(settings), forbidden=names_in(last), last=last)
    healer.mode, healer.hosts = settings.agent_mode, tuple(agent.hosts)
    return healer


def last_presses(agent: MarketplaceAgent) -> tuple[Target, ...]:
    """What leads from the filled form to the published listing: never a healer's to press. `leads_on`: what an agent
    presses by itself between the pages of its form."""
    recipe = getattr(agent, "recipe", None)
    if not isinstance(recipe, Recipe):
        return ()
    own: tuple[Target, ...] = getattr(agent, "leads_on", ())
    return (
        *own,
        recipe.publication.button,
        *recipe.publication.lead_up,
        *(dialog.press for dialog in recipe.publication.confirm),
    )


def names_in(targets: Collection[Target]) -> set[str]:
    """The accessible names and texts by which targets are known."""
    named = [one for target in targets for one in target.candidates]
    texts = {text for one in named for text in (one.name, one.has_text) if text}
    return texts | {one.value for one in named if one.by is By.TEXT}


class TieredHealer:
    """Heals the fields of one form during one attempt (contract: form.Healer).

    `forbidden`: accessible names that nothing may press; `last`: where the buttons that publish are. Without a model
    the last tier is T1.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        model: Model | None = None,
        *,
        forbidden: Collection[str] = (),
        last: Collection[Target] = (),
    ) -> None:
        self.memory, self.model = memory or Memory(None, "", ""), model
        self._forbidden, self._last = tuple(forbidden), tuple(last)
        self.mode = "auto"  # settings.agent_mode
        self.cdp_url: str | None = None  # of the open browser: without it there is no T3
        self.hosts: tuple[str, ...] = ()
        self._agent_seconds = AGENT_SECONDS  # left for the agent in this attempt
        self._way: tuple[Target, ...] = ()  # what was pressed before the field that is being filled now
        self._pointed: dict[str, Locator] = {}
        self._asked: set[str] = set()
        self._means: dict[str, str] = {}  # our word → the form's, while it is being chosen

    @property
    def before_recipe(self) -> bool:
        """Whether every field is looked for by the agent, whatever the recipe knows."""
        return self.mode == "agent" and self.cdp_url is not None

    @property
    def asks_a_model(self) -> bool:
        """Whether there is a model to ask."""
        return self.model is not None

    async def heal(
        self, form: Form, step: Step, planned: Planned, *, optional: bool = False
    ) -> HealedField | HealedStep | AsItStands | None:
        """Fills and reads back one field where it is now, or None. `optional`: the form need not have it, so only what
        is clearly it counts, and no model is asked, unless its absence is not to be believed (`form.doubted`)."""
        intent = intent_of(step, planned)
        if intent is None or isinstance(step, Upload | Wizard):
            return None
        started = time.monotonic()
        run = OneField(form.page, intent, _intents(form))
        try:
            await run.hand.look()
            await self._pin(form, run, step.field)
            run.here = await self._here(form, run, step, planned)
            healed = None
            if not self.before_recipe:
                healed = await self._learned(form, run, step, planned) or await self._matched(
                    form, run, step, planned, optional
                )
                if healed is None and optional and (why := await doubt(form, run, step, self._last)) is not None:
                    log.info(f"{step.field} is not taken for absent: {why}.", action="heal", field=step.field)
                    form.doubted[step.field], optional = why, False
                    healed = await self._matched(form, run, step, planned, optional)
                    if healed is None:
                        if (why := await doubt(form, run, step, self._last)) is None:
                            del form.doubted[step.field]  # all that was closed is open, and it is not there
                            return None
                        form.doubted[step.field] = why
                if healed is None and not optional and self.model is not None:
                    healed = await self._renamed_option(form, run, step, planned)
                if healed is None and not optional and self.model is not None:
                    healed = await self._by_model(form, run, step, planned)
            if healed is None and not optional:
                healed = await self._driven(form, run, step, planned)
        finally:
            await run.hand.unguard()
        if healed is not None:
            form.doubted.pop(step.field, None)
            took = round((time.monotonic() - started) * 1000)
            healed.report = healed.report.model_copy(update={"milliseconds": took})
            log.info(f"Healed {step.field}: {healed.report.found_by}.", action="heal", field=step.field)
        return healed

    # ---- tiers ----

    async def _learned(
        self, form: Form, run: OneField, step: Step, planned: Planned
    ) -> HealedField | HealedStep | AsItStands | None:
        for learned in await self.memory.of(step.field):
            words = words_of(planned)
            found = await find(run.hand.page, learned.target, words)
            if learned.way and (found is None or chooses(learned.way)):
                found = None
                if await go(form.page, learned.way, words, self._forbidden):
                    await run.hand.look()
                    found = await find(run.hand.page, learned.target, words)
            control = await control_at(run.hand.inventory, found.locator) if found is not None else None
            by = str(learned.target.candidates[0])
            option = learned.means.get(planned.value) if isinstance(planned.value, str) else None
            healed: HealedField | HealedStep | AsItStands | None
            if option is not None:
                healed = await self._choose(form, run, control, planned, option, "learned", by, step)
            else:
                healed = await self._as_it_stands(
                    form, run, control, planned, "learned", by, learned.way
                ) or await self._fill(form, run, control, planned, "learned", by, step)
            if healed is not None:
                self.memory.used(learned)
                return healed
            await self.memory.failed(learned)
        return None

    async def _matched(
        self, form: Form, run: OneField, step: Step, planned: Planned, optional: bool
    ) -> HealedField | HealedStep | AsItStands | None:
        """T1: on the page as it stands, then behind what is named like the field."""
        found = next(iter(await run.matches(look=False)), None)
        if found is not None and found.control is not None:
            run.matched, before = found.control, run.hand.inventory
            healed = await self._fill(form, run, found.control, planned, "T1", found.by, step)
            if healed is not None or not run.only_leads(found.control):
                return healed
            run.matched = None  # the way to the field, not the field
            await open_and_fill(run, before, found.control)
        if run.pending:
            if optional:
                return None
            await run.behind_something()
            await run.further(self._forbidden)
        row = run.rows.get(run.one.name)
        if row is None or not row.same:
            run.tasks.clear()
            return None
        return await self._healed(run, planned, "T1", row.found_by, step)

    async def _by_model(
        self, form: Form, run: OneField, step: Step, planned: Planned
    ) -> HealedField | HealedStep | AsItStands | None:
        """T2: one call for this field and for all others that are missing now."""
        locator = self._pointed.pop(step.field, None)
        if locator is None and step.field not in self._asked:
            pointed = await self._ask(form, step, planned)
            locator = self._pointed.pop(step.field, None)
            if locator is None and step.field in pointed.steps:
                return await self._after_steps(form, run, pointed.steps[step.field], planned, step)
        if locator is None:
            return None
        inventory = await run.hand.look()
        return await self._fill(form, run, await control_at(inventory, locator), planned, "T2", "the model", step)

    async def _renamed_option(
        self, form: Form, run: OneField, step: Step, planned: Planned
    ) -> HealedField | HealedStep | AsItStands | None:
        """T2 for a menu that is where it was, or was matched, and does not offer our word: one call."""
        target = own_target(step)
        if not isinstance(step, Choose) or not isinstance(planned.value, str) or self.model is None:
            return None
        control = run.matched
        if control is None and target is not None and (found := await find(form.page, target)) is not None:
            control = await control_at(await run.hand.look(), found.locator)
        if control is None or not (options := await offered(run, control)):
            return None
        option = await which_option(self.model, planned.meaning or run.one.name, planned.value, options)
        if option is None:
            return None
        now = (await run.hand.look()).again(control)
        return await self._choose(form, run, now, planned, option, "T2", "the model", step)

    async def _choose(
        self,
        form: Form,
        run: OneField,
        control: Control | None,
        planned: Planned,
        option: str,
        tier: str,
        by: str,
        step: Step,
    ) -> HealedField | HealedStep | AsItStands | None:
        """Chooses the option that our word is called by now. From here on the plan says the form's word."""
        renamed = replace(planned, value=option, words=dict.fromkeys(planned.words, option))
        run.say(option)
        form.plan[step.field], self._means = renamed, {str(planned.value): option}
        healed = await self._fill(form, run, control, renamed, tier, f"{by}: {planned.value} is {option} now", step)
        self._means = {}
        if healed is None:
            form.plan[step.field] = planned
            run.say(str(planned.value))
        return healed

    async def _ask(self, form: Form, step: Step, planned: Planned) -> Pointed:
        assert self.model is not None
        missing = {step.field: (step, planned)}
        for other in form.leaves.values():
            wanted = form.planned(other.field)
            if wanted is None or other.field in {*form.reported, *self._asked} or intent_of(other, wanted) is None:
                continue
            target = own_target(other)
            if target is not None and await find(form.page, target, words_of(wanted)) is None:
                missing[other.field] = (other, wanted)
        asked = [sought(one, wanted, form.plan) for one, wanted in missing.values()]
        self._asked |= set(missing)
        pointed = await point_at(form.page, asked, self.model, forbidden=self._forbidden)
        if pointed.problem:
            log.warning(pointed.problem, action="heal", fields=sorted(missing))
        for field, ref in pointed.refs.items():
            try:  # a reference is good until the next snapshot; what it says of itself lasts longer
                self._pointed[field] = await form.page.get_by_ref(ref).normalize()
            except PlaywrightError as error:
                raise_if_gone(error)
        return pointed

    async def _after_steps(
        self, form: Form, run: OneField, refs: Collection[str], planned: Planned, step: Step
    ) -> HealedField | HealedStep | AsItStands | None:
        """Presses what the model says opens the field, if it is safe to press, and matches again."""
        way: list[Target] = []
        for ref in refs:
            locator = run.hand.page.get_by_ref(ref)
            control = await control_at(run.hand.inventory, locator)
            if control is None or not _safe(control):
                return None
            mark = await target_of(form.page, run.hand.inventory, control)
            way += [mark] if mark is not None else []
            try:
                await locator.click(timeout=3_000)
            except PlaywrightError as error:
                raise_if_gone(error)
                return None
            found = next(iter(await run.matches()), None)
            if found is not None and found.control is not None:
                self._way = tuple(way)
                try:
                    return await self._fill(
                        form, run, found.control, planned, "T2", f"the model, then {found.by}", step
                    )
                finally:
                    self._way = ()
        return None

    async def _driven(
        self, form: Form, run: OneField, step: Step, planned: Planned
    ) -> HealedField | HealedStep | AsItStands | None:
        """T3: browser-use opens what is in the way and points at the field, which is filled and read back here."""
        if self.model is None or self.cdp_url is None or self.mode == "recipe":
            return None
        seconds = min(SECONDS, self._agent_seconds)
        if seconds <= 0:
            log.warning("The agent has had its time in this attempt.", action="heal", field=step.field)
            return None
        from listing_worker.agents.heal.agent import Pressed, drive  # it imports browser-use when it runs

        await run.hand.unguard()  # the other driver must find the page as it is
        healed: HealedField | HealedStep | AsItStands | None = None

        async def settle(locator: Locator, pressed: tuple[Pressed, ...]) -> str:
            nonlocal healed
            way = tuple(as_template(one.mark, one.said, planned) for one in pressed if one.mark is not None)
            self._way = way if len(way) == len(pressed) else ()
            try:
                control = await control_at(await run.hand.look(), locator)
                said = [one.said for one in pressed]
                healed = await self._as_it_stands(form, run, control, planned, "T3", "the agent", self._way, said)
                healed = healed or await self._fill(form, run, control, planned, "T3", "the agent", step)
            finally:
                self._way = ()
                await run.hand.unguard()
            return "" if healed is not None else NOT_IT

        asked = sought(step, planned, form.plan)
        started = time.monotonic()
        driven = await drive(
            form.page, asked, self.model, settle,
            cdp_url=self.cdp_url, hosts=self.hosts, forbidden=self._forbidden, seconds=seconds,
        )  # fmt: skip
        self._agent_seconds -= time.monotonic() - started
        if not driven.settled:
            log.warning(f"The agent did not find {step.field}: {driven.problem}.", action="heal", field=step.field)
            return None
        return healed

    # ---- parts ----

    async def _pin(self, form: Form, run: OneField, field: str) -> None:
        """Every other field that is where the recipe says, or was healed already, keeps its control."""
        for other in form.leaves.values():
            planned, target = form.planned(other.field), own_target(other)
            if other.field == field or planned is None:
                continue
            name = other.field.replace("_", " ")
            healed = form.healed.get(other.field)
            if isinstance(healed, HealedField):
                again = run.hand.inventory.again(healed._task.control)
                if again is not None:
                    run.pinned[name] = again
                continue
            found = await find(form.page, target, words_of(planned)) if target is not None else None
            if found is not None:
                await run.pin(name, found.locator)

    async def _here(self, form: Form, run: OneField, step: Step, planned: Planned) -> Control | None:
        """The field's control where the recipe says it is, if it is there: a field that only could not be filled."""
        target = own_target(step)
        found = await find(form.page, target, words_of(planned)) if target is not None else None
        return await control_at(run.hand.inventory, found.locator) if found is not None else None

    async def _fill(
        self,
        form: Form,
        run: OneField,
        control: Control | None,
        planned: Planned,
        tier: str,
        by: str,
        step: Step | None = None,
    ) -> HealedField | HealedStep | AsItStands | None:
        """Fills the control and reads it back; None if it is another field's, cannot take the value, or says
        something else afterwards."""
        if control is None or fits(run.one, control) == 0.0:
            return None
        if run.here is not None and not control.overlaps(run.here):
            log.info(f"{control} is not {run.here}, where the recipe knows it.", action="heal", field=planned.field)
            return None
        rival = run.rival_of(control)
        if rival is not None and (tier not in {"T2", "T3"} or rival.replace(" ", "_") in rivals_of(planned.field)
                                  or rival in run.pinned):  # fmt: skip
            log.info(f"{control} fits {rival} as well: left alone.", action="heal", field=planned.field, tier=tier)
            return None
        if isinstance(step, _RICH):
            healed = await self._by_its_step(form, run, control, planned, tier, by, step)
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
        return await self._healed(run, planned, tier, by, step)

    async def _as_it_stands(
        self,
        form: Form,
        run: OneField,
        control: Control | None,
        planned: Planned,
        tier: str,
        by: str,
        way: Sequence[Target],
        pressed: Sequence[str] = (),
    ) -> AsItStands | None:
        """A choice that presses alone have brought about: the control says what is meant and is no other field's."""
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
        if tier != "learned":
            target = await target_of(form.page, run.hand.inventory, control)
            if target is not None:
                self._note(planned, target, tier, control)
        return AsItStands(form, Hand(form.page), control, planned, pressed, report)

    async def _by_its_step(
        self, form: Form, run: OneField, control: Control, planned: Planned, tier: str, by: str, step: Step
    ) -> HealedStep | None:
        """The recipe's own way of filling it, on the control where it is now: the recipe knows the menu behind it."""
        target = await target_of(form.page, run.hand.inventory, control)
        if target is None:
            return None
        await run.hand.unguard()
        read = reading_of(step)
        changes: dict[str, object] = {"at": target, "when": None, "timeout": STEP_TIMEOUT}
        if read.at is not None and read.at == own_target(step):
            changes["read"] = read.model_copy(update={"at": target})
        moved = step.model_copy(update=changes)
        try:
            await put_by_step(form, moved)
            report = await read_field(form, moved, settle=SETTLE)
        except FormChanged:
            return None
        if not report.same:
            return None
        if tier != "learned":
            self._note(planned, target, tier, control)
        return HealedStep(form, moved, report.model_copy(update={"found_by": f"{tier}: {by}"[:200]}))

    async def _healed(self, run: OneField, planned: Planned, tier: str, by: str, step: Step | None) -> HealedField:
        row, task = run.rows[run.one.name], run.tasks[run.one.name]
        report = FieldReport(
            field=planned.field,
            meant=row.meant,
            on_form=row.on_form,
            same=True,
            found_by=f"{tier}: {by}"[:200],
        )
        if step is not None and tier != "learned":
            control = run.hand.inventory.again(task.control)
            target = await target_of(run.hand.page, run.hand.inventory, control) if control is not None else None
            if target is not None:
                self._note(planned, target, tier, task.control)
        return HealedField(run, task, report)

    def _note(self, planned: Planned, target: Target, tier: str, control: Control) -> None:
        for name, word in words_of(planned).items():
            try:
                target = templated(target, word, name)
            except ValueError:
                return  # nothing is left that holds nobody's word
        evidence: dict[str, Any] = {"said": spoken(control), "kind": control.kind}
        if self._means:
            evidence["means"] = self._means
        self.memory.note(Lesson(planned.field, planned.meaning, target, tier, evidence=evidence, way=self._way))


def _intents(form: Form) -> dict[str, Intent]:
    """All planned fields of the form, as intents."""
    found: dict[str, Intent] = {}
    for step in form.leaves.values():
        planned = form.planned(step.field)
        intent = intent_of(step, planned) if planned is not None else None
        if intent is not None:
            found[step.field] = intent
    return found
