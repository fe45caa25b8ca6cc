"""What the routes of batches have in common: planning a change of one listing, making a batch, showing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from listing_worker.api.errors import ApiError, from_validation, not_found
from listing_worker.api.listing_input import ListingIn
from listing_worker.api.operations import wake_operation
from listing_worker.api.params import known_id, known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.posting import stored_listing
from listing_worker.api.schemas.batches import BatchOut, BatchRowOut, ChangeOut, Difference, SyncIn, SyncOut
from listing_worker.api.sessions import wake
from listing_worker.inventory.batches.advance import advance, rows_of
from listing_worker.inventory.batches.decide import counted, first_state
from listing_worker.inventory.pricing.fees import fees_on
from listing_worker.inventory.pricing.rules import PriceRule
from listing_worker.inventory.syncing import Change, Place, Sync, plan_sync
from listing_worker.models import ListingDraft, OperationKind
from listing_worker.storage import rows
from listing_worker.storage.batch_calls import BatchDoc


def planned_sync(wired: Resources, user_id: str, row: rows.ListingRow, asked: SyncIn) -> Sync:
    names = known_marketplaces(wired, asked.marketplaces)
    return plan_change(wired, user_id, row, asked.changes, rules_of(wired, user_id), names, only=asked.push)


def plan_change(
    wired: Resources,
    user_id: str,
    row: rows.ListingRow,
    changes: dict[str, Any],
    rules: dict[str, PriceRule],
    names: list[str],
    only: Sequence[str] = (),
) -> Sync:
    before = ListingDraft.model_validate(row["body"])
    try:
        after = ListingIn.model_validate({**row["body"], **changes}).draft()
    except ValidationError as error:
        raise from_validation(error.errors()) from error
    return plan_sync(before, after, _places(wired, row, rules, names, _more_than_price(before, after)), only=only)


def _places(
    wired: Resources,
    row: rows.ListingRow,
    rules: dict[str, PriceRule],
    names: list[str],
    also: ListingDraft | None,
) -> list[Place]:
    today = datetime.now(UTC).date()
    places = []
    for posting in _postings(wired, row, {"live", "pending_review"}, names):
        name = posting["marketplace"]
        limits = wired.marketplaces.limits(name)
        places.append(
            Place(
                posting_id=posting["id"],
                marketplace=name,
                url=posting["url"],
                can_price=wired.marketplaces.can(name, OperationKind.CHANGE_PRICE),
                can_edit=wired.marketplaces.can(name, OperationKind.EDIT),
                rule=rules.get(name),
                fees=fees_on(name, today),
                price_step=limits.price_step if limits else 1,
                price_min=limits.price_min if limits else None,
                price_max=limits.price_max if limits else None,
                fields=_fields_there(wired, row, name, also) if also is not None else None,
            )
        )
    return places


def _postings(wired: Resources, row: rows.ListingRow, states: set[str], names: list[str]) -> list[rows.PostingRow]:
    stock = wired.store.get_stock(row["id"])
    found = stock["postings"] if stock else []
    return [each for each in found if each["state"] in states and (not names or each["marketplace"] in names)]


def act_rows(
    wired: Resources, user_id: str, row: rows.ListingRow, kind: OperationKind, names: list[str]
) -> list[dict[str, Any]]:
    states = {"delisted"} if kind is OperationKind.RELIST else {"live", "pending_review"}
    wanted = []
    for posting in _postings(wired, row, states, names):
        each = {"listing_id": row["id"], "posting_id": posting["id"], "marketplace": posting["marketplace"]}
        if wired.marketplaces.can(posting["marketplace"], kind):
            wanted.append({**each, "kind": kind.value})
        elif kind is OperationKind.RELIST:
            wanted.append({**post_row(row, posting["marketplace"])})
        else:
            wanted.append({**each, "kind": "by_hand", "refused": "This cannot be done there from here yet."})
    return wanted


def post_row(row: rows.ListingRow, marketplace: str) -> dict[str, Any]:
    each = {"listing_id": row["id"], "marketplace": marketplace, "kind": "post"}
    return each if row["photos"] else {**each, "refused": "The listing has no photo. Add at least one."}


def rules_of(wired: Resources, user_id: str) -> dict[str, PriceRule]:
    found = wired.store.list_price_rules(user_id)
    return {name: PriceRule.model_validate(rule) for name, rule in found.items()}


def create_batch(
    wired: Resources,
    user_id: str,
    title: str,
    wanted: list[dict[str, Any]],
    settings: dict[str, Any],
    *,
    at: str | None = None,
    undo_of: str | None = None,
) -> BatchDoc:
    state = first_state(len(wanted), rehearse=bool(settings.get("rehearse")))
    batch = {"title": title[:200], "state": state, "settings": settings, "not_before": at, "undo_of": undo_of}
    made = wired.store.create_batch(user_id, batch, wanted)
    if at is None:
        go_on(wired, made["id"])
    return own_batch(wired, user_id, made["id"])


def go_on(wired: Resources, batch_id: str) -> None:
    """At once as far as it goes; the reconciler goes on with it."""

    def wake_one(what: str, each: str) -> None:
        operation = wired.store.get_operation(each) if what == "operation" else None
        if operation is not None:
            wake_operation(wired, operation)
        elif what == "posting":
            wake(wired, [each])

    advance(wired.store, batch_id, wired.settings.max_retries + 1, wake_one)


def own_batch(wired: Resources, user_id: str, batch_id: str) -> BatchDoc:
    batch = wired.store.get_batch(known_id(batch_id, "batch"))
    if batch is None or batch["user_id"] != user_id:
        raise not_found("batch")
    return batch


def moved(wired: Resources, user_id: str, batch_id: str, came_from: list[str], to: str, reason: str) -> BatchOut:
    batch = own_batch(wired, user_id, batch_id)
    if not wired.store.move_batch(batch["id"], came_from, to, reason):
        raise ApiError(409, "not_possible", f"A batch that is {batch['state']} cannot become {to}.")
    if to == "running":
        go_on(wired, batch["id"])
    return batch_out(own_batch(wired, user_id, batch_id))


def batch_out(batch: BatchDoc) -> BatchOut:
    fields = {name: value for name, value in batch.items() if name in BatchOut.model_fields and name != "rows"}
    lines = [
        BatchRowOut.model_validate({name: value for name, value in row.items() if name in BatchRowOut.model_fields})
        for row in batch["rows"]
    ]
    left = batch["settings"].get("left") or []
    return BatchOut.model_validate({**fields, "rows": lines, "counts": counted(rows_of(batch)), "left": left})


def sync_out(planned: Sync, batch: BatchDoc | None) -> SyncOut:
    return SyncOut(
        changes=[change_out(change) for change in planned.changes], batch=batch_out(batch) if batch else None
    )


def change_out(change: Change) -> ChangeOut:
    priced = change.priced
    cents = priced.cents if priced else change.price.cents if change.price else None
    net = change.place.fees.net(cents) if change.place.fees and cents is not None else None
    return ChangeOut(
        posting_id=change.place.posting_id,
        marketplace=change.place.marketplace,
        kind=change.kind,
        differences=[Difference(field=name, before=was, after=shall) for name, (was, shall) in change.fields.items()],
        price_steps=list(priced.steps) if priced else [],
        net=f"{net / 100:.2f}" if net is not None else None,
        why=change.why,
    )


def texts_before(wired: Resources, user_id: str, batch: BatchDoc) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Listings that the batch changed here: their bodies before it; and those edited since (id → title), whose text
    is not put back over that edit."""
    bodies: dict[str, dict[str, Any]] = {}
    edited: dict[str, str] = {}
    for listing_id, (before, after) in (batch["settings"].get("bodies") or {}).items():
        row = wired.store.get_listing(user_id, listing_id)
        if row is not None and row["body"] == after:
            bodies[listing_id] = before
        else:
            edited[listing_id] = str(after.get("title") or listing_id)
    return bodies, edited


def _more_than_price(before: ListingDraft, after: ListingDraft) -> ListingDraft | None:
    """The listing as it shall be, where more than its price changes: only then it matters which fields a form has."""
    return after if after.model_copy(update={"price": before.price}) != before else None


def _fields_there(wired: Resources, row: rows.ListingRow, name: str, after: ListingDraft) -> frozenset[str] | None:
    """Fields of ours that the marketplace's form has a place for, before or after the change; None if that cannot be
    told."""
    found: frozenset[str] = frozenset()
    for body in (row["body"], after.model_dump(mode="json")):
        fields = wired.marketplaces.form_fields(name, stored_listing({**row, "body": body}))
        if fields is None:
            return None
        found |= fields
    return found
