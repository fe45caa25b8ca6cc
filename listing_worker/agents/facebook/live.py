"""Facebook's live listings: how they stand by the seller's own cards, which are known by the name of their menu."""

from __future__ import annotations

from dataclasses import replace

from playwright.async_api import Page

from listing_worker.agents.after.data import Change, OwnList
from listing_worker.agents.after.own_page import listing_url
from listing_worker.agents.base import Deed, Effect, Standing
from listing_worker.agents.closet import ClosetView
from listing_worker.agents.facebook.after import AFTER, EDIT_PAGE
from listing_worker.agents.facebook.cards import TO_THE_END, read_cards
from listing_worker.agents.facebook.recipe import RECIPE, TITLE
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.models import Listing, ListingStatus

OPENS_WITHIN = 4_000  # milliseconds in which the edit form of a listing that exists shows


class OwnCards(RecipeAgent):
    """Part of the agent: the closet, how a listing stands, and where it is found to be changed."""

    recipe = RECIPE
    after = AFTER

    async def _closet(self, page: Page, listing: Listing, account: str | None) -> ClosetView:
        return (await read_cards(page)).not_ended

    async def _list(self, page: Page, own: OwnList, keyword: str) -> ClosetView:
        return (await read_cards(page)).having(own.status)

    async def status(self, page: Page, external_id: str) -> Standing:
        """By the cards alone: the public page of a deleted item shows the feed and says nothing (fact: facebook §8).
        Absence counts only if the cards were seen to their end, and the listing cannot be opened for editing."""
        cards = await read_cards(page, only=external_id)
        seen = f"your {self.display_name} listings ({len(cards.rows)} seen)"
        if external_id in cards.rows:
            card, status = cards.rows[external_id]
            return Standing(status, external_id, card.url, seen, title=card.title, price_cents=card.price_cents)
        url = listing_url(self.recipe, external_id)
        if not cards.complete:
            return Standing(ListingStatus.UNKNOWN, external_id, url, f"{seen}, not to their end")
        if await self._can_be_edited(page, external_id):
            return Standing(ListingStatus.UNKNOWN, external_id, url, f"not among {seen}, and yet it opens for editing")
        return Standing(ListingStatus.GONE, external_id, url, f"not among {seen}, and not to be opened for editing")

    async def _can_be_edited(self, page: Page, external_id: str) -> bool:
        response = await visit(page, EDIT_PAGE.replace("{id}", external_id))

        async def opened() -> bool:
            raise_unless_ok(await classify(page, self.recipe.signs, response), self.recipe)
            return await find(page, TITLE) is not None

        return bool(await until(opened, Deadline(OPENS_WITHIN)))

    async def in_effect(self, page: Page, deed: Deed) -> Effect:
        """A place was chosen for a ZIP code, and its name need not repeat the code: looked at afresh, that it was
        pushed can be told by the other fields only."""
        effect = await super().in_effect(page, deed)
        differing = [report for report in effect.fields if not report.same]
        if not differing or any(each.field != "location" or not each.on_form for each in differing):
            return effect
        if not all(each.meant.isdigit() for each in differing):
            return effect
        return replace(effect, holds=True if len(effect.fields) > len(differing) else None)

    async def bring_up(self, page: Page, deed: Deed, change: Change) -> None:
        """Cards load as one scrolls."""
        if change is AFTER.delist:
            await page.evaluate(TO_THE_END)
