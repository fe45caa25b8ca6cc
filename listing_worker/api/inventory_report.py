"""What a seller's postings add up to, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from listing_worker.api.auth import User
from listing_worker.api.listing_files import harmless
from listing_worker.api.ports import Resources, Wired
from listing_worker.inventory.analytics import Report, Shop, fee_of_a_sale, report_of
from listing_worker.storage.inventory_calls import ReportRow

router = APIRouter(prefix="/api/inventory", tags=["inventory"])
COLUMNS = (
    "title", "marketplace", "state", "price", "created_at", "live_at", "sold_at", "failed", "healed", "url",
    "listing_id", "posting_id",
)  # fmt: skip


class ShopOut(BaseModel):
    marketplace: str
    states: dict[str, int]
    on_sale: int
    on_sale_cents: int
    sold: int
    sold_cents: int
    net_cents: int | None = Field(description="sold, less the marketplace's fees; null where a fee is not known")
    success: float | None = Field(description="how many got there, of those that have an outcome")
    sell_through: float | None = Field(description="how many were sold, of those that were ever on sale")
    median_days_to_sell: float | None
    healed: int = Field(description="fields that had moved and were found again")
    failures: dict[str, int] = Field(description="by reason")


class AgeOut(BaseModel):
    age: str
    listings: int


class WeekOut(BaseModel):
    begins: datetime
    sold: int
    cents: int


class ReportOut(BaseModel):
    items: int = Field(description="listings that are on sale somewhere")
    marketplaces: list[ShopOut]
    total: ShopOut
    ages: list[AgeOut]
    weeks: list[WeekOut] = Field(description="the last twelve, oldest first")


def make_report(wired: Resources, rows: list[ReportRow]) -> Report:
    return report_of(rows, wired.marketplaces.names(), datetime.now(UTC), fee_of_a_sale)


@router.get("/report")
def get_report(caller: User, wired: Wired) -> ReportOut:
    """By state and marketplace: what is on sale and for how long, what was sold, what failed and what was healed."""
    report = make_report(wired, wired.store.inventory_report(caller.user_id))
    return ReportOut(
        items=report.items,
        marketplaces=[_shop_out(shop) for shop in report.shops],
        total=_shop_out(report.total),
        ages=[AgeOut(age=age, listings=count) for age, count in report.ages],
        weeks=[WeekOut(begins=week.begins, sold=week.sold, cents=week.cents) for week in report.weeks],
    )


@router.get(
    "/report.csv", response_class=Response, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
)
def get_csv(caller: User, wired: Wired) -> Response:
    """One line per posting, for a spreadsheet."""
    return Response(
        as_csv(wired.store.inventory_report(caller.user_id)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="inventory.csv"'},
    )


def as_csv(rows: list[ReportRow]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        cells = {**row, "price": f"{row['cents'] / 100:.2f}"}
        writer.writerow({name: harmless("" if cells[name] is None else str(cells[name])) for name in COLUMNS})
    return out.getvalue()


def _shop_out(shop: Shop) -> ShopOut:
    return ShopOut(
        marketplace=shop.marketplace,
        states=dict(shop.states),
        on_sale=shop.on_sale,
        on_sale_cents=shop.on_sale_cents,
        sold=shop.sold,
        sold_cents=shop.sold_cents,
        net_cents=shop.net_cents,
        success=shop.success,
        sell_through=shop.sell_through,
        median_days_to_sell=round(shop.median_days, 2) if shop.median_days is not None else None,
        healed=shop.healed,
        failures=dict(shop.failures),
    )
