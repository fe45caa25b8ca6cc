"""The seller's own lists, read to their end, and what may be concluded from absence: nothing, unless the list is proven
to be the seller's and complete."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

from listing_worker.agents.after.data import OwnList
from listing_worker.agents.base import Sighting
from listing_worker.agents.closet import ClosetView, closet_url, read_closet
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.recipe import Recipe

PAGES = 50  # of a list that is paged by `next`
NEXT_WITHIN = 8_000  # milliseconds for the next page of a list to show
OWN_WITHIN = 2_000  # milliseconds for the sign that the list is the seller's own

OpenList = Callable[[Page, Recipe, str], Awaitable[bool]]


async def read_own_list(
    page: Page, recipe: Recipe, own: OwnList, *, account: str, keyword: str, open_list: OpenList
) -> ClosetView:
    """Every listing of one list, over all its pages. `open_list(page, recipe, url)` goes there, waits for the list, and
    tells whether it came whole. Raises what the page's kind asks for, PageTimeout."""
    theirs = recipe.model_copy(update={"closet": own.closet})
    whole = await open_list(page, theirs, closet_url(own.closet, account=account, keyword=keyword))
    if not await _is_own(page, own):
        return ClosetView((), complete=False)
    view = await read_closet(page, theirs)
    found = {sighting.external_id: sighting for sighting in view.listings}
    complete = whole and view.complete
    last, ended = len(view.listings), own.next is None
    while complete and not ended:
        turned = await _turn(page, own, set(found))
        if turned is None:
            ended = True
        elif not turned:
            complete = False
        else:
            view = await read_closet(page, theirs)
            last, complete = len(view.listings), view.complete
            found.update({sighting.external_id: sighting for sighting in view.listings})
            if len(found) > PAGES * max(own.page_size, 200):
                complete = False
    return ClosetView(tuple(found.values()), complete and await _adds_up(page, own, len(found), last, bool(own.next)))


async def _is_own(page: Page, own: OwnList) -> bool:
    if own.own is None:
        return True
    sign = own.own

    async def shows() -> bool:
        return await is_visible(page, sign)

    return bool(await until(shows, Deadline(OWN_WITHIN)))


async def _turn(page: Page, own: OwnList, known: set[str]) -> bool | None:
    """To the next page: True once its listings show, False if they do not come, None if this was the last page."""
    assert own.next is not None
    button = await find(page, own.next)
    if button is None or not await button.locator.is_enabled():
        return None
    tile, (css, attribute, pattern) = own.closet.tile, own.closet.id
    await button.locator.click(timeout=5_000)

    async def others() -> bool:
        inner = f"{tile} {css}".strip()
        texts: list[str] = await page.locator(inner).evaluate_all(
            "(all, name) => all.map(e => name === 'text' ? e.innerText : e.getAttribute(name) || '')", attribute
        )
        ids = [match.group(1) for text in texts if (match := re.search(pattern, text))]
        return bool(ids) and ids[0] not in known

    return bool(await until(others, Deadline(NEXT_WITHIN)))


async def _adds_up(page: Page, own: OwnList, count: int, last: int, paged: bool) -> bool:
    """Whether the number of listings read can be all there are."""
    if own.total:
        text: str = await page.evaluate("() => document.body.innerText")
        claimed = re.search(own.total, text)
        return claimed is not None and int(claimed.group(1).replace(",", "")) == count
    full = own.page_size > 0 and last > 0 and last % own.page_size == 0
    return paged or not full


def holding(view: ClosetView, external_id: str) -> Sighting | None:
    return next((each for each in view.listings if each.external_id == external_id), None)
