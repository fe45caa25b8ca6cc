"""What one look at an account's lists leads to: signals stored, sales settled, or the circuit breaker pulled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from listing_worker.inventory.evidence import Reading, Seen, Sign, breaker, read_lists
from listing_worker.inventory.settle import settle
from listing_worker.storage.inventory_calls import WatchClaim
from listing_worker.storage.store import Store

GO_ON = "Look at the marketplace, then say go on"


@dataclass(frozen=True)
class Concluded:
    """`outcome` is stored with the watch; `delists` are operations that should run now."""

    outcome: dict[str, Any]
    delists: tuple[str, ...] = ()


def live_ids(claim: WatchClaim) -> list[tuple[str, str]]:
    """Posting id and the marketplace's id of all that is live by our knowledge."""
    return [(row["id"], row["external_id"]) for row in claim["postings"] if row["external_id"]]


def _name(sign: Sign) -> str:
    """How a sign is told from others in the database."""
    return f"{sign.posting_id} {sign.kind.value}"


def conclude(
    store: Store, claim: WatchClaim, active: Seen, sold: Seen, *, site: str, more: Sequence[Sign] = ()
) -> Concluded:
    """`more`: signs from elsewhere than the two lists. The breaker looks at news only: what is on record, or what the
    seller let pass with "go on", does not pull it again. Raises StoreUnavailable; safe to repeat, as every step is."""
    live = live_ids(claim)
    listing_of = {row["id"]: row["listing_id"] for row in claim["postings"]}
    reading = read_lists(live, active, sold, site=site)
    reading = Reading((*reading.signs, *more), reading.alive)
    known = set(claim.get("known") or ())
    news = [sign for sign in reading.signs if _name(sign) not in known]
    outcome: dict[str, Any] = {
        "looked": True,
        "live": len(live),
        "alive": len(reading.alive),
        "signs": len(news),
        "complete": active.complete,
    }
    if claim.get("stopped"):
        return Concluded(outcome)
    why = breaker(Reading(tuple(news), reading.alive), len(live))
    if why is not None:
        stopped = {"code": "many_at_once", "message": f"{site}: {why}", "action": GO_ON}
        return Concluded({**outcome, "stopped": {**stopped, "signs": [_name(sign) for sign in news]}})
    for sign in reading.signs:
        store.record_signal(
            sign.posting_id, sign.kind.value, certain=sign.kind.certain, reference=sign.reference, detail=sign.detail
        )
    if refuted := sorted(set(reading.alive) & set(claim["weak"])):
        store.drop_weak_signals(refuted)
    affected = {listing_of[sign.posting_id] for sign in reading.signs} | set(claim["to_settle"])
    delists: list[str] = []
    for listing_id in sorted(affected):
        settled = settle(store, listing_id)
        delists += settled.delists if settled else ()
    return Concluded({**outcome, "delists": len(delists)}, tuple(delists))
