"""After publishing, on every replica: how a listing stands, its price, its text, off sale and back.

The replica's record of what reached it is the judge; every act is one request.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.base import Deed, Effect, Standing
from listing_worker.agents.registry import get_agent
from listing_worker.errors import PublishRefused, PublishUncertain
from listing_worker.models import ChangeIntent, Listing, ListingStatus, Money, OperationKind, Proof
from tests.agents.cases.common import listing
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = pytest.mark.browser

SITES = [
    pytest.param("poshmark", marks=pytest.mark.slow),
    pytest.param("ebay", marks=pytest.mark.slow),
    "mercari",
]
RELISTS = ["poshmark", "mercari"]  # elsewhere a listing that is put back is a new one: posted anew


class Owner:
    """A seller with one live listing on one marketplace, and the acts a worker would do, with what they committed."""

    def __init__(self, market: Market, name: str) -> None:
        self.market, self.name, self.agent = market, name, get_agent(name)
        self.intents: list[ChangeIntent] = []
        self.presses = 0
        self.listing: Listing = listing(files=market.files[:2])

    async def lists(self, **changes: Any) -> Page:
        run = Run.of(self.agent, changes, self.market.files[:2])
        page = await self.market.signed_in(self.name)
        self.proof: Proof = await run.post(page)
        self.listing = run.listing
        await page.close()
        return await self.fresh_page()

    async def fresh_page(self) -> Page:
        page = await self.market.context.new_page()
        assert (await self.agent.sign_in_state(page)).signed_in
        return page

    def record(self) -> dict[str, Any]:
        return next(one for one in self.market.sandbox.listings(self.name) if one["id"] == self.proof.external_id)

    def becomes(self, status: str) -> None:
        address = f"/listings/{self.name}/{self.proof.external_id}"
        self.market.sandbox.admin.put(address, json={"status": status}).raise_for_status()

    def deed(self, kind: OperationKind, **changes: Any) -> Deed:
        async def commit(intent: ChangeIntent) -> None:
            assert self.record()["changes"] == self.before, "nothing may have been sent before the intent"
            self.intents.append(intent)

        def may_press() -> None:
            assert self.intents, "no press without an intent"
            self.presses += 1

        fields = tuple(changes)
        self.before = self.record()["changes"]
        values = {**changes, **({"price": Money.of(changes["price"])} if "price" in changes else {})}
        wanted = self.listing.model_copy(update=values)
        return Deed(kind, self.proof.external_id, wanted, fields, commit=commit, may_press=may_press)

    async def does(self, page: Page, deed: Deed) -> Effect:
        await getattr(self.agent, deed.kind.value)(page, deed)
        return await self.agent.in_effect(page, deed)

    async def standing(self, page: Page) -> Standing:
        return await self.agent.status(page, self.proof.external_id)


@pytest.mark.slow
@pytest.mark.parametrize("name", SITES)
def test_price_off_sale_and_back_are_one_request_each_and_seen(market: Market, name: str) -> None:
    async def scenario() -> None:
        owner = Owner(market, name)
        page = await owner.lists()
        there = await owner.standing(page)
        assert (there.status, there.price_cents) == (ListingStatus.ACTIVE, owner.listing.price.cents)
        looked = await owner.agent.find_in_closet(page, owner.listing)
        assert [each.external_id for each in looked.matches] == [owner.proof.external_id]
        assert looked.complete

        cheaper = owner.deed(OperationKind.CHANGE_PRICE, price=41)
        assert (await owner.does(page, cheaper)).holds is True
        record = owner.record()
        assert (record["price_cents"], record["status"], len(record["changes"])) == (4100, "live", 1)
        assert record["title"] == owner.listing.title
        assert len(record["photos"]) == 2
        assert await owner.agent.change_price(page, cheaper) is None, "it says so already: nothing is pressed"

        assert (await owner.does(page, owner.deed(OperationKind.DELIST))).holds is True
        assert owner.record()["status"] == "delisted"
        assert (await owner.standing(page)).status is ListingStatus.DELISTED
        if owner.agent.can(OperationKind.RELIST):
            assert (await owner.does(page, owner.deed(OperationKind.RELIST))).holds is True
            assert owner.record()["status"] == "live"
        assert owner.agent.can(OperationKind.RELIST) == (name in RELISTS)
        acts = 3 if name in RELISTS else 2
        assert (len(owner.record()["changes"]), len(owner.intents), owner.presses) == (acts, acts, acts)
        assert owner.intents[0].meant, "the intent says what the form shall say"
        assert owner.record()["publish_requests"] == 1

    market.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["poshmark", "ebay", "mercari"])
def test_text_is_pushed_and_nothing_else_changes(market: Market, name: str) -> None:
    async def scenario() -> None:
        owner = Owner(market, name)
        page = await owner.lists()
        before = owner.record()
        deed = owner.deed(
            OperationKind.EDIT, title="Linen Wrap Dress, Sage 🌿", description="New words.\nWorn twice, true to size."
        )
        assert (await owner.does(page, deed)).holds is True
        after = owner.record()
        assert after["title"] == "Linen Wrap Dress, Sage 🌿"
        assert after["description"].split() == ["New", "words.", "Worn", "twice,", "true", "to", "size."]
        for field in ("price_cents", "condition", "category", "brand", "size", "shipping", "photos", "status"):
            assert after[field] == before[field], field

    market.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["poshmark", "ebay", "mercari"])
@pytest.mark.parametrize(
    ("status", "seen"),
    [("sold", ListingStatus.SOLD), ("delisted", ListingStatus.DELISTED), ("deleted", ListingStatus.GONE)],
)
def test_what_became_of_a_listing_is_told(market: Market, name: str, status: str, seen: ListingStatus) -> None:
    async def scenario() -> tuple[Standing, int]:
        owner = Owner(market, name)
        page = await owner.lists()
        owner.becomes(status)
        standing = await owner.standing(page)
        return standing, len(owner.record()["changes"])

    standing, changes = market.run(scenario())
    expected = {ListingStatus.DELISTED, ListingStatus.GONE} if name == "ebay" and status == "deleted" else {seen}
    assert standing.status in expected, standing
    assert changes == 0, "looking changes nothing"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["poshmark", "ebay", "mercari"])
def test_a_change_whose_answer_is_lost_is_seen_afterwards_and_one_that_was_only_claimed_is_not(
    market: Market, name: str
) -> None:
    async def scenario() -> None:
        owner = Owner(market, name)
        page = await owner.lists()
        market.sandbox.set_faults(name, change_ignored=True)
        deed = owner.deed(OperationKind.CHANGE_PRICE, price=41)
        assert (await owner.does(page, deed)).holds is False, "the page's own word is not the last"
        market.sandbox.set_faults(name, change_ignored=False, change_lost=True)
        owner.before = owner.record()["changes"]
        fresh = await owner.fresh_page()
        with pytest.raises(PublishUncertain):
            await owner.agent.change_price(fresh, deed)
        market.sandbox.set_faults(name, change_lost=False)
        assert (await owner.agent.in_effect(await owner.fresh_page(), deed)).holds is True
        assert len(owner.record()["changes"]) == 2

    market.run(scenario())


@pytest.mark.slow
def test_a_revision_that_the_site_refuses_is_told_in_its_words(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, "ebay")
        page = await owner.lists()
        market.sandbox.set_faults("ebay", variant="revise-locked")
        with pytest.raises(PublishRefused, match="active offer"):
            await owner.agent.change_price(page, owner.deed(OperationKind.CHANGE_PRICE, price=41))
        assert owner.record()["price_cents"] == owner.listing.price.cents

    market.run(scenario())
