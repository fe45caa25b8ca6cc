"""After publishing on Craigslist: the table over all its pages, both ways of deleting, an edit through the chain; and
chains that were interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.base import Attempt
from listing_worker.agents.craigslist.agent import CraigslistAgent
from listing_worker.agents.dry_run import discard
from listing_worker.agents.registry import get_agent
from listing_worker.errors import ActionRequired, Cancelled, ListingInvalid, PublishUncertain
from listing_worker.models import ChangeIntent, ListingStatus, OperationKind
from tests.agents.conftest import Market
from tests.agents.drive import MemoryCheckpoints, Run
from tests.agents.market import intent
from tests.agents.owner import Owner

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SITE = "craigslist"


@pytest.mark.parametrize("variant", ["short_pages", "classic_delete", "share_links"])
def test_a_post_is_deleted_wherever_its_row_is_and_only_once(market: Market, variant: str) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        await owner.lists()
        others = [await owner.also_lists(title=f"Chair {number}") for number in range(2)]
        market.sandbox.set_faults(SITE, variant=variant)
        page = await owner.fresh_page()
        assert (await owner.does(page, owner.deed(OperationKind.DELIST))).holds is True
        held = {one["id"]: one["status"] for one in market.sandbox.listings(SITE)}
        assert held == {owner.proof.external_id: "deleted", **{each.external_id: "live" for each in others}}
        assert (len(owner.record()["changes"]), owner.presses) == (1, 1)
        assert (await owner.standing(page)).status is ListingStatus.DELISTED
        active, ended = [
            {each.external_id for each in (await owner.agent.own_listings(page, status)).listings}
            for status in (ListingStatus.ACTIVE, ListingStatus.DELISTED)
        ]
        assert (active, ended) == ({each.external_id for each in others}, {owner.proof.external_id})

    market.run(scenario())


def test_an_edit_that_was_begun_and_not_published_is_not_in_effect(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        page = await owner.lists()
        deed = owner.deed(OperationKind.EDIT, description="New words.")

        async def stop(_: ChangeIntent) -> None:
            raise Cancelled("stopped before the press")

        with pytest.raises(Cancelled):
            await owner.agent.edit(page, replace(deed, commit=stop))
        effect = await owner.agent.in_effect(await owner.fresh_page(), deed)
        assert effect.holds is False
        assert (owner.record()["changes"], owner.record()["description"]) == ([], owner.listing.description)

    market.run(scenario())


def test_what_an_edit_cannot_change_there_is_said_before_a_page_opens(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        page = await owner.lists()
        address = page.url
        with pytest.raises(ListingInvalid, match="category"):
            await owner.agent.edit(page, owner.deed(OperationKind.EDIT, category=("furniture",)))
        assert page.url == address

    market.run(scenario())


def test_the_public_page_shows_the_photos_in_order(market: Market) -> None:
    async def scenario() -> list[bytes] | None:
        owner = Owner(market, SITE)
        page = await owner.lists()
        return await owner.agent.live_pictures(page, owner.proof.external_id)

    pictures = market.run(scenario())
    assert pictures is not None
    assert len(set(pictures)) == 2


# ---- chains that were interrupted ----


class Interrupted:
    """A posting whose attempts share their checkpoints, as the worker's do."""

    def __init__(self, market: Market, **changes: Any) -> None:
        self.market, self.agent, self.kept = market, CraigslistAgent(), MemoryCheckpoints()
        self.run = Run.of(self.agent, changes, market.files[:2])

    def attempt(self) -> Attempt:
        attempt = self.run.attempt()
        return Attempt(attempt.listing, attempt.photo_files, attempt.progress, self.kept, may_press=attempt.may_press)

    async def reaches(self, page: Page, step: str) -> None:
        """Another attempt, up to a step of the chain."""
        attempt = self.attempt()
        assert (await self.agent.sign_in_state(page)).signed_in
        await self.agent.open_form(page, attempt)
        if step == "preview":
            await self.agent.fill(page, attempt)

    async def posts(self, page: Page) -> None:
        attempt = self.attempt()
        assert (await self.agent.sign_in_state(page)).signed_in
        await self.agent.open_form(page, attempt)
        assert all(report.same for report in await self.agent.fill(page, attempt))
        assert all(report.same for report in await self.agent.read_back(page, attempt))
        await self.agent.prepare_publish(page, attempt)
        await self.agent.publish(page, attempt, intent())

    def statuses(self) -> list[str]:
        return sorted(one["status"] for one in self.market.sandbox.listings(SITE))


@pytest.mark.parametrize("step", ["form", "preview"])
def test_the_next_attempt_goes_on_with_the_chain_that_was_left(market: Market, step: str) -> None:
    posting = Interrupted(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        await posting.reaches(page, step)
        chain = await posting.agent.form_draft(page)
        await page.close()
        page = await market.context.new_page()
        await posting.reaches(page, "form")
        assert await posting.agent.form_draft(page) == chain
        await page.close()
        await posting.posts(await market.context.new_page())

    market.run(scenario())
    assert posting.statuses() == ["live"], "no draft stays behind"
    (record,) = market.listed(SITE)
    assert (len(record["photos"]), record["publish_requests"]) == (2, 1)


def test_a_chain_of_another_place_or_other_photos_is_discarded(market: Market) -> None:
    posting = Interrupted(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        await posting.reaches(page, "preview")
        await page.close()
        posting.run = Run.of(posting.agent, {}, market.files[2:4])
        await posting.posts(await market.context.new_page())

    market.run(scenario())
    assert posting.statuses() == ["deleted", "live"]


def test_a_draft_that_the_seller_published_meanwhile_is_not_posted_again(market: Market) -> None:
    posting = Interrupted(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        await posting.reaches(page, "preview")
        await page.locator("#publish_top button").click()  # the seller's own hand
        await page.get_by_text("Thanks for posting").wait_for()
        with pytest.raises(ActionRequired, match="already"):
            await posting.posts(await market.context.new_page())

    market.run(scenario())
    assert posting.statuses() == ["live"]
    assert posting.run.presses == 0


def test_a_post_that_the_table_does_not_show_yet_is_found_by_its_chain(market: Market) -> None:
    run = Run.of(get_agent(SITE), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in(SITE)
        attempt = await run.prepare(page)
        market.sandbox.set_faults(SITE, late_in_closet=600.0, publish_lost=True)
        assert run.intent is not None
        with pytest.raises(PublishUncertain):
            await run.agent.publish(page, attempt, run.intent)
        return await run.reconcile(page)

    looked = market.run(scenario())
    assert [seen.external_id for seen in looked.matches] == [one["id"] for one in market.listed(SITE)]
    assert run.presses == 1


def test_a_dry_run_leaves_no_draft(market: Market) -> None:
    posting = Interrupted(market)

    async def scenario() -> str:
        page = await market.signed_in(SITE)
        await posting.reaches(page, "preview")
        assert posting.statuses() == ["draft"]
        return await discard(posting.agent, page, await posting.agent.form_draft(page), form_open=True)

    assert market.run(scenario()) == ""
    assert posting.statuses() == ["deleted"]
