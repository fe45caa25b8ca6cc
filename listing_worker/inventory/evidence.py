"""Evidence of sales: what a look at the seller's own lists says about each live posting. Pure.

A signal is evidence, with time and source. Absence is never evidence by itself: it counts only from a list that was
proven signed in and complete, and even then as the weakest kind, which needs another, independent one beside it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """Where a sign of a sale came from."""

    ORDER = "order"  # an order names the item
    SOLD_LIST = "sold_list"  # the seller's own list of sold items names it
    SOLD_PAGE = "sold_page"  # its public page says sold
    MISSING = "missing"  # it is not in the complete list of active items any more
    TOLD = "told"  # the seller, or the seller's app, says so
    MAIL = "mail"  # a sale mail whose item could be matched: weak, unless it is genuine and names the number

    @property
    def certain(self) -> bool:
        """Enough alone."""
        return self in {SignalKind.ORDER, SignalKind.SOLD_LIST, SignalKind.TOLD}


@dataclass(frozen=True)
class Seen:
    """One of the seller's lists, as it was read: ids there, and whether that is proven to be all of them."""

    ids: frozenset[str]
    complete: bool


@dataclass(frozen=True)
class Sign:
    """What one look says about one posting."""

    posting_id: str
    kind: SignalKind
    detail: str
    reference: str = ""  # the order's number: the same order counts once


@dataclass(frozen=True)
class Reading:
    """What follows from one look: new signs, and the postings that were seen alive."""

    signs: tuple[Sign, ...]
    alive: tuple[str, ...]


def read_lists(live: Sequence[tuple[str, str]], active: Seen, sold: Seen, *, site: str) -> Reading:
    """`live`: pairs of posting id and the marketplace's id. An id in both lists says nothing: one of them is late."""
    signs: list[Sign] = []
    alive: list[str] = []
    for posting_id, external_id in live:
        here, gone = external_id in active.ids, external_id in sold.ids
        if here and not gone:
            alive.append(posting_id)
        elif gone and not here:
            signs.append(Sign(posting_id, SignalKind.SOLD_LIST, f"Your sold items on {site} name it."))
        elif not here and not gone and active.complete:
            signs.append(Sign(posting_id, SignalKind.MISSING, f"It is not among your active items on {site} any more."))
    return Reading(tuple(signs), tuple(alive))


def read_orders(
    live: Sequence[tuple[str, str]],
    sales: Iterable[tuple[str, str]],
    active: Seen,
    *,
    ours: Container[str],
    several: Container[str],
    site: str,
) -> tuple[Sign, ...]:
    """`sales`: pairs of order and the marketplace's id. Orders count only for what was posted from here (`ours`): what
    was adopted may have been sold before, unit by unit. Of what is still among the active items, only that of which
    there are `several`; otherwise one of the two pages is late."""
    posting_of = {external_id: posting_id for posting_id, external_id in live}
    signs = []
    for order, external_id in sales:
        posting_id = posting_of.get(external_id)
        if posting_id is None or posting_id not in ours:
            continue
        if external_id not in active.ids or posting_id in several:
            said = f"Order {order} on {site} names it."
            signs.append(Sign(posting_id, SignalKind.ORDER, said, reference=order))
    return tuple(signs)


FEW = 3  # items that may look gone or sold at one look before we ask
SHARE = 0.2  # of what is live, where that is more than a few


def breaker(reading: Reading, live: int) -> str | None:
    """Why nothing may be done by itself after this look; None if it may. Scar: a stale session once made live items
    look gone, and they were taken down in mass."""
    affected = len({sign.posting_id for sign in reading.signs})
    if affected <= max(FEW, int(live * SHARE)):
        return None
    kinds = {sign.kind for sign in reading.signs}
    what = "sold" if kinds == {SignalKind.SOLD_LIST} else "gone" if kinds == {SignalKind.MISSING} else "gone or sold"
    return f"{affected} of {live} items look {what} at once. Nothing is taken down until you have looked."


@dataclass(frozen=True)
class Signal:
    """A stored sign."""

    posting_id: str
    kind: SignalKind
    units: int = 1
    certain: bool | None = None  # None: as its kind is; a mail is only certain if it is genuine and names the item

    @property
    def is_certain(self) -> bool:
        """Enough alone."""
        return self.kind.certain if self.certain is None else self.certain


def sold_units(signals: Iterable[Signal]) -> dict[str, int]:
    """Units sold per posting: certain signals count by their units; without one, two independent weak kinds are one."""
    by_posting: dict[str, list[Signal]] = {}
    for signal in signals:
        by_posting.setdefault(signal.posting_id, []).append(signal)
    units: dict[str, int] = {}
    for posting_id, found in by_posting.items():
        by_kind: dict[SignalKind, int] = {}
        for signal in found:
            if signal.is_certain:
                by_kind[signal.kind] = by_kind.get(signal.kind, 0) + signal.units
        if by_kind:  # an order, the sold list and the seller may all tell of the same sale
            units[posting_id] = max(by_kind.values())
        elif len({signal.kind for signal in found}) >= 2:
            units[posting_id] = 1
    return units
