"""From the evidence about one listing to what is done: which postings are sold, which are taken down. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listing_worker.inventory.evidence import Signal, sold_units
from listing_worker.models import PostingState

ON_SALE = {PostingState.LIVE, PostingState.PENDING_REVIEW}


@dataclass(frozen=True)
class Stand:
    """One posting of a listing."""

    posting_id: str
    marketplace: str
    state: PostingState


@dataclass(frozen=True)
class Verdict:
    """`sold`: postings to mark. `take_down`: postings to delist. `ask`: postings the seller must take down, because
    nothing is done by itself there. `oversold`: units sold beyond what there was."""

    sold: tuple[str, ...] = ()
    take_down: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    left: int = 0
    oversold: int = 0


def judge(postings: Sequence[Stand], signals: Iterable[Signal], *, quantity: int, opted_in: frozenset[str]) -> Verdict:
    """What follows for one listing. With units left, everything else stays on sale."""
    units = sold_units(signals)
    total = sum(units.values())
    left = quantity - total
    sold = [one.posting_id for one in postings if units.get(one.posting_id) and one.state is not PostingState.SOLD]
    if quantity > 1 and left > 0:
        sold = []  # the same listing goes on selling there
    if total == 0 or left > 0:
        return Verdict(sold=tuple(sold), left=max(left, 0))
    others = [one for one in postings if one.state in ON_SALE and not units.get(one.posting_id)]
    return Verdict(
        sold=tuple(sold),
        take_down=tuple(one.posting_id for one in others if one.marketplace in opted_in),
        ask=tuple(one.posting_id for one in others if one.marketplace not in opted_in),
        left=0,
        oversold=max(0, -left),
    )
