"""Reading one account's list of active items, and the pages of those not known yet. What RQ runs for a due import.

Nothing is pressed. One page tells of many listings; a listing's own page is opened once, for its photos and text. An
import that does not come to its end in one go is continued, and begins where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.after.page_data import page_data
from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.browsers.open import open_browser
from listing_worker.agents.registry import get_agent
from listing_worker.errors import ListingWorkerError, SignInRequired
from listing_worker.inventory.adopting.linking import link_what_is_sure
from listing_worker.inventory.matching.pictures import Shot
from listing_worker.inventory.watch import Looking
from listing_worker.models import ListingStatus
from listing_worker.orchestration.resources import Resources
from listing_worker.storage.adopting_calls import Unread
from listing_worker.utils.images import PhotoRefused, prepare_photo
from listing_worker.utils.processes import process_name
from listing_worker.utils.session_loader import load_session, restore

log = structlog.get_logger(__name__)

LEASE_SECONDS = 180.0
LOOK_SECONDS = 160.0  # less than the lease
PAGES_AT_ONCE = 20  # own pages of listings per go: then the account is free for other work for a while
PAUSE = 20.0  # seconds between two goes
ATTEMPTS = 5
LATER = 300.0  # seconds after a go that was turned away


async def import_account(
    resources: Resources, user_id: str, marketplace: str, on_start: Callable[[Looking], None] = lambda _: None
) -> dict[str, Any] | None:
    """The outcome that was stored; None if the account was busy or lost. Safe to repeat."""
    store = resources.store
    claim = await asyncio.to_thread(store.claim_import, user_id, marketplace, process_name(), LEASE_SECONDS)
    if not claim["claimed"]:
        return None
    agent = get_agent(marketplace)
    again_in: float | None
    with structlog.contextvars.bound_contextvars(marketplace=marketplace, action="import"):
        try:
            on_start(Looking())
            async with asyncio.timeout(LOOK_SECONDS):
                outcome = await _read_account(resources, agent, user_id, claim["fence"])
            again_in = PAUSE if outcome["unread"] else None
        except (ListingWorkerError, PlaywrightError, TimeoutError) as error:
            sentence = error.message if isinstance(error, ListingWorkerError) else type(error).__name__
            log.warning(f"Could not read the account's list: {sentence}")
            outcome = {"looked": False, "why": sentence[:300]}
            again_in = LATER if claim["attempts"] < ATTEMPTS and not isinstance(error, SignInRequired) else None
        except asyncio.CancelledError:
            outcome, again_in = {"looked": False, "why": "The worker was stopping."}, 0.0
        linked = await asyncio.to_thread(link_what_is_sure, store, resources.photos, user_id)
        outcome |= {"linked": linked.linked, "questions": linked.questions}
        if not await asyncio.to_thread(store.finish_import, user_id, marketplace, claim["fence"], outcome, again_in):
            return None
        log.info("Read the account's list.", **outcome)
    return outcome


async def _read_account(resources: Resources, agent: MarketplaceAgent, user_id: str, fence: int) -> dict[str, Any]:
    loaded = await asyncio.to_thread(
        load_session, resources.store, resources.ring, user_id, agent.name, purpose="import"
    )
    if loaded is None:
        raise SignInRequired.to(agent.display_name)
    async with open_browser(resources.settings, hosts=agent.hosts, session=loaded.session) as lease:
        await restore(lease.context, loaded.session)
        state = await agent.sign_in_state(lease.page)
        if not state.signed_in:
            raise SignInRequired.to(agent.display_name)
        view = await agent.own_listings(lease.page, ListingStatus.ACTIVE)
        rows = [
            {"external_id": one.external_id, "url": one.url, "title": one.title, "price_cents": one.price_cents,
             "sku": one.sku}
            for one in view.listings
        ]  # fmt: skip
        put = await asyncio.to_thread(
            resources.store.put_found, user_id, agent.name, fence, rows, complete=view.complete
        )
        read = 0
        for unread in put["unread"][:PAGES_AT_ONCE]:
            details = await _read_page(resources, agent, lease.page, user_id, unread)
            await asyncio.to_thread(resources.store.note_found, user_id, unread["id"], details)
            read += 1
    return {
        "looked": True,
        "seen": len(rows),
        "complete": view.complete,
        "new": put["new"],
        "unread": len(put["unread"]) - read,
    }


async def _read_page(
    resources: Resources, agent: MarketplaceAgent, page: Page, user_id: str, unread: Unread
) -> dict[str, Any]:
    """Photos (stored, with their prints) and whatever the page's own data says. A page that cannot be read is noted."""
    try:
        pictures = await agent.live_pictures(page, unread["external_id"]) or []
        told = await page_data(page, unread["url"])
    except (ListingWorkerError, PlaywrightError) as error:
        if isinstance(error, SignInRequired):
            raise
        return {"photos": [], "prints": [], "why": str(error).partition("\n")[0][:200]}
    photos, prints = [], []
    for data in pictures:
        try:
            prepared = await asyncio.to_thread(prepare_photo, data)
        except PhotoRefused as refused:
            log.info(f"A photo of a found listing was left out: {refused.message}", action="import")
            continue
        key = await asyncio.to_thread(resources.photos.put, user_id, prepared.photo.id, prepared.data)
        photos.append(prepared.stored_at(key).photo.model_dump(mode="json"))
        prints.append((await asyncio.to_thread(Shot.of, data)).text)
    return {**told, "photos": photos, "prints": prints}
