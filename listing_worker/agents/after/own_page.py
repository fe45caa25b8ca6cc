"""A listing's own page: how it stands, what it costs, which pictures it shows. Changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response

from listing_worker.agents.after.data import OwnPage, Pictures
from listing_worker.agents.base import Standing
from listing_worker.agents.browsers.appearance import open_tab
from listing_worker.agents.form.compare import cents
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.waiting import Deadline, is_passing, until
from listing_worker.agents.page_signs import PageKind, classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Recipe
from listing_worker.errors import PageTimeout
from listing_worker.models import ListingStatus

_PICTURES = r"""([css, attribute]) => [...document.querySelectorAll(css)].map(e => {
  const told = e.getAttribute(attribute) || '';
  try { return told ? new URL(told, document.baseURI).href : ''; } catch { return ''; }
}).filter(Boolean)"""
PICTURES_WITHIN = 5_000  # milliseconds for the pictures to be in the page


@dataclass(frozen=True)
class Seen:
    """What the page told. `owned`: it was proven to be the signed-in seller's own view of it."""

    standing: Standing
    owned: bool


def listing_url(recipe: Recipe, external_id: str) -> str:
    return recipe.publication.listing_url.replace("{id}", external_id)


async def look_at_own_page(page: Page, recipe: Recipe, own: OwnPage, external_id: str) -> Seen:
    """Opens the listing's page and reads it. A page that is neither the listing nor "gone" is UNKNOWN.

    Raises SignInRequired, ChallengeShown, AccountRestricted, RateLimited, SiteUnavailable, PageTimeout.
    """
    url = listing_url(recipe, external_id)
    response = await visit(page, url)

    async def decided() -> str | None:
        if response is not None and response.status in {404, 410}:
            return "gone"
        if own.gone is not None and await is_visible(page, own.gone):
            return "gone"
        state = await classify(page, recipe.signs, response)  # first: a challenge page may have a heading, too
        if state.kind is not PageKind.OK:
            raise_unless_ok(state, recipe)
        return "there" if await is_visible(page, own.there) else None

    answer = await until(decided, Deadline(own.timeout))
    if answer is None:
        return Seen(Standing(ListingStatus.UNKNOWN, external_id, url, f"{url} did not show the listing"), owned=False)
    if answer == "gone":
        return Seen(Standing(ListingStatus.GONE, external_id, url, f"{url} says that there is no such listing"), False)
    return await _read(page, own, external_id, url)


async def _read(page: Page, own: OwnPage, external_id: str, url: str) -> Seen:
    told: dict[str, Any] = {}
    if own.told:
        answer = await page.evaluate(own.told)
        told = answer if isinstance(answer, dict) else {}
    status = own.words.get(str(told.get("status") or ""), ListingStatus.UNKNOWN)
    marked = [mark.status for mark in own.marks if await is_visible(page, mark.sign)]
    if marked:
        agreed = {*marked, status} - {ListingStatus.UNKNOWN, ListingStatus.ACTIVE}
        status = agreed.pop() if len(agreed) == 1 else ListingStatus.UNKNOWN
    elif status is ListingStatus.UNKNOWN and not told.get("status"):
        status = own.plain
    price = str(told["price"]) if told.get("price") is not None else await _text(page, own, "price")
    title = str(told["title"]) if told.get("title") else await _text(page, own, "title")
    owned = own.owner is not None and await is_visible(page, own.owner)
    seen, title = f"the listing's own page {url}", " ".join(title.split())
    standing = Standing(status, external_id, url, seen, title=title, price_cents=cents(price))
    return Seen(standing, owned)


async def _text(page: Page, own: OwnPage, part: str) -> str:
    target = own.price if part == "price" else own.title
    found = await find(page, target) if target is not None else None
    return (await found.locator.inner_text()).strip() if found else ""


async def picture_addresses(page: Page, pictures: Pictures, external_id: str) -> list[str]:
    """Addresses of the large versions of the pictures on the open page, in order, each picture once."""
    css = pictures.css.replace("{id}", external_id)

    async def some() -> list[str] | None:
        found: list[str] = await page.evaluate(_PICTURES, [css, pictures.attribute])
        return found or None

    by_name: dict[str, str] = {}
    for address in await until(some, Deadline(PICTURES_WITHIN)) or []:
        name = re.search(pictures.name, address)
        if name is not None and name.group(1) not in by_name:
            large = re.sub(pictures.larger[0], pictures.larger[1], address) if pictures.larger else address
            by_name[name.group(1)] = large
    return list(by_name.values())


async def fetch_pictures(page: Page, addresses: list[str]) -> list[bytes]:
    """The pictures' bytes, opened one after the other in a tab of its own, as a buyer's browser gets them.

    Raises PageTimeout naming the one that does not come."""
    tab = await open_tab(page.context)
    try:
        return [await _fetch(tab, address) for address in addresses]
    finally:
        await tab.close()


async def _fetch(tab: Page, address: str) -> bytes:
    try:
        response: Response | None = await tab.goto(address, wait_until="commit", timeout=10_000)
        if response is not None and response.ok:
            return await response.body()
    except PlaywrightError as error:
        if not is_passing(error) and "Timeout" not in error.message and "net::" not in error.message:
            raise
    raise PageTimeout(f"The picture {address.partition('?')[0]} could not be loaded.")
