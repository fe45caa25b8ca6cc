"""Found listings, links and answers: what every transport promises."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.storage.adopting_calls import FoundRow
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller
from tests.storage.test_inventory_contract import live

PROOF = {"kind": "adopted", "external_id": "e1", "url": "https://marketplace.example/e1", "at": "2026-11-21T10:00:00Z"}


def shown(*ids: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"external_id": each, "url": f"https://m.example/{each}", "title": each, "price_cents": 4800, **more}
        for each in ids
    ]


def read(store: Store, seller: Seller, *ids: str, site: str = "ebay", complete: bool = True) -> list[FoundRow]:
    """One reading of an account from claim to finish; what is open afterwards."""
    store.request_import(seller.id, [site])
    claim = store.claim_import(seller.id, site, "worker", 30)
    assert claim["claimed"], claim
    store.put_found(seller.id, site, claim["fence"], shown(*ids), complete=complete)
    assert store.finish_import(seller.id, site, claim["fence"], {"seen": len(ids)}, None)
    return store.list_found(seller.id)


def test_a_reading_run_again_changes_nothing(store: Store, seller: Seller) -> None:
    first = read(store, seller, "e1", "e2")
    again = read(store, seller, "e1", "e2")
    assert [row["id"] for row in first] == [row["id"] for row in again] and len(again) == 2
    [row] = store.list_imports(seller.id)
    assert row["next_at"] is None and row["outcome"] == {"seen": 2}
    assert store.claim_import(seller.id, "ebay", "worker", 30) == {"claimed": False, "why": "settled"}


def test_only_a_complete_list_says_that_something_is_gone(store: Store, seller: Seller) -> None:
    read(store, seller, "e1", "e2")
    assert len(read(store, seller, "e1", complete=False)) == 2
    assert [row["external_id"] for row in read(store, seller, "e1")] == ["e1"]
    assert len(read(store, seller, "e1", "e2")) == 2, "seen again"


def test_an_account_that_is_read_is_not_posted_to_and_the_other_way_round(store: Store, seller: Seller) -> None:
    store.request_import(seller.id, ["ebay"])
    posting = seller.posting("ebay")
    claim = store.claim_import(seller.id, "ebay", "worker", 30)
    assert store.claim_posting(posting, "worker", 30).get("why") == "account_busy"
    assert {"user_id": seller.id, "marketplace": "ebay"} not in store.due_imports()
    assert store.finish_import(seller.id, "ebay", claim["fence"], {}, 0)
    seller.claim(posting)
    assert store.claim_import(seller.id, "ebay", "worker", 30).get("why") == "account_busy"


def test_what_we_posted_is_known_again_and_not_asked_about(store: Store, seller: Seller) -> None:
    _, postings = live(store, seller, "ebay")
    assert read(store, seller, postings["ebay"][:8]) == []
    [row] = store.list_found(seller.id, "linked")
    assert row["posting_id"] == postings["ebay"]


def test_adopting_makes_one_live_posting_however_often_it_is_asked(store: Store, seller: Seller) -> None:
    [row] = read(store, seller, "e1")
    listing = seller.listing()
    posting = store.adopt_found(seller.id, row["id"], listing, PROOF)
    assert (posting["state"], posting["external_id"]) == ("live", "e1")
    assert store.adopt_found(seller.id, row["id"], listing, PROOF)["id"] == posting["id"]
    with pytest.raises(StoreRefused, match="another of your listings"):
        store.adopt_found(seller.id, row["id"], seller.listing(), PROOF)
    with pytest.raises(StoreRefused, match="no such"):
        store.adopt_found(Seller(store).id, row["id"], listing, PROOF)
    answered = store.request_operation(seller.id, posting["id"], "delist", {}, 4)
    assert answered["created"], "it is a posting like any other"


def test_a_listing_has_one_posting_per_marketplace_also_when_adopting(store: Store, seller: Seller) -> None:
    one, two = read(store, seller, "e1", "e2")
    listing = seller.listing()
    store.adopt_found(seller.id, one["id"], listing, PROOF)
    with pytest.raises(StoreRefused, match="another posting"):
        store.adopt_found(seller.id, two["id"], listing, PROOF)


def test_unlinked_stays_unlinked_and_can_be_linked_elsewhere(store: Store, seller: Seller) -> None:
    [row] = read(store, seller, "e1")
    listing = seller.listing()
    posting = store.adopt_found(seller.id, row["id"], listing, PROOF)
    unlinked = store.unlink_posting(seller.id, posting["id"])
    assert unlinked is not None and unlinked["state"] == "cancelled"
    pair = {"one": f"found:{row['id']}", "other": f"listing:{listing}", "same": False, "said_by": "seller"}
    assert store.list_match_answers(seller.id) == [pair]
    assert not store.answer_match(seller.id, pair["one"], pair["other"], same=True, said_by="threshold")
    assert [each["id"] for each in read(store, seller, "e1")] == [row["id"]]
    assert store.adopt_found(seller.id, row["id"], seller.listing(), PROOF)["state"] == "live"
    assert store.unlink_posting(Seller(store).id, posting["id"]) is None
    with pytest.raises(StoreRefused, match="posted from here"):
        store.unlink_posting(seller.id, live(store, seller, "mercari")[1]["mercari"])


def test_an_address_named_by_hand_counts_only_once_it_is_seen(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    row = store.want_found(seller.id, listing, "ebay", "e9", "https://m.example/e9")
    with pytest.raises(StoreRefused, match="not in your list"):
        store.adopt_found(seller.id, row["id"], listing, PROOF)
    [seen] = read(store, seller, "e9")
    assert (seen["id"], seen["wanted_listing_id"]) == (row["id"], listing)
    store.adopt_found(seller.id, row["id"], listing, PROOF)


def test_questions_are_replaced_and_answered_ones_not_asked_again(store: Store, seller: Seller) -> None:
    ask = [{"one": "found:b", "other": "found:a", "score": 0.7, "why": ["Look."]}]
    assert store.put_match_questions(seller.id, ask) == 1
    assert store.put_match_questions(seller.id, ask) == 1
    [question] = store.list_match_questions(seller.id)
    assert (question["one"], question["other"]) == ("found:a", "found:b")
    store.answer_match(seller.id, "found:a", "found:b", same=False, said_by="seller")
    assert store.list_match_questions(seller.id) == []


def test_a_reader_who_lost_the_account_writes_nothing(store: Store, seller: Seller) -> None:
    store.request_import(seller.id, ["ebay"])
    claim = store.claim_import(seller.id, "ebay", "worker", 0)
    with pytest.raises(StoreRefused, match="Somebody else"):
        store.put_found(seller.id, "ebay", claim["fence"], shown("e1"), complete=True)
