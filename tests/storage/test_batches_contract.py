"""Batches over the SQL functions: rows act through operations and postings, and a batch goes on where it stood."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.inventory.batches.advance import advance
from listing_worker.inventory.reposting import make_reposts
from listing_worker.storage.batch_calls import BatchDoc
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller
from tests.storage.test_inventory_contract import live


def made(store: Store, seller: Seller, *rows: dict[str, Any], state: str = "running", **settings: Any) -> BatchDoc:
    return store.create_batch(seller.id, {"title": "All", "state": state, "settings": settings}, rows)


def on(listing: str, posting: str, kind: str = "delist", site: str = "ebay", **more: Any) -> dict[str, Any]:
    return {"listing_id": listing, "posting_id": posting, "marketplace": site, "kind": kind, **more}


def go(store: Store, batch_id: str) -> BatchDoc:
    advance(store, batch_id, 4, lambda what, each: None)
    batch = store.get_batch(batch_id)
    assert batch is not None
    return batch


def done(store: Store, operation_id: str, posting: str | None = None) -> None:
    claim = store.claim_operation(operation_id, "worker", 30)
    outcome = {"state": "done", **({"posting": posting} if posting else {})}
    assert store.finish_operation(operation_id, claim["operation"]["fence"], outcome)["finished"]


def test_rows_act_through_operations_and_the_batch_ends_with_them(store: Store, seller: Seller) -> None:
    listing, postings = live(store, seller, "ebay", "mercari")
    batch = made(
        store, seller, on(listing, postings["ebay"]), on(listing, postings["mercari"], "change_price", "mercari",
        input={"price": "40.00"}, before={"price": "48.00"}),
    )  # fmt: skip
    assert [row["state"] for row in batch["rows"]] == ["waiting", "waiting"]
    batch = go(store, batch["id"])
    assert [row["state"] for row in batch["rows"]] == ["queued", "queued"]
    assert go(store, batch["id"])["rows"] == batch["rows"], "nothing is asked for twice"
    for row in batch["rows"]:
        done(store, str(row["operation_id"]))
    assert go(store, batch["id"])["state"] == "done"
    assert batch["id"] not in store.open_batches()


def test_a_row_that_is_refused_does_not_hold_the_others_up_and_can_be_tried_again(store: Store, seller: Seller) -> None:
    listing, postings = live(store, seller, "ebay", "mercari")
    store.request_operation(seller.id, postings["ebay"], "change_price", {"price": "9.00"}, 4)
    batch = made(store, seller, on(listing, postings["ebay"], "edit"), on(listing, postings["mercari"], site="mercari"))
    batch = go(store, batch["id"])
    assert [row["state"] for row in batch["rows"]] == ["refused", "queued"]
    assert "Something else" in str(batch["rows"][0]["why"])
    [operation] = store.list_operations(seller.id, posting_id=postings["ebay"])
    done(store, operation["id"])
    assert store.retry_batch_rows(batch["id"]) == 1
    assert [row["state"] for row in go(store, batch["id"])["rows"]] == ["queued", "queued"]


def test_a_rehearsed_batch_waits_for_the_seller_and_a_paused_one_stands_still(store: Store, seller: Seller) -> None:
    lives = [live(store, seller, "ebay") for _ in range(3)]
    rows = [on(listing, postings["ebay"]) for listing, postings in lives]
    batch = made(store, seller, *rows, state="rehearsing", rehearse=True)
    batch = go(store, batch["id"])
    assert [row["state"] for row in batch["rows"]] == ["queued", "waiting", "waiting"]
    done(store, str(batch["rows"][0]["operation_id"]), "delisted")
    assert go(store, batch["id"])["state"] == "rehearsed"
    assert store.move_batch(batch["id"], ["running"], "paused") is False
    assert store.move_batch(batch["id"], ["rehearsed"], "running")
    assert [row["state"] for row in go(store, batch["id"])["rows"]] == ["done", "queued", "queued"]


def test_a_batch_that_goes_wrong_pauses_and_goes_on_when_the_seller_says_so(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    wrong = {"listing_id": listing, "marketplace": "ebay", "kind": "post", "refused": "No photo."}
    other = {"listing_id": seller.listing(), "marketplace": "ebay", "kind": "post"}
    batch = go(store, made(store, seller, *[wrong] * 4, other)["id"])
    assert batch["state"] == "paused" and "4 of 4" in batch["reason"]
    assert store.move_batch(batch["id"], ["paused"], "running")
    assert go(store, batch["id"])["rows"][-1]["state"] == "queued"


def test_posting_many_makes_one_posting_each_however_often_it_is_tried(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    batch = made(store, seller, {"listing_id": listing, "marketplace": "ebay", "kind": "post"})
    batch = go(store, batch["id"])
    first = batch["rows"][0]
    assert first["state"] == "queued" and go(store, batch["id"])["rows"] == batch["rows"]
    store.cancel_job(seller.id, str(first["job_id"]))
    batch = go(store, batch["id"])
    assert (batch["state"], batch["rows"][0]["state"]) == ("done", "cancelled")
    assert store.retry_batch_rows(batch["id"]) == 1 and store.move_batch(batch["id"], ["done"], "running")
    again = go(store, batch["id"])["rows"][0]
    assert again["state"] == "queued" and again["posting_id"] != first["posting_id"]
    with pytest.raises(StoreRefused, match="no such"):
        made(store, Seller(store), {"listing_id": listing, "marketplace": "ebay", "kind": "post"})


def test_reposts_leave_alone_what_the_seller_took_down_and_what_may_be_sold(store: Store, seller: Seller) -> None:
    def ended(site: str) -> str:
        _, postings = live(store, seller, site)
        asked = store.request_operation(seller.id, postings[site], "edit", {}, 4)["operation"]["id"]
        claim = store.claim_operation(asked, "worker", 30)
        store.finish_operation(asked, claim["operation"]["fence"], {"state": "failed", "posting": "delisted"})
        return postings[site]

    ran_out, maybe_sold = ended("ebay"), ended("ebay")
    store.record_signal(maybe_sold, "missing", certain=False)
    _, postings = live(store, seller, "ebay")
    done(store, store.request_operation(seller.id, postings["ebay"], "delist", {}, 4)["operation"]["id"], "delisted")
    store.put_repost_rule(seller.id, "ebay", {"ended": True})
    assert make_reposts(store, lambda name, kind: True) == 1
    [line] = store.list_batches(seller.id)
    batch = store.get_batch(line["id"])
    assert batch is not None and [(row["posting_id"], row["kind"]) for row in batch["rows"]] == [(ran_out, "relist")]
    assert make_reposts(store, lambda name, kind: True) == 0, "not due again yet"
    store.put_repost_rule(seller.id, "ebay", {"ended": True})
    assert make_reposts(store, lambda name, kind: True) == 0, "it is being put back already"
    assert store.put_repost_rule(seller.id, "ebay", {}) == {}
