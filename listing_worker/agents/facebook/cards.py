"""The seller's own cards on /marketplace/you/selling: how each listing stands, and whether all were seen.

A card has no hook but its menu's name, "More options for <title>"; its text is title, price, status line (facebook §8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, Request

from listing_worker.agents.base import Sighting
from listing_worker.agents.closet import ClosetView, open_closet
from listing_worker.agents.facebook.recipe import RECIPE
from listing_worker.agents.form.compare import cents
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.traffic import Traffic
from listing_worker.models import ListingStatus

ROUNDS = 60  # at most, of asking for more cards
MORE_WAIT = 1_500  # milliseconds in which asking for more leads to a request, or to cards
ANSWER_WAIT = 15_000  # milliseconds for an answer that is under way
QUERY = "cards"
_CARDS = """() => {
  const prefix = /^More options for\\s*/i;
  const links = 'a[href*="/marketplace/item/"], a[href*="/commerce/listing/"]';
  return [...document.querySelectorAll('[aria-label^="More options for " i]')].map(menu => {
    let card = menu;
    while (card && !card.querySelector(links)) card = card.parentElement;
    const alone = card && card.querySelectorAll('[aria-label^="More options for " i]').length === 1;
    const title = menu.getAttribute('aria-label').replace(prefix, '');
    let box = menu;  // a draft's card has no such link: it is the smallest box with the title in it
    while (box.parentElement && !box.innerText.includes(title)) box = box.parentElement;
    return {
      title,
      text: alone ? card.innerText : box.innerText,
      links: alone ? [...card.querySelectorAll(links)].map(a => a.getAttribute('href')) : [],
    };
  });
}"""
# ends once the page had its turn to answer the scroll, however slow it is: two frames, or a second where none is drawn
TO_THE_END = """() => new Promise(done => {
  scrollTo(0, document.scrollingElement.scrollHeight);
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 1000);
})"""
_LINK = re.compile(r"/(marketplace/item|commerce/listing)/(\d+)")
_STATUS = re.compile(r"^(active|sold|pending|draft|needs attention)\b(?!\s*\w)", re.IGNORECASE)

STATUSES = {
    "active": ListingStatus.ACTIVE,
    "sold": ListingStatus.SOLD,
    "pending": ListingStatus.PENDING,
    "needs attention": ListingStatus.PENDING,  # not accepted in review: there, and not to be bought (§7)
}


@dataclass(frozen=True)
class Cards:
    """The listings in the page's order, with how each stands by its status line; drafts are none. `complete`: the page
    was read to its end, and every card told which listing it is."""

    rows: dict[str, tuple[Sighting, ListingStatus]]
    complete: bool

    def having(self, *statuses: ListingStatus) -> ClosetView:
        found = tuple(sighting for sighting, status in self.rows.values() if status in statuses)
        return ClosetView(found, self.complete)

    @property
    def not_ended(self) -> ClosetView:
        """What can be the effect of a press: everything but what is sold, words we do not know included."""
        return self.having(ListingStatus.ACTIVE, ListingStatus.PENDING, ListingStatus.UNKNOWN)


async def read_cards(page: Page, *, only: str = "") -> Cards:
    """All cards, newest first; with `only`, no further than to the listing of this id. Changes nothing.

    The page loads more as one scrolls. It is at its end once scrolling brings neither cards nor a request; a request
    that failed, or does not come back, leaves the answer incomplete. Raises what the page's kind asks for, PageTimeout.
    """
    traffic = Traffic(page, query_of)
    await open_closet(page, RECIPE, RECIPE.closet.url)
    count, waited = -1, False
    for _ in range(ROUNDS):
        cards = await _read(page)
        rows, whole = rows_of(cards)
        if only in rows:
            return Cards(rows, complete=False)
        late = traffic.out(QUERY) > 0 and not waited  # it left after we had stopped looking for it
        if len(cards) == count and not late:
            return Cards(rows, whole and not traffic.failed[QUERY] and not traffic.out(QUERY))
        waited = len(cards) == count
        count = len(cards)
        await _more(page, traffic, count)
    return Cards(rows, complete=False)


def query_of(request: Request) -> str | None:
    """What the page asks its own site for: everything goes one way (fact: facebook §6)."""
    return QUERY if request.method == "POST" and "/api/graphql/" in request.url else None


async def _more(page: Page, traffic: Traffic, count: int) -> None:
    """Asks for more cards, and waits for them as long as an answer is under way."""
    before = traffic.sent[QUERY]
    await page.evaluate(TO_THE_END)

    async def grown() -> bool:
        return len(await _read(page)) > count

    async def asked() -> bool:
        return traffic.sent[QUERY] > before or traffic.out(QUERY) > 0 or await grown()

    async def answered() -> bool:
        return not traffic.out(QUERY) or await grown()

    if await until(asked, Deadline(MORE_WAIT)) and await until(answered, Deadline(ANSWER_WAIT)):
        await until(grown, Deadline(MORE_WAIT / 3))  # what came is drawn a moment later


async def _read(page: Page) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = await page.evaluate(_CARDS)
    return cards


def rows_of(cards: list[dict[str, Any]]) -> tuple[dict[str, tuple[Sighting, ListingStatus]], bool]:
    """Listings by id, and whether every card but drafts told its id."""
    rows: dict[str, tuple[Sighting, ListingStatus]] = {}
    whole = True
    for card in cards:
        word = _status_word(card)
        if word == "draft":
            continue
        sighting = _sighting(card)
        whole = whole and sighting is not None
        if sighting is not None:
            rows[sighting.external_id] = (sighting, STATUSES.get(word, ListingStatus.UNKNOWN))
    return rows, whole


def _status_word(card: dict[str, Any]) -> str:
    """The status line's word: the first line after the title that is one; "" if none is."""
    lines = [" ".join(line.split()) for line in card["text"].splitlines() if line.strip()]
    if lines and lines[0] == " ".join(card["title"].split()):
        lines = lines[1:]
    return next((found.group(1).lower() for line in lines if (found := _STATUS.match(line))), "")


def _sighting(card: dict[str, Any]) -> Sighting | None:
    """A card as a listing; None for one whose link cannot be told."""
    ids = {found.group(2) for link in card["links"] if (found := _LINK.search(link))}
    if len(ids) != 1:
        return None
    (external_id,) = ids
    prices = [amount for line in card["text"].splitlines() if (amount := cents(line)) is not None and "$" in line]
    return Sighting(
        external_id=external_id,
        url=RECIPE.publication.listing_url.replace("{id}", external_id),
        title=" ".join(card["title"].split()),
        price_cents=prices[0] if prices else None,
    )
