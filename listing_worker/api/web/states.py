"""How every state looks and what fixes it: one table, the same on every page.

Words and sentences are in `words.en.toml`; here are the tone (a colour), the icon and the one action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from listing_worker.models import PostingState
from listing_worker.storage import rows

Tone = Literal["good", "busy", "wait", "needs", "bad", "sold", "quiet"]


@dataclass(frozen=True)
class Look:
    """Colour is never the only sign: the icon and the word say the same."""

    tone: Tone
    icon: str


LOOKS: dict[PostingState, Look] = {
    PostingState.QUEUED: Look("wait", "clock"),
    PostingState.WAITING: Look("wait", "hourglass"),
    PostingState.RUNNING: Look("busy", "loader"),
    PostingState.PUBLISHING: Look("busy", "send"),
    PostingState.UNCERTAIN: Look("busy", "search"),
    PostingState.LIVE: Look("good", "circle-check"),
    PostingState.PENDING_REVIEW: Look("wait", "eye"),
    PostingState.ACTION_REQUIRED: Look("needs", "triangle-alert"),
    PostingState.FAILED: Look("bad", "circle-x"),
    PostingState.CANCELLED: Look("quiet", "ban"),
    PostingState.SOLD: Look("sold", "tag"),
    PostingState.DELISTED: Look("quiet", "package-check"),
}

BATCH_LOOKS: dict[str, Look] = {
    "rehearsing": Look("busy", "loader"),
    "rehearsed": Look("needs", "eye"),
    "running": Look("busy", "loader"),
    "paused": Look("needs", "pause"),
    "done": Look("good", "circle-check"),
    "cancelled": Look("quiet", "ban"),
}

# What a row of a batch, or an operation, can be beside the states of a posting.
_ROW_LOOKS: dict[str, Look] = {
    "acting": Look("busy", "send"),
    "done": Look("good", "circle-check"),
    "refused": Look("bad", "circle-x"),
}


def row_look(state: str) -> Look:
    """How a row of a batch looks."""
    return _ROW_LOOKS.get(state) or LOOKS[PostingState(state)]


SESSION_LOOKS: dict[str, Look] = {
    "active": Look("good", "circle-check"),
    "unproven": Look("wait", "clock"),
    "signed_out": Look("needs", "triangle-alert"),
    "expired": Look("needs", "triangle-alert"),
    "missing": Look("quiet", "plug"),
}

JOB_TONES: dict[str, Tone] = {
    "processing": "busy",
    "completed": "good",
    "partial_success": "needs",
    "failed": "bad",
    "cancelled": "quiet",
}

MOVING = tuple(state.value for state in PostingState if not state.settled)
NEEDS_SELLER = (PostingState.ACTION_REQUIRED.value, PostingState.FAILED.value)

# How far along an attempt is when a step begins, in percent. Steps that fill one field come in between.
_STEPS = {
    "prepare": 4,
    "open_browser": 8,
    "sign_in": 16,
    "open_form": 26,
    "fill": 36,
    "read_back": 80,
    "prepare_publish": 88,
    "publish": 94,
    "reconcile": 94,
    "finished": 100,
}
_PER_FIELD = 4
_FILLED = 76


@dataclass(frozen=True)
class Doing:
    """What an attempt reported last: the step, the field it fills, and how far along it is in percent."""

    step: str
    field: str | None
    percent: int
    until: str | None = None  # until when the attempt waits for the seller
    said: str = ""  # what the marketplace asks for


def doing_after(before: Doing | None, event: dict[str, Any]) -> Doing:
    """The next `Doing` from one progress event; a bar never moves back within an attempt."""
    step, _, field = str(event.get("step") or "").partition(" ")
    if step == "needs_you":
        reason = event.get("reason") or {}
        return waiting_for_seller(before, str(event.get("until") or ""), str(reason.get("message") or ""))
    if step == "fill" and field and before is not None:
        percent = min(max(before.percent, _STEPS["fill"]) + _PER_FIELD, _FILLED)
    else:
        percent = _STEPS.get(step, before.percent if before else 0)
    return Doing(step, field or None, percent)


def waiting_for_seller(before: Doing | None, until: str, said: str) -> Doing:
    """The attempt keeps its browser open for the seller."""
    return Doing("needs_you", None, before.percent if before else 0, until, said)


FixKind = Literal["view", "sign_in", "edit", "go_on", "retry"]

_EDIT_CODES = {"invalid", "no_such_word", "refused", "photo_refused", "no_photos"}


def fix_of(posting: rows.PostingRow) -> FixKind | None:
    """The one thing to press for a posting as it stands; None where there is nothing to do but wait."""
    state = PostingState(posting["state"])
    code = posting["reason"]["code"] if posting["reason"] else None
    if state in {PostingState.LIVE, PostingState.PENDING_REVIEW, PostingState.SOLD}:
        return "view" if posting["url"] else None
    if state is PostingState.ACTION_REQUIRED:
        return "sign_in" if code == "sign_in" else "go_on"
    if state is PostingState.FAILED:
        return "edit" if code in _EDIT_CODES else "retry"
    return "retry" if state is PostingState.CANCELLED else None
