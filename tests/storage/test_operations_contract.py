"""Operations on live postings, and dry runs: one at a time, never beside another attempt, never acted twice blindly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from listing_worker.models import ChangeIntent, ListingStatus, OperationKind
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import LIVE, Seller

pytestmark = pytest.mark.parametrize(
    "contract_url",
    ["psycopg", *(pytest.param(other, marks=pytest.mark.slow) for other in ("supabase", "postgres-15"))],
    indirect=True,
)

INTENT = ChangeIntent(kind=OperationKind.DELIST, external_id="x1", before=ListingStatus.ACTIVE)


def live(seller: Seller, marketplace: str = "ebay", listing: str | None = None) -> str:
    """A posting that is live."""
    posting = seller.post(marketplace, listing=listing)["job"]["postings"][0]["id"]
    assert seller.store.finish_posting(posting, seller.press(posting), LIVE)["finished"]
    return posting


def ask(seller: Seller, posting: str, kind: str = "delist", **given: Any) -> rows.OperationRow:
    return seller.store.request_operation(seller.id, posting, kind, given, 4)["operation"]


def claimed(seller: Seller, operation: rows.OperationRow, lease: float = 30) -> rows.OperationRow:
    claim = seller.store.claim_operation(operation["id"], "worker", lease)
    assert claim["claimed"], claim
    return claim["operation"]


def acting(seller: Seller, operation: rows.OperationRow) -> int:
    fence = claimed(seller, operation)["fence"]
    assert seller.store.record_operation_intent(operation["id"], fence, INTENT)
    return fence


def die(seller: Seller, operation: rows.OperationRow, fence: int) -> None:
    assert seller.store.heartbeat_operation(operation["id"], fence, 0)["alive"]


def state(seller: Seller, operation: rows.OperationRow) -> str:
    row = seller.store.get_operation(operation["id"])
    assert row is not None
    return row["state"]


def test_a_delisting_from_request_to_done(store: Store, seller: Seller) -> None:
    posting = live(seller)
    operation = ask(seller, posting)
    assert operation["state"] == "queued"
    assert store.due_operations() == [operation["id"]]
    fence = acting(seller, operation)
    assert state(seller, operation) == "acting"
    outcome: rows.OperationOutcome = {"state": "done", "result": {"status": "delisted"}, "posting": "delisted"}
    assert store.finish_operation(operation["id"], fence, outcome) == {"finished": True}
    assert store.finish_operation(operation["id"], fence, outcome) == {"finished": True}, "asked again, same answer"
    assert seller.state(posting) == "delisted"
    assert store.due_operations() == []
    [row] = store.list_operations(seller.id, posting_id=posting)
    assert (row["state"], row["result"], row["posting_id"]) == ("done", {"status": "delisted"}, posting)


def test_the_same_operation_asked_twice_is_one(store: Store, seller: Seller) -> None:
    posting = live(seller)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: store.request_operation(seller.id, posting, "delist", {}, 4), range(6)))
    assert len({answer["operation"]["id"] for answer in answers}) == 1
    assert sum(answer["created"] for answer in answers) == 1


def test_another_operation_waits_but_a_delisting_goes_first(seller: Seller) -> None:
    posting = live(seller)
    price = ask(seller, posting, "change_price", price="40.00")
    with pytest.raises(StoreRefused) as refused:
        ask(seller, posting, "edit")
    assert refused.value.code == "operation_open"
    delist = ask(seller, posting)
    assert state(seller, price) == "cancelled"
    assert delist["state"] == "queued"


def test_a_delisting_does_not_cut_into_an_act(seller: Seller) -> None:
    posting = live(seller)
    acting(seller, ask(seller, posting, "change_price", price="40.00"))
    with pytest.raises(StoreRefused) as refused:
        ask(seller, posting)
    assert refused.value.code == "operation_open"


@pytest.mark.parametrize("kind", ["change_price", "edit", "delist", "relist"])
def test_what_is_not_live_cannot_be_changed(seller: Seller, kind: str) -> None:
    with pytest.raises(StoreRefused) as refused:
        ask(seller, seller.posting(), kind)
    assert refused.value.code == "not_possible"


def test_somebody_elses_posting_is_not_there(store: Store, seller: Seller) -> None:
    posting = live(seller)
    operation = ask(seller, posting)
    stranger = Seller(store)
    with pytest.raises(StoreRefused) as refused:
        ask(stranger, posting)
    assert refused.value.code == "not_found"
    assert store.list_operations(stranger.id) == []
    assert store.cancel_operation(stranger.id, operation["id"]) is None


def test_an_account_is_worked_on_once_at_a_time_by_postings_and_operations(store: Store, seller: Seller) -> None:
    operation = ask(seller, live(seller))
    queued, elsewhere = seller.posting("ebay"), seller.posting("mercari")
    fence = claimed(seller, operation)["fence"]
    busy = store.claim_posting(queued, "other", 30)
    assert (busy["claimed"], busy["why"]) == (False, "account_busy")
    seller.claim(elsewhere)
    store.finish_operation(operation["id"], fence, {"state": "failed"})
    fence = seller.claim(queued)["fence"]
    another = ask(seller, store.list_operations(seller.id)[0]["posting_id"] or "")
    answer = store.claim_operation(another["id"], "other", 30)
    assert (answer["claimed"], answer["why"]) == (False, "account_busy")
    assert store.due_operations() == []
    store.finish_posting(queued, fence, {"state": "failed"})
    assert store.due_operations() == [another["id"]]


def test_a_claim_race_between_a_posting_and_an_operation_has_one_winner(store: Store, seller: Seller) -> None:
    operation, posting = ask(seller, live(seller)), seller.posting()
    with ThreadPoolExecutor(8) as pool:
        won = list(
            pool.map(
                lambda n: bool(
                    store.claim_posting(posting, "w", 30)["claimed"]
                    if n % 2
                    else store.claim_operation(operation["id"], "w", 30)["claimed"]
                ),
                range(8),
            )
        )
    assert sum(won) == 1


def test_death_before_the_intent_is_simply_done_again(store: Store, seller: Seller) -> None:
    operation = ask(seller, live(seller))
    old = claimed(seller, operation)["fence"]
    die(seller, operation, old)
    again = claimed(seller, operation)
    assert (again["state"], again["attempts"]) == ("running", 2)
    assert not store.record_operation_intent(operation["id"], old, INTENT)
    assert store.finish_operation(operation["id"], old, {"state": "done"}) == {"finished": False}


def test_death_after_the_intent_is_looked_at_before_anything_else(store: Store, seller: Seller) -> None:
    operation = ask(seller, live(seller))
    die(seller, operation, acting(seller, operation))
    again = claimed(seller, operation)
    assert again["state"] == "uncertain"
    assert not store.record_operation_intent(operation["id"], again["fence"], INTENT), "it may not press"
    for outcome in ({"state": "queued"}, {"state": "failed"}):
        with pytest.raises(StoreRefused, match="complete look"):
            store.finish_operation(operation["id"], again["fence"], outcome)
    assert store.finish_operation(operation["id"], again["fence"], {"state": "queued", "reconciled": True})["finished"]
    assert claimed(seller, operation)["state"] == "running"


def test_the_intent_is_granted_once_and_never_to_a_look(store: Store, seller: Seller) -> None:
    posting = live(seller)
    operation = ask(seller, posting)
    fence = claimed(seller, operation)["fence"]
    assert store.record_operation_intent(operation["id"], fence, INTENT)
    assert not store.record_operation_intent(operation["id"], fence, INTENT)
    check = ask(seller, live(seller, "mercari"), "check")
    assert not store.record_operation_intent(check["id"], claimed(seller, check)["fence"], INTENT)


def test_a_dry_run_has_no_posting_and_can_never_commit_an_intent(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    asked = store.request_dry_run(seller.id, listing, "ebay", 4)
    assert asked["created"]
    assert not store.request_dry_run(seller.id, listing, "ebay", 4)["created"]
    operation = asked["operation"]
    claim = store.claim_operation(operation["id"], "worker", 30)
    assert claim["posting"] is None
    assert claim["listing"]["id"] == listing
    fence = claim["operation"]["fence"]
    assert not store.record_operation_intent(operation["id"], fence, INTENT)
    seller.post("ebay", listing=listing)  # a dry run is in nobody's way
    assert store.finish_operation(operation["id"], fence, {"state": "done", "result": {"fields": []}})["finished"]


def test_cancelling_before_the_press_and_not_after(store: Store, seller: Seller) -> None:
    posting = live(seller)
    operation = ask(seller, posting)
    row = store.cancel_operation(seller.id, operation["id"])
    assert row is not None
    assert row["state"] == "cancelled"
    running = ask(seller, posting)
    fence = claimed(seller, running)["fence"]
    store.cancel_operation(seller.id, running["id"])
    assert store.heartbeat_operation(running["id"], fence, 30) == {"alive": True, "cancel_requested": True}
    assert not store.record_operation_intent(running["id"], fence, INTENT)
    store.finish_operation(running["id"], fence, {"state": "waiting", "again_in": 5})
    assert state(seller, running) == "cancelled"
    late = ask(seller, posting)
    acting(seller, late)
    store.cancel_operation(seller.id, late["id"])
    assert state(seller, late) == "acting"


def test_what_needed_the_seller_goes_on_when_asked_again(store: Store, seller: Seller) -> None:
    posting = live(seller)
    operation = ask(seller, posting)
    fence = acting(seller, operation)
    store.finish_operation(operation["id"], fence, {"state": "action_required"})
    assert ask(seller, posting)["state"] == "uncertain", "its press is unresolved: look first"


def test_no_second_posting_beside_a_relist(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    posting = live(seller, listing=listing)
    delist = ask(seller, posting)
    fence = acting(seller, delist)
    store.finish_operation(delist["id"], fence, {"state": "done", "posting": "delisted"})
    relist = ask(seller, posting, "relist")
    with pytest.raises(StoreRefused) as refused:
        seller.post("ebay", listing=listing)
    assert refused.value.code == "operation_open"
    fence = acting(seller, relist)
    store.finish_operation(relist["id"], fence, {"state": "done", "posting": "live"})
    assert seller.state(posting) == "live"
    assert [p["id"] for p in seller.post("ebay", listing=listing)["existing"]] == [posting]


def test_no_relist_beside_a_newer_posting(seller: Seller) -> None:
    listing = seller.listing()
    posting = live(seller, listing=listing)
    delist = ask(seller, posting)
    fence = acting(seller, delist)
    seller.store.finish_operation(delist["id"], fence, {"state": "done", "posting": "delisted"})
    seller.post("ebay", listing=listing)
    with pytest.raises(StoreRefused) as refused:
        ask(seller, posting, "relist")
    assert refused.value.code == "not_possible"


def test_leases_of_the_dead_are_told_and_released(store: Store, seller: Seller) -> None:
    operation = ask(seller, live(seller))
    store.claim_operation(operation["id"], "host-1:77", 30)
    assert store.held_operations("host-1:") == [{"operation_id": operation["id"], "owner": "host-1:77"}]
    assert not store.release_operation(operation["id"], "host-1:78")
    assert store.release_operation(operation["id"], "host-1:77")
    assert store.due_operations() == [operation["id"]]


def test_photos_are_noted_on_the_live_posting_by_its_own_attempt(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.press(posting)
    store.finish_posting(posting, fence, {**LIVE, "report": {"seconds": 4.2}})
    assert not store.note_photos(posting, fence + 1, {"same": False})
    assert store.note_photos(posting, fence, {"same": True})
    row = store.get_posting(posting)
    assert row is not None
    assert row["report"] == {"seconds": 4.2, "photos": {"same": True}}
