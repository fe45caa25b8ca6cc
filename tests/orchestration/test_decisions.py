"""From an error to what happens next, as a table."""

from __future__ import annotations

import pytest

from listing_worker.agents.base import Looked, Sighting
from listing_worker.errors import (
    AccountRestricted,
    BrowserCrashed,
    Cancelled,
    ChallengeShown,
    ConfigurationError,
    Draining,
    FieldNotFound,
    LeaseLost,
    ListingInvalid,
    ListingWorkerError,
    OptionNotFound,
    PageTimeout,
    PublishRefused,
    PublishUncertain,
    RateLimited,
    ReadBackDiffers,
    SessionUnreadable,
    SignInRequired,
    SiteUnavailable,
    VocabularyGap,
)
from listing_worker.models import FieldReport, PostingState
from listing_worker.orchestration.decisions import Decision, RetryRule, decide, decide_reconciled
from listing_worker.storage.errors import StoreUnavailable

RULE = RetryRule(retries=3, base=2)
DIFFERS = ReadBackDiffers([FieldReport(field="title", meant="a", on_form="b", same=False)])


def decided(error: BaseException, *, attempts: int = 1, committed: bool = False, draw: float = 0.5) -> Decision:
    return decide(error, attempts=attempts, intent_committed=committed, settle_seconds=20, rule=RULE, draw=draw)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ListingInvalid("too long", field="title"), PostingState.FAILED),
        (VocabularyGap("no such colour", field="colors"), PostingState.FAILED),
        (PublishRefused("the form said no"), PostingState.FAILED),
        (FieldNotFound("title"), PostingState.FAILED),
        (OptionNotFound("M"), PostingState.FAILED),
        (DIFFERS, PostingState.FAILED),
        (ConfigurationError("no browser"), PostingState.FAILED),
        (SignInRequired.to("eBay"), PostingState.ACTION_REQUIRED),
        (ChallengeShown("a code"), PostingState.ACTION_REQUIRED),
        (AccountRestricted("limited"), PostingState.ACTION_REQUIRED),
        (SessionUnreadable("does not open"), PostingState.ACTION_REQUIRED),
        (PageTimeout("slow"), PostingState.WAITING),
        (SiteUnavailable("503"), PostingState.WAITING),
        (RateLimited("429"), PostingState.WAITING),
        (BrowserCrashed("gone"), PostingState.WAITING),
        (StoreUnavailable("away"), PostingState.WAITING),
        (ValueError("a bug"), PostingState.WAITING),
        (Draining("stopping"), PostingState.QUEUED),
        (Cancelled("by you"), PostingState.CANCELLED),
    ],
)
def test_before_the_intent_every_error_has_its_own_end(error: BaseException, state: PostingState) -> None:
    assert decided(error).state is state


@pytest.mark.parametrize(
    "error",
    [
        PublishUncertain("no answer"),
        PageTimeout("slow"),
        BrowserCrashed("gone"),
        SignInRequired.to("x"),
        KeyError("bug"),
    ],
)
def test_after_the_intent_anything_without_proof_is_uncertain_and_never_retried_blindly(error: BaseException) -> None:
    decision = decided(error, committed=True)
    assert decision.state is PostingState.UNCERTAIN
    assert decision.again_in == 20


def test_a_form_that_refused_without_sending_anything_fails_at_once() -> None:
    assert decided(PublishRefused("no size"), committed=True).state is PostingState.FAILED


def test_a_refusal_by_the_sites_answer_is_looked_at_before_it_counts() -> None:
    decision = decided(PublishRefused("no size", sent=True), committed=True)
    assert decision.state is PostingState.UNCERTAIN
    assert decision.reason is not None
    looked = decide_reconciled(
        Looked((), complete=True),
        display_name="Mart",
        intent_age=30,
        settle_seconds=20,
        attempts=2,
        rule=RULE,
        refusal=decision.reason,
    )
    assert looked.state is PostingState.FAILED
    assert looked.reason == decision.reason


