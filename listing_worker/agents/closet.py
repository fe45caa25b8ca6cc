"""Reading the seller's own page of active listings. Changes nothing there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import Page, Request

from listing_worker.agents.base import Looked, Sighting
from listing_worker.agents.form.compare import cents, loose
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.page_signs import PageKind, classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Closet, Recipe
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import PageTimeout
from listing_worker.models import Intent

_TILES = r"""([tile, parts]) => [...document.querySelectorAll(tile)].map(e => {
  const read = part => {
    if (!part) return null;
    const [css, attribute] = part;
    const all = css ? [...e.querySelectorAll(css)] : [e];
    return all.map(n => attribute === 'text' ? n.innerText : n.getAttribute(attribute)).filter(Boolean);
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, read(part)]));
})"""
MORE_WAIT = 1_500  # milliseconds for further tiles to come after asking for them, or for a request for them to leave
ANSWER_WAIT = 15_000  # milliseconds for the answer to a request that left
DATA = "data"


@dataclass(frozen=True)
class ClosetView:
    """What the closet showed, newest first, and whether that was all of it."""

    listings: tuple[Sighting, ...]
    complete: bool


def closet_url(closet: Closet, *, account: str = "", keyword: str = "") -> str:
    return closet.url.replace("{account}", quote(account, safe="")).replace("{keyword}", quote(keyword, safe=""))


async def open_closet(page: Page, recipe: Recipe, url: str) -> None:
    """Goes there and waits for it. Raises what the page's kind asks for, or PageTimeout."""
    response = await visit(page, url)
    deadline = Deadline(recipe.closet.timeout)

    async def ready() -> bool:
        if await find(page, recipe.closet.ready) is not None or await page.locator(recipe.closet.tile).count():
            return True
        state = await classify(page, recipe.signs, response)
        if state.kind is not PageKind.OK:
            raise_unless_ok(state, recipe)
        return False

    if not await until(ready, deadline):
        raise PageTimeout(f"The list of your {recipe.display_name} listings did not load.")


async def read_closet(page: Page, recipe: Recipe) -> ClosetView:
    """Every listing that the open closet shows, loading more until there is no more (or `page_limit`).

    Complete only where the page had its say: what it asked its own site for came, and brought no further tiles.
    """
    closet = recipe.closet
    traffic = Traffic(page, data_of(page.url))
    tiles = await _tiles(page, closet)
    for _ in range(closet.page_limit):
        asked = await _ask_for_more(page, closet)
        if not asked:
            return ClosetView(_sightings(tiles, recipe), complete=True)
        if not await _grown(page, closet, traffic, len(tiles)):
            # a scroll that brings nothing was the end; a button that brings nothing is a failure
            answered = not traffic.out(DATA) and not traffic.failed[DATA]
            return ClosetView(_sightings(tiles, recipe), complete=closet.more is None and answered)
        tiles = await _tiles(page, closet)
    return ClosetView(_sightings(tiles, recipe), complete=False)


async def _grown(page: Page, closet: Closet, traffic: Traffic, count: int) -> bool:
    """Whether further tiles came: soon, or with the answer that was under way by then."""

    async def grown() -> bool:
        return await page.locator(closet.tile).count() > count

    async def decided() -> bool:
        return not traffic.out(DATA) or await grown()

    if await until(grown, Deadline(MORE_WAIT)):
        return True
    if not traffic.out(DATA):
        return False
    await until(decided, Deadline(ANSWER_WAIT))
    return bool(await until(grown, Deadline(MORE_WAIT / 3)))  # what came is drawn a moment later


def data_of(url: str) -> Callable[[Request], str | None]:
    """What a page of this address asks its own site for; other sites' counters and maps may fail as they like."""
    site = _site(url)

    def kind_of(request: Request) -> str | None:
        return DATA if request.resource_type in {"fetch", "xhr"} and _site(request.url) == site else None

    return kind_of


def _site(url: str) -> str:
    """The last two labels of the host: api.shop.example and www.shop.example are one site's."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


async def _ask_for_more(page: Page, closet: Closet) -> bool:
    if closet.more is not None:
        button = await find(page, closet.more)
        if button is None:
            return False
        await button.locator.click(timeout=5_000)
        return True
    if not closet.scroll or not await page.locator(closet.tile).count():
        return False
    fits: bool = await page.evaluate(
        "() => { const d = document.scrollingElement; const fits = d.scrollHeight <= innerHeight + 2;"
        " scrollTo(0, d.scrollHeight); return fits; }"
    )
    return not fits


async def _tiles(page: Page, closet: Closet) -> list[dict[str, list[str] | None]]:
    parts: dict[str, Any] = {
        "id": list(closet.id[:2]),
        "title": list(closet.title),
        "price": list(closet.price) if closet.price else None,
        "sku": list(closet.sku) if closet.sku else None,
    }
    tiles: list[dict[str, list[str] | None]] = await page.evaluate(_TILES, [closet.tile, parts])
    return tiles


def _sightings(tiles: list[dict[str, list[str] | None]], recipe: Recipe) -> tuple[Sighting, ...]:
    """One per id, in the page's order; tiles without an id are no listings."""
    seen: dict[str, Sighting] = {}
    for tile in tiles:
        ids = [found.group(1) for text in tile["id"] or [] if (found := re.search(recipe.closet.id[2], text))]
        if not ids or ids[0] in seen:
            continue
        prices = [amount for text in tile["price"] or [] if (amount := cents(text)) is not None]
        seen[ids[0]] = Sighting(
            external_id=ids[0],
            url=recipe.publication.listing_url.replace("{id}", ids[0]),
            title=" ".join((tile["title"] or [""])[0].split()),
            price_cents=prices[0] if prices else None,
            sku=(tile["sku"] or [""])[0].strip() or None,
        )
    return tuple(seen.values())


def with_title(listings: tuple[Sighting, ...], title: str) -> tuple[Sighting, ...]:
    return tuple(listing for listing in listings if loose(listing.title) == loose(title))


def undecided(matches: tuple[Sighting, ...], intent: Intent) -> Looked | None:
    """Where nobody could look before the press, what fits may be older than it: then nothing is decided here."""
    if intent.baseline_ids is not None or intent.draft_id is not None or not matches:
        return None
    urls = ", ".join(match.url for match in matches[:3])
    return Looked(matches=(), complete=False, seen=f"There is {urls}, which may be older than this posting.")


def fitting(listings: tuple[Sighting, ...], intent: Intent, title: str) -> tuple[Sighting, ...]:
    """Listings that can be the effect of the intent: this title (as the site holds it), not there before.

    Of several, those with the very price, and the very label, come first: if any fit these, only they count.
    """
    new = [s for s in with_title(listings, title) if s.external_id not in (intent.baseline_ids or ())]
    tests: tuple[Callable[[Sighting], bool], ...] = (
        lambda s: s.price_cents == intent.price_cents,
        lambda s: intent.sku is not None and s.sku == intent.sku,
    )
    for test in tests:
        new = [s for s in new if test(s)] or new
    return tuple(new)
