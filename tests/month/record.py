"""What is on record after a month: sales, what the seller was asked and told, and the figures that come of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from tests.month.world import HOUR, Account, Item

WATCH_SECONDS = 600.0
BOUND = 2 * HOUR  # a sold item that is still on sale after this must be known to the seller


@dataclass
class Sale:
    """A real purchase on a site."""

    listing: str
    site: str
    at: float


@dataclass
class Question:
    """The seller was asked about an account (`posting` is empty) or a posting, and until when that stood."""

    site: str
    posting: str
    code: str
    at: float
    until: float = float("inf")


@dataclass
class Month:
    """Everything that happened, and what the judge says."""

    watches: int = 0
    looks_refused: int = 0
    breaker_pulls: int = 0
    delists: int = 0
    delist_failures: int = 0
    relisted: int = 0
    sales: int = 0
    double_sales: int = 0
    delisted_wrongly: int = 0
    still_live: int = 0
    escalated: int = 0
    told: int = 0
    asked: int = 0
    by_hand: int = 0
    caps_crossed: int = 0
    minutes_to_gone: list[float] = field(default_factory=list)

    def add(self, other: Month) -> None:
        """Another seller's month on top of this one."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        took = sorted(self.minutes_to_gone)
        return {
            **{name: value for name, value in vars(self).items() if name != "minutes_to_gone"},
            "watch_minutes": WATCH_SECONDS / 60,
            "median_minutes_to_gone": round(statistics.median(took), 2) if took else None,
            "worst_minutes_to_gone": round(took[-1], 1) if took else None,
            "gone_everywhere": len(took),
        }


@dataclass
class Record:
    """One seller's month as it really was. `told_at` by listing and site; `looks` by user and site."""

    quantity: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[tuple[Account, Item]]] = field(default_factory=dict)
    sales: dict[str, list[Sale]] = field(default_factory=dict)
    told_at: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    looks: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def answered(self, site: str, code: str, now: float) -> None:
        """What was asked about the account does not stand any more."""
        for question in self.questions:
            if (question.site, question.code) == (site, code):
                question.until = min(question.until, now)
