"""Carries out what `decide.judge` says about one listing: marks what is sold, asks for delists. Safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from listing_worker.inventory.decide import Stand, Verdict, judge
from listing_worker.inventory.evidence import Signal, SignalKind
from listing_worker.models import OperationKind, PostingState
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store

log = structlog.get_logger(__name__)

DELIST_ATTEMPTS = 8  # more than a posting gets: a sold item must not stay on sale


@dataclass(frozen=True)
class Settled:
    """What was begun: the verdict, and the ids of delists that should run now."""

    verdict: Verdict
    delists: tuple[str, ...] = ()


def settle(store: Store, listing_id: str) -> Settled | None:
    """None if there is no such listing. Raises StoreUnavailable."""
    stock = store.get_stock(listing_id)
    if stock is None:
        return None
    postings = [Stand(row["id"], row["marketplace"], PostingState(row["state"])) for row in stock["postings"]]
    signals = [
        Signal(row["posting_id"], SignalKind(row["kind"]), row["units"], row["certain"]) for row in stock["signals"]
    ]
    verdict = judge(postings, signals, quantity=stock["quantity"], opted_in=frozenset(stock["auto_delist"]))
    for posting_id in verdict.sold:
        store.mark_sold(posting_id)
    asked_already = {row["posting_id"] for row in stock["open"] if row["rests"]}
    delists = []
    for posting_id in verdict.take_down:
        if posting_id in asked_already:
            continue
        try:
            asked = store.request_operation(
                stock["user_id"], posting_id, OperationKind.DELIST.value, {"because": "sold elsewhere"}, DELIST_ATTEMPTS
            )
        except StoreRefused as refused:  # something else is being done there: the next look asks again
            log.warning(f"Could not ask for a delist: {refused.message}", action="settle", posting=posting_id)
            continue
        delists.append(asked["operation"]["id"])
    if verdict.sold or delists:
        log.info("Sold.", action="settle", listing=listing_id, sold=len(verdict.sold), delists=len(delists))
    return Settled(verdict, tuple(delists))
