"""Operations on live postings (check, change_price, edit, delist, relist) and dry runs: asking, following, ending."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Response
from redis.exceptions import RedisError

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.listings import own_listing
from listing_worker.api.params import Limit, known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.posting import post_to, request_hash, summary
from listing_worker.api.schemas import ReasonOut
from listing_worker.api.schemas.operations import DryRunsOut, OperationAsked, OperationIn, OperationOut, OperationsOut
from listing_worker.api.shapes import job_out
from listing_worker.models import OperationKind, PostingState
from listing_worker.storage import rows
from listing_worker.storage.photos import PhotoMissing

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api", tags=["operations"])


@router.post("/postings/{posting_id}/operations", status_code=202)
def ask_operation(posting_id: str, asked: OperationIn, caller: User, wired: Wired) -> OperationAsked:
    """Does something about a live posting. The same operation that is open already is given back; a delist goes before
    what has not begun. 409 if something else is being done, or the posting's state does not allow it.
    """
    posting = own_posting(wired, caller.user_id, posting_id)
    kind = OperationKind(asked.kind)
    name = wired.marketplaces.display_name(posting["marketplace"])
    if kind is OperationKind.RELIST and (asked.anew or not wired.marketplaces.can(posting["marketplace"], kind)):
        return _post_anew(wired, caller.user_id, posting)
    if not wired.marketplaces.can(posting["marketplace"], kind):
        raise ApiError(409, "not_possible", f"On {name} this cannot be done from here yet. Do it there by hand.")
    given: dict[str, object] = {}
    if asked.price is not None:
        given["price"] = str(asked.price)
    if asked.fields is not None:
        given["fields"] = sorted(asked.fields)
    answer = wired.store.request_operation(
        caller.user_id, posting["id"], kind.value, given, wired.settings.max_retries + 1
    )
    wake_operation(wired, answer["operation"])
    message = "Queued." if answer["created"] else "This is under way already."
    return OperationAsked(operation=operation_out(answer["operation"]), message=message)


@router.get("/postings/{posting_id}/operations")
def list_operations(posting_id: str, caller: User, wired: Wired, limit: Limit = 50) -> OperationsOut:
    """Newest first."""
    posting = own_posting(wired, caller.user_id, posting_id)
    found = wired.store.list_operations(caller.user_id, posting_id=posting["id"], limit=limit)
    return OperationsOut(operations=[operation_out(row) for row in found])


@router.get("/operations")
def all_operations(caller: User, wired: Wired, limit: Limit = 50, listing_id: str | None = None) -> OperationsOut:
    """Everything, or what concerns one listing (its dry runs, too), newest first."""
    wanted = known_id(listing_id, "listing") if listing_id else None
    found = wired.store.list_operations(caller.user_id, listing_id=wanted, limit=limit)
    return OperationsOut(operations=[operation_out(row) for row in found])


@router.get("/operations/{operation_id}")
def get_operation(operation_id: str, caller: User, wired: Wired) -> OperationOut:
    return operation_out(own_operation(wired, caller.user_id, operation_id))


@router.delete("/operations/{operation_id}")
def cancel_operation(operation_id: str, caller: User, wired: Wired) -> OperationOut:
    """Cancels what is not pressed yet; 409 afterwards."""
    row = wired.store.cancel_operation(caller.user_id, own_operation(wired, caller.user_id, operation_id)["id"])
    if row is None:
        raise not_found("operation")
    if row["state"] != "cancelled" and not row["cancel_requested"]:
        raise ApiError(409, "not_cancellable", f"An operation that is {row['state']} cannot be cancelled.")
    return operation_out(row)


@router.get(
    "/operations/{operation_id}/screenshots/{picture}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_picture(operation_id: str, picture: str, caller: User, wired: Wired) -> Response:
    """`seen`: the listing as it was seen; `filled`: the form of a dry run."""
    row = own_operation(wired, caller.user_id, operation_id)
    key = (row["result"].get("screenshots") or {}).get(picture)
    if key is None:
        raise not_found("screenshot")
    try:
        image = wired.photos.open(str(key))
    except PhotoMissing:
        raise not_found("screenshot") from None
    return Response(image, media_type="image/jpeg", headers={"cache-control": "private, max-age=60"})


def ask_dry_runs(wired: Resources, user_id: str, row: rows.ListingRow, marketplaces: list[str]) -> DryRunsOut:
    """One dry run per marketplace: the real form filled and read back, nothing published. Raises ApiError 422."""
    if not row["photos"]:
        raise invalid("The listing has no photo. Add at least one.", "photos", "no_photos")
    asked = [
        wired.store.request_dry_run(user_id, row["id"], name, wired.settings.max_retries + 1)["operation"]
        for name in marketplaces
    ]
    for operation in asked:
        wake_operation(wired, operation)
    return DryRunsOut(
        message="Dry run: the forms are filled and read back, and nothing is published.",
        marketplaces=marketplaces,
        dryRuns=[operation_out(operation) for operation in asked],
    )


def wake_operation(wired: Resources, operation: rows.OperationRow) -> None:
    """Tells the workers; a queue that is away costs time only, because the reconciler looks into Postgres."""
    try:
        wired.queue.enqueue_operation(operation["id"], urgent=operation["kind"] == OperationKind.DELIST)
    except (RedisError, OSError) as error:
        log.warning("The queue is away; the reconciler finds it.", operation=operation["id"], error=str(error))


def own_posting(wired: Resources, user_id: str, posting_id: str) -> rows.PostingRow:
    """The user's posting. Raises ApiError 404."""
    posting = wired.store.get_posting(known_id(posting_id, "posting"))
    if posting is None or posting["user_id"] != user_id:
        raise not_found("posting")
    return posting


def own_operation(wired: Resources, user_id: str, operation_id: str) -> rows.OperationRow:
    """The user's operation. Raises ApiError 404."""
    row = wired.store.get_operation(known_id(operation_id, "operation"))
    if row is None or row["user_id"] != user_id:
        raise not_found("operation")
    return row


def operation_out(row: rows.OperationRow) -> OperationOut:
    pictures = row["result"].get("screenshots") or {}
    addresses = {name: f"/api/operations/{row['id']}/screenshots/{name}" for name in pictures}
    result = {**row["result"], **({"screenshots": addresses} if pictures else {})}
    fields = {name: value for name, value in row.items() if name in OperationOut.model_fields}
    reason = ReasonOut.model_validate(row["reason"]) if row["reason"] else None
    return OperationOut.model_validate({**fields, "reason": reason, "result": result})


def _post_anew(wired: Resources, user_id: str, posting: rows.PostingRow) -> OperationAsked:
    """A relist that makes a new listing is a posting like any other: claimed, proved, and never made twice."""
    if posting["state"] != PostingState.DELISTED:
        raise ApiError(409, "not_possible", f"A posting that is {posting['state']} cannot be put back on sale.")
    row = own_listing(wired, user_id, posting["listing_id"])
    posted = post_to(
        wired,
        user_id,
        row,
        [posting["marketplace"]],
        idempotency_key=f"relist-{posting['id']}",
        request_hash=request_hash("relist", posting["id"]),
    )
    return OperationAsked(job=job_out(posted.created["job"]), message=summary(wired, posted))
