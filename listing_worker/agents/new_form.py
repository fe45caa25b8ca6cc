"""A form that the recipe does not recognise at all: whether it is worth trying to fill it nevertheless.

A site that redesigned its form has none of the recipe's signs left. The page counts as the form if the match without a
model knows several of the planned fields on it, or if a model may be asked and there are several fields to fill. All
that follows is as ever: each field is looked for by the tiers, filled and read back by our engine, and only if the
whole form reads back is the recipe's own publish button pressed, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from playwright.async_api import Page

from listing_worker.agents.base import Attempt
from listing_worker.agents.form.by_recipe import leaves
from listing_worker.agents.form.inventory import take
from listing_worker.agents.heal.intents import intent_of
from listing_worker.agents.heal.match import match

if TYPE_CHECKING:
    from listing_worker.agents.recipe import Planned, Recipe
    from listing_worker.models import Listing

ENOUGH: Final = 3  # fields
_TAKES_TEXT: Final = frozenset({"text", "rich", "number", "select", "combobox"})


class Planning(Protocol):
    """What is needed of an agent."""

    @property
    def recipe(self) -> Recipe: ...

    def plan(self, listing: Listing) -> list[Planned]: ...


async def is_new_form(page: Page, agent: Planning, attempt: Attempt | None, *, by_model: bool = False) -> bool:
    """Whether this page is worth filling although nothing of the recipe is on it. Never without a healer.

    `by_model`: nothing else will come any more, so a page that only a model could make sense of counts, too.
    """
    if attempt is None or attempt.healer is None:
        return False
    steps = leaves(agent.recipe.steps)
    planned = [one for one in agent.plan(attempt.listing) if one.field in steps]
    wanted = [intent for one in planned if (intent := intent_of(steps[one.field], one)) is not None]
    if not wanted:
        return False
    inventory = await take(page)
    try:
        free = [one for one in inventory.controls if not one.aside and not one.behind]
        known = sum(found.control is not None for found in match(wanted, free))
        fields = sum(one.kind in _TAKES_TEXT and one.enabled for one in free)
    finally:
        await inventory.release()
    enough = min(ENOUGH, len(wanted))
    return known >= enough or (by_model and attempt.healer.asks_a_model and fields >= enough)
