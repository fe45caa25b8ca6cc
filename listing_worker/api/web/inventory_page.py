"""Inventory: everything by state and marketplace, what ages, what was sold and for how much, what needs the seller."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.inventory import resume_watch
from listing_worker.api.inventory_report import make_report
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.charts import Bar, bars, columns
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import money, page, words
from listing_worker.api.web.signin import Seller
from listing_worker.inventory.analytics import Report
from listing_worker.models import OperationKind, PostingState
from listing_worker.storage.rows import OperationRow

router = APIRouter(include_in_schema=False)
STATES = (
    PostingState.LIVE, PostingState.PENDING_REVIEW, PostingState.SOLD, PostingState.DELISTED,
    PostingState.ACTION_REQUIRED, PostingState.FAILED,
)  # fmt: skip
RECENT = 20


@router.get("/inventory")
def inventory(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    report = make_report(wired, wired.store.inventory_report(caller.user_id))
    names = display_names(wired)
    watches = wired.store.list_watches(caller.user_id)
    operations = wired.store.list_operations(caller.user_id, limit=200)
    delists = [row for row in operations if row["kind"] == OperationKind.DELIST]
    return page(
        request,
        wired,
        caller,
        "inventory.html",
        counts=wired.store.count_postings(caller.user_id),
        report=report,
        states=STATES,
        names=names,
        stopped=[row for row in watches if row["stopped"]],
        unseen=[row for row in watches if row["unseen_since"] and not row["stopped"]],
        stuck=[row for row in delists if row["state"] in {"failed", "action_required"}][:RECENT],
        gone=[row for row in delists if row["state"] == "done"][:RECENT],
        titles=_titles(wired, caller.user_id, delists),
        charts=_charts(report, names),
        cents=lambda amount: money(str(Decimal(amount) / 100)),
    )


@router.post("/inventory/{marketplace}/resume")
def resume(marketplace: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """The seller has looked and says: go on."""
    resume_watch(marketplace, caller, wired)
    return RedirectResponse("/inventory", status_code=303)


def _titles(wired: Resources, user_id: str, operations: list[OperationRow]) -> dict[str, str]:
    shown = {row["listing_id"] for row in operations[: 2 * RECENT]}
    found = {listing_id: wired.store.get_listing(user_id, listing_id) for listing_id in shown}
    return {listing_id: row["body"].get("title", "") if row else "" for listing_id, row in found.items()}


def _charts(report: Report, names: dict[str, str]) -> dict[str, str]:
    t = words().inventory
    by_site = [
        Bar(names.get(shop.marketplace, shop.marketplace), shop.on_sale, str(shop.on_sale)) for shop in report.shops
    ]
    sold = [
        Bar(names.get(shop.marketplace, shop.marketplace), shop.sold, str(shop.sold), "sold") for shop in report.shops
    ]
    ages = [Bar(t.ages[age.replace(" ", "_")], count, str(count)) for age, count in report.ages]
    weeks = [Bar(f"{week.begins:%d %b}", week.sold, str(week.sold), "sold") for week in report.weeks]
    return {
        "on_sale": bars(by_site, name="on-sale", title=t.chart_on_sale),
        "sold": bars(sold, name="sold", title=t.chart_sold),
        "ages": bars(ages, name="ages", title=t.chart_ages),
        "weeks": columns(weeks, name="weeks", title=t.chart_weeks),
    }
