"""Posts of many at the same moment, in one transaction: the same jobs, and nobody waits for anybody's lock."""

from __future__ import annotations

import psycopg
import pytest

from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller


def test_many_posts_begin_with_their_listings_and_their_users_sessions(store: Store, seller: Seller) -> None:
    other = Seller(store)
    mine, theirs = seller.listing(), other.listing()
    store.put_session(seller.id, "ebay", "k", "sealed", "2026-01-01T00:00:00Z", 30)
    asked = [(other.id, theirs), (seller.id, theirs), (seller.id, mine), (seller.id, "nonsense"), (seller.id, mine)]
    found = store.posts_beginnings(asked)
    assert found["listings"] == [store.get_listing(*each) for each in asked]
    assert [listing is None for listing in found["listings"]] == [False, True, False, True, False]
    assert found["sessions"] == {each: store.list_sessions(each) for each in (seller.id, other.id)}
    assert store.posts_beginnings([]) == {"listings": [], "sessions": {}}


def simple(seller: Seller, listing: str, *marketplaces: str, key: str | None = None) -> rows.SimplePost:
    return {
        "user_id": seller.id,
        "listing_id": listing,
        "marketplaces": list(marketplaces),
        "idempotency_key": key,
        "request_hash": "h",
        "max_attempts": 4,
    }


def test_simple_posts_become_the_jobs_that_each_would_be_alone(store: Store, seller: Seller) -> None:
    other = Seller(store)
    mine, theirs = seller.listing(), other.listing()
    made = store.create_simple_jobs(
        [simple(other, theirs, "mercari", key="k"), simple(seller, mine, "ebay", "etsy", "ebay")]
    )
    ids = [each["id"] for each in made if each is not None]
    found = [store.get_job(user.id, job_id) for user, job_id in zip((other, seller), ids, strict=True)]
    jobs = [job for job in found if job is not None]
    assert [(job["user_id"], job["listing_id"]) for job in jobs] == [(other.id, theirs), (seller.id, mine)]
    assert [[posting["marketplace"] for posting in job["postings"]] for job in jobs] == [["mercari"], ["ebay", "etsy"]]
    assert made == [
        {
            "id": job["id"],
            "postings": [{name: posting[name] for name in ("id", "marketplace")} for posting in job["postings"]],
        }
        for job in jobs
    ]
    alone = seller.post("ebay", "etsy", listing=seller.listing())["job"]
    of_each = ("id", "job_id", "listing_id", "created_at", "updated_at")
    for posting, like in zip(jobs[1]["postings"], alone["postings"], strict=True):
        assert posting | dict.fromkeys(of_each) == like | dict.fromkeys(of_each)
    again = store.create_job(
        other.id, theirs, ["mercari"], blocked={}, idempotency_key="k", request_hash="h", max_attempts=4
    )
    assert not again["created"] and again["job"] == jobs[0]


def test_what_is_not_simple_is_left_alone(store: Store, seller: Seller) -> None:
    posted, known, mine, twice = seller.listing(), seller.listing(), seller.listing(), seller.listing()
    seller.post("ebay", listing=posted)
    store.create_job(seller.id, known, ["ebay"], blocked={}, idempotency_key="k", request_hash="h", max_attempts=4)
    asked = [
        simple(seller, posted, "mercari"),
        simple(seller, mine, "ebay", key="k"),
        simple(seller, Seller(store).listing(), "ebay"),
        simple(seller, "nonsense", "ebay"),
        simple(seller, seller.listing()),
        simple(seller, twice, "ebay"),
        simple(seller, twice.upper(), "mercari"),
        simple(seller, seller.listing(), "ebay", key="new"),
        simple(seller, seller.listing(), "ebay", key="new"),
    ]
    before = len(store.list_jobs(seller.id))
    made = store.create_simple_jobs(asked)
    assert [each is not None for each in made] == [False] * 5 + [True, False, True, False]
    assert len(store.list_jobs(seller.id)) == before + 2
    assert store.create_simple_jobs([]) == []


def test_all_simple_posts_fail_together(store: Store, seller: Seller) -> None:
    with pytest.raises(StoreRefused):
        store.create_simple_jobs([simple(seller, seller.listing(), name) for name in ("ebay", "No Marketplace!")])
    assert store.list_jobs(seller.id) == []


def test_nobody_is_waited_for(store: Store, seller: Seller, contract_url: str) -> None:
    used, free, keyed = seller.listing(), seller.listing(), seller.listing()
    with psycopg.connect(contract_url) as other:
        other.execute("select from public.listings where id = %s for update", [used])
        key = f"{seller.id} idempotency k"
        other.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        made = store.create_simple_jobs(
            [simple(seller, used, "ebay"), simple(seller, free, "ebay"), simple(seller, keyed, "ebay", key="k")]
        )
    assert [each is not None for each in made] == [False, True, False]
    made = store.create_simple_jobs([simple(seller, used, "ebay"), simple(seller, keyed, "ebay", key="k")])
    assert all(made)
