"""From an error to what happens next. Pure: no clock, no I/O; the table test in tests/orchestration reads like this.

| the attempt ended with                  | intent committed? | decision                                       |
|-----------------------------------------|-------------------|------------------------------------------------|
| proof                                   | yes               | live / pending_review                          |
| PublishRefused, no request was sent     | yes               | failed: the seller edits                       |
| PublishRefused by the site's answer     | yes               | uncertain with that reason: look, then failed  |
| anything else without proof             | yes               | uncertain: reconcile after the settle time     |
| Cancelled                               | no                | cancelled                                      |
| Draining                                | no                | queued again at once, attempt given back       |
| ActionRequired, SessionUnreadable       | no                | action_required: the seller acts               |
| Paced                                   | no                | waiting until its turn; the attempt is given back |
| RetryLater, StoreUnavailable            | no                | waiting, exponential backoff; else failed      |
| ListingInvalid, PublishRefused          | no                | failed: the seller edits                       |
| FormChanged                             | no                | failed: form_changed                           |
| anything unknown                        | no                | waiting once more, then failed: internal       |
| LeaseLost                               | any               | write nothing: somebody else has it            |
| a look that failed: seller must act     | by an earlier one | action_required, the intent stays open         |
| a look that failed otherwise            | by an earlier one | uncertain with backoff, in the end confirm     |
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from listing_worker.agents.base import Looked
from listing_worker.errors import (
    ActionRequired,
    Cancelled,
    ConfigurationError,
    Draining,
    FormChanged,
    LeaseLost,
    ListingWorkerError,
    Paced,
    PublishRefused,
    RetryLater,
    SellerError,
    SessionUnreadable,
)
from listing_worker.models import PostingState, Reason

LONGEST_BACKOFF = 3600.0


@dataclass(frozen=True)
class Decision:
    """What `finish_posting` is told. `again_in` is in seconds; `write` is False when nothing may be written."""

    state: PostingState
    reason: Reason | None = None
    again_in: float | None = None
    count_attempt: bool = True
    write: bool = True


@dataclass(frozen=True)
class RetryRule:
    """`retries` tries after the first; waits of base, base², base³ … seconds, each drawn from ±25 %."""

    retries: int = 3
    base: float = 2.0

    @property
    def max_attempts(self) -> int:
        return self.retries + 1

    def wait(self, attempts: int, wish: float | None, draw: float) -> float:
        """Seconds until the next try after `attempts` tries; `wish` is the site's own Retry-After, honoured as a
        lower bound; `draw` is a random number in [0, 1)."""
        backoff = min(self.base**attempts, LONGEST_BACKOFF) * (0.75 + draw / 2)
        return max(backoff, wish or 0.0)


def decide(
    error: BaseException,
    *,
    attempts: int,
    intent_committed: bool,
    settle_seconds: float,
    rule: RetryRule,
    reconciling: bool = False,
    draw: float | None = None,
) -> Decision:
    """The decision for an attempt that ended with `error`, its `attempts`-th (from 1).

    `intent_committed`: by this attempt, which was going to press. `reconciling`: it only looked for an earlier press.
    """
    draw = random.random() if draw is None else draw  # noqa: S311 - jitter, not a secret
    if isinstance(error, LeaseLost):
        return Decision(PostingState.UNCERTAIN, write=False)
    if reconciling:
        return _look_failed(error, attempts, rule, draw)
    if intent_committed and isinstance(error, PublishRefused):
        if not error.sent:
            return Decision(PostingState.FAILED, reason=error.reason)
        return Decision(PostingState.UNCERTAIN, reason=error.reason, again_in=settle_seconds)
    if intent_committed:
        return Decision(
            PostingState.UNCERTAIN,
            reason=Reason(
                code="uncertain",
                message=f"Pressed publish, and no proof came back yet. {_sentence(error)}"[:500],
                action="Nothing to do: we look for the listing before doing anything else",
            ),
            again_in=settle_seconds,
        )
    if isinstance(error, Cancelled):
        return Decision(PostingState.CANCELLED, reason=error.reason)
    if isinstance(error, Draining):
        return Decision(PostingState.QUEUED, again_in=0.0, count_attempt=False)
    if isinstance(error, Paced):
        return Decision(PostingState.WAITING, _reason(error), again_in=error.seconds, count_attempt=False)
    if isinstance(error, ActionRequired | SessionUnreadable):
        return Decision(PostingState.ACTION_REQUIRED, reason=_reason(error))
    if isinstance(error, SellerError | FormChanged | ConfigurationError):
        return Decision(PostingState.FAILED, reason=_reason(error))
    return _again_or_failed(error, attempts, rule, draw)


def _look_failed(error: BaseException, attempts: int, rule: RetryRule, draw: float) -> Decision:
    """A look that did not come to an end changes nothing: look again, and ask in the end."""
    if isinstance(error, Draining):
        return Decision(PostingState.UNCERTAIN, again_in=0.0, count_attempt=False)
    reason = _reason(error)
    if isinstance(error, ActionRequired | SessionUnreadable):
        return Decision(PostingState.ACTION_REQUIRED, reason=reason)
    if attempts >= rule.max_attempts:
        return _ask(
            f"We pressed publish and could not look whether the listing is there. {reason.message}",
            "Look on the marketplace: if it is not there, retry",
        )
    wish = error.seconds if isinstance(error, RetryLater) else None
    return Decision(PostingState.UNCERTAIN, reason=reason, again_in=rule.wait(attempts, wish, draw))


def decide_reconciled(
    looked: Looked,
    *,
    display_name: str,
    intent_age: float,
    settle_seconds: float,
    attempts: int,
    rule: RetryRule,
    refusal: Reason | None = None,
) -> Decision:
    """The decision after looking for the effect of an earlier press (design §4 rule 6). Never deletes, never guesses.

    `intent_age`: seconds since the intent, by the database's clock. Absence counts only on a complete look, and only
    after the settle time. `refusal`: what the site answered to the press; if nothing is there, that is the end.
    """
    if len(looked.matches) == 1:
        return Decision(PostingState.LIVE)
    if len(looked.matches) > 1:
        found = ", ".join(match.url for match in looked.matches[:3])
        return _ask(f"{len(looked.matches)} listings on {display_name} fit this one: {found}.", "Remove the extra one")
    if not looked.complete:
        if attempts >= rule.max_attempts:
            return _ask(
                f"We pressed publish on {display_name} and could not see all of your listings there. {looked.seen}",
                f"Look on {display_name}: if it is not there, retry",
            )
        reason = refusal or _looking(display_name)
        return Decision(PostingState.UNCERTAIN, reason, again_in=max(settle_seconds, 5.0))
    if intent_age < settle_seconds:
        wait = settle_seconds - intent_age + 0.5
        reason = refusal or _looking(display_name)
        return Decision(PostingState.UNCERTAIN, reason, again_in=wait, count_attempt=False)
    if refusal is not None:
        return Decision(PostingState.FAILED, refusal)
    return Decision(PostingState.QUEUED, again_in=0.0)


def _looking(display_name: str) -> Reason:
    return Reason(
        code="uncertain",
        message=f"Pressed publish on {display_name} without an answer; looking whether the listing is there.",
        action="Nothing to do: we look before doing anything else",
    )


def _ask(message: str, action: str) -> Decision:
    return Decision(PostingState.ACTION_REQUIRED, Reason(code="confirm", message=message[:500], action=action))


def _again_or_failed(error: BaseException, attempts: int, rule: RetryRule, draw: float) -> Decision:
    reason = _reason(error)
    if attempts >= rule.max_attempts:
        gave_up = reason.model_copy(
            update={
                "message": f"Gave up after {attempts} tries. {reason.message}"[:500],
                "action": reason.action or "Try again",
            }
        )
        return Decision(PostingState.FAILED, reason=gave_up)
    wish = error.seconds if isinstance(error, RetryLater) else None
    return Decision(PostingState.WAITING, reason=reason, again_in=rule.wait(attempts, wish, draw))


def _reason(error: BaseException) -> Reason:
    if isinstance(error, ListingWorkerError):
        return error.reason
    return Reason(code="internal", message=f"An unexpected {type(error).__name__}. It is logged, and we look into it.")


def _sentence(error: BaseException) -> str:
    return error.message if isinstance(error, ListingWorkerError) else type(error).__name__
