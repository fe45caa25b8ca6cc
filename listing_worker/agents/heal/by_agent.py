"""T3 in a form: browser-use opens what is in the way and points at the field, which is filled and read back here."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import structlog
from playwright.async_api import Locator

from listing_worker.agents.heal.intents import sought
from listing_worker.agents.heal.model import Model
from listing_worker.agents.heal.one_field import control_at
from listing_worker.agents.heal.settle import Case, Settled, as_it_stands, fill
from listing_worker.agents.heal.way import as_template

if TYPE_CHECKING:
    from listing_worker.agents.heal.agent import Pressed

log = structlog.get_logger(__name__)

SECONDS: Final = 90.0  # one search
IN_ALL: Final = 240.0  # all searches in one attempt
NOT_IT: Final = "That control did not take the value, or it belongs to another field."


class ByAgent:
    """The agent's searches in one attempt, which share their time. `forbidden`: names that nothing may press."""

    def __init__(self, model: Model, forbidden: Collection[str]) -> None:
        self._model, self._forbidden = model, tuple(forbidden)
        self._seconds = IN_ALL  # left

    async def place(self, case: Case, cdp_url: str, hosts: Collection[str]) -> Settled | None:
        """The field where the agent points, if it takes the value and is no other field's."""
        field = case.step.field
        seconds = min(SECONDS, self._seconds)
        if seconds <= 0:
            log.warning("The agent has had its time in this attempt.", action="heal", field=field)
            return None
        from listing_worker.agents.heal.agent import drive  # it imports browser-use when it runs

        await case.run.hand.unguard()  # the other driver must find the page as it is
        healed: Settled | None = None

        async def settle(locator: Locator, pressed: tuple[Pressed, ...]) -> str:
            nonlocal healed
            way = tuple(as_template(one.mark, one.said, case.planned) for one in pressed if one.mark is not None)
            case.pressed = case.pressed or bool(pressed)
            case.way = way if len(way) == len(pressed) else ()
            try:
                control = await control_at(await case.run.hand.look(), locator)
                said = [one.said for one in pressed]
                healed = await as_it_stands(case, control, "T3", "the agent", case.way, said)
                healed = healed or await fill(case, control, "T3", "the agent")
            finally:
                case.way = ()
                await case.run.hand.unguard()
            return "" if healed is not None else NOT_IT

        started = time.monotonic()
        driven = await drive(
            case.form.page,
            sought(case.step, case.planned, case.form.plan),
            self._model,
            settle,
            cdp_url=cdp_url,
            hosts=hosts,
            forbidden=self._forbidden,
            seconds=seconds,
        )
        self._seconds -= time.monotonic() - started
        if not driven.settled:
            log.warning(f"The agent did not find {field}: {driven.problem}.", action="heal", field=field)
            return None
        return healed
