"""Inventory: what is watched, what was seen, and what the seller says. Sold once, gone everywhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import wake_operation
from listing_worker.api.params import known_id, known_marketplaces
from listing_worker.api.ports import Wired
from listing_worker.api.schemas import Accepted, Asked
from listing_worker.inventory.evidence import SignalKind
from listing_worker.inventory.settle import settle
from listing_worker.storage.rows import OperationRow

router = APIRouter(prefix="/api", tags=["inventory"])


class AutoDelistIn(Asked):
    marketplaces: list[str] = Field(min_length=1, max_length=50)
    on: bool


class AutoDelistOut(BaseModel):
    marketplaces: list[str] = Field(description="where the listing is taken down by itself once it is sold elsewhere")


class SoldIn(Asked):
    order: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = Field(
        default="", description="the order's number: the same order counts once"
    )
    units: int = Field(default=1, ge=1, le=999)


class StopOut(BaseModel):
    code: str
    message: str
    action: str | None = None


class WatchOut(BaseModel):
    marketplace: str
    last_at: str | None
    next_at: str | None
    looked: bool | None = Field(description="whether the last look came through; null before the first")
    why: str | None = Field(description="why it did not")
    stopped: StopOut | None = Field(description="the circuit breaker: nothing is taken down until you say go on")
    unseen_since: str | None = Field(description="since when no look has shown all of your listings there")


class WatchesOut(BaseModel):
    watches: list[WatchOut]


class SignalOut(BaseModel):
    posting_id: str
    kind: str
    certain: bool
    units: int
    detail: str
    seen_at: str


class TakingDown(BaseModel):
    operation_id: str
    marketplace: str
    state: str
    reason: str | None
    url: str | None = Field(description="to do it by hand, where it does not end by itself")
    escalated_at: str | None = Field(description="when you were told that it takes too long")


class Gone(BaseModel):
    operation_id: str
    marketplace: str
    seen_at: str
    text: str = Field(examples=["Seen gone at 10:42"])
    picture: str | None = Field(description="the address of the picture that was taken then")
    url: str | None


class StockOut(BaseModel):
    listing_id: str
    quantity: int
    auto_delist: list[str]
    signals: list[SignalOut]
    taking_down: list[TakingDown]
    gone: list[Gone] = Field(description="what was taken down and seen gone, newest first")


@router.get("/inventory/watches")
def list_watches(caller: User, wired: Wired) -> WatchesOut:
    """How each account was last looked at, and whether its circuit breaker is pulled."""
    found = wired.store.list_watches(caller.user_id)
    return WatchesOut(
        watches=[
            WatchOut(
                marketplace=row["marketplace"],
                last_at=row["last_at"],
                next_at=row["next_at"],
                looked=row["outcome"].get("looked"),
                why=row["outcome"].get("why"),
                stopped=StopOut.model_validate(row["stopped"]) if row["stopped"] else None,
                unseen_since=row["unseen_since"],
            )
            for row in found
        ]
    )


@router.post("/inventory/watches/{marketplace}/resume")
def resume_watch(marketplace: str, caller: User, wired: Wired) -> Accepted:
    """The seller has looked and says: go on."""
    [name] = known_marketplaces(wired, [marketplace], "marketplace")
    if not wired.store.resume_watch(caller.user_id, name):
        raise not_found("stopped watch")
    return Accepted(success=True, message="It goes on with the next look.")


@router.put("/listings/{listing_id}/auto-delist")
def set_auto_delist(listing_id: str, asked: AutoDelistIn, caller: User, wired: Wired) -> AutoDelistOut:
    """Where a listing is taken down by itself once it is sold elsewhere. Off unless asked for."""
    names = known_marketplaces(wired, asked.marketplaces)
    now = wired.store.set_auto_delist(caller.user_id, known_id(listing_id, "listing"), names, asked.on)
    if now is None:
        raise not_found("listing")
    return AutoDelistOut(marketplaces=now)


@router.get("/listings/{listing_id}/stock")
def get_stock(listing_id: str, caller: User, wired: Wired) -> StockOut:
    """The evidence of sales of a listing, and what is being taken down because of it."""
    row = own_listing(wired, caller.user_id, listing_id)
    stock = wired.store.get_stock(row["id"])
    if stock is None:
        raise not_found("listing")
    urls = {posting["id"]: posting["url"] for posting in stock["postings"]}
    return StockOut(
        listing_id=stock["listing_id"],
        quantity=stock["quantity"],
        auto_delist=stock["auto_delist"],
        signals=[SignalOut.model_validate(one) for one in stock["signals"]],
        taking_down=[
            TakingDown(
                operation_id=one["id"],
                marketplace=one["marketplace"],
                state=one["state"],
                reason=one["reason"]["message"] if one["reason"] else None,
                url=urls.get(one["posting_id"] or ""),
                escalated_at=one["escalated_at"],
            )
            for one in stock["open"]
        ],
        gone=[_gone(one, urls.get(one["posting_id"] or "")) for one in stock["gone"]],
    )


@router.post("/postings/{posting_id}/sold", status_code=202)
def tell_sold(posting_id: str, asked: SoldIn, caller: User, wired: Wired) -> Accepted:
    """The seller, or the seller's app, says that a posting was sold. What is still on sale elsewhere is taken down
    where auto-delist is on."""
    posting = wired.store.get_posting(known_id(posting_id, "posting"))
    if posting is None or posting["user_id"] != caller.user_id or posting["external_id"] is None:
        raise not_found("posting")
    wired.store.record_signal(
        posting["id"],
        SignalKind.TOLD.value,
        certain=True,
        reference=asked.order,
        units=asked.units,
        detail="You said so.",
    )
    settled = settle(wired.store, posting["listing_id"])
    delists = settled.delists if settled else ()
    for operation_id in delists:
        if (operation := wired.store.get_operation(operation_id)) is not None:
            wake_operation(wired, operation)
    return Accepted(success=True, message=f"Noted. {len(delists)} other postings are being taken down.")


def _gone(row: OperationRow, url: str | None) -> Gone:
    """By the time that was noted when it was seen; the sentence has it in UTC."""
    seen_at = str(row["result"].get("seen_at") or row["finished_at"] or row["updated_at"])
    has_picture = "seen" in (row["result"].get("screenshots") or {})
    return Gone(
        operation_id=row["id"],
        marketplace=row["marketplace"],
        seen_at=seen_at,
        text=f"Seen gone at {seen_at[11:16]}",
        picture=f"/api/operations/{row['id']}/screenshots/seen" if has_picture else None,
        url=url,
    )
