"""The at-most-once core (design §4): what every transport promises, whatever dies in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import INTENT, LIVE, OLDEST, PROOF, SIGN_IN, Seller

# ---- claim and lease


def test_sixteen_claims_at_once_have_one_winner(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda n: store.claim_posting(posting, f"worker {n}", 30), range(16)))
    [won] = [claim for claim in claims if claim["claimed"]]
    assert won["posting"]["state"] == "running"
    assert (won["posting"]["fence"], won["posting"]["attempts"]) == (1, 1)
    assert won["listing"]["id"] == won["posting"]["listing_id"]
    assert won["lease_seconds"] == 30
    for lost in claims:
        if lost is not won:
            assert lost["why"] == "leased"
            assert 0 < lost["again_in"] <= 30


def test_claim_says_why_not(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    store.finish_posting(posting, seller.claim(posting)["fence"], {"state": "waiting", "again_in": 60})
    claim = store.claim_posting(posting, "worker", 30)
    assert (claim["claimed"], claim["why"]) == (False, "not_due")
    assert 50 < claim["again_in"] <= 60
    done = seller.posting()
    store.finish_posting(done, seller.claim(done)["fence"], {"state": "failed"})
    assert store.claim_posting(done, "worker", 30) == {"claimed": False, "why": "settled"}


def test_account_is_worked_on_once_at_a_time(store: Store, seller: Seller) -> None:
    first, second, elsewhere = seller.posting("ebay"), seller.posting("ebay"), seller.posting("mercari")
    fence = seller.claim(first)["fence"]
    busy = store.claim_posting(second, "other", 30)
    assert (busy["claimed"], busy["why"]) == (False, "account_busy")
    assert 0 < busy["again_in"] <= 30
    seller.claim(elsewhere)
    seller.claim(Seller(store).posting("ebay"))
    store.finish_posting(first, fence, {"state": "failed"})
    seller.claim(second)


def test_account_is_claimed_once_also_when_all_its_postings_race(store: Store, seller: Seller) -> None:
    postings = [seller.posting() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda p: store.claim_posting(p, "worker", 30), postings))
    assert sum(claim["claimed"] for claim in claims) == 1
    assert {claim["why"] for claim in claims if not claim["claimed"]} == {"account_busy"}


def test_heartbeat_keeps_the_lease_and_cannot_revive_it(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting, lease=30)["fence"]
    assert store.heartbeat(posting, fence, 60) == {"alive": True, "cancel_requested": False}
    assert store.claim_posting(posting, "other", 30)["again_in"] > 30
    assert not store.heartbeat(posting, fence + 1, 60)["alive"]
    seller.die(posting, fence)
    assert not store.heartbeat(posting, fence, 60)["alive"]


def test_dead_attempt_before_intent_is_simply_done_again(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    old = seller.claim(posting)["fence"]
    seller.die(posting, old)
    again = seller.claim(posting)
    assert (again["state"], again["fence"], again["attempts"]) == ("running", old + 1, 2)


# ---- intent


def test_intent_is_committed_once_and_by_its_holder_only(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    assert not store.record_intent(posting, fence + 1, INTENT)
    assert store.record_intent(posting, fence, INTENT)
    assert not store.record_intent(posting, fence, INTENT)  # a lost answer never allows a second press
    row = store.get_posting(posting)
    assert row is not None
    assert row["state"] == "publishing"
    assert row["intent"] == INTENT.model_dump(mode="json")
    assert row["intent_at"] is not None


def test_no_intent_on_a_lease_that_ran_out(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    seller.die(posting, fence)
    assert not store.record_intent(posting, fence, INTENT)


def test_death_after_intent_comes_back_as_uncertain(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    old = seller.press(posting)
    seller.die(posting, old)
    again = seller.claim(posting)
    assert (again["state"], again["fence"]) == ("uncertain", old + 1)
    assert again["intent"] == INTENT.model_dump(mode="json")
    assert not store.record_intent(posting, again["fence"], INTENT)  # looking does not allow pressing
    # The zombie wakes up and can write nothing, not even its success.
    assert not store.heartbeat(posting, old, 30)["alive"]
    assert store.finish_posting(posting, old, LIVE) == {"finished": False, "job_settled": False, "webhooks": []}
    assert store.finish_posting(posting, again["fence"], LIVE)["finished"]
    assert seller.state(posting) == "live"


def test_death_while_looking_is_still_uncertain(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    seller.die(posting, seller.press(posting))
    seller.die(posting, seller.claim(posting)["fence"])
    assert seller.claim(posting)["state"] == "uncertain"


# ---- finish


def test_finish_writes_everything_and_frees_the_account(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    answer = store.finish_posting(posting, seller.press(posting), {**LIVE, "report": {"fields_checked": 12}})
    assert answer == {"finished": True, "job_settled": True, "webhooks": []}
    row = store.get_posting(posting)
    assert row is not None
    assert (row["state"], row["external_id"], row["url"]) == ("live", "x1", "https://marketplace.example/x1")
    assert row["proof"] == PROOF
    assert row["report"] == {"fields_checked": 12}
    assert row["reason"] is None
    assert row["finished_at"] is not None
    job = store.get_job(seller.id, row["job_id"])
    assert job is not None
    assert (job["status"], job["completed_at"] is not None) == ("completed", True)


def test_finish_asked_twice_answers_twice_and_writes_once(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    fence = seller.press(posting)
    first = store.finish_posting(posting, fence, LIVE)
    assert store.finish_posting(posting, fence, LIVE) == first
    assert len(store.list_webhooks(seller.id)) == 1
    assert not store.finish_posting(posting, fence, {"state": "failed"})["finished"]
    assert seller.state(posting) == "live"


def test_stale_finish_writes_nothing(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    old = seller.claim(posting)["fence"]
    seller.die(posting, old)
    new = seller.claim(posting)["fence"]
    before = store.get_posting(posting)
    for outcome in ({"state": "failed"}, {"state": "waiting", "again_in": 1.0}, LIVE):
        assert not store.finish_posting(posting, old, outcome)["finished"]
    assert store.get_posting(posting) == before
    assert store.finish_posting(posting, new, {"state": "failed"})["finished"]


def test_finish_just_after_the_lease_counts_if_nobody_came_in_between(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.press(posting)
    seller.die(posting, fence)
    assert store.finish_posting(posting, fence, LIVE)["finished"]


def test_attempt_can_be_given_back(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    store.finish_posting(posting, seller.claim(posting)["fence"], {"state": "queued", "count_attempt": False})
    assert seller.claim(posting)["attempts"] == 1
    row = store.get_posting(posting)
    assert row is not None
    store.finish_posting(posting, row["fence"], {"state": "waiting", "again_in": 0})
    assert seller.claim(posting)["attempts"] == 2


MOVES = {
    "running": {"queued", "waiting", "action_required", "failed", "cancelled"},
    "publishing": {"live", "pending_review", "uncertain", "action_required", "failed"},
    "uncertain": {"live", "pending_review", "uncertain", "action_required", "failed"},
}
STATES = ("queued", "waiting", "running", "publishing", "uncertain", "live", "pending_review", "action_required",
          "failed", "cancelled", "sold", "delisted", "nonsense", None)  # fmt: skip


@pytest.mark.parametrize("start", MOVES)
def test_only_legal_moves_are_possible(store: Store, start: str) -> None:
    def fresh() -> tuple[str, int]:
        seller = Seller(store)
        posting = seller.posting()
        fence = seller.claim(posting)["fence"]
        if start != "running":
            assert store.record_intent(posting, fence, INTENT)
        if start == "uncertain":
            seller.die(posting, fence)
            fence = seller.claim(posting)["fence"]
        return posting, fence

    posting, fence = fresh()
    for state in STATES:
        outcome: Any = {"state": state, "proof": PROOF}
        if state in MOVES[start]:
            assert store.finish_posting(posting, fence, outcome)["finished"], state
            posting, fence = fresh()
        else:
            with pytest.raises(StoreRefused) as refused:
                store.finish_posting(posting, fence, outcome)
            assert refused.value.code == "illegal_move", state


def test_pressed_posting_is_queued_only_after_a_complete_look(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    seller.die(posting, seller.press(posting))
    fence = seller.claim(posting)["fence"]
    for state in ("queued", "waiting"):
        with pytest.raises(StoreRefused, match="without a complete look"):
            store.finish_posting(posting, fence, {"state": state, "again_in": 1})
    assert store.finish_posting(posting, fence, {"state": "queued", "reconciled": True})["finished"]
    again = seller.claim(posting)
    assert (again["state"], again["intent"]) == ("running", None)


def test_live_needs_a_proof(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.press(posting)
    with pytest.raises(StoreRefused) as refused:
        store.finish_posting(posting, fence, {"state": "live", "external_id": "x1"})
    assert refused.value.code == "proof_missing"


# ---- an unresolved intent outlives everything


@pytest.mark.parametrize("state", ["failed", "action_required"])
def test_retry_after_an_unresolved_press_looks_first(store: Store, seller: Seller, state: str) -> None:
    posting = seller.posting()
    store.finish_posting(posting, seller.press(posting), {"state": state})
    again = store.retry_posting(seller.id, posting)
    assert again is not None
    assert again["state"] == "uncertain"
    assert seller.claim(posting)["state"] == "uncertain"


def test_signing_in_after_an_unresolved_press_looks_first(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    outcome: rows.OutcomeDoc = {"state": "action_required", "reason": SIGN_IN.model_dump()}  # type: ignore[typeddict-item]
    store.finish_posting(posting, seller.press(posting), outcome)
    assert store.requeue_signed_in(seller.id, "ebay") == [posting]
    assert seller.state(posting) == "uncertain"


def test_posting_anew_after_an_unresolved_press_looks_first(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    old = seller.post("ebay", listing=listing)["job"]["postings"][0]["id"]
    store.finish_posting(old, seller.press(old), {"state": "failed"})
    [new] = seller.post("ebay", listing=listing)["job"]["postings"]
    assert new["id"] != old
    assert (new["state"], new["intent"]) == ("uncertain", INTENT.model_dump(mode="json"))


def test_posting_anew_after_a_resolved_press_starts_clean(store: Store, seller: Seller) -> None:
    listing = seller.listing()
    old = seller.post("ebay", listing=listing)["job"]["postings"][0]["id"]
    store.finish_posting(old, seller.press(old), {"state": "failed", "reconciled": True})
    [new] = seller.post("ebay", listing=listing)["job"]["postings"]
    assert (new["state"], new["intent"]) == ("queued", None)


@pytest.mark.parametrize("contract_url", ["psycopg", OLDEST], indirect=True)  # SQL's promise, whatever carries it
@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_events_allows_a_second_press_without_a_look(store: Store, seller: Seller, seed: int) -> None:
    """A walk at random through everything that can happen to one listing on one marketplace."""
    dice = random.Random(seed)
    listing = seller.listing()
    unresolved = False  # an intent was committed and nothing has shown since that it had no effect
    held: list[tuple[str, int]] = []  # every (posting, fence) ever claimed, zombies included
    presses, pressing = 0, False
    for _ in range(200):
        postings = [p["id"] for job in store.list_jobs(seller.id) for p in job["postings"]]
        events = ["post", "claim", "claim", "press", "press", "die", "finish", "retry"]
        event = "press" if pressing else "cancel" if dice.random() < 0.03 else dice.choice(events)
        pressing = False
        if event == "post":
            seller.post("ebay", listing=listing)
        elif event == "claim" and postings:
            posting = dice.choice([*store.due_postings(), *store.due_postings(), dice.choice(postings)])
            claim = store.claim_posting(posting, "worker", 30)
            if claim["claimed"]:
                assert (claim["posting"]["state"] == "uncertain") == unresolved
                held.append((posting, claim["posting"]["fence"]))
                pressing = dice.random() < 0.6
        elif event == "press" and held:
            if store.record_intent(*dice.choice([*[held[-1]] * 6, *held[-3:]]), INTENT):
                assert not unresolved, "pressed twice without a look in between"
                unresolved, presses = True, presses + 1
        elif event == "die" and held:
            store.heartbeat(*held[-1], 0)
        elif event == "finish" and held:
            posting, fence = dice.choice([held[-1], held[-1], *held[-3:]])
            looked = dice.random() < 0.5
            state = dice.choice(["queued", "waiting", "uncertain", "failed", "action_required", "cancelled"])
            try:
                finished = store.finish_posting(
                    posting,
                    fence,
                    {"state": state, "again_in": 0, "reconciled": looked, "report": {"n": dice.random()}},
                )["finished"]
            except StoreRefused as refused:
                assert refused.code == "illegal_move"
                continue
            if finished and looked and state != "uncertain":
                unresolved = False
        elif event == "retry" and postings:
            try:
                store.retry_posting(seller.id, dice.choice(postings))
            except StoreRefused as refused:
                assert refused.code == "not_retryable"
        elif event == "cancel" and postings:
            store.cancel_job(seller.id, store.list_jobs(seller.id)[0]["id"])
        opened = [p for job in store.list_jobs(seller.id) for p in job["postings"]
                  if p["state"] not in ("failed", "cancelled", "delisted")]  # fmt: skip
        assert len(opened) <= 1
    assert presses > 2, presses  # the walk went where it matters


def test_database_itself_refuses_a_second_open_posting(
    execute: Callable[..., Any], store: Store, seller: Seller
) -> None:
    """Even by hand, past all functions."""
    import psycopg

    posting = seller.posting()
    with pytest.raises(psycopg.errors.UniqueViolation, match="one_open_posting"):
        execute(
            "insert into public.listing_automation_results"
            " (job_id, listing_id, user_id, marketplace, max_attempts, state)"
            " select job_id, listing_id, user_id, marketplace, max_attempts, 'queued'"
            " from public.listing_automation_results where id = %s",
            posting,
        )


# ---- the dead, and what a look is told


def test_lease_of_an_owner_known_dead_is_ended(store: Store, seller: Seller) -> None:
    posting, other = seller.posting("ebay"), seller.posting("mercari")
    fence = store.claim_posting(posting, "machine:1:a", 30)["posting"]["fence"]
    store.claim_posting(other, "elsewhere:1:a", 30)
    assert store.held_leases("machine:") == [{"posting_id": posting, "owner": "machine:1:a"}]
    assert not store.release_lease(posting, "machine:2:b")
    assert not store.release_lease("nonsense", "machine:1:a")
    assert store.release_lease(posting, "machine:1:a")
    assert store.held_leases("machine:") == []
    assert store.due_postings() == [posting]
    assert not store.record_intent(posting, fence, INTENT)
    assert seller.claim(posting)["fence"] == fence + 1


def test_look_is_told_the_age_of_the_intent_and_what_is_anothers(store: Store, seller: Seller) -> None:
    first, second = seller.posting(), seller.posting()
    claim = store.claim_posting(first, "worker", 30)
    assert (claim["intent_age"], claim["taken_ids"]) == (None, None)
    store.record_intent(first, claim["posting"]["fence"], INTENT)
    store.finish_posting(first, claim["posting"]["fence"], LIVE)
    seller.die(second, seller.press(second))
    looking = store.claim_posting(second, "worker", 30)
    assert looking["intent_age"] is not None
    assert 0 <= looking["intent_age"] < 60
    assert looking["taken_ids"] == ["x1"]


# ---- due


def test_due_is_what_somebody_should_claim_now(store: Store, seller: Seller) -> None:
    sellers = [Seller(store) for _ in range(7)]
    queued, waiting, later, running, dead, pressed, done = (s.posting() for s in sellers)
    store.finish_posting(waiting, sellers[1].claim(waiting)["fence"], {"state": "waiting", "again_in": 0})
    store.finish_posting(later, sellers[2].claim(later)["fence"], {"state": "waiting", "again_in": 60})
    sellers[3].claim(running)
    sellers[4].die(dead, sellers[4].claim(dead)["fence"])
    sellers[5].die(pressed, sellers[5].press(pressed))
    store.finish_posting(done, sellers[6].press(done), LIVE)
    assert store.due_postings() == [queued, waiting, dead, pressed]  # oldest due first
    assert store.due_postings(limit=2) == [queued, waiting]


def test_one_sellers_hundred_postings_do_not_hide_anothers_one(store: Store, seller: Seller) -> None:
    mine = [seller.posting() for _ in range(5)]
    theirs = Seller(store).posting()
    assert store.due_postings(limit=2) == [mine[0], theirs]
    fence = seller.claim(mine[0])["fence"]
    assert store.due_postings() == [theirs]  # nothing of a busy account can be claimed
    store.finish_posting(mine[0], fence, {"state": "failed"})
    assert store.due_postings() == [mine[1], theirs]


# ---- settling


def test_two_last_finishes_at_once_settle_the_job_once(store: Store, seller: Seller) -> None:
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    for _ in range(4):
        postings = [p["id"] for p in seller.post("ebay", "mercari", "poshmark")["job"]["postings"]]
        fences = [seller.claim(p)["fence"] for p in postings]
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda p, f: store.finish_posting(p, f, {"state": "failed"}), postings, fences))
        assert sum(answer["job_settled"] for answer in answers) == 1
        assert sum(len(answer["webhooks"]) for answer in answers) == 1
