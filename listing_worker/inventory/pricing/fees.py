"""A marketplace's selling fees as dated data (`agents/<marketplace>/fees.toml`), and what is left of a price. Pure.

Amounts are whole cents. Fees on shipping and tax are not in it: what the page shows at the end is the last word.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Self

from pydantic import Field, model_validator

from listing_worker.models import Frozen

MOST = 100_000_000  # cents


class Tier(Frozen):
    """The fee of prices from `from_cents` on, up to the next tier: a part of the price and a fixed amount, at least
    `least_cents`."""

    from_cents: int = Field(default=0, ge=0)
    percent: float = Field(default=0, ge=0, lt=100)
    fixed_cents: int = Field(default=0, ge=0)
    least_cents: int = Field(default=0, ge=0)

    def fee(self, cents: int) -> int:
        return max(self.least_cents, ceil(round(cents * self.percent / 100, 6))) + self.fixed_cents


class FeeTable(Frozen):
    """Fees as they are since a day. `source`: where that was read, and what it leaves out."""

    since: date
    source: str
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = [tier.from_cents for tier in self.tiers]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("tiers begin at 0 and rise")
        return self

    def fee(self, cents: int) -> int:
        return next(tier for tier in reversed(self.tiers) if tier.from_cents <= cents).fee(cents)

    def net(self, cents: int) -> int:
        """What is left of a price; may be negative for very small ones."""
        return cents - self.fee(cents)

    def price_for(self, net_cents: int) -> int | None:
        """The lowest price that leaves at least this much; None if there is none."""
        ends = [tier.from_cents - 1 for tier in self.tiers[1:]] + [MOST]
        for tier, last in zip(self.tiers, ends, strict=True):
            low, high = max(tier.from_cents, 1), last
            if high - tier.fee(high) < net_cents:
                continue
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if middle - tier.fee(middle) >= net_cents else (middle + 1, high)
            return low
        return None


@cache
def tables_of(marketplace: str) -> tuple[FeeTable, ...]:
    """All that were written down, the oldest first; none for a marketplace without."""
    file = files("listing_worker.agents").joinpath(marketplace, "fees.toml")
    if not file.is_file():
        return ()
    found = [FeeTable.model_validate(each) for each in tomllib.loads(file.read_text(encoding="utf-8"))["fees"]]
    return tuple(sorted(found, key=lambda table: table.since))


def fees_on(marketplace: str, day: date) -> FeeTable | None:
    """The fees as known for a day; None before the first or without any."""
    return next((table for table in reversed(tables_of(marketplace)) if table.since <= day), None)
