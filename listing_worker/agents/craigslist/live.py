"""Craigslist's live posts: how they stand by the table of postings, and what an edit does besides its form."""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.agents.after.data import Change, OwnList
from listing_worker.agents.after.own_page import fetch_pictures, picture_addresses
from listing_worker.agents.base import Deed, Effect, Standing
from listing_worker.agents.closet import ClosetView
from listing_worker.agents.craigslist.after import AFTER
from listing_worker.agents.craigslist.chain import AFTER_FORM, at_step, complaints, go_on, raise_if_refused, step_of
from listing_worker.agents.craigslist.postings import read_table, turn_page
from listing_worker.agents.craigslist.recipe import CONTINUE, DONE_WITH_IMAGES, FIND_ON_MAP, RECIPE
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Target, at, css
from listing_worker.errors import FormChanged, PageTimeout
from listing_worker.models import ListingStatus, OperationKind

PAGES = 15  # of one chain, at most
TITLE, BODY = at(css("#titletextonly")), at(css("#postingbody"))  # of the public page


class LivePosts(RecipeAgent):
    """Part of the agent: what is done after a post is live."""

    recipe = RECIPE
    after = AFTER

    async def _list(self, page: Page, own: OwnList, keyword: str) -> ClosetView:
        return (await read_table(page)).having(own.status)

    async def status(self, page: Page, external_id: str) -> Standing:
        """By the table alone: the public page's address is not known from the id. There is no "sold" (fact: §8)."""
        table = await read_table(page)
        sighting, status = table.rows.get(external_id, (None, ListingStatus.UNKNOWN))
        if sighting is None and table.complete:
            status = ListingStatus.GONE
        url = sighting.url if sighting else self.recipe.publication.listing_url.replace("{id}", external_id)
        return Standing(
            status,
            external_id,
            url,
            f"your Craigslist postings ({len(table.rows)} seen)",
            title=sighting.title if sighting else "",
            price_cents=sighting.price_cents if sighting else None,
        )

    async def bring_up(self, page: Page, deed: Deed, change: Change) -> None:
        """On to the page of the table that has the row, or back to the form of an edit that was begun before."""
        await page.wait_for_load_state("domcontentloaded")
        if change is AFTER.delist:
            if await find(page, change.ready, {"id": deed.external_id}) is None:
                await turn_page(page)
        elif step_of(page) in AFTER_FORM:
            await visit(page, at_step(page, "edit"))

    async def ready_to_press(self, page: Page, form: Form) -> None:
        """From the filled form to the preview; photos and place stay as they are. Raises ListingInvalid with
        Craigslist's words if it does not take the form."""
        if not form.plan:
            return
        step = await self._forward(page, CONTINUE)
        for _ in range(PAGES):
            if step == "preview":
                return
            raise_if_refused(step, await complaints(page))
            button = {"geoverify": FIND_ON_MAP, "editimage": DONE_WITH_IMAGES}.get(step)
            if button is None:
                raise FormChanged(f"Craigslist shows a page we do not know: {step}.")
            step = await self._forward(page, button)
        raise FormChanged("Craigslist's pages after the form go round in circles.")

    async def in_effect(self, page: Page, deed: Deed) -> Effect:
        """An edit that was begun and not published keeps its words in the form: title and text have to be on the
        public page, too."""
        effect = await super().in_effect(page, deed)
        if deed.kind is not OperationKind.EDIT or not effect.holds:
            return effect
        await self._open_public(page, deed.external_id)
        wanted = {"title": deed.listing.title, "description": deed.listing.description}
        shown = {"title": await _said(page, TITLE), "description": await _said(page, BODY)}
        asked = [each for each in wanted if each in (deed.fields or wanted)]
        holds = all(" ".join(wanted[each].split()) in shown[each] for each in asked)
        return effect if holds else Effect(False, effect.standing, effect.fields)

    async def live_pictures(self, page: Page, external_id: str) -> list[bytes] | None:
        await self._open_public(page, external_id)
        pictures = AFTER.own_page.pictures
        assert pictures is not None
        return await fetch_pictures(page, await picture_addresses(page, pictures, external_id))

    async def _open_public(self, page: Page, external_id: str) -> None:
        """The public page, whose address only the table knows. Raises PageTimeout if it does not show."""
        table = await read_table(page)
        if external_id not in table.rows:
            raise PageTimeout("Craigslist's table of postings does not have the post.")
        sighting, _ = table.rows[external_id]
        response = await visit(page, sighting.url)
        await page.wait_for_load_state("domcontentloaded")
        raise_unless_ok(await classify(page, self.recipe.signs, response), self.recipe)
        if not await is_visible(page, AFTER.own_page.there):
            raise PageTimeout(f"The post's public page does not show it: {sighting.url}")

    async def _forward(self, page: Page, button: Target) -> str:
        return await go_on(page, self.recipe, self._interruptions(page), button)


async def _said(page: Page, target: Target) -> str:
    found = await find(page, target)
    return " ".join((await found.locator.inner_text()).split()) if found else ""
