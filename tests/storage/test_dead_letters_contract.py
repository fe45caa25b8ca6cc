"""What gave up stays listed until somebody deals with it: what every transport promises."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.storage.store import Store
from tests.storage.conftest import LIVE, Seller

FAILED: Any = {"state": "failed", "reason": {"code": "refused", "message": "No.", "action": None, "field": "title"}}


def failed(store: Store, seller: Seller) -> str:
    posting = seller.posting()
    store.finish_posting(posting, seller.claim(posting)["fence"], FAILED)
    return posting


def listed(store: Store, user_id: str | None) -> list[str]:
    return [posting["id"] for posting in store.list_dead_letters(user_id)["postings"]]


def dead_delivery(store: Store, seller: Seller) -> str:
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "key1", "sealed secret")
    posting = seller.posting()
    [webhook] = store.finish_posting(posting, seller.claim(posting)["fence"], FAILED)["webhooks"]
    claim = store.claim_webhook(webhook, 30)
    assert claim is not None
    assert store.finish_webhook(webhook, claim["fence"], state="dead", status_code=500, error="No.", again_in=None)
    return webhook


def test_a_failed_posting_is_listed_with_its_reason_for_its_seller_and_the_operator(
    store: Store, seller: Seller
) -> None:
    posting = failed(store, seller)
    [found] = store.list_dead_letters(seller.id)["postings"]
    assert found["id"] == posting
    assert found["reason"] is not None and found["reason"]["message"] == "No."
    assert posting in listed(store, None)
    assert listed(store, Seller(store).id) == []


def test_dismissed_is_dismissed_until_it_fails_again(store: Store, seller: Seller) -> None:
    posting = failed(store, seller)
    assert not store.dismiss_posting(Seller(store).id, posting)
    assert store.dismiss_posting(seller.id, posting)
    assert listed(store, seller.id) == []
    assert store.retry_posting(seller.id, posting) is not None
    assert not store.dismiss_posting(seller.id, posting), "it is moving again"
    store.finish_posting(posting, seller.claim(posting)["fence"], FAILED)
    assert listed(store, seller.id) == [posting]


def test_what_was_posted_in_the_end_is_no_dead_letter(store: Store, seller: Seller) -> None:
    posting = failed(store, seller)
    store.retry_posting(seller.id, posting)
    store.finish_posting(posting, seller.press(posting), LIVE)
    assert listed(store, seller.id) == []


def test_a_posting_that_a_later_one_replaced_is_not_listed(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    [first] = [p["id"] for p in seller.post("ebay", listing=listing)["job"]["postings"]]
    store.finish_posting(first, seller.claim(first)["fence"], FAILED)
    seller.post("ebay", listing=listing)
    assert listed(store, seller.id) == []


def test_a_delivery_that_gave_up_is_listed_until_sent_again_or_dismissed(store: Store, seller: Seller) -> None:
    webhook = dead_delivery(store, seller)
    [found] = store.list_dead_letters(seller.id)["webhooks"]
    assert (found["id"], found["error"], found["user_id"]) == (webhook, "No.", seller.id)
    assert not store.dismiss_webhook(Seller(store).id, webhook)
    assert store.dismiss_webhook(seller.id, webhook)
    assert store.list_dead_letters(seller.id)["webhooks"] == []
    assert store.redeliver_webhook(seller.id, webhook)
    assert not store.dismiss_webhook(seller.id, webhook)


def test_every_intent_is_counted_and_remembered_with_its_age(store: Store, seller: Seller) -> None:
    posting = seller.posting("ebay")
    assert store.count_intents(posting) == 0
    store.finish_posting(posting, seller.press(posting), {"state": "queued", "reconciled": True})
    seller.press(posting)
    assert store.count_intents(posting) == 2
    older, newer = store.intents_since(seller.id, "ebay", 60)
    assert 60 > older >= newer >= 0
    assert store.intents_since(seller.id, "mercari", 60) == []
    assert store.intents_since(Seller(store).id, "ebay", 60) == []


@pytest.mark.parametrize("nonsense", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_nothing_is_done_for_ids_that_are_none(store: Store, seller: Seller, nonsense: str) -> None:
    assert store.count_intents(nonsense) == 0
    assert not store.dismiss_posting(seller.id, nonsense)
    assert not store.dismiss_webhook(seller.id, nonsense)
