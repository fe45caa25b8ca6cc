"""The tables of operations/decisions.py, read aloud."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.base import Effect, Standing
from listing_worker.errors import (
    Cancelled,
    Draining,
    FormChanged,
    LeaseLost,
    PageTimeout,
    PublishRefused,
    PublishUncertain,
    SignInRequired,
)
from listing_worker.models import ListingStatus, OperationKind, OperationState, PostingState, Reason
from listing_worker.orchestration.decisions import RetryRule
from listing_worker.orchestration.operations.decisions import (
    Ending,
    Start,
    after_error,
    after_look,
    begin,
    done,
    not_possible,
    posting_state,
)

K, S = OperationKind, ListingStatus
RULE = RetryRule(retries=3, base=2)


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        (K.DELIST, "act act done done done look_again"),
        (K.CHANGE_PRICE, "act act failed failed failed look_again"),
        (K.EDIT, "act act failed failed failed look_again"),
        (K.RELIST, "done done failed act failed look_again"),
        (K.CHECK, "done done done done done done"),
    ],
)
def test_what_is_begun_by_how_the_listing_stands(kind: OperationKind, starts: str) -> None:
    order = (S.ACTIVE, S.PENDING, S.SOLD, S.DELISTED, S.GONE, S.UNKNOWN)
    assert [begin(kind, status) for status in order] == [Start(word) for word in starts.split()]


def test_what_is_seen_becomes_the_postings_state_but_never_by_a_mere_look() -> None:
    assert posting_state(K.DELIST, S.GONE) is PostingState.DELISTED
    assert posting_state(K.DELIST, S.SOLD) is PostingState.SOLD
    assert posting_state(K.RELIST, S.ACTIVE) is PostingState.LIVE
    assert posting_state(K.CHANGE_PRICE, S.ACTIVE) is None
    assert all(posting_state(kind, S.UNKNOWN) is None for kind in K)
    assert all(posting_state(K.CHECK, status) is None for status in S)


def standing(status: ListingStatus) -> Standing:
    return Standing(status, "x1", "https://market.example/x1", "its own page")


def looked(holds: bool | None, status: ListingStatus = S.ACTIVE, **options: Any) -> Ending:
    settings = {"intent_age": 30.0, "settle_seconds": 20.0, "attempts": 1, **options}
    return after_look(K.DELIST, Effect(holds, standing(status)), display_name="eBay", rule=RULE, **settings)


def test_in_effect_is_done() -> None:
    assert looked(True, S.DELISTED) == Ending(OperationState.DONE, posting=PostingState.DELISTED)
    assert looked(True, S.SOLD).posting is PostingState.SOLD


def test_surely_not_in_effect_is_done_again_only_after_the_settle_time() -> None:
    assert looked(False) == Ending(OperationState.QUEUED, again_in=0.0, reconciled=True)
    early = looked(False, intent_age=5.0)
    assert (early.state, early.again_in, early.reconciled) == (OperationState.UNCERTAIN, 15.5, False)


def test_what_cannot_be_told_is_looked_at_again_and_in_the_end_asked() -> None:
    assert looked(None).state is OperationState.UNCERTAIN
    last = looked(None, attempts=4)
    assert last.state is OperationState.ACTION_REQUIRED
    assert last.reason is not None
    assert last.reason.code == "confirm"


def test_a_refusal_counts_once_it_is_seen_that_nothing_happened() -> None:
    refusal = Reason(code="refused", message="Not with an offer.")
    assert looked(False, refusal=refusal) == Ending(OperationState.FAILED, refusal, reconciled=True)
    early = looked(False, refusal=refusal, intent_age=5.0)
    assert (early.state, early.reason) == (OperationState.UNCERTAIN, refusal), "a site may do late what it refused"
    assert looked(None, refusal=refusal).state is OperationState.UNCERTAIN
    assert looked(True, S.DELISTED, refusal=refusal).state is OperationState.DONE


@pytest.mark.parametrize("kind", [K.CHANGE_PRICE, K.EDIT, K.RELIST])
def test_what_was_pressed_and_sold_meanwhile_never_waits_to_be_done_again(kind: OperationKind) -> None:
    """Waiting again it could be cancelled, which says that nothing was done; and a sold page does not prove that."""

    def seen(status: ListingStatus, age: float, refusal: Reason | None = None) -> Ending:
        effect = Effect(False, standing(status))
        return after_look(
            kind, effect, display_name="eBay", intent_age=age, settle_seconds=20, attempts=1, rule=RULE, refusal=refusal
        )

    for refusal in (None, Reason(code="refused", message="Not with an offer.")):
        sold = seen(S.SOLD, 30, refusal)
        assert (sold.state, sold.posting, sold.reconciled) == (OperationState.FAILED, PostingState.SOLD, True)
        assert sold.reason is not None
        assert (sold.reason.code, sold.reason.action) == ("sold", "Nothing to do")
        assert "The change may have been made before" in sold.reason.message
    assert seen(S.SOLD, 5).state is OperationState.UNCERTAIN, "a late effect may still show"
    gone = seen(S.GONE, 30)
    assert gone.reason is not None
    assert (gone.state, gone.reason.code) == (OperationState.FAILED, "not_live")


def test_it_is_not_tried_for_ever() -> None:
    last = looked(False, attempts=4)
    assert (last.state, last.reconciled) == (OperationState.FAILED, True)
    assert last.reason is not None
    assert last.reason.action == "Do it by hand on eBay"


def ended(error: BaseException, *, committed: bool = False, reconciling: bool = False, attempts: int = 1) -> Ending:
    return after_error(
        K.DELIST,
        error,
        display_name="eBay",
        attempts=attempts,
        intent_committed=committed,
        reconciling=reconciling,
        settle_seconds=20,
        rule=RULE,
        draw=0.5,
    )


def test_before_the_intent_an_error_ends_as_for_postings() -> None:
    assert ended(PageTimeout("slow")).state is OperationState.WAITING
    assert ended(PageTimeout("slow"), attempts=4).state is OperationState.FAILED
    assert ended(SignInRequired.to("eBay")).state is OperationState.ACTION_REQUIRED
    assert ended(FormChanged("moved")).state is OperationState.FAILED
    assert ended(Draining("stop")) == Ending(OperationState.QUEUED, again_in=0.0, count_attempt=False)
    assert ended(Cancelled("no")).state is OperationState.CANCELLED
    assert ended(ValueError("?")).state is OperationState.WAITING


def test_after_the_intent_nothing_but_a_certain_refusal_is_not_looked_at() -> None:
    for error in (PublishUncertain("?"), PageTimeout("slow"), ValueError("?"), FormChanged("moved"), Draining("stop")):
        ending = ended(error, committed=True)
        assert (ending.state, ending.again_in, ending.reconciled) == (OperationState.UNCERTAIN, 20, False)
    assert ended(PublishRefused("form"), committed=True) == Ending(
        OperationState.FAILED, PublishRefused("form").reason, reconciled=True
    )
    assert ended(PublishRefused("site", sent=True), committed=True).state is OperationState.UNCERTAIN


def test_a_look_that_fails_changes_nothing() -> None:
    assert ended(PageTimeout("slow"), reconciling=True).state is OperationState.UNCERTAIN
    assert ended(PageTimeout("slow"), reconciling=True, attempts=4).state is OperationState.ACTION_REQUIRED
    assert ended(SignInRequired.to("eBay"), reconciling=True).state is OperationState.ACTION_REQUIRED


def test_a_lost_lease_writes_nothing() -> None:
    assert not ended(LeaseLost("gone"), committed=True).write
    assert not ended(LeaseLost("gone")).write


def test_what_cannot_be_done_says_how_it_stands() -> None:
    sold = not_possible(K.CHANGE_PRICE, standing(S.SOLD), "eBay")
    assert (sold.state, sold.posting) == (OperationState.FAILED, PostingState.SOLD)
    assert sold.reason is not None
    assert sold.reason.code == "sold"
    assert "on eBay it is sold" in sold.reason.message
    assert done(K.DELIST, standing(S.GONE)).posting is PostingState.DELISTED
