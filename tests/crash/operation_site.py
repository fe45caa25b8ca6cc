"""A simulated marketplace with one live listing, and the record of what was done to it: the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field

from listing_worker.agents.base import Effect, Standing
from listing_worker.errors import PageTimeout
from listing_worker.models import ListingStatus, OperationKind
from tests.crash.clocked import SimulatedClock
from tests.crash.operation_schedule import OperationSchedule

PRICE = 10_000  # cents, as posted
_THERE = {ListingStatus.ACTIVE}


@dataclass(frozen=True)
class Change:
    """A press that took effect, `at` the simulated second."""

    operation: str
    kind: OperationKind
    cents: int
    at: float


@dataclass
class OperationSite:
    """Does what arrives, once or as often as it arrives; its pages may lag behind. `wrong` collects what should never
    have arrived."""

    clock: SimulatedClock
    schedule: OperationSchedule
    changes: list[Change] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    presses: int = 0
    looks: int = 0

    # ---- what a worker meets ----

    def press(self, operation: str, kind: OperationKind, cents: int, *, looked_at: float) -> str:
        """How it is answered (PRESSES). `looked_at`: when this attempt saw how the listing stands."""
        said = self.schedule.presses[self.presses] if self.presses < len(self.schedule.presses) else "ok"
        self.presses += 1
        if any(change.operation == operation for change in self.changes):
            self.wrong.append(f"acted twice: {kind.value}")
        status, _ = self.truth()
        if status is ListingStatus.SOLD and self.schedule.sold_at is not None and self.schedule.sold_at < looked_at:
            self.wrong.append(f"pressed {kind.value} on what was seen sold")
        wanted = ListingStatus.DELISTED if kind is OperationKind.RELIST else ListingStatus.ACTIVE
        if status is not wanted:
            return "refused_before"
        if said in {"error_before", "refused_before", "ignored", "refused"}:
            return said
        self.changes.append(Change(operation, kind, cents, self.clock.now + self.schedule.network))
        return said

    def look(self) -> Standing:
        """What its pages show. Raises PageTimeout when they do not come."""
        said = self.schedule.looks[self.looks] if self.looks < len(self.schedule.looks) else "ok"
        self.looks += 1
        if said == "down":
            raise PageTimeout("The page did not come.")
        status, cents = self._at(self.clock.now, self.schedule.lag)
        if said == "unknown":
            status = ListingStatus.UNKNOWN
        return Standing(status, "x1", "https://mart/x1", "its page", price_cents=cents)

    def in_effect(self, kind: OperationKind, cents: int) -> Effect:
        """As an agent tells it (agents/after/live.py)."""
        standing = self.look()
        if standing.status is ListingStatus.UNKNOWN:
            return Effect(None, standing)
        return Effect(holds(kind, standing.status, standing.price_cents == cents), standing)

    # ---- the truth ----

    def truth(self) -> tuple[ListingStatus, int]:
        """Status and price just now."""
        return self._at(self.clock.now, 0.0)

    def _at(self, now: float, lag: float) -> tuple[ListingStatus, int]:
        status, cents = ListingStatus.ACTIVE, PRICE
        sold_at = self.schedule.sold_at
        for change in [*sorted(self.changes, key=lambda each: each.at), None]:
            at = change.at + lag if change is not None else now
            if sold_at is not None and sold_at <= min(at, now) and status is ListingStatus.ACTIVE:
                status = ListingStatus.SOLD
            if change is None or at > now:
                break
            if change.kind is OperationKind.DELIST and status is ListingStatus.ACTIVE:
                status = ListingStatus.DELISTED
            elif change.kind is OperationKind.RELIST and status is ListingStatus.DELISTED:
                status = ListingStatus.ACTIVE
                sold_at = None  # whoever wanted it then has gone
            elif change.kind is OperationKind.CHANGE_PRICE:
                cents = change.cents
        return status, cents


def holds(kind: OperationKind, status: ListingStatus, same_price: bool) -> bool:
    """Whether a listing that stands so is as this operation wants it."""
    if kind is OperationKind.DELIST:
        return status not in _THERE
    if kind is OperationKind.RELIST:
        return status in _THERE
    return status in _THERE and same_price
