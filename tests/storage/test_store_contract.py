"""Listings and jobs: what every transport promises."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from listing_worker.models import JobStatus, PostingState, Reason
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import INTENT, LIVE, SIGN_IN, Seller

PHOTO = {"id": "p1", "sha256": "0" * 64, "width": 1, "height": 1, "byte_count": 1, "key": "u/p1.jpg"}


def test_ping_answers(store: Store) -> None:
    store.ping()


# ---- listings


def test_listing_comes_back_as_it_was_stored(store: Store, seller: Seller) -> None:
    body = {"title": 'Dress 🌸 "Dolce" </script>', "price": {"cents": 4800}, "colors": ["Blue"], "sku": None}
    row = store.create_listing(seller.id, body)
    assert row["body"] == body
    assert row["photos"] == []
    assert store.get_listing(seller.id, row["id"]) == row
    assert abs((datetime.now(UTC) - datetime.fromisoformat(row["created_at"])).total_seconds()) < 60


def test_listing_is_nobody_elses(store: Store, seller: Seller) -> None:
    listing, stranger = seller.listing(), str(uuid4())
    assert store.get_listing(stranger, listing) is None
    assert store.update_listing(stranger, listing, {}) is None
    assert store.set_photos(stranger, listing, []) is None
    assert store.add_photo(stranger, listing, PHOTO, 3) is None
    assert not store.delete_listing(stranger, listing)
    assert store.list_listings(stranger) == []


def test_id_that_cannot_be_is_not_found(store: Store, seller: Seller) -> None:
    for nonsense in ("", "1", "x'; drop table listings; --", "../../etc/passwd", "🌸"):
        assert store.get_listing(seller.id, nonsense) is None
        assert store.get_job(seller.id, nonsense) is None
        assert store.get_posting(nonsense) is None
        assert store.retry_posting(seller.id, nonsense) is None
        assert store.claim_posting(nonsense, "worker", 1) == {"claimed": False, "why": "absent"}
        assert not store.finish_posting(nonsense, 1, {"state": "failed"})["finished"]
        assert not store.revoke_device(seller.id, nonsense)
        assert not store.redeliver_webhook(seller.id, nonsense)


def test_listings_are_paged_newest_first(store: Store, seller: Seller) -> None:
    made = [seller.listing() for _ in range(5)]
    first = store.list_listings(seller.id, limit=3)
    rest = store.list_listings(seller.id, limit=3, before=first[-1]["created_at"])
    assert [row["id"] for row in [*first, *rest]] == made[::-1]


def test_photos_stop_at_their_limit_also_when_they_arrive_together(store: Store, seller: Seller) -> None:
    listing = seller.listing()

    def add(number: int) -> bool:
        try:
            return store.add_photo(seller.id, listing, {**PHOTO, "id": f"p{number}"}, 3) is not None
        except StoreRefused as refused:
            assert refused.code == "photo_limit"
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(6))) == 3
    row = store.get_listing(seller.id, listing)
    assert row is not None
    assert len({photo["id"] for photo in row["photos"]}) == 3


def test_deleted_listing_is_gone_and_never_posted(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    job = seller.post("ebay", listing=listing, blocked={"ebay": SIGN_IN})["job"]
    assert store.delete_listing(seller.id, listing)
    assert store.get_listing(seller.id, listing) is None
    assert store.list_listings(seller.id) == []
    assert not store.delete_listing(seller.id, listing)
    assert store.requeue_signed_in(seller.id, "ebay") == []
    with pytest.raises(StoreRefused, match="deleted"):
        store.retry_posting(seller.id, job["postings"][0]["id"])
    with pytest.raises(StoreRefused):
        seller.post("ebay", listing=listing)


def test_listing_that_is_being_posted_cannot_be_deleted(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    seller.post("ebay", listing=listing)
    assert not store.delete_listing(seller.id, listing)


def test_text_that_cannot_be_stored_is_refused(store: Store, seller: Seller) -> None:
    for text in ("a\x00b", "half a pair \ud800"):
        with pytest.raises(StoreRefused) as refused:
            store.create_listing(seller.id, {"title": text})
        assert refused.value.code == "invalid_value"
        with pytest.raises(StoreRefused) as refused:
            store.put_webhook_endpoint(seller.id, text, "k", "s")
        assert refused.value.code == "invalid_value"


# ---- jobs


def test_job_has_a_posting_per_marketplace_in_order(store: Store, seller: Seller) -> None:
    created = seller.post("poshmark", "ebay", "mercari", "ebay")
    job = created["job"]
    assert created["created"]
    assert created["existing"] == []
    assert job["id"].startswith("job_")
    assert len(job["id"]) == 24
    assert job["status"] == "processing"
    assert job["completed_at"] is None
    assert [p["marketplace"] for p in job["postings"]] == ["poshmark", "ebay", "mercari"]
    assert {p["state"] for p in job["postings"]} == {"queued"}
    assert store.get_job(seller.id, job["id"]) == job
    assert store.list_jobs(seller.id) == [job]
    assert store.get_job(str(uuid4()), job["id"]) is None


def test_views_of_jobs_come_as_asked_and_only_to_their_users(store: Store, seller: Seller) -> None:
    first, other = seller.post("poshmark", "ebay")["job"], seller.post("mercari")["job"]
    asked = [(seller.id, other["id"]), (str(uuid4()), other["id"]), (seller.id, "x"), (seller.id, first["id"])]
    texts = store.job_views(asked)
    assert [json.loads(text)["id"] if text else None for text in texts] == [other["id"], None, None, first["id"]]
    assert store.job_views([]) == []


def test_a_post_begins_with_the_listing_and_the_sessions(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    store.put_session(seller.id, "ebay", "k", "sealed", "2026-01-01T00:00:00Z", 30)
    found = store.post_beginnings(seller.id, listing)
    assert found == {"listing": store.get_listing(seller.id, listing), "sessions": store.list_sessions(seller.id)}
    assert store.post_beginnings(str(uuid4()), listing) == {"listing": None, "sessions": []}
    assert store.post_beginnings(seller.id, "nonsense")["listing"] is None


def test_job_of_a_strangers_listing_is_refused(store: Store, seller: Seller) -> None:
    with pytest.raises(StoreRefused) as refused:
        Seller(store).post("ebay", listing=seller.listing())
    assert refused.value.code == "not_found"


def test_blocked_marketplaces_are_named_and_the_others_posted(store: Store, seller: Seller) -> None:
    invalid = Reason(code="invalid", message="The title is too long.", field="title")
    job = seller.post("poshmark", "ebay", "mercari", blocked={"ebay": SIGN_IN, "mercari": invalid})["job"]
    states = {p["marketplace"]: (p["state"], p["reason"]) for p in job["postings"]}
    assert states["poshmark"] == ("queued", None)
    assert states["ebay"] == ("action_required", SIGN_IN.model_dump())
    assert states["mercari"] == ("failed", invalid.model_dump())
    assert job["status"] == "processing"


def test_job_with_everything_blocked_is_settled_at_once(store: Store, seller: Seller) -> None:
    job = seller.post("ebay", blocked={"ebay": SIGN_IN})["job"]
    assert job["status"] == "failed"
    assert job["completed_at"] is not None


def test_same_idempotency_key_gives_the_first_job(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    first = seller.post("ebay", listing=listing, idempotency_key="k", request_hash="a")
    again = seller.post("ebay", listing=listing, idempotency_key="k", request_hash="a")
    assert first["created"]
    assert not again["created"]
    assert again["job"] == first["job"]
    assert again["existing"] == []
    with pytest.raises(StoreRefused) as refused:
        seller.post("ebay", listing=listing, idempotency_key="k", request_hash="b")
    assert refused.value.code == "idempotency_conflict"
    assert Seller(store).post("ebay", idempotency_key="k", request_hash="c")["created"]  # keys are each user's own


def test_double_click_posts_once(store: Store, seller: Seller) -> None:
    """Eight requests at the same moment: with one key one job, without a key one posting."""
    listing = seller.listing()
    with ThreadPoolExecutor(8) as pool:
        keyed = list(pool.map(lambda _: seller.post("ebay", listing=listing, idempotency_key="k"), range(8)))
        plain = list(pool.map(lambda _: seller.post("mercari", listing=listing), range(8)))
    assert len({created["job"]["id"] for created in keyed}) == 1
    assert sum(created["created"] for created in keyed) == 1
    assert sum(len(created["job"]["postings"]) for created in plain) == 1
    assert sum(len(created["existing"]) for created in plain) == 7


def test_open_or_live_posting_is_not_posted_again(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    first = seller.post("ebay", "mercari", listing=listing)["job"]["postings"]
    store.finish_posting(first[0]["id"], seller.press(first[0]["id"]), LIVE)
    again = seller.post("mercari", "ebay", "poshmark", listing=listing)
    assert [(p["marketplace"], p["state"]) for p in again["existing"]] == [("mercari", "queued"), ("ebay", "live")]
    assert [p["marketplace"] for p in again["job"]["postings"]] == ["poshmark"]


def test_posting_that_waits_for_the_seller_is_taken_up_again(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    old = seller.post("ebay", listing=listing, blocked={"ebay": SIGN_IN})["job"]
    still = seller.post("ebay", listing=listing, blocked={"ebay": SIGN_IN})
    assert [p["state"] for p in still["existing"]] == ["action_required"]
    now = seller.post("ebay", listing=listing)
    assert [(p["id"], p["state"]) for p in now["existing"]] == [(old["postings"][0]["id"], "queued")]
    assert now["job"]["postings"] == []
    reopened = store.get_job(seller.id, old["id"])
    assert reopened is not None
    assert (reopened["status"], reopened["completed_at"]) == ("processing", None)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_ended_posting_gives_way_to_a_new_one(store: Store, seller: Seller, state: str) -> None:
    listing = seller.listing()
    old = seller.post("ebay", listing=listing)["job"]["postings"][0]["id"]
    store.finish_posting(old, seller.claim(old)["fence"], {"state": state})
    new = seller.post("ebay", listing=listing)
    assert [p["state"] for p in new["job"]["postings"]] == ["queued"]
    with pytest.raises(StoreRefused, match="newer"):
        store.retry_posting(seller.id, old)


def test_status_is_derived_in_sql_as_in_python(execute, store: Store) -> None:  # type: ignore[no-untyped-def]
    samples = [[s] for s in PostingState] + [[a, b] for a in PostingState for b in PostingState] + [[]]
    for states in samples:
        [[answer]] = execute("select listing_worker.job_status(%s::text[])", [str(s) for s in states])
        assert answer == JobStatus.derive(states), states


# ---- cancel and retry


def test_cancel_before_intent_stops_everything(store: Store, seller: Seller) -> None:
    job = seller.post("ebay", "mercari", "poshmark")["job"]
    ebay, mercari, _ = (p["id"] for p in job["postings"])
    fence = seller.claim(ebay)["fence"]
    late = seller.claim(mercari)["fence"]
    store.finish_posting(mercari, late, {"state": "waiting", "again_in": 60})
    cancelled = store.cancel_job(seller.id, job["id"])
    assert cancelled is not None
    assert [p["state"] for p in cancelled["postings"]] == ["running", "cancelled", "cancelled"]
    assert cancelled["status"] == "processing"
    assert store.heartbeat(ebay, fence, 30) == {"alive": True, "cancel_requested": True}
    assert not store.record_intent(ebay, fence, INTENT)
    assert store.finish_posting(ebay, fence, {"state": "cancelled"})["job_settled"]
    done = store.get_job(seller.id, job["id"])
    assert done is not None
    assert done["status"] == "cancelled"


def test_cancel_after_intent_is_too_late(store: Store, seller: Seller) -> None:
    job = seller.post("ebay")["job"]
    posting = job["postings"][0]["id"]
    fence = seller.press(posting)
    cancelled = store.cancel_job(seller.id, job["id"])
    assert cancelled is not None
    assert [(p["state"], p["cancel_requested"]) for p in cancelled["postings"]] == [("publishing", False)]
    assert store.finish_posting(posting, fence, LIVE)["finished"]


def test_cancel_reaches_a_worker_that_never_saw_it(store: Store, seller: Seller) -> None:
    """The attempt ends as 'again later' without having looked: the wish is granted then."""
    job = seller.post("ebay", "mercari")["job"]
    ebay, mercari = (p["id"] for p in job["postings"])
    fence, dead = seller.claim(ebay)["fence"], seller.claim(mercari)["fence"]
    store.cancel_job(seller.id, job["id"])
    store.finish_posting(ebay, fence, {"state": "waiting", "again_in": 5})
    assert seller.state(ebay) == "cancelled"
    seller.die(mercari, dead)
    assert store.claim_posting(mercari, "other", 30) == {"claimed": False, "why": "settled"}
    assert seller.state(mercari) == "cancelled"


def test_cancel_of_a_dead_attempt_shuts_it_out(store: Store, seller: Seller) -> None:
    job = seller.post("ebay")["job"]
    posting = job["postings"][0]["id"]
    fence = seller.claim(posting)["fence"]
    seller.die(posting, fence)
    cancelled = store.cancel_job(seller.id, job["id"])
    assert cancelled is not None
    assert cancelled["status"] == "cancelled"
    assert not store.heartbeat(posting, fence, 30)["alive"]
    assert not store.finish_posting(posting, fence, {"state": "waiting"})["finished"]


def test_strangers_can_neither_cancel_nor_retry(store: Store, seller: Seller) -> None:
    job = seller.post("ebay")["job"]
    assert store.cancel_job(str(uuid4()), job["id"]) is None
    assert store.retry_posting(str(uuid4()), job["postings"][0]["id"]) is None


def test_retry_starts_over_with_all_attempts(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    with pytest.raises(StoreRefused) as refused:
        store.retry_posting(seller.id, posting)
    assert refused.value.code == "not_retryable"
    store.finish_posting(posting, seller.claim(posting)["fence"], {"state": "failed", "reason": SIGN_IN.model_dump()})
    again = store.retry_posting(seller.id, posting)
    assert again is not None
    assert (again["state"], again["attempts"], again["reason"], again["finished_at"]) == ("queued", 0, None, None)
    assert seller.claim(posting)["fence"] == 2


def test_fresh_session_takes_up_what_waited_for_it(store: Store, seller: Seller) -> None:
    waits = seller.post("ebay", "mercari", blocked={"ebay": SIGN_IN, "mercari": SIGN_IN})["job"]["postings"]
    other = seller.posting()
    challenge = {"code": "challenge", "message": "A code is asked for.", "action": None, "field": None}
    store.finish_posting(other, seller.claim(other)["fence"], {"state": "action_required", "reason": challenge})
    assert store.requeue_signed_in(seller.id, "ebay") == [waits[0]["id"]]
    assert store.requeue_signed_in(seller.id, "ebay") == []
    assert [seller.state(p) for p in (waits[0]["id"], waits[1]["id"], other)] == [
        "queued", "action_required", "action_required",
    ]  # fmt: skip
