"""T2 in a form: one call for all fields that are missing now, and one for a choice whose words changed."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator

from listing_worker.agents.form.anypage.behind import harmless
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.steps import Choose
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.agents.heal.intents import intent_of, sought
from listing_worker.agents.heal.model import Model
from listing_worker.agents.heal.one_call import Pointed, point_at
from listing_worker.agents.heal.one_field import control_at, target_of
from listing_worker.agents.heal.one_option import offered, which_option
from listing_worker.agents.heal.settle import Case, Settled, choose, fill

log = structlog.get_logger(__name__)


class ByModel:
    """What the model was asked and said about the fields of one form. `forbidden`: names that nothing may press."""

    def __init__(self, model: Model, forbidden: Collection[str]) -> None:
        self.model, self._forbidden = model, tuple(forbidden)
        self._pointed: dict[str, Locator] = {}
        self._asked: set[str] = set()

    async def place(self, case: Case) -> Settled | None:
        """The field where the model says it is, or behind what the model says opens it."""
        field = case.step.field
        locator = self._pointed.pop(field, None)
        if locator is None and field not in self._asked:
            pointed = await self._ask(case)
            locator = self._pointed.pop(field, None)
            if locator is None and field in pointed.steps:
                return await self._after_steps(case, pointed.steps[field])
        if locator is None:
            return None
        inventory = await case.run.hand.look()
        return await fill(case, await control_at(inventory, locator), "T2", "the model")

    async def renamed_option(self, case: Case) -> Settled | None:
        """For a menu that is where it was, or was matched, and does not offer our word: one call."""
        step, planned, run = case.step, case.planned, case.run
        target = own_target(step)
        if not isinstance(step, Choose) or not isinstance(planned.value, str):
            return None
        control = run.matched
        if control is None and target is not None and (found := await find(case.form.page, target)) is not None:
            control = await control_at(await run.hand.look(), found.locator)
        if control is None or not (options := await offered(run, control)):
            return None
        option = await which_option(self.model, planned.meaning or run.one.name, planned.value, options)
        if option is None:
            return None
        now = (await run.hand.look()).again(control)
        return await choose(case, now, option, "T2", "the model")

    async def _ask(self, case: Case) -> Pointed:
        form = case.form
        missing = {case.step.field: (case.step, case.planned)}
        for other in form.leaves.values():
            wanted = form.planned(other.field)
            if wanted is None or other.field in {*form.reported, *self._asked} or intent_of(other, wanted) is None:
                continue
            target = own_target(other)
            if target is not None and await find(form.page, target, words_of(wanted)) is None:
                missing[other.field] = (other, wanted)
        asked = [sought(one, wanted, form.plan) for one, wanted in missing.values()]
        pointed = await point_at(form.page, asked, self.model, forbidden=self._forbidden)
        if pointed.problem:
            log.warning(pointed.problem, action="heal", fields=sorted(missing))
            self._asked |= set(missing)
        # what is nowhere now may only not be drawn yet: it is asked for again, once, in its own turn
        self._asked |= {case.step.field, *pointed.refs, *pointed.steps}
        for field, ref in pointed.refs.items():
            try:  # a reference is good until the next snapshot; what it says of itself lasts longer
                self._pointed[field] = await form.page.get_by_ref(ref).normalize()
            except PlaywrightError as error:
                raise_if_gone(error)
        return pointed

    async def _after_steps(self, case: Case, refs: Collection[str]) -> Settled | None:
        """Presses what the model says opens the field, if it is safe to press, and matches again."""
        run, page = case.run, case.form.page
        way: list[Target] = []
        for ref in refs:
            locator = page.get_by_ref(ref)
            control = await control_at(run.hand.inventory, locator)
            if control is None or not harmless(control):
                return None
            mark = await target_of(page, run.hand.inventory, control)
            way += [mark] if mark is not None else []
            try:
                await locator.click(timeout=3_000)
                case.pressed = True
            except PlaywrightError as error:
                raise_if_gone(error)
                return None
            found = next(iter(await run.matches()), None)
            if found is not None and found.control is not None:
                case.way = tuple(way)
                try:
                    return await fill(case, found.control, "T2", f"the model, then {found.by}")
                finally:
                    case.way = ()
        return None
