"""The tiers above the recipe, for one field after the other: learned locators, T1, T2 (`by_model`), T3 (`by_agent`).

Each tier only says where the field is. What it names is filled by our own engine, read back and guarded (`settle`).
What no tier can settle stays FormChanged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

import structlog

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.form.anypage.behind import finish, open_and_fill, part_keys
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.steps import Planned, Step, Upload, Wizard
from listing_worker.agents.form.targets import By, Target
from listing_worker.agents.heal.absence import doubt
from listing_worker.agents.heal.by_agent import ByAgent
from listing_worker.agents.heal.by_model import ByModel
from listing_worker.agents.heal.intents import intent_of
from listing_worker.agents.heal.memory import LocatorStore, Memory
from listing_worker.agents.heal.model import Model
from listing_worker.agents.heal.one_field import HealedField, OneField, control_at, control_of
from listing_worker.agents.heal.settle import Case, Settled, as_filled, as_it_stands, choose, fill
from listing_worker.agents.heal.way import chooses, go
from listing_worker.agents.recipe import Recipe
from listing_worker.settings import Settings

log = structlog.get_logger(__name__)


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
        self._by_model = ByModel(model, forbidden) if model is not None else None
        self._by_agent = ByAgent(model, forbidden) if model is not None else None

    @property
    def before_recipe(self) -> bool:
        """Whether every field is looked for by the agent, whatever the recipe knows."""
        return self.mode == "agent" and self.cdp_url is not None

    @property
    def asks_a_model(self) -> bool:
        """Whether there is a model to ask."""
        return self.model is not None

    async def knows(self, field: str) -> bool:
        """Whether there is a learned locator for this field."""
        return bool(await self.memory.of(field))

    async def heal(self, form: Form, step: Step, planned: Planned, *, optional: bool = False) -> Settled | None:
        """Fills and reads back one field where it is now, or None. `optional`: the form need not have it, so only what
        is clearly it counts, and no model is asked, unless its absence is not to be believed (`form.doubted`)."""
        intent = intent_of(step, planned)
        if intent is None or isinstance(step, Upload | Wizard):
            return None
        started = time.monotonic()
        run = OneField(form.page, intent, _intents(form))
        case = Case(form, run, step, planned, self.memory)
        try:
            await run.hand.look()
            await _pin(case)
            run.here = await _here(case)
            before = part_keys(run.hand.inventory)
            healed = await self._by_tiers(case, optional)
            if case.pressed:
                put_away = await finish(run, before, filled=healed is not None, layers=True)
                if healed is not None:
                    healed.put_away = put_away
        finally:
            await run.hand.unguard()
        if healed is not None:
            form.doubted.pop(step.field, None)
            took = round((time.monotonic() - started) * 1000)
            healed.report = healed.report.model_copy(update={"milliseconds": took})
            log.info(f"Healed {step.field}: {healed.report.found_by}.", action="heal", field=step.field)
        return healed

    async def _by_tiers(self, case: Case, optional: bool) -> Settled | None:
        """One tier after the other, until one settles it."""
        form, field = case.form, case.step.field
        healed = None
        if not self.before_recipe:
            healed = await self._learned(case) or await self._matched(case, optional)
            if healed is None and optional and (why := await doubt(form, case.run, case.step, self._last)) is not None:
                log.info(f"{field} is not taken for absent: {why}.", action="heal", field=field)
                form.doubted[field], optional = why, False
                healed = await self._matched(case, optional)
                if healed is None and await doubt(form, case.run, case.step, self._last) is None:
                    del form.doubted[field]  # all that was closed is open, and it is not there
                    return None
            if healed is None and not optional and self._by_model is not None:
                healed = await self._by_model.renamed_option(case) or await self._by_model.place(case)
        port = self.cdp_url if self.mode != "recipe" else None
        if healed is None and not optional and self._by_agent is not None and port is not None:
            healed = await self._by_agent.place(case, port, self.hosts)
        return healed

    async def _learned(self, case: Case) -> Settled | None:
        """Where it was found before, on any worker."""
        run, planned, words = case.run, case.planned, words_of(case.planned)
        for learned in await self.memory.of(case.step.field):
            found = await find(run.hand.page, learned.target, words)
            if learned.way and (found is None or chooses(learned.way)):
                found, case.pressed = None, True
                if await go(case.form.page, learned.way, words, self._forbidden):
                    await run.hand.look()
                    found = await find(run.hand.page, learned.target, words)
            control = await control_at(run.hand.inventory, found.locator) if found is not None else None
            by = str(learned.target.candidates[0])
            option = learned.means.get(planned.value) if isinstance(planned.value, str) else None
            healed: Settled | None
            if option is not None:
                healed = await choose(case, control, option, "learned", by)
            else:
                healed = await as_it_stands(case, control, "learned", by, learned.way)
                healed = healed or await fill(case, control, "learned", by)
            if healed is not None:
                self.memory.used(learned)
                return healed
            await self.memory.failed(learned)
        return None

    async def _matched(self, case: Case, optional: bool) -> Settled | None:
        """T1: on the page as it stands, then behind what is named like the field."""
        run = case.run
        found = next(iter(await run.matches(look=False)), None)
        if found is not None and found.control is not None:
            run.matched, before = found.control, run.hand.inventory
            run.untouched = run.untouched or found.control
            healed = await fill(case, found.control, "T1", found.by)
            if healed is not None or not run.only_leads(found.control):
                return healed
            run.matched = run.untouched = None  # the way to the field, not the field
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
        return await as_filled(case, "T1", row.found_by)


async def _pin(case: Case) -> None:
    """Every other field that is where the recipe says, or was healed already, keeps its control."""
    form, run = case.form, case.run
    wanted: dict[str, tuple[Target, dict[str, str]]] = {}
    for other in form.leaves.values():
        planned, target = form.planned(other.field), own_target(other)
        if other.field == case.step.field or planned is None:
            continue
        name = other.field.replace("_", " ")
        healed = form.healed.get(other.field)
        if isinstance(healed, HealedField):
            again = run.hand.inventory.again(healed._task.control)
            if again is not None:
                run.pinned[name] = again
        elif target is not None:
            wanted[name] = target, words_of(planned)
    await asyncio.gather(*(run.pin(name, target, words) for name, (target, words) in wanted.items()))


async def _here(case: Case) -> Control | None:
    """The field's control where the recipe says it is, if it is there: a field that only could not be filled."""
    target = own_target(case.step)
    if target is None:
        return None
    return await control_of(case.form.page, case.run.hand.inventory, target, words_of(case.planned))


def _intents(form: Form) -> dict[str, Intent]:
    """All planned fields of the form, as intents."""
    found: dict[str, Intent] = {}
    for step in form.leaves.values():
        planned = form.planned(step.field)
        intent = intent_of(step, planned) if planned is not None else None
        if intent is not None:
            found[step.field] = intent
    return found
