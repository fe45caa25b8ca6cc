"""A live listing that says something else than ours: seen by a comparison, settled by an edit, with real forms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from listing_worker.inventory.drifting import COMPARE, Drift, drift_of
from listing_worker.models import Listing
from listing_worker.orchestration.operations.run import process_operation
from tests.e2e.seller import Seller, signed_in_session

pytestmark = pytest.mark.browser


def do(seller: Seller, posting: str, kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """One operation from asking to its end."""
    store = seller.resources.store
    operation = store.request_operation(seller.user_id, posting, kind, given, 4)["operation"]["id"]
    asyncio.run(process_operation(seller.resources, operation))
    row = store.get_operation(operation)
    assert row is not None and row["state"] == "done", row
    return row["result"]


def drift(seller: Seller, posting: str, listing_id: str, site: str) -> Drift:
    store = seller.resources.store
    row = store.get_listing(seller.user_id, listing_id)
    assert row is not None
    listing = Listing.model_validate(
        {**row["body"], "id": row["id"], "user_id": row["user_id"], "photos": row["photos"]}
    )
    operations = store.list_operations(seller.user_id, posting_id=posting)
    return drift_of(operations, listing.for_marketplace(site), {})


@pytest.mark.slow
@pytest.mark.parametrize("site", ["poshmark", "mercari"])
def test_what_differs_is_seen_nothing_is_pressed_and_an_edit_settles_it(seller: Seller, site: str) -> None:
    seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
    listing = seller.create_listing()
    [posting] = seller.post(listing, site)
    assert seller.work(posting)["state"] == "live"
    assert do(seller, posting["id"], "check", dict(COMPARE))["photos"]["same"] is True
    assert drift(seller, posting["id"], listing, site).differences == ()

    store = seller.resources.store
    row = store.get_listing(seller.user_id, listing)
    assert row is not None
    changed = {**row["body"], "title": f"{row['body']['title']} Two", "price": {"cents": 5200, "currency": "USD"}}
    assert store.update_listing(seller.user_id, listing, changed) is not None
    assert do(seller, posting["id"], "check", dict(COMPARE))["presses"] == 0
    found = drift(seller, posting["id"], listing, site)
    assert {each.field for each in found.differences} == {"title", "price"}

    do(seller, posting["id"], "edit", {"fields": ["price", "title"]})
    assert drift(seller, posting["id"], listing, site).differences == ()
    do(seller, posting["id"], "check", dict(COMPARE))
    assert drift(seller, posting["id"], listing, site).differences == ()
