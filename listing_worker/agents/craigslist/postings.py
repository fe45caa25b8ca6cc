"""The seller's own postings: the table of account home, over all its pages (facts: craigslist §8)."""

from __future__ import annotations

import re

from playwright.async_api import Page

from listing_worker.agents.base import Sighting
from listing_worker.agents.closet import ClosetView, open_closet
from listing_worker.agents.craigslist.recipe import POSTINGS, RECIPE
from listing_worker.agents.form.compare import cents

ROWS = 50  # a page
PAGES = 40  # at most
_TABLE = r"""() => [...document.querySelectorAll('table.accthp_postings tr.posting-row')].map(row => {
  const status = row.querySelector('td.status'), link = row.querySelector('td.title > a');
  return {
    id: status?.dataset.postingid ?? '', status: status?.className ?? '',
    title: (link ?? row.querySelector('td.title'))?.innerText ?? '', url: link?.href ?? '',
  };
})"""
_PRICE = re.compile(r"\s+-\s+(\$[\d,]+)\s*$")


async def read_postings(page: Page) -> ClosetView:
    """Every posting that is not deleted, newest first. Complete once a page has fewer than 50 rows. Changes nothing.

    Raises what the page's kind asks for, PageTimeout.
    """
    seen: dict[str, Sighting] = {}
    known: set[str] = set()
    for number in range(1, PAGES + 1):
        await open_closet(page, RECIPE, POSTINGS.replace("{page}", str(number)))
        rows: list[dict[str, str]] = await page.evaluate(_TABLE)
        ids = {row["id"] for row in rows}
        if number > 1 and rows and ids <= known:
            return ClosetView(tuple(seen.values()), complete=False)  # the page's number did nothing
        known |= ids
        for row in rows:
            if row["id"] and "deleted" not in row["status"].split():
                seen.setdefault(row["id"], _sighting(row))
        if len(rows) < ROWS:
            return ClosetView(tuple(seen.values()), complete=True)
    return ClosetView(tuple(seen.values()), complete=False)


def _sighting(row: dict[str, str]) -> Sighting:
    """ "Oak table - $40" is the title and the price."""
    text = " ".join(row["title"].split())
    price = _PRICE.search(text)
    return Sighting(
        external_id=row["id"],
        url=row["url"] or RECIPE.publication.listing_url.replace("{id}", row["id"]),
        title=text[: price.start()] if price else text,
        price_cents=cents(price.group(1)) if price else None,
    )
