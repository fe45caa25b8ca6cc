"""Differences: what live listings say otherwise than ours, and the four ways to settle each."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.auth import Caller
from listing_worker.api.batches import bulk
from listing_worker.api.drift import SettleIn, settle_difference
from listing_worker.api.errors import ApiError, invalid
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import own_posting
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.posting import stored_listing
from listing_worker.api.schemas.batches import BulkIn
from listing_worker.api.web.differences import pieces
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.inventory.drifting import PHOTOS, Difference, drift_of
from listing_worker.models import OperationKind, OperationState, PostingState
from listing_worker.storage.drift_calls import ComparedPosting

router = APIRouter(include_in_schema=False)
ON_SALE = (PostingState.LIVE.value, PostingState.PENDING_REVIEW.value)
MOST = 500  # live postings that are looked at
SETTLED = {OperationState.DONE, OperationState.FAILED, OperationState.CANCELLED}


@dataclass(frozen=True)
class Drifted:
    """A posting with what differs; `going`: fields that are being sent there just now."""

    posting: ComparedPosting
    open: tuple[Difference, ...]
    ignored: tuple[Difference, ...]
    going: frozenset[str]


@router.get("/drift")
def differences(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _page(request, wired, caller)


@router.post("/drift/compare")
def compare_all(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Compares one listing (`listing`), or everything that is live, row by row."""
    listings = form.all("listing")[:1] or list(
        dict.fromkeys(row["listing_id"] for row in wired.store.list_postings(caller.user_id, ON_SALE, limit=MOST))
    )
    if not listings:
        return _page(request, wired, caller)
    try:
        batch = bulk(BulkIn(what="compare", listings=listings), caller, wired)
    except ApiError as error:
        return _page(request, wired, caller, error=error)
    return RedirectResponse(f"/batches/{batch.id}", status_code=303)


@router.post("/drift/{posting_id}/settle")
def settle(request: Request, posting_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Keep theirs, push ours, another text for both, or leave it alone."""
    own_posting(wired, caller.user_id, posting_id)
    how, field, value = form.get("how"), form.get("field"), form.get("value")
    if how not in {"keep", "push", "edit", "ignore"} or not 0 < len(field) <= 60:
        raise invalid("Choose how to settle it.", "how")
    try:
        asked = SettleIn.model_validate({"field": field, "how": how, "value": value if how == "edit" else None})
        settle_difference(posting_id, asked, caller, wired)
    except ApiError as error:
        return _page(request, wired, caller, error=error, at=(posting_id, field), typed=value)
    return RedirectResponse(f"/drift#p-{posting_id}", status_code=303)


def _page(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    error: ApiError | None = None,
    at: tuple[str, str] = ("", ""),
    typed: str = "",
) -> HTMLResponse:
    compared = wired.store.compared_postings(caller.user_id, MOST)
    found = [_drifted(wired, caller.user_id, row) for row in compared if row["operations"]]
    counts = wired.store.count_postings(caller.user_id)
    return page(
        request,
        wired,
        caller,
        "drift.html",
        status=error.status_code if error else 200,
        counts=counts,
        on_sale=sum(row["count"] for row in counts if row["state"] in ON_SALE),
        compared=len(compared),
        drifted=[each for each in found if each.open],
        ignored=[each for each in found if each.ignored],
        photos=PHOTOS,
        pieces=pieces,
        names=display_names(wired),
        error=error,
        at=at,
        typed=typed,
    )


def _drifted(wired: Resources, user_id: str, row: ComparedPosting) -> Drifted:
    listing = stored_listing(own_listing(wired, user_id, row["listing_id"])).for_marketplace(row["marketplace"])
    found = drift_of(row["operations"], listing, row["ignored"]).differences
    going = {
        field
        for operation in row["operations"]
        if operation["kind"] == OperationKind.EDIT and OperationState(operation["state"]) not in SETTLED
        for field in operation["input"].get("fields") or ()
    }
    return Drifted(
        row,
        open=tuple(each for each in found if not each.ignored),
        ignored=tuple(each for each in found if each.ignored),
        going=frozenset(going),
    )
