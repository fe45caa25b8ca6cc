"""What a seller's postings add up to: by marketplace, by age, by week. Pure; times are UTC, amounts whole cents."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from listing_worker.inventory.pricing.fees import fees_on
from listing_worker.models import PostingState
from listing_worker.storage.inventory_calls import ReportRow

FeeOf = Callable[[str, int, datetime], int | None]
"""What a marketplace keeps of a sale (its name, the price in cents, when); None where that is not known."""

ON_SALE = {"live", "pending_review"}
AGES = ((7, "up to a week"), (30, "up to a month"), (60, "up to two months"), (90, "up to three months"))
OLDER = "older"
WEEKS = 12


@dataclass
class Shop:
    """One marketplace, summed up. `net_cents` is None unless the fees of every sale there are known."""

    marketplace: str
    states: Counter[str] = field(default_factory=Counter)
    on_sale_cents: int = 0
    sold_cents: int = 0
    net_cents: int | None = 0
    days_to_sell: list[float] = field(default_factory=list)
    healed: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def on_sale(self) -> int:
        return sum(self.states[state] for state in ON_SALE)

    @property
    def sold(self) -> int:
        return self.states["sold"]

    @property
    def posted(self) -> int:
        """How many got there, whatever became of them."""
        return self.on_sale + self.sold + self.states["delisted"]

    @property
    def ended(self) -> int:
        """How many tries have an outcome."""
        return self.posted + self.states["failed"]

    @property
    def success(self) -> float | None:
        return self.posted / self.ended if self.ended else None

    @property
    def sell_through(self) -> float | None:
        """Sold, of what was ever on sale there."""
        return self.sold / self.posted if self.posted else None

    @property
    def median_days(self) -> float | None:
        return statistics.median(self.days_to_sell) if self.days_to_sell else None


@dataclass(frozen=True)
class Week:
    """Sales of seven days. `begins` is their first moment."""

    begins: datetime
    sold: int
    cents: int


@dataclass(frozen=True)
class Report:
    """`ages`: how long what is on sale has been so, oldest bucket last. `weeks`: the last ones, oldest first."""

    shops: tuple[Shop, ...]
    ages: tuple[tuple[str, int], ...]
    weeks: tuple[Week, ...]
    items: int

    @property
    def total(self) -> Shop:
        """All marketplaces as one."""
        whole = Shop("")
        for shop in self.shops:
            whole.states += shop.states
            whole.on_sale_cents += shop.on_sale_cents
            whole.sold_cents += shop.sold_cents
            whole.days_to_sell += shop.days_to_sell
            whole.healed += shop.healed
            whole.failures += shop.failures
        known = [shop.net_cents for shop in self.shops if shop.sold]
        whole.net_cents = None if None in known else sum(net or 0 for net in known)
        return whole


def report_of(rows: Sequence[ReportRow], marketplaces: Iterable[str], now: datetime, fee_of: FeeOf) -> Report:
    """`marketplaces`: in the order in which people see them; those without a posting are there, too."""
    shops = {name: Shop(name) for name in marketplaces}
    for row in rows:
        _add(shops.setdefault(row["marketplace"], Shop(row["marketplace"])), row, fee_of)
    return Report(
        shops=tuple(shops.values()),
        ages=_ages(rows, now),
        weeks=_weeks(rows, now),
        items=len({row["listing_id"] for row in rows if row["state"] in ON_SALE}),
    )


def fee_of_a_sale(marketplace: str, cents: int, at: datetime) -> int | None:
    """By the marketplace's own table of that day (pricing/fees.py)."""
    table = fees_on(marketplace, at.date())
    return table.fee(cents) if table else None


def days_between(start: str | None, end: datetime) -> float | None:
    return (end - datetime.fromisoformat(start)).total_seconds() / 86_400 if start else None


def _add(shop: Shop, row: ReportRow, fee_of: FeeOf) -> None:
    state = PostingState(row["state"])
    shop.states[state.value] += 1
    shop.healed += row["healed"]
    if row["state"] in ON_SALE:
        shop.on_sale_cents += row["cents"]
    if row["failed"]:
        shop.failures[row["failed"]] += 1
    if state is PostingState.SOLD and row["sold_at"]:
        sold_at = datetime.fromisoformat(row["sold_at"])
        shop.sold_cents += row["cents"]
        fee = fee_of(row["marketplace"], row["cents"], sold_at)
        shop.net_cents = None if fee is None or shop.net_cents is None else shop.net_cents + row["cents"] - fee
        took = days_between(row["live_at"], sold_at)
        if took is not None:
            shop.days_to_sell.append(max(0.0, took))


def _ages(rows: Sequence[ReportRow], now: datetime) -> tuple[tuple[str, int], ...]:
    """By listing, not by posting: since it was first on sale anywhere."""
    oldest: dict[str, float] = {}
    for row in rows:
        days = days_between(row["live_at"], now)
        if row["state"] in ON_SALE and days is not None:
            oldest[row["listing_id"]] = max(days, oldest.get(row["listing_id"], 0.0))
    counts: Counter[str] = Counter(
        next((name for limit, name in AGES if days <= limit), OLDER) for days in oldest.values()
    )
    return tuple((name, counts[name]) for name in (*(name for _, name in AGES), OLDER))


def _weeks(rows: Sequence[ReportRow], now: datetime) -> tuple[Week, ...]:
    sold = [(datetime.fromisoformat(row["sold_at"]), row["cents"]) for row in rows if row["sold_at"]]
    weeks = []
    for number in range(WEEKS, 0, -1):
        begins, ends = now - timedelta(weeks=number), now - timedelta(weeks=number - 1)
        cents = [amount for at, amount in sold if begins < at <= ends]
        weeks.append(Week(begins, len(cents), sum(cents)))
    return tuple(weeks)
