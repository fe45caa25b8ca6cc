"""API keys, remembered answers, jobs for later: what every transport promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller


def test_a_key_is_found_by_its_hash_until_it_is_revoked(store: Store, seller: Seller) -> None:
    made = store.create_api_key(seller.id, "sync", "hash", "lwk_abc", ["jobs:read"], 2)
    found = store.find_api_key("hash")
    assert found is not None and found["user_id"] == seller.id and found["scopes"] == ["jobs:read"]
    assert found["last_used_at"] is not None and store.find_api_key("other") is None
    assert not store.revoke_api_key(str(uuid4()), made["id"]) and not store.revoke_api_key(seller.id, "nonsense")
    assert store.revoke_api_key(seller.id, made["id"])
    assert store.find_api_key("hash") is None and store.list_api_keys(seller.id) == []


def test_there_are_only_so_many_keys(store: Store, seller: Seller) -> None:
    store.create_api_key(seller.id, "a", "a", "a", ["jobs:read"], 1)
    with pytest.raises(StoreRefused) as refused:
        store.create_api_key(seller.id, "b", "b", "b", ["jobs:read"], 1)
    assert refused.value.code == "too_many_keys"


def test_of_two_same_requests_at_once_one_is_answered(store: Store, seller: Seller) -> None:
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: store.begin_request(seller.id, "key", "hash")["state"], range(4)))
    assert sorted(begun) == ["busy", "busy", "busy", "new"]
    assert store.finish_request(seller.id, "key", 201, {"id": 1})
    assert store.begin_request(seller.id, "key", "hash") == {"state": "done", "status": 201, "answer": {"id": 1}}
    with pytest.raises(StoreRefused) as refused:
        store.begin_request(seller.id, "key", "another")
    assert refused.value.code == "idempotency_conflict"
    assert store.begin_request(str(uuid4()), "key", "another") == {"state": "new"}
    assert not store.forget_request(seller.id, "key")  # it was answered


def test_a_job_for_later_is_due_at_its_time(store: Store, seller: Seller) -> None:
    made = store.create_job_for_later(
        seller.id,
        seller.listing(),
        ["ebay"],
        blocked={},
        idempotency_key="k",
        request_hash="h",
        max_attempts=3,
        publish_at="2999-01-01T00:00:00Z",
    )
    (posting,) = made["job"]["postings"]
    assert posting["state"] == "waiting" and posting["not_before"] == "2999-01-01T00:00:00.000000Z"
    assert posting["id"] not in store.due_postings()
    assert store.claim_posting(posting["id"], "w", 5)["why"] == "not_due"


def test_a_rotated_secret_leaves_the_former_one_for_a_while(store: Store, seller: Seller) -> None:
    endpoint = store.put_webhook_endpoint(seller.id, "https://a.example/", "k1", "old")
    assert endpoint["events"] == ["job.completed"] and endpoint["former_secret_until"] is None
    rotated = store.rotate_webhook_secret(seller.id, endpoint["id"], "k2", "new", 60)
    assert rotated is not None and rotated["former_secret_until"] is not None
    posting = seller.posting()
    outcome = {"state": "failed", "reason": {"code": "x", "message": "x", "action": None, "field": None}}
    (webhook,) = store.finish_posting(posting, seller.claim(posting)["fence"], outcome)["webhooks"]
    claim = store.claim_webhook(webhook, 5)
    assert claim is not None and (claim["sealed_secret"], claim["former_sealed_secret"]) == ("new", "old")
    assert store.rotate_webhook_secret(str(uuid4()), endpoint["id"], "k", "x", 60) is None
    assert store.choose_webhook_events(str(uuid4()), endpoint["id"], ["posting.live"]) is None
