"""After publishing, on every replica: how a listing stands, its price, its text, off sale and back.

The replica's record of what reached it is the judge; every act is one request.
"""

from __future__ import annotations

import pytest

from listing_worker.agents.base import Standing
from listing_worker.errors import PublishRefused, PublishUncertain
from listing_worker.models import ListingStatus, OperationKind
from tests.agents.conftest import Market
from tests.agents.owner import Owner

pytestmark = pytest.mark.browser

SITES = ["craigslist", "ebay", "facebook", "mercari", "poshmark"]
RELISTS = ["poshmark", "mercari"]  # elsewhere a listing that is put back is a new one: posted anew
DELETES = ["craigslist", "facebook"]  # what takes off sale there, and how it stands then
OFF_SALE = dict.fromkeys(SITES, ListingStatus.DELISTED) | {"facebook": ListingStatus.GONE}


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
        assert owner.record()["status"] == ("deleted" if name in DELETES else "delisted")
        assert (await owner.standing(page)).status is OFF_SALE[name]
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
@pytest.mark.parametrize("name", SITES)
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


SOLD, DELISTED, GONE, PENDING = ListingStatus.SOLD, ListingStatus.DELISTED, ListingStatus.GONE, ListingStatus.PENDING
BECAME = [
    *((name, "sold", {SOLD}) for name in SITES if name != "craigslist"),  # nothing is sold there
    *((name, "delisted", {DELISTED}) for name in SITES if name not in DELETES),
    *((name, "deleted", {GONE}) for name in ("poshmark", "mercari", "facebook")),
    ("ebay", "deleted", {DELISTED, GONE}),
    *(("craigslist", status, {DELISTED}) for status in ("deleted", "expired", "flagged")),
    *((name, "pending_review", {PENDING}) for name in DELETES),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status", "expected"), BECAME)
def test_what_became_of_a_listing_is_told(market: Market, name: str, status: str, expected: set[ListingStatus]) -> None:
    async def scenario() -> tuple[Standing, int]:
        owner = Owner(market, name)
        page = await owner.lists()
        owner.becomes(status)
        standing = await owner.standing(page)
        return standing, len(owner.record()["changes"])

    standing, changes = market.run(scenario())
    assert standing.status in expected, standing
    assert changes == 0, "looking changes nothing"


@pytest.mark.slow
@pytest.mark.parametrize("name", SITES)
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
