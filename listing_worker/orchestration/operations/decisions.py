"""What an operation's end means. Pure: no clock, no I/O.

Before acting, by how the listing stands:

| kind               | active, pending | sold            | delisted          | gone              | unknown    |
|--------------------|-----------------|-----------------|-------------------|-------------------|------------|
| delist             | act             | done, sold      | done, delisted    | done, delisted    | look again |
| change_price, edit | act             | failed, sold    | failed, delisted  | failed, delisted  | look again |
| relist             | done, live      | failed, sold    | act               | failed            | look again |

After the press, by what is seen: in effect → done; surely not, after the settle time → again, or failed if the site had
refused; not to be told → look again, and ask the seller in the end. Where the listing meanwhile stands so that this
could not be begun any more (sold, off sale), no look can tell whether the press did anything: failed, and it says just
that. An operation is never pressed twice without a look.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

from listing_worker.agents.base import Effect, Standing
from listing_worker.errors import (
    ActionRequired,
    Cancelled,
    Draining,
    LeaseLost,
    ListingWorkerError,
    PublishRefused,
    RetryLater,
    SessionUnreadable,
)
from listing_worker.models import ListingStatus, OperationKind, OperationState, PostingState, Reason
from listing_worker.orchestration.decisions import RetryRule, decide

_THERE = {ListingStatus.ACTIVE, ListingStatus.PENDING}
_WORDS = {
    OperationKind.DELIST: "taken off sale",
    OperationKind.RELIST: "put back on sale",
    OperationKind.CHANGE_PRICE: "given the new price",
    OperationKind.EDIT: "changed",
    OperationKind.CHECK: "looked at",
    OperationKind.DRY_RUN: "tried",
}


class Start(Enum):
    """What to do once it is seen how the listing stands."""

    ACT = "act"
    DONE = "done"
    FAILED = "failed"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True)
class Ending:
    """What `finish_operation` is told. `posting`: the state in which the posting was seen; None = as it was."""

    state: OperationState
    reason: Reason | None = None
    posting: PostingState | None = None
    again_in: float | None = None
    count_attempt: bool = True
    reconciled: bool = False
    write: bool = True


def begin(kind: OperationKind, status: ListingStatus) -> Start:
    """The first table."""
    if kind is OperationKind.CHECK:
        return Start.DONE
    if status is ListingStatus.UNKNOWN:
        return Start.LOOK_AGAIN
    if kind is OperationKind.DELIST:
        return Start.ACT if status in _THERE else Start.DONE
    if kind is OperationKind.RELIST:
        if status in _THERE:
            return Start.DONE
        return Start.ACT if status is ListingStatus.DELISTED else Start.FAILED
    return Start.ACT if status in _THERE else Start.FAILED


def posting_state(kind: OperationKind, status: ListingStatus) -> PostingState | None:
    """The state a posting is in when its listing was seen so, as far as this kind of operation may say it. A mere check
    says nothing: what follows from it is for others to decide."""
    if kind in {OperationKind.CHECK, OperationKind.DRY_RUN}:
        return None
    if status is ListingStatus.SOLD:
        return PostingState.SOLD
    if status in {ListingStatus.DELISTED, ListingStatus.GONE}:
        return PostingState.DELISTED
    return PostingState.LIVE if kind is OperationKind.RELIST and status in _THERE else None


def not_possible(kind: OperationKind, standing: Standing, display_name: str) -> Ending:
    """The end where the listing does not stand so that it could be changed."""
    message = f"It could not be {_WORDS[kind]}: on {display_name} it is {_stands(standing)}."
    return Ending(OperationState.FAILED, _not_live(standing, message), posting=posting_state(kind, standing.status))


def overtaken(kind: OperationKind, standing: Standing, display_name: str) -> Ending:
    """The end where it was pressed, and the listing came to stand so before the change was seen on it."""
    message = (
        f"Pressed, and before it was seen whether the listing was {_WORDS[kind]}, it was {_stands(standing)} "
        f"on {display_name}. The change may have been made before."
    )
    posting = posting_state(kind, standing.status)
    return Ending(OperationState.FAILED, _not_live(standing, message), posting=posting, reconciled=True)


def _stands(standing: Standing) -> str:
    word = {ListingStatus.SOLD: "sold", ListingStatus.GONE: "not there any more"}.get(standing.status, "off sale")
    return f"{word} ({standing.seen})"


def _not_live(standing: Standing, message: str) -> Reason:
    sold = standing.status is ListingStatus.SOLD
    return Reason(
        code="sold" if sold else "not_live",
        message=message[:500],
        action="Nothing to do" if sold else "Post it anew if you want it there",
    )


def done(kind: OperationKind, standing: Standing) -> Ending:
    return Ending(OperationState.DONE, posting=posting_state(kind, standing.status))


def after_look(
    kind: OperationKind,
    effect: Effect,
    *,
    display_name: str,
    intent_age: float,
    settle_seconds: float,
    attempts: int,
    rule: RetryRule,
    refusal: Reason | None = None,
) -> Ending:
    """The end after looking for the effect of a press. `intent_age`: seconds since the intent; `refusal`: what the site
    answered to that press."""
    if effect.holds:
        return done(kind, effect.standing)
    if effect.holds is None:
        if attempts >= rule.max_attempts:
            return ask(kind, display_name, effect.standing.seen)
        return Ending(OperationState.UNCERTAIN, refusal or looking(kind, display_name), again_in=max(settle_seconds, 5))
    if intent_age < settle_seconds:  # also after a refusal: sites have said no to what they then did
        wait = settle_seconds - intent_age + 0.5
        reason = refusal or looking(kind, display_name)
        return Ending(OperationState.UNCERTAIN, reason, again_in=wait, count_attempt=False)
    if begin(kind, effect.standing.status) is Start.FAILED:  # no proof that nothing happened, so it never waits again
        return overtaken(kind, effect.standing, display_name)
    if refusal is not None:
        return Ending(OperationState.FAILED, refusal, reconciled=True)
    if attempts >= rule.max_attempts:
        return Ending(
            OperationState.FAILED,
            Reason(
                code="no_effect",
                message=f"Tried {attempts} times, and on {display_name} it is still not {_WORDS[kind]}.",
                action=f"Do it by hand on {display_name}",
            ),
            reconciled=True,
        )
    return Ending(OperationState.QUEUED, again_in=0.0, reconciled=True)


def looking(kind: OperationKind, display_name: str) -> Reason:
    return Reason(
        code="uncertain",
        message=f"Pressed on {display_name}, and it is not seen yet that the listing was {_WORDS[kind]}.",
        action="Nothing to do: we look before doing anything else",
    )


def ask(kind: OperationKind, display_name: str, why: str) -> Ending:
    reason = Reason(
        code="confirm",
        message=f"Pressed, and it could not be seen whether the listing was {_WORDS[kind]}. {why}"[:500],
        action=f"Look on {display_name}, then ask for it again or cancel it",
    )
    return Ending(OperationState.ACTION_REQUIRED, reason)


def after_error(
    kind: OperationKind,
    error: BaseException,
    *,
    display_name: str,
    attempts: int,
    intent_committed: bool,
    settle_seconds: float,
    rule: RetryRule,
    reconciling: bool = False,
    draw: float | None = None,
) -> Ending:
    """The end of an attempt that raised. `intent_committed`: by this attempt; `reconciling`: it only looked."""
    if isinstance(error, LeaseLost):
        return Ending(OperationState.UNCERTAIN, write=False)
    if intent_committed:
        if isinstance(error, PublishRefused) and not error.sent:
            return Ending(OperationState.FAILED, error.reason, reconciled=True)
        reason = error.reason if isinstance(error, PublishRefused) else looking(kind, display_name)
        return Ending(OperationState.UNCERTAIN, reason, again_in=settle_seconds)
    if reconciling:
        if isinstance(error, Draining):
            return Ending(OperationState.UNCERTAIN, again_in=0.0, count_attempt=False)
        reason = _reason(error)
        if isinstance(error, ActionRequired | SessionUnreadable):
            return Ending(OperationState.ACTION_REQUIRED, reason)
        if attempts >= rule.max_attempts:
            return ask(kind, display_name, reason.message)
        wish = error.seconds if isinstance(error, RetryLater) else None
        draw = random.random() if draw is None else draw  # noqa: S311 - jitter, not a secret
        return Ending(OperationState.UNCERTAIN, reason, again_in=rule.wait(attempts, wish, draw))
    if isinstance(error, Cancelled):
        reason = Reason(code="cancelled", message="You cancelled this before anything was changed.")
        return Ending(OperationState.CANCELLED, reason)
    before = decide(
        error, attempts=attempts, intent_committed=False, settle_seconds=settle_seconds, rule=rule, draw=draw
    )
    return Ending(
        OperationState(before.state.value), before.reason, again_in=before.again_in, count_attempt=before.count_attempt
    )


def _reason(error: BaseException) -> Reason:
    if isinstance(error, ListingWorkerError):
        return error.reason
    return Reason(code="internal", message=f"An unexpected {type(error).__name__}. It is logged, and we look into it.")
