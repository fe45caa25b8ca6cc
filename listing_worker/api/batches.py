"""Batches: one change on all live postings of a listing (sync), many listings at once (bulk), prices by rule,
reposts."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request

from listing_worker.api.auth import User
from listing_worker.api.batch_planning import (
    act_rows,
    batch_out,
    create_batch,
    moved,
    own_batch,
    plan_change,
    planned_sync,
    post_row,
    rules_of,
    sync_out,
    texts_before,
)
from listing_worker.api.bulk_planning import MOST, plan_bulk, preview_of, something
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.listings import own_listing
from listing_worker.api.params import Limit, checked_moment, known_marketplace, known_marketplaces
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.schemas.batches import (
    BatchesOut,
    BatchLineOut,
    BatchOut,
    BulkIn,
    BulkPreviewOut,
    RuleOut,
    SyncIn,
    SyncOut,
)
from listing_worker.inventory.batches.undo import undoing
from listing_worker.inventory.pricing.fees import fees_on
from listing_worker.inventory.pricing.rules import PriceRule
from listing_worker.inventory.reposting import RepostRule
from listing_worker.inventory.syncing import rows_for
from listing_worker.models import OperationKind
from listing_worker.storage import rows

router = APIRouter(prefix="/api", tags=["batches"], route_class=IdempotentRoute)
VERBS = {
    "post": "Post", "price": "Price", "change": "Change", "delist": "Take down", "relist": "Put back",
    "compare": "Compare",
}  # fmt: skip


# ---- one change, everywhere ----


@router.post("/listings/{listing_id}/sync/preview")
def preview_sync(listing_id: str, asked: SyncIn, caller: User, wired: Wired) -> SyncOut:
    """What a change would do on every live posting, as a difference. Changes nothing."""
    row = own_listing(wired, caller.user_id, listing_id)
    return sync_out(planned_sync(wired, caller.user_id, row, asked), None)


@router.post("/listings/{listing_id}/sync", status_code=202)
def sync(listing_id: str, asked: SyncIn, caller: User, wired: Wired) -> SyncOut:
    """Changes the listing once and asks for that change on every live posting; progress per row: `GET
    /api/batches/{id}`. One that fails does not hold the others up; `retry` asks for it again."""
    row = own_listing(wired, caller.user_id, listing_id)
    planned = planned_sync(wired, caller.user_id, row, asked)
    body = planned.body.model_dump(mode="json")
    wanted = rows_for(row["id"], planned)
    if body != row["body"] and wired.store.update_listing(caller.user_id, row["id"], body) is None:
        raise not_found("listing")
    if not wanted:
        return sync_out(planned, None)
    settings = {"because": "sync", "bodies": {row["id"]: [row["body"], body]}}
    title = f"Change {row['body'].get('title', '')}"
    return sync_out(planned, create_batch(wired, caller.user_id, title, wanted, settings))


# ---- many at once ----


@router.post("/bulk/preview")
def preview_bulk(asked: BulkIn, caller: User, wired: Wired) -> BulkPreviewOut:
    """What it would do, row by row, as a difference where something is changed. Changes nothing."""
    return preview_of(plan_bulk(wired, caller.user_id, asked))


@router.post("/bulk", status_code=202)
def bulk(asked: BulkIn, caller: User, wired: Wired) -> BatchOut:
    """Post, price, change, delist or relist many listings. More than 20 begin with one, which must go well."""
    planned = something(plan_bulk(wired, caller.user_id, asked))
    for listing_id, (_, body) in planned.bodies.items():
        wired.store.update_listing(caller.user_id, listing_id, body)
    count = len(set(asked.listings))
    title = f"{VERBS[asked.what]} {f'{count} listings' if count > 1 else planned.title}"
    settings = {"because": "bulk", "rehearse": asked.rehearse, "bodies": planned.bodies}
    batch = create_batch(wired, caller.user_id, title, planned.rows, settings, at=checked_moment(asked.at, "at"))
    return batch_out(batch)


@router.post(
    "/bulk/csv",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def bulk_csv(request: Request, caller: User, wired: Wired, rehearse: bool = True) -> BatchOut:
    """A CSV with a header: listing, what (post, price, delist, relist), marketplace (empty = all live), price.
    Nothing is asked for while a line is wrong; the first wrong one is named."""
    from starlette.concurrency import run_in_threadpool

    text = (await request.body()).decode("utf-8-sig", errors="replace")
    return await run_in_threadpool(bulk_lines, wired, caller.user_id, text, rehearse)


def bulk_lines(wired: Resources, user_id: str, text: str, rehearse: bool) -> BatchOut:
    """Raises ApiError 422 naming the first wrong line; nothing is asked for then."""
    try:
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise invalid(f"This is no CSV: {error}.", "csv") from error
    if not lines or not {"listing", "what"} <= set(lines[0]):
        raise invalid("The first line names the columns: listing, what, marketplace, price.", "csv")
    if len(lines) > MOST:
        raise invalid(f"At most {MOST} lines.", "csv")
    rules = rules_of(wired, user_id)
    wanted: list[dict[str, Any]] = []
    changed: dict[str, tuple[rows.ListingRow, dict[str, Any]]] = {}
    for number, line in enumerate(lines, start=2):
        what, name = (line.get("what") or "").strip(), (line.get("marketplace") or "").strip()
        try:
            names = known_marketplaces(wired, [name]) if name else []
            row = own_listing(wired, user_id, (line.get("listing") or "").strip())
            if what == "post" and names:
                wanted.append(post_row(row, names[0]))
            elif what in {"delist", "relist"}:
                wanted += act_rows(wired, user_id, row, OperationKind(what), names)
            elif what == "price":
                if row["id"] in changed:
                    raise invalid("This listing has a price in a line before.", "csv")
                given = (line.get("price") or "").strip()
                planned = plan_change(wired, user_id, row, {"price": given} if given else {}, rules, names)
                wanted += rows_for(row["id"], planned)
                changed[row["id"]] = (row, planned.body.model_dump(mode="json"))
            else:
                raise invalid("`what` is post (with a marketplace), price, delist or relist.", "csv")
        except ApiError as error:
            raise invalid(f"Line {number}: {error.message}", "csv") from error
    if not wanted:
        raise ApiError(409, "nothing_to_do", "None of these lines changes anything.")
    for row, body in changed.values():
        wired.store.update_listing(user_id, row["id"], body)
    bodies = {row["id"]: [row["body"], body] for row, body in changed.values() if body != row["body"]}
    settings = {"because": "bulk", "rehearse": rehearse, "bodies": bodies}
    title = f"{len(lines)} {'line' if len(lines) == 1 else 'lines'} of a CSV"
    return batch_out(create_batch(wired, user_id, title, wanted, settings))


# ---- following, pausing, undoing ----


@router.get("/batches")
def list_batches(caller: User, wired: Wired, limit: Limit = 50) -> BatchesOut:
    """Newest first."""
    found = wired.store.list_batches(caller.user_id, limit)
    return BatchesOut(batches=[BatchLineOut.model_validate(dict(row)) for row in found])


@router.get("/batches/{batch_id}")
def get_batch(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """How every row stands."""
    return batch_out(own_batch(wired, caller.user_id, batch_id))


@router.post("/batches/{batch_id}/pause")
def pause(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """Nothing more is begun; what is under way ends."""
    return moved(wired, caller.user_id, batch_id, ["rehearsing", "running"], "paused", "Paused by you.")


@router.post("/batches/{batch_id}/resume")
def resume(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """Goes on: after a rehearsal, a pause, or too many that went wrong."""
    return moved(wired, caller.user_id, batch_id, ["rehearsed", "paused"], "running", "")


@router.post("/batches/{batch_id}/cancel")
def cancel(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """Ends it: what was not begun stays as it is."""
    return moved(wired, caller.user_id, batch_id, ["rehearsing", "rehearsed", "running", "paused"], "cancelled", "")


@router.post("/batches/{batch_id}/retry")
def retry(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """Asks again for the rows that failed or were refused."""
    batch = own_batch(wired, caller.user_id, batch_id)
    if batch["state"] in {"rehearsing", "cancelled"}:
        raise ApiError(409, "not_possible", f"A batch that is {batch['state']} cannot be retried.")
    if not wired.store.retry_batch_rows(batch["id"]):
        raise ApiError(409, "nothing_to_do", "No row of it failed.")
    return moved(wired, caller.user_id, batch_id, ["rehearsed", "paused", "done", "running"], "running", "")


@router.post("/batches/{batch_id}/undo", status_code=202)
def undo(batch_id: str, caller: User, wired: Wired) -> BatchOut:
    """A new batch that takes back what went through, as far as it can be: prices, texts, delistings, postings."""
    batch = own_batch(wired, caller.user_id, batch_id)
    if batch["state"] in {"rehearsing", "running"}:
        raise ApiError(409, "batch_open", "Pause it or wait for its end first.")
    bodies, edited = texts_before(wired, caller.user_id, batch)
    wanted, left = undoing([row for row in batch["rows"] if row["listing_id"] not in edited], wired.marketplaces.can)
    left += [f"{title}: it was edited here since; change it as you like." for title in edited.values()]
    if not wanted:
        raise ApiError(409, "nothing_to_do", " ".join(["Nothing of it can be undone.", *left])[:500])
    for listing_id, before in bodies.items():
        wired.store.update_listing(caller.user_id, listing_id, before)
    settings = {"because": "undo", "left": left}
    return batch_out(
        create_batch(wired, caller.user_id, f"Undo: {batch['title']}", wanted, settings, undo_of=batch["id"])
    )


# ---- rules ----


@router.get("/price-rules")
def list_price_rules(caller: User, wired: Wired) -> RuleOut:
    return RuleOut(rules=wired.store.list_price_rules(caller.user_id))


@router.put("/price-rules/{marketplace}")
def put_price_rule(marketplace: str, rule: Annotated[PriceRule, Body()], caller: User, wired: Wired) -> RuleOut:
    """How prices are made there: ratio, ending, floor, or what is left after fees. An empty rule removes it."""
    name = known_marketplace(wired, marketplace)
    if (rule.keep_listing_price or rule.keep_cents) and fees_on(name, datetime.now(UTC).date()) is None:
        raise invalid("The fees there are not known.", "keep_cents")
    return RuleOut(
        rules=wired.store.put_price_rule(caller.user_id, name, rule.model_dump(mode="json", exclude_defaults=True))
    )


@router.get("/repost-rules")
def list_repost_rules(caller: User, wired: Wired) -> RuleOut:
    return RuleOut(rules=wired.store.list_repost_rules(caller.user_id))


@router.put("/repost-rules/{marketplace}")
def put_repost_rule(marketplace: str, rule: Annotated[RepostRule, Body()], caller: User, wired: Wired) -> RuleOut:
    """What ended is put back, and what is older than so many days renewed, a few a day. An empty rule switches it
    off."""
    name = known_marketplace(wired, marketplace)
    return RuleOut(
        rules=wired.store.put_repost_rule(caller.user_id, name, rule.model_dump(mode="json", exclude_defaults=True))
    )
