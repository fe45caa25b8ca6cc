"""What is reposted: put back what ended, renew what is older than so many days; a few a day, never what sold. Pure,
but for `make_reposts`, which turns due rules into batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pydantic import Field

from listing_worker.inventory.batches.decide import first_state
from listing_worker.models import Frozen, OperationKind
from listing_worker.storage.batch_calls import DueReposts, RepostCandidate
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store

log = structlog.get_logger(__name__)

EVERY = 900.0  # seconds between two looks at a rule
PER_DAY = 20  # reposts of an account in a day, unless the rule says less


class RepostRule(Frozen):
    """`ended`: put back what was taken down or ran out. `older_than_days`: take down what is older and put it back,
    where the marketplace can put back the very listing. `per_day` caps both."""

    ended: bool = False
    older_than_days: int | None = Field(default=None, ge=7, le=365)
    per_day: int = Field(default=PER_DAY, ge=1, le=100)


def choose(
    rule: RepostRule, candidates: Sequence[RepostCandidate], today: int, *, can_relist: bool
) -> list[tuple[RepostCandidate, str]]:
    """What is begun now, each with its kind: relist or post for what ended, delist for what is old. What was taken
    down to be renewed is always put back; the rest keeps to the day's number, the oldest first. Nothing is taken down
    where the very listing cannot be put back."""
    back = "relist" if can_relist else "post"
    renewing = [each for each in candidates if each["state"] == "delisted" and each["renewing"]]
    ended = [each for each in candidates if each["state"] == "delisted" and not each["renewing"] and rule.ended]
    days = rule.older_than_days if can_relist else None
    old = [each for each in candidates if each["state"] == "live" and days is not None and each["age_days"] > days]
    room = max(0, rule.per_day - today)
    rest = [(each, back) for each in _oldest(ended)] + [(each, "delist") for each in _oldest(old)]
    return [(each, back) for each in renewing] + rest[:room]


def _oldest(found: Sequence[RepostCandidate]) -> list[RepostCandidate]:
    return sorted(found, key=lambda each: -each["age_days"])


def make_reposts(store: Store, can: Callable[[str, OperationKind], bool]) -> int:
    """Batches for all rules that are due; how many were made. Raises StoreUnavailable."""
    return sum(_make(store, due, can) for due in store.take_repost_rules(EVERY))


def _make(store: Store, due: DueReposts, can: Callable[[str, OperationKind], bool]) -> bool:
    rule = RepostRule.model_validate(due["rule"])
    can_relist = can(due["marketplace"], OperationKind.RELIST)
    wanted: list[dict[str, Any]] = [
        {
            "listing_id": each["listing_id"],
            "posting_id": None if kind == "post" else each["posting_id"],
            "marketplace": due["marketplace"],
            "kind": kind,
            "before": {"renewing": each["state"] == "delisted" and each["renewing"]},
        }
        for each, kind in choose(rule, due["candidates"], due["today"], can_relist=can_relist)
    ]
    if not wanted:
        return False
    state = first_state(len(wanted), rehearse=False)
    settings = {"because": "repost"}
    try:
        store.create_batch(due["user_id"], {"title": "Repost", "state": state, "settings": settings}, wanted)
    except StoreRefused as refused:  # a listing was deleted just now: the next look goes without it
        log.warning(f"No reposts this time: {refused.message}", action="repost", marketplace=due["marketplace"])
        return False
    return True
