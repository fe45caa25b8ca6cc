"""One look at one account: a browser, two lists, and what follows. What RQ runs for a due watch.

Nothing is pressed here. An account that turns the look away (signed out, a challenge, down) says nothing about its
listings: the watch notes why and looks again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.browsers.open import open_browser
from listing_worker.agents.registry import get_agent
from listing_worker.errors import ListingWorkerError, SignInRequired
from listing_worker.inventory.conclude import Concluded, conclude, live_ids
from listing_worker.inventory.evidence import FEW, Seen, Sign, SignalKind, read_lists, read_orders
from listing_worker.models import ListingStatus, ProofKind
from listing_worker.orchestration.resources import Resources
from listing_worker.storage.inventory_calls import WatchClaim
from listing_worker.utils.processes import process_name
from listing_worker.utils.session_loader import load_session, restore

log = structlog.get_logger(__name__)

LEASE_SECONDS = 120.0
LOOK_SECONDS = 100.0  # less than the lease: a look that takes longer is given up
LATER = 3.0  # times the usual interval, after a look that was turned away


class Looking:
    """A look that a draining worker may end at any moment: it presses nothing."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()

    def drain(self) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


async def watch_account(
    resources: Resources, user_id: str, marketplace: str, on_start: Callable[[Looking], None] = lambda _: None
) -> Concluded | None:
    """None if the account was busy, or the watch was lost to another worker. `on_start` gets what can end the look."""
    claim = await asyncio.to_thread(resources.store.claim_watch, user_id, marketplace, process_name(), LEASE_SECONDS)
    if not claim["claimed"]:
        return None
    agent = get_agent(marketplace)
    every = resources.settings.watch_seconds
    again_in = every
    with structlog.contextvars.bound_contextvars(marketplace=marketplace, action="watch"):
        try:
            on_start(Looking())
            async with asyncio.timeout(LOOK_SECONDS):
                found = await _look_and_conclude(resources, agent, user_id, claim)
        except (ListingWorkerError, PlaywrightError, TimeoutError) as error:
            sentence = error.message if isinstance(error, ListingWorkerError) else type(error).__name__
            log.warning(f"Could not look: {sentence}")
            found = Concluded({"looked": False, "why": sentence[:300]})
            again_in = every * LATER
        except asyncio.CancelledError:
            found, again_in = Concluded({"looked": False, "why": "The worker was stopping."}), 0.0
        kept = await asyncio.to_thread(
            resources.store.finish_watch, user_id, marketplace, claim["fence"], found.outcome, again_in
        )
        if not kept:
            return None
        log.info("Looked at the account's lists.", **{k: v for k, v in found.outcome.items() if k != "stopped"})
    for operation_id in found.delists:
        resources.queue.enqueue_operation(operation_id, urgent=True)
    return found


async def _look_and_conclude(
    resources: Resources, agent: MarketplaceAgent, user_id: str, claim: WatchClaim
) -> Concluded:
    loaded = await asyncio.to_thread(
        load_session, resources.store, resources.ring, user_id, agent.name, purpose="watch"
    )
    if loaded is None:
        raise SignInRequired.to(agent.display_name)
    async with open_browser(resources.settings, hosts=agent.hosts, session=loaded.session) as lease:
        await restore(lease.context, loaded.session)
        state = await agent.sign_in_state(lease.page)
        if not state.signed_in:
            raise SignInRequired.to(agent.display_name)
        active = await _seen(agent, lease.page, ListingStatus.ACTIVE)
        sold = await _seen(agent, lease.page, ListingStatus.SOLD)
        more = await _orders(resources, agent, lease.page, claim, active)
        more += await _pages_of_missing(agent, lease.page, claim, active, sold)
    return await asyncio.to_thread(conclude, resources.store, claim, active, sold, site=agent.display_name, more=more)


async def _orders(
    resources: Resources, agent: MarketplaceAgent, page: Page, claim: WatchClaim, active: Seen
) -> list[Sign]:
    """What the page of orders says. Where it does not show, the lists have to do."""
    try:
        sales = await agent.own_orders(page)
    except (ListingWorkerError, PlaywrightError) as error:
        sentence = error.message if isinstance(error, ListingWorkerError) else type(error).__name__
        log.warning(f"The orders could not be read: {sentence}")
        return []
    if not sales:
        return []
    postings = [row for row in claim["postings"] if (row["proof"] or {}).get("kind") != ProofKind.ADOPTED]
    named = {sale.external_id for sale in sales}
    several = set()
    for row in postings:
        if row["external_id"] in named and row["external_id"] in active.ids:
            stock = await asyncio.to_thread(resources.store.get_stock, row["listing_id"])
            if stock is not None and stock["quantity"] > 1:
                several.add(row["id"])
    return list(
        read_orders(
            live_ids(claim),
            [(sale.order, sale.external_id) for sale in sales],
            active,
            ours={row["id"] for row in postings},
            several=several,
            site=agent.display_name,
        )
    )


async def _pages_of_missing(
    agent: MarketplaceAgent, page: Page, claim: WatchClaim, active: Seen, sold: Seen
) -> list[Sign]:
    """Where only absence speaks, the item's own page is asked: sold there is the second, independent sign. For a few
    at most; more at once is the circuit breaker's matter."""
    live = live_ids(claim)
    ids = dict(live)
    signs = read_lists(live, active, sold, site=agent.display_name).signs
    missing = [sign.posting_id for sign in signs if sign.kind is SignalKind.MISSING]
    if len(missing) > FEW:
        return []
    found = []
    for posting_id in missing:
        standing = await agent.status(page, ids[posting_id])
        if standing.status is ListingStatus.SOLD:
            found.append(Sign(posting_id, SignalKind.SOLD_PAGE, f"Its page says sold: {standing.url}"))
    return found


async def _seen(agent: MarketplaceAgent, page: Page, status: ListingStatus) -> Seen:
    view = await agent.own_listings(page, status)
    return Seen(frozenset(one.external_id for one in view.listings), view.complete)


def as_argument(user_id: str, marketplace: str) -> str:
    """How a watch is named in the queue."""
    return f"{marketplace}:{user_id}"


def from_argument(argument: str) -> tuple[str, str]:
    """User and marketplace of a name made by `as_argument`."""
    marketplace, _, user_id = argument.partition(":")
    return user_id, marketplace