@pytest.mark.parametrize(
    ("error", "attempts", "state"),
    [
        (SignInRequired.to("x"), 1, PostingState.ACTION_REQUIRED),
        (ChallengeShown("x"), 1, PostingState.ACTION_REQUIRED),
        (PageTimeout("x"), 1, PostingState.UNCERTAIN),
        (KeyError("bug"), 1, PostingState.UNCERTAIN),
        (Draining("x"), 4, PostingState.UNCERTAIN),
        (PageTimeout("x"), 4, PostingState.ACTION_REQUIRED),
        (FieldNotFound("x"), 4, PostingState.ACTION_REQUIRED),
    ],
)
def test_a_look_that_fails_never_leads_to_another_press(
    error: BaseException, attempts: int, state: PostingState
) -> None:
    decision = decide(
        error, attempts=attempts, intent_committed=False, settle_seconds=20, rule=RULE, reconciling=True, draw=0.5
    )
    assert decision.state is state


def test_a_lost_lease_writes_nothing() -> None:
    assert not decided(LeaseLost("gone")).write
    assert not decided(LeaseLost("gone"), committed=True).write


def test_waits_grow_by_the_base_and_stay_within_the_jitter() -> None:
    for attempts, middle in ((1, 2), (2, 4), (3, 8)):
        low, high = (
            decided(PageTimeout("x"), attempts=attempts, draw=0),
            decided(PageTimeout("x"), attempts=attempts, draw=0.999),
        )
        assert low.again_in == pytest.approx(middle * 0.75)
        assert high.again_in == pytest.approx(middle * 1.25, rel=0.01)


def test_a_retry_after_is_honoured() -> None:
    assert decided(RateLimited("slow down", seconds=120)).again_in == 120


def test_after_the_last_retry_the_posting_fails_with_the_reason_and_an_action() -> None:
    decision = decided(PageTimeout("The page did not answer."), attempts=4)
    assert decision.state is PostingState.FAILED
    assert decision.reason is not None
    assert decision.reason.message == "Gave up after 4 tries. The page did not answer."
    assert decision.reason.action == "Try again"


def test_draining_gives_the_attempt_back() -> None:
    assert not decided(Draining("stopping")).count_attempt


def test_every_error_that_reaches_a_seller_has_an_action() -> None:
    for error in (ListingInvalid("x"), PublishRefused("x"), SignInRequired.to("eBay"), SessionUnreadable("x")):
        reason = decided(error).reason
        assert reason is not None
        assert reason.action, error


def test_an_unknown_error_tells_the_seller_nothing_of_its_insides() -> None:
    reason = decided(ListingWorkerError("fine")).reason
    assert reason is not None
    secret = decided(RuntimeError("password=hunter2")).reason
    assert secret is not None
    assert "hunter2" not in secret.message


SEEN = Sighting("1", "https://example.com/1", "A dress")


def reconciled(looked: Looked, *, age: float, attempts: int = 1) -> Decision:
    return decide_reconciled(
        looked, display_name="Mart", intent_age=age, settle_seconds=20, attempts=attempts, rule=RULE
    )


def test_one_match_is_live_whatever_the_age() -> None:
    assert reconciled(Looked((SEEN,), complete=False), age=1).state is PostingState.LIVE


def test_nothing_found_before_the_settle_time_means_look_again_later() -> None:
    decision = reconciled(Looked((), complete=True), age=5)
    assert decision.state is PostingState.UNCERTAIN
    assert decision.again_in == pytest.approx(15.5)
    assert not decision.count_attempt


def test_nothing_found_after_the_settle_time_on_a_complete_look_may_be_pressed_again() -> None:
    assert reconciled(Looked((), complete=True), age=21).state is PostingState.QUEUED


def test_nothing_found_on_an_incomplete_look_is_no_evidence_and_asks_in_the_end() -> None:
    assert reconciled(Looked((), complete=False), age=1000).state is PostingState.UNCERTAIN
    last = reconciled(Looked((), complete=False, seen="The page was cut."), age=1000, attempts=4)
    assert last.state is PostingState.ACTION_REQUIRED


def test_two_matches_are_the_sellers_to_decide() -> None:
    decision = reconciled(Looked((SEEN, SEEN), complete=True), age=1000)
    assert decision.state is PostingState.ACTION_REQUIRED
    assert decision.reason is not None
    assert "https://example.com/1" in decision.reason.message
