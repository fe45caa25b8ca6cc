"""Webhook endpoints and the outbox: what every transport promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import LIVE, SIGN_IN, Seller

URL = "https://seller.example/hook"
FAILED: Any = {"state": "failed", "reason": {"code": "refused", "message": "No.", "action": None, "field": "title"}}


@pytest.fixture
def subscribed(store: Store, seller: Seller) -> Seller:
    store.put_webhook_endpoint(seller.id, URL, "key1", "sealed secret")
    return seller


def written(store: Store, seller: Seller) -> str:
    """A delivery that waits."""
    posting = seller.posting()
    [webhook] = store.finish_posting(posting, seller.claim(posting)["fence"], FAILED)["webhooks"]
    return webhook


def claimed(store: Store, webhook: str) -> rows.WebhookClaim:
    claim = store.claim_webhook(webhook, 30)
    assert claim is not None
    return claim


def finish(store: Store, claim: rows.WebhookClaim, state: str, again_in: float | None = None, code: int = 200) -> bool:
    return store.finish_webhook(
        claim["id"], claim["fence"], state=state, status_code=code, error=None, again_in=again_in
    )


def test_endpoint_is_one_per_address(store: Store, seller: Seller) -> None:
    first = store.put_webhook_endpoint(seller.id, URL, "key1", "a")
    again = store.put_webhook_endpoint(seller.id, URL, "key2", "b")
    assert again == first
    assert "sealed_secret" not in first
    assert store.list_webhook_endpoints(seller.id) == [first]
    assert Seller(store).store.list_webhook_endpoints(Seller(store).id) == []
    assert not store.delete_webhook_endpoint(Seller(store).id, first["id"])
    assert store.delete_webhook_endpoint(seller.id, first["id"])
    assert store.list_webhook_endpoints(seller.id) == []


def test_settled_job_is_announced_with_every_result(store: Store, subscribed: Seller) -> None:
    job = subscribed.post("poshmark", "ebay", "mercari", blocked={"mercari": SIGN_IN})["job"]
    poshmark, ebay, _ = (p["id"] for p in job["postings"])
    first = store.finish_posting(poshmark, subscribed.press(poshmark), LIVE)
    assert (first["job_settled"], first["webhooks"]) == (False, [])
    last = store.finish_posting(ebay, subscribed.claim(ebay)["fence"], FAILED)
    assert last["job_settled"]
    [row] = store.list_webhooks(subscribed.id)
    assert [row["id"]] == last["webhooks"]
    assert row["id"].startswith("msg_")
    assert (row["type"], row["state"], row["attempts"]) == ("job.completed", "waiting", 0)
    payload = row["payload"]
    assert payload["type"] == "job.completed"
    assert payload["timestamp"].endswith("Z")
    data = payload["data"]
    assert data["job_id"] == job["id"]
    assert data["listing_id"] == job["listing_id"]
    assert (data["status"], data["success_count"], data["failure_count"]) == ("partial_success", 1, 2)
    results = data["marketplace_results"]
    assert [(r["marketplace"], r["status"]) for r in results] == [
        ("poshmark", "live"), ("ebay", "failed"), ("mercari", "action_required"),
    ]  # fmt: skip
    assert (results[0]["listing_id"], results[0]["confirmation_link"]) == ("x1", "https://marketplace.example/x1")
    assert results[0]["posted_at"] is not None
    assert results[0]["reason"] is None
    assert (results[1]["posted_at"], results[1]["reason"]) == (None, FAILED["reason"])


def test_later_success_is_announced_again(store: Store, subscribed: Seller) -> None:
    job = subscribed.post("ebay", blocked={"ebay": SIGN_IN})["job"]
    [posting] = store.requeue_signed_in(subscribed.id, "ebay")
    assert store.finish_posting(posting, subscribed.press(posting), LIVE)["job_settled"]
    events = [row["payload"]["data"] for row in store.list_webhooks(subscribed.id)]
    assert [(e["job_id"], e["status"]) for e in events] == [(job["id"], "completed"), (job["id"], "failed")]


def test_cancelled_job_is_announced(store: Store, subscribed: Seller) -> None:
    job = subscribed.post("ebay")["job"]
    store.cancel_job(subscribed.id, job["id"])
    store.cancel_job(subscribed.id, job["id"])
    [row] = store.list_webhooks(subscribed.id)
    assert row["payload"]["data"]["status"] == "cancelled"


def test_only_the_sellers_active_endpoints_are_told(store: Store, subscribed: Seller) -> None:
    store.put_webhook_endpoint(subscribed.id, URL + "/2", "key1", "s")
    store.put_webhook_endpoint(Seller(store).id, URL, "key1", "s")
    posting = subscribed.posting()
    assert len(store.finish_posting(posting, subscribed.claim(posting)["fence"], FAILED)["webhooks"]) == 2
    finish(store, claimed(store, store.due_webhooks()[0]), "gone", code=410)
    posting = subscribed.posting()
    assert len(store.finish_posting(posting, subscribed.claim(posting)["fence"], FAILED)["webhooks"]) == 1


def test_refused_finish_announces_nothing(store: Store, subscribed: Seller) -> None:
    """The outbox row is written in the transaction of the finish, or not at all."""
    posting = subscribed.posting()
    fence = subscribed.claim(posting)["fence"]
    with pytest.raises(StoreRefused):
        store.finish_posting(posting, fence, LIVE)
    subscribed.die(posting, fence)
    subscribed.claim(posting)
    store.finish_posting(posting, fence, FAILED)
    assert store.list_webhooks(subscribed.id) == []


def test_delivery_is_claimed_by_one(store: Store, subscribed: Seller) -> None:
    webhook = written(store, subscribed)
    assert store.due_webhooks() == [webhook]
    with ThreadPoolExecutor(8) as pool:
        claims = [c for c in pool.map(lambda _: store.claim_webhook(webhook, 30), range(8)) if c is not None]
    assert len(claims) == 1
    claim = claims[0]
    assert (claim["url"], claim["key_id"], claim["sealed_secret"]) == (URL, "key1", "sealed secret")
    assert (claim["user_id"], claim["type"], claim["attempts"]) == (subscribed.id, "job.completed", 1)
    assert claim["payload"] == store.list_webhooks(subscribed.id)[0]["payload"]
    assert store.due_webhooks() == []


def test_delivery_is_tried_again_when_due(store: Store, subscribed: Seller) -> None:
    webhook = written(store, subscribed)
    first = claimed(store, webhook)
    assert finish(store, first, "waiting", again_in=60, code=503)
    assert store.claim_webhook(webhook, 30) is None
    assert store.due_webhooks() == []
    assert store.redeliver_webhook(subscribed.id, webhook)
    second = claimed(store, webhook)
    assert (second["fence"], second["attempts"]) == (2, 1)
    assert not finish(store, first, "delivered")  # stale
    assert finish(store, second, "delivered", code=204)
    [row] = store.list_webhooks(subscribed.id)
    assert (row["state"], row["status_code"]) == ("delivered", 204)
    assert store.claim_webhook(webhook, 30) is None


def test_delivery_of_a_dead_worker_is_due_again(store: Store, subscribed: Seller) -> None:
    webhook = written(store, subscribed)
    assert store.claim_webhook(webhook, 0) is not None
    assert store.due_webhooks() == [webhook]
    assert claimed(store, webhook)["attempts"] == 2


def test_gone_endpoint_is_switched_off_with_all_that_waits(store: Store, subscribed: Seller) -> None:
    first, second = written(store, subscribed), written(store, subscribed)
    assert finish(store, claimed(store, first), "gone", code=410)
    assert {row["id"]: row["state"] for row in store.list_webhooks(subscribed.id)} == {first: "dead", second: "dead"}
    assert store.list_webhook_endpoints(subscribed.id)[0]["active"] is False
    assert store.due_webhooks() == []
    assert not store.redeliver_webhook(subscribed.id, first)
    store.put_webhook_endpoint(subscribed.id, URL, "key1", "s")
    assert store.redeliver_webhook(subscribed.id, first)
    assert store.due_webhooks() == [first]


def test_delivery_cannot_end_as_nonsense(store: Store, subscribed: Seller) -> None:
    claim = claimed(store, written(store, subscribed))
    with pytest.raises(StoreRefused):
        finish(store, claim, "lost")


def test_strangers_cannot_redeliver(store: Store, subscribed: Seller) -> None:
    assert not store.redeliver_webhook(Seller(store).id, written(store, subscribed))


def test_a_session_that_ends_soon_is_announced_once_per_capture(store: Store, subscribed: Seller) -> None:
    [endpoint] = store.list_webhook_endpoints(subscribed.id)
    store.choose_webhook_events(subscribed.id, endpoint["id"], ["session.expiring"])
    for marketplace, days in (("ebay", 1), ("mercari", 7)):
        store.put_session(subscribed.id, marketplace, "k", "sealed", "2026-11-21T10:00:00Z", days)
    store.announce_expiring_sessions(86_400)
    store.announce_expiring_sessions(86_400)
    [row] = store.list_webhooks(subscribed.id)
    assert row["type"] == row["payload"]["type"] == "session.expiring"
    assert row["payload"]["data"]["marketplace"] == "ebay" and row["payload"]["data"]["expires_at"]
    store.put_session(subscribed.id, "ebay", "k", "sealed again", "2026-11-21T11:00:00Z", 1)
    assert store.announce_expiring_sessions(86_400) >= 1
    assert len(store.list_webhooks(subscribed.id)) == 2
