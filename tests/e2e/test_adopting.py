"""What a seller has live already, adopted from two replicas: real browsers, real lists, real photos."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from listing_worker.inventory.adopting.reading import import_account
from tests.e2e.seller import Seller, signed_in_session

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_listings_that_nobody_knows_of_are_found_matched_and_become_one(seller: Seller) -> None:
    sites = ("poshmark", "mercari")
    for site in sites:
        seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
    # a size that only our own form knew would be a question: a title may hide another size
    listing = seller.create_listing(title="Free People Floral Wrap Midi Dress Size M")
    for row in seller.post(listing, *sites):
        assert seller.work(row)["state"] == "live"
    kept = seller.resources.store.get_listing(seller.user_id, listing)
    assert kept is not None
    # everything we know is lost; what is on the marketplaces stays
    with psycopg.connect(seller.environment["DATABASE_URL"]) as connection:
        connection.execute("delete from public.jobs")
    store = seller.resources.store
    assert store.request_import(seller.user_id, sites) == sorted(sites)
    for site in sites:
        outcome = asyncio.run(import_account(seller.resources, seller.user_id, site))
        assert outcome is not None and outcome["looked"] and outcome["complete"] and outcome["seen"] == 1, outcome
    assert store.list_found(seller.user_id, "open") == []
    linked = store.list_found(seller.user_id, "linked")
    assert {row["listing_id"] for row in linked} == {listing}
    assert all(row["details"] and len(row["details"]["photos"]) == len(kept["photos"]) for row in linked)
    store.request_import(seller.user_id, sites)
    for site in sites:
        again = asyncio.run(import_account(seller.resources, seller.user_id, site))
        assert again is not None and (again["new"], again["unread"], again["linked"]) == (0, 0, 0)
    stock = store.get_stock(listing)
    assert stock is not None and sorted(row["marketplace"] for row in stock["postings"]) == sorted(sites)
