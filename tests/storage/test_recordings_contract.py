"""Recordings of attempts over both transports."""

from __future__ import annotations

from uuid import uuid4

from listing_worker.storage.store import Store
from tests.storage.conftest import Seller


def test_a_recording_belongs_to_its_attempt_and_is_only_its_sellers(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    assert store.list_recordings(seller.id, posting) == []
    assert store.record_timeline(posting, fence, {"attempt": fence, "marketplace": "ebay"})
    assert not store.record_timeline(posting, fence + 1, {"attempt": fence + 1})
    (row,) = store.list_recordings(seller.id, posting)
    assert (row["attempt"], row["recording"]["marketplace"]) == (fence, "ebay")
    assert store.list_recordings(str(uuid4()), posting) == []
    assert store.list_recordings(seller.id, "nonsense") == []


def test_the_last_attempt_comes_first(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fences = []
    for _ in range(2):
        fence = seller.claim(posting)["fence"]
        fences.append(fence)
        store.record_timeline(posting, fence, {"attempt": fence})
        store.finish_posting(posting, fence, {"state": "waiting", "again_in": 0})
    assert [row["attempt"] for row in store.list_recordings(seller.id, posting)] == fences[::-1]
