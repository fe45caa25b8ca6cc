"""The marketplaces as the API knows them: the agents' registry behind the port."""

from __future__ import annotations

from listing_worker.agents import registry
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, Money, Reason


class RegisteredMarketplaces:
    """What the agents know without a page (ports.Marketplaces). An agent is imported when first asked about."""

    def names(self) -> tuple[str, ...]:
        return registry.names()

    def display_name(self, marketplace: str) -> str:
        return registry.get_agent(marketplace).display_name

    def home_url(self, marketplace: str) -> str:
        return registry.get_agent(marketplace).home_url

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

    def preflight(self, marketplace: str, listing: Listing) -> Reason | None:
        """The agent's plan is thrown away; what counts is whether there is one."""
        try:
            registry.get_agent(marketplace).plan(listing)
        except ListingInvalid as error:
            return error.reason
        return None
