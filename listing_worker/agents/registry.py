"""The marketplaces we can post to, as a hand-written list. The only generic module that names them.

Importing this imports no marketplace: each is imported when it is first asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from listing_worker.errors import ListingInvalid

if TYPE_CHECKING:
    from listing_worker.agents.base import MarketplaceAgent

# name → module and class, in the order in which people see them
AGENTS = {
    "poshmark": ("listing_worker.agents.poshmark.agent", "PoshmarkAgent"),
    "ebay": ("listing_worker.agents.ebay.agent", "EbayAgent"),
    "mercari": ("listing_worker.agents.mercari.agent", "MercariAgent"),
    "facebook": ("listing_worker.agents.facebook.agent", "FacebookAgent"),
    "craigslist": ("listing_worker.agents.craigslist.agent", "CraigslistAgent"),
}


class UnknownMarketplace(ListingInvalid):
    """Not a name of our list."""

    code = "unknown_marketplace"
    default_action = "Choose one of the known marketplaces"


def names() -> tuple[str, ...]:
    """The names of all marketplaces, in the order in which people see them."""
    return tuple(AGENTS)


def get_agent(name: str) -> MarketplaceAgent:
    """The agent of a marketplace. Raises UnknownMarketplace naming the known ones."""
    if name not in AGENTS:
        raise UnknownMarketplace(f"There is no marketplace {name!r}. Known: {', '.join(AGENTS)}.", field="marketplaces")
    return _made(name)


def all_agents() -> list[MarketplaceAgent]:
    return [get_agent(name) for name in AGENTS]


@cache
def _made(name: str) -> MarketplaceAgent:
    module, class_name = AGENTS[name]
    agent: MarketplaceAgent = getattr(import_module(module), class_name)()
    return agent
