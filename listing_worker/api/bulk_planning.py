"""What asking for many at once would do: rows for a batch, and the difference that each makes. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from listing_worker.api.batch_planning import act_rows, change_out, plan_change, post_row, rules_of
from listing_worker.api.errors import ApiError, invalid
from listing_worker.api.listings import own_listing
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.schemas.batches import BulkIn, BulkPreviewOut, PlannedRow
from listing_worker.inventory.drifting import COMPARE
from listing_worker.inventory.syncing import rows_for
from listing_worker.models import OperationKind
from listing_worker.storage import rows

MOST = 1000  # rows of a batch
DOLLAR = 100  # cents


@dataclass
class Planned:
    """`rows` as a batch takes them; `bodies`: listing → its body before and after; `shown`: what a person is shown,
    also where nothing would change."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    shown: list[PlannedRow] = field(default_factory=list)
    title: str = ""  # of the first listing


def plan_bulk(wired: Resources, user_id: str, asked: BulkIn) -> Planned:
    """Raises ApiError 404 for a listing that is not theirs, 422 for what a listing may not say."""
    names = known_marketplaces(wired, asked.marketplaces)
    if asked.what == "post" and not names:
        raise invalid("Name the marketplaces to post to.", "marketplaces")
    planned = Planned()
    rules = rules_of(wired, user_id)
    for listing_id in dict.fromkeys(asked.listings):
        row = own_listing(wired, user_id, listing_id)
        planned.title = planned.title or str(row["body"].get("title", ""))
        if asked.what in {"price", "change"}:
            change = plan_change(wired, user_id, row, _changes(asked, row), rules, names)
            planned.rows += rows_for(row["id"], change)
            body = change.body.model_dump(mode="json")
            if body != row["body"]:
                planned.bodies[row["id"]] = [row["body"], body]
            planned.shown += [_shown(row, change_out(each).model_dump()) for each in change.changes]
            continue
        wanted = _acts(wired, user_id, row, asked, names)
        planned.rows += wanted
        planned.shown += [_shown(row, {**each, "why": each.get("refused", "")}) for each in wanted]
    if len(planned.rows) > MOST:
        raise invalid(f"At most {MOST} at once; this would be {len(planned.rows)}.", "listings")
    return planned


def preview_of(planned: Planned) -> BulkPreviewOut:
    return BulkPreviewOut(rows=planned.shown, acts=sum("refused" not in row for row in planned.rows))


def something(planned: Planned) -> Planned:
    """Raises ApiError 409 where nothing would be done."""
    if not planned.rows:
        raise ApiError(
            409, "nothing_to_do", "Nothing of this is on sale where it could be done, or nothing would change."
        )
    return planned


def _changes(asked: BulkIn, row: rows.ListingRow) -> dict[str, Any]:
    """Fields of this listing as they shall be. A price by percent is rounded to whole dollars, at least one."""
    if asked.what == "change":
        return asked.changes
    if asked.percent is not None:
        cents = row["body"]["price"]["cents"] * (100 + asked.percent) / 100
        return {"price": {"cents": max(1, round(cents / DOLLAR)) * DOLLAR}}
    return {"price": asked.price} if asked.price is not None else {}


def _acts(
    wired: Resources, user_id: str, row: rows.ListingRow, asked: BulkIn, names: list[str]
) -> list[dict[str, Any]]:
    if asked.what == "post":
        return [post_row(row, name) for name in names]
    if asked.what == "compare":
        checks = act_rows(wired, user_id, row, OperationKind.CHECK, names)
        return [{**each, "input": dict(COMPARE)} if "refused" not in each else each for each in checks]
    return act_rows(wired, user_id, row, OperationKind(asked.what), names)


def _shown(row: rows.ListingRow, each: dict[str, Any]) -> PlannedRow:
    known = {name: value for name, value in each.items() if name in PlannedRow.model_fields}
    return PlannedRow.model_validate({**known, "listing_id": row["id"], "title": row["body"].get("title", "")})
