"""What the same schedules cost with plain retry: a queue that runs the job again when its worker died or it failed.

No ledger, no intent, no look: up to four runs of fill, press, report, as a queue's own retry would do it. The troubles
strike at the same step numbers as with the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.crash.schedule import Schedule

RUNS = 4
STEPS = 7  # of one run before the press, as in play.py
REDELIVERY = 15.0  # a queue gives a silent worker's job to another one after this many seconds


@dataclass(frozen=True)
class PlainVerdict:
    """One posting: listed more than once? reported live by nobody although it is listed? never listed?"""

    twice: bool
    false_failure: bool
    never: bool


def play_plain(schedule: Schedule) -> PlainVerdict:
    """Plays one posting of the schedule."""
    troubles = {trouble.step: trouble for trouble in schedule.troubles}
    deliveries = 1 + len(schedule.duplicates) + int(schedule.double_post)
    step = listed = presses = 0
    reported = False
    for _ in range(RUNS + deliveries - 1):
        if deliveries == 0:
            break
        deliveries -= 1
        died = False
        for _ in range(STEPS):
            step += 1
            trouble = troubles.get(step)
            if trouble is not None and trouble.kind == "freeze":
                deliveries += int(trouble.seconds > REDELIVERY)  # another one starts it; this one goes on when it wakes
            elif trouble is not None:
                died = True
                break
        if died:
            deliveries += 1
            continue
        answer = schedule.presses[presses] if presses < len(schedule.presses) else "ok"
        presses += 1
        if answer in {"refused", "refused_after"}:
            listed += int(answer == "refused_after")
            break
        listed += int(answer != "error_before")
        step += 1
        killed_after = step in troubles and troubles[step].kind != "freeze"
        if answer in {"ok", "late"} and not killed_after:
            reported = True
        else:
            deliveries += 1
    return PlainVerdict(twice=listed > 1, false_failure=listed > 0 and not reported, never=listed == 0)
