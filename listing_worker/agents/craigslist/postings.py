"""The seller's own postings: the table of account home, over all its pages (facts: craigslist §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page

from listing_worker.agents.base import Sighting
from listing_worker.agents.closet import ClosetView, open_closet
from listing_worker.agents.craigslist.recipe import POSTINGS, RECIPE
from listing_worker.agents.form.compare import cents
from listing_worker.errors import PageTimeout
from listing_worker.models import ListingStatus

PAGES = 40  # at most, of 50 rows
_TABLE = r"""() => [...document.querySelectorAll('table.accthp_postings tr.posting-row')].map(row => {
  const status = row.querySelector('td.status'), link = row.querySelector('td.title > a');
  return {
    id: status?.dataset.postingid ?? '', status: status?.className ?? '',
    title: (link ?? row.querySelector('td.title'))?.innerText ?? '', url: link?.href ?? '',
  };
})"""
_PRICE = re.compile(r"\s+-\s+(\$[\d,]+)\s*$")

STATUSES = {
    "active": ListingStatus.ACTIVE,
    "deleted": ListingStatus.DELISTED,
    # how the table says these was not captured; the public page has words for them (§8) [L]
    "pending": ListingStatus.PENDING,
    "expired": ListingStatus.DELISTED,
    "flagged": ListingStatus.DELISTED,
    "removed": ListingStatus.DELISTED,
}


@dataclass(frozen=True)
class Table:
    """The postings in the table's order, with how each stands by its status cell, and whether all were seen."""

    rows: dict[str, tuple[Sighting, ListingStatus]]
    complete: bool

    def having(self, *statuses: ListingStatus) -> ClosetView:
        found = tuple(sighting for sighting, status in self.rows.values() if status in statuses)
        return ClosetView(found, self.complete)

    @property
    def not_deleted(self) -> ClosetView:
        """What can be the effect of a press: everything but what is deleted, words we do not know included."""
        return self.having(ListingStatus.ACTIVE, ListingStatus.PENDING, ListingStatus.UNKNOWN)


async def read_table(page: Page) -> Table:
    """All postings, newest first. Complete once a page brings nothing new, however many rows a page may have. Changes
    nothing.

    Raises what the page's kind asks for, PageTimeout.
    """
    seen: dict[str, tuple[Sighting, ListingStatus]] = {}
    for number in range(1, PAGES + 1):
        await open_closet(page, RECIPE, POSTINGS.replace("{page}", str(number)))
        rows: list[dict[str, str]] = await page.evaluate(_TABLE)
        fresh = [row for row in rows if row["id"] and row["id"] not in seen]
        if not fresh:
            return Table(seen, complete=True)
        for row in fresh:
            told = [STATUSES[word] for word in row["status"].split() if word in STATUSES]
            seen[row["id"]] = (_sighting(row), told[0] if len(told) == 1 else ListingStatus.UNKNOWN)
    return Table(seen, complete=False)


async def turn_page(page: Page) -> None:
    """From one page of the open table to the next. Raises PageTimeout after the last one."""
    number = int(parse_qs(urlsplit(page.url).query).get("filter_page", ["1"])[0])
    if not await page.locator("table.accthp_postings tr.posting-row").count() or number >= PAGES:
        raise PageTimeout("Craigslist's table of postings does not have the post any more.")
    await open_closet(page, RECIPE, POSTINGS.replace("{page}", str(number + 1)))


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
