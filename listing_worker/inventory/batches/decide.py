"""What a batch does next, from how its rows stand. Pure.

One row goes first where the seller wants to rehearse, or where there are more than CANARY_FROM; it must go well.
After that a few are open at a time in each account. When too many go wrong, the batch pauses and says so: what is
wrong with one row may be wrong with all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CANARY_FROM = 20
AT_ONCE = 3  # rows of one account that are asked for and not settled
WRONG = 3  # rows that may go wrong before it pauses, or
WRONG_SHARE = 0.2  # this part of those that have settled

_WELL = {"done", "live", "pending_review", "sold"}
_WRONG = {"refused", "failed", "action_required"}
_OVER = _WELL | _WRONG | {"cancelled", "delisted"}


@dataclass(frozen=True)
class Row:
    """A row by its id; `state` as storage.batch_calls.BatchRow has it."""

    id: str
    marketplace: str
    kind: str
    state: str


@dataclass(frozen=True)
class Next:
    """`begin`: rows to ask for now. `to`: the state the batch goes to, None = stays. `reason` for the seller."""

    begin: tuple[str, ...] = ()
    to: str | None = None
    reason: str = ""


def first_state(rows: int, *, rehearse: bool) -> str:
    return "rehearsing" if rehearse or rows > CANARY_FROM else "running"


def next_step(state: str, rows: Sequence[Row], *, rehearse: bool, forgiven: int = 0) -> Next:
    """`rehearse`: the seller wants to say go on after the first; otherwise it goes on by itself. `forgiven`: rows
    that had gone wrong when the seller last said go on."""
    acting = [row for row in rows if row.kind != "by_hand"]
    if state == "rehearsing":
        begun = [row for row in acting if row.state != "waiting"]
        if not begun:
            return Next(begin=tuple(row.id for row in acting[:1])) if acting else Next(to="done")
        if any(row.state not in _OVER for row in begun):
            return Next()
        if any(row.state in _WELL for row in begun):
            if rehearse and len(begun) < len(acting):
                return Next(to="rehearsed", reason="The first one went well. Look at it, then say go on.")
            return Next(to="running")
        return Next(to="paused", reason="The first one did not go well. Nothing else was touched.")
    if state != "running":
        return Next()
    settled = [row for row in acting if row.state in _OVER]
    wrong = sum(row.state in _WRONG for row in settled)
    waiting = [row for row in acting if row.state == "waiting"]
    if waiting and wrong - forgiven > max(WRONG, WRONG_SHARE * len(settled)):
        return Next(to="paused", reason=f"{wrong} of {len(settled)} did not go well. Look at them, then say go on.")
    if not waiting:
        return Next(to="done") if len(settled) == len(acting) else Next()
    open_in = Counter(row.marketplace for row in acting if row.state != "waiting" and row.state not in _OVER)
    begin = []
    for row in waiting:
        if open_in[row.marketplace] < AT_ONCE:
            open_in[row.marketplace] += 1
            begin.append(row.id)
    return Next(begin=tuple(begin))


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows are done, under way, waiting, wrong or left to do by hand."""
    found: Counter[str] = Counter()
    for row in rows:
        if row.kind == "by_hand":
            found["by_hand"] += 1
        elif row.state == "waiting":
            found["waiting"] += 1
        elif row.state in _WELL:
            found["well"] += 1
        elif row.state in _WRONG:
            found["wrong"] += 1
        else:
            found["cancelled" if row.state in _OVER else "under_way"] += 1
    return dict(found)
