"""Looking for listings and postings, a page at a time: what every transport promises."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import SIGN_IN, Seller


def posted(store: Store, seller: Seller, listing_id: str, *names: str, blocked: bool = False) -> str:
    made = store.create_job(
        seller.id,
        listing_id,
        list(names),
        blocked=dict.fromkeys(names, SIGN_IN) if blocked else {},
        idempotency_key=None,
        request_hash="h",
        max_attempts=3,
    )
    return made["job"]["id"]


def test_listings_are_found_by_text_marketplace_and_state(store: Store, seller: Seller) -> None:
    coat, jeans, scarf = (
        store.create_listing(seller.id, {"title": t, "tags": ["wool"]})["id"]
        for t in ("Red COAT", "Jeans", "Scarf 100%")
    )
    posted(store, seller, coat, "ebay", "mercari")
    posted(store, seller, jeans, "ebay", blocked=True)

    def ids(**wanted: str) -> list[str]:
        return [each["id"] for each in store.find_listings(seller.id, **wanted)]  # type: ignore[arg-type]

    assert ids() == [scarf, jeans, coat]
    assert ids(text="red coat") == [coat]
    assert ids(text="100%") == [scarf] and ids(text="100_") == []
    assert ids(text="WOOL") == [scarf, jeans, coat]
    assert ids(state="draft") == [scarf]
    assert ids(marketplace="ebay") == [jeans, coat] and ids(marketplace="mercari") == [coat]
    assert ids(state="action_required") == [jeans] and ids(marketplace="mercari", state="action_required") == []
    assert store.find_listings(str(uuid4())) == []
    found = store.find_listings(seller.id, text="coat")[0]
    assert [p["marketplace"] for p in found["postings"]] == ["ebay", "mercari"]
    assert store.listing_standing(seller.id, coat) == found["postings"]
    assert store.listing_standing(str(uuid4()), coat) == []


def test_pages_neither_lose_nor_repeat_a_row(store: Store, seller: Seller) -> None:
    made = [store.create_listing(seller.id, {"title": str(n)})["id"] for n in range(5)]
    for listing_id in made:
        posted(store, seller, listing_id, "ebay")
    seen: list[str] = []
    page = store.find_listings(seller.id, limit=2)
    while page:
        seen += [each["id"] for each in page]
        page = store.find_listings(seller.id, limit=2, before=page[-1]["created_at"], before_id=page[-1]["id"])
    assert seen == made[::-1]
    jobs = store.jobs_page(seller.id, limit=3)
    rest = store.jobs_page(seller.id, limit=3, before=jobs[-1]["created_at"], before_id=jobs[-1]["id"])
    assert [j["listing_id"] for j in [*jobs, *rest]] == made[::-1]
    assert jobs[0]["title"] == "4" and jobs[0]["cover"] is None


def test_postings_are_listed_by_state_and_counted(store: Store, seller: Seller) -> None:
    first, second = (store.create_listing(seller.id, {"title": t})["id"] for t in "ab")
    posted(store, seller, first, "ebay", "mercari")
    posted(store, seller, second, "ebay", blocked=True)
    assert [p["title"] for p in store.list_postings(seller.id, ["action_required"])] == ["b"]
    assert len(store.list_postings(seller.id)) == 3 and store.list_postings(seller.id, []) == []
    counted = {(row["marketplace"], row["state"]): row["count"] for row in store.count_postings(seller.id)}
    assert counted == {("ebay", "queued"): 1, ("mercari", "queued"): 1, ("ebay", "action_required"): 1}


def test_what_ended_is_counted_by_week_with_what_the_model_cost(store: Store, seller: Seller) -> None:
    assert store.postings_by_week(seller.id, 4) == []
    posted(store, seller, store.create_listing(seller.id, {"title": "a"})["id"], "ebay", "mercari")
    (ebay,) = (p["id"] for p in store.list_postings(seller.id) if p["marketplace"] == "ebay")
    ended: Any = {
        "state": "failed",
        "reason": {"code": "refused", "message": "No.", "action": None, "field": "title"},
        "report": {"model_calls": 2, "model_cost_usd": 0.015},
    }
    store.finish_posting(ebay, seller.claim(ebay)["fence"], ended)
    (week,) = store.postings_by_week(seller.id, 4)
    assert (week["marketplace"], week["ended"], week["posted"]) == ("ebay", 1, 0)
    assert (week["model_calls"], week["model_cost_usd"]) == (2, 0.015)
    assert store.postings_by_week(str(uuid4()), 4) == []


def test_a_listing_is_replaced_only_as_it_was_seen(store: Store, seller: Seller) -> None:
    row = store.create_listing(seller.id, {"title": "a"})
    newer = store.replace_listing(seller.id, row["id"], {"title": "b"}, row["updated_at"])
    assert newer is not None and newer["body"] == {"title": "b"}
    with pytest.raises(StoreRefused) as refused:
        store.replace_listing(seller.id, row["id"], {"title": "c"}, row["updated_at"])
    assert refused.value.code == "changed_meanwhile"
    assert store.replace_listing(str(uuid4()), row["id"], {}, newer["updated_at"]) is None
