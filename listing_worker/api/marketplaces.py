"""The marketplaces as the API knows them: the agents' registry behind the port."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from listing_worker.agents import registry
from listing_worker.agents.after.addresses import listing_in
from listing_worker.agents.recipe import Limits, Recipe
from listing_worker.categories.suggest import Suggestion, suggest
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, Money, OperationKind, Reason
from listing_worker.preflight.check import preflight, why_not
from listing_worker.preflight.findings import Preflight


class RegisteredMarketplaces:
    """What the agents know without a page (ports.Marketplaces). An agent is imported when first asked about."""

    def names(self) -> tuple[str, ...]:
        return registry.names()

    def display_name(self, marketplace: str) -> str:
        return registry.get_agent(marketplace).display_name

    def home_url(self, marketplace: str) -> str:
        return registry.get_agent(marketplace).home_url

    def limits(self, marketplace: str) -> Limits | None:
        recipe = getattr(registry.get_agent(marketplace), "recipe", None)
        return recipe.limits if isinstance(recipe, Recipe) else None

    def terms(self, marketplace: str) -> str:
        """The text beside the agent, `agents/<marketplace>/terms.txt`."""
        registry.get_agent(marketplace)
        file = Path(registry.__file__).parent / marketplace / "terms.txt"
        return file.read_text().strip() if file.is_file() else ""

    def warm_up(self) -> None:
        """Loads every agent and its vocabulary, about a second the first time, so that no seller waits for it."""
        anything = Listing(
            id="",
            user_id="",
            title="Dress",
            description="Dress",
            price=Money(cents=1000),
            condition=Condition.GOOD,
            category=("Women", "Dresses"),
        )
        for name in self.names():
            self.preflight(name, anything)

    def can(self, marketplace: str, kind: OperationKind) -> bool:
        return registry.get_agent(marketplace).can(kind)

    def preflight(self, marketplace: str, listing: Listing) -> Reason | None:
        """The first of what keeps it off; `look_ahead` tells all of it."""
        problem = why_not(listing, registry.get_agent(marketplace))
        return problem.reason if problem else None

    def listing_at(self, url: str) -> tuple[str, str] | None:
        for name in self.names():
            recipe = getattr(registry.get_agent(name), "recipe", None)
            found = listing_in(url, recipe) if isinstance(recipe, Recipe) else None
            if found is not None:
                return name, found
        return None

    def form_fields(self, marketplace: str, listing: Listing) -> frozenset[str] | None:
        try:
            plan = registry.get_agent(marketplace).plan(listing.for_marketplace(marketplace))
        except (ListingInvalid, ValidationError):
            return None
        return frozenset((each.source or each.field).partition(".")[0] for each in plan)

    def look_ahead(self, marketplace: str, listing: Listing) -> Preflight:
        return preflight(listing, registry.get_agent(marketplace))

    def categories(
        self, marketplace: str, listing: Listing, chosen: Sequence[str] | None, count: int
    ) -> list[Suggestion]:
        vocabulary = registry.get_agent(marketplace).vocabulary
        return suggest(listing, vocabulary, tuple(chosen) if chosen else None, count)

    def is_category(self, marketplace: str, category: Sequence[str]) -> bool:
        return tuple(category) in registry.get_agent(marketplace).vocabulary.tree()
