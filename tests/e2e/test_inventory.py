"""Sold on one marketplace, taken down on the other: real browsers, the sandbox's own record."""

from __future__ import annotations

import asyncio

import pytest

from listing_worker.inventory.watch import watch_account
from listing_worker.orchestration.operations.run import process_operation
from tests.e2e.seller import Seller, signed_in_session

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sold_on", "also_on"), [("poshmark", "mercari"), ("ebay", "poshmark"), ("facebook", "craigslist")]
)
def test_an_item_that_sells_on_one_marketplace_goes_on_the_other_and_the_rest_stays(
    seller: Seller, sold_on: str, also_on: str
) -> None:
    for site in (sold_on, also_on):
        seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
    another = {"title": "Floral Wrap Midi Dress, second", "description": "Another one, with a loose hem."}
    sold, kept = seller.create_listing(), seller.create_listing(**another)  # one text twice is refused on Craigslist
    postings = {listing: seller.post(listing, sold_on, also_on) for listing in (sold, kept)}
    for rows in postings.values():
        for row in rows:
            assert seller.work(row)["state"] == "live"
    store = seller.resources.store
    for listing in postings:
        store.set_auto_delist(seller.user_id, listing, [sold_on, also_on], True)
    here, there = (store.get_posting(row["id"]) for row in postings[sold])
    assert here is not None and there is not None
    seller.sandbox.admin.put(f"/listings/{sold_on}/{here['external_id']}", json={"status": "sold"}).raise_for_status()

    found = asyncio.run(watch_account(seller.resources, seller.user_id, sold_on))
    assert found is not None and found.outcome["looked"], found
    [operation] = found.delists
    asyncio.run(process_operation(seller.resources, operation))

    states = {row["id"]: store.get_posting(row["id"]) for rows in postings.values() for row in rows}
    assert [p["state"] for p in states.values() if p and p["listing_id"] == sold] == ["sold", "delisted"]
    assert [p["state"] for p in states.values() if p and p["listing_id"] == kept] == ["live", "live"]
    on_site = {each["id"]: each["status"] for each in seller.sandbox.listings(also_on)}
    assert on_site[there["external_id"]] != "live"
    assert sorted(on_site.values()).count("live") == 1
    stock = store.get_stock(sold)
    assert stock is not None
    kinds = {signal["kind"] for signal in stock["signals"]}
    assert kinds & {"order", "sold_list"}, "one certain sign"
    assert ("order" in kinds) is (sold_on == "ebay")
    again = asyncio.run(watch_account(seller.resources, seller.user_id, sold_on))
    assert again is not None and again.delists == ()


@pytest.mark.slow
def test_a_signed_out_account_says_nothing_about_its_listings(seller: Seller) -> None:
    site = "poshmark"
    seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
    listing = seller.create_listing()
    [posting] = seller.post(listing, site)
    assert seller.work(posting)["state"] == "live"
    seller.resources.store.set_auto_delist(seller.user_id, listing, [site], True)
    seller.sandbox.set_faults(site, signed_out=True)
    found = asyncio.run(watch_account(seller.resources, seller.user_id, site))
    assert found is not None and found.outcome["looked"] is False
    stock = seller.resources.store.get_stock(listing)
    assert stock is not None and stock["signals"] == []
    assert stock["postings"][0]["state"] == "live"
