"""Differences between a live listing and ours: comparing, showing, settling in one of four ways."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, explain, invalid
from listing_worker.api.listing_input import ListingIn
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import operation_out, own_posting, wake_operation
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.posting import stored_listing
from listing_worker.api.schemas import Asked
from listing_worker.api.schemas.operations import OperationOut
from listing_worker.inventory.drifting import COMPARE, PHOTOS, Difference, Drift, drift_of, kept_value
from listing_worker.models import OperationKind
from listing_worker.storage import rows

router = APIRouter(prefix="/api", tags=["drift"])


class DifferenceOut(BaseModel):
    field: str
    ours: str
    theirs: str
    can_keep: bool = Field(description="whether theirs can be taken over without guessing")
    ignored: bool


class DriftOut(BaseModel):
    seen_at: str | None = Field(description="when it was compared; null: ask for it by POST …/compare")
    differences: list[DifferenceOut]


class SettleIn(Asked):
    """keep: ours becomes theirs, for this marketplace. push: theirs becomes ours. edit: both become `value`. ignore:
    it is left alone as long as the marketplace says this."""

    field: str = Field(min_length=1, max_length=60)
    how: Literal["keep", "push", "edit", "ignore"]
    value: Any = None


class SettledOut(BaseModel):
    message: str
    operation: OperationOut | None = Field(description="what is done on the marketplace, if anything is")


@router.post("/postings/{posting_id}/compare", status_code=202)
def compare(posting_id: str, caller: User, wired: Wired) -> OperationOut:
    """Reads the live listing's fields and photos and compares them with ours. Presses nothing."""
    posting = own_posting(wired, caller.user_id, posting_id)
    return operation_out(_ask(wired, caller.user_id, posting, OperationKind.CHECK, dict(COMPARE)))


@router.get("/postings/{posting_id}/drift")
def get_drift(posting_id: str, caller: User, wired: Wired) -> DriftOut:
    """What the last comparison found and is not settled since."""
    found = _drift(wired, caller.user_id, own_posting(wired, caller.user_id, posting_id))
    return DriftOut(
        seen_at=found.seen_at, differences=[DifferenceOut.model_validate(vars(each)) for each in found.differences]
    )


@router.post("/postings/{posting_id}/drift/settle", status_code=202)
def settle_difference(posting_id: str, asked: SettleIn, caller: User, wired: Wired) -> SettledOut:
    """Settles one difference. 409 if there is none (any more), or if keeping it would be a guess."""
    posting = own_posting(wired, caller.user_id, posting_id)
    found = _drift(wired, caller.user_id, posting).differences
    difference = next((each for each in found if each.field == asked.field), None)
    if difference is None:
        raise ApiError(409, "no_difference", "Nothing differs there, as far as was seen. Compare again.")
    if asked.how == "ignore":
        wired.store.ignore_difference(caller.user_id, posting["id"], difference.field, difference.theirs)
        return SettledOut(message="It is left alone.", operation=None)
    if difference.field == PHOTOS:
        raise ApiError(409, "not_possible", "Photos are not sent again from here. Change them there, or ignore it.")
    if asked.how == "keep":
        _override(wired, caller.user_id, posting, difference.field, _kept(difference))
        return SettledOut(message="Ours says the same now, for this marketplace.", operation=None)
    if asked.how == "edit":
        if asked.value is None:
            raise invalid("Say what it shall be.", "value")
        _override(wired, caller.user_id, posting, difference.field, asked.value)
    pushed = _ask(wired, caller.user_id, posting, OperationKind.EDIT, {"fields": [difference.field]})
    return SettledOut(message="It is being changed there.", operation=operation_out(pushed))


def _drift(wired: Resources, user_id: str, posting: rows.PostingRow) -> Drift:
    listing = stored_listing(own_listing(wired, user_id, posting["listing_id"]))
    operations = wired.store.list_operations(user_id, posting_id=posting["id"], limit=200)
    ignored = wired.store.ignored_differences_of(user_id, posting["id"])
    return drift_of(operations, listing.for_marketplace(posting["marketplace"]), ignored)


def _kept(difference: Difference) -> Any:
    try:
        return kept_value(difference)
    except ValueError as error:
        raise ApiError(409, "not_possible", str(error), field="how") from error


def _override(wired: Resources, user_id: str, posting: rows.PostingRow, field: str, value: Any) -> None:
    """Our listing says `value` for this marketplace. Raises ApiError 422 if it cannot."""
    row = own_listing(wired, user_id, posting["listing_id"])
    overrides = dict(row["body"].get("overrides") or {})
    overrides[posting["marketplace"]] = {**overrides.get(posting["marketplace"], {}), field: value}
    try:
        body = ListingIn.model_validate({**row["body"], "overrides": overrides}).draft()
    except ValidationError as error:
        _, message = explain(error.errors()[0])
        raise invalid(message, "value") from error
    wired.store.update_listing(user_id, row["id"], body.model_dump(mode="json"))


def _ask(
    wired: Resources, user_id: str, posting: rows.PostingRow, kind: OperationKind, given: dict[str, Any]
) -> rows.OperationRow:
    if not wired.marketplaces.can(posting["marketplace"], kind):
        name = wired.marketplaces.display_name(posting["marketplace"])
        raise ApiError(409, "not_possible", f"On {name} this cannot be done from here yet. Do it there by hand.")
    asked = wired.store.request_operation(user_id, posting["id"], kind.value, given, wired.settings.max_retries + 1)
    wake_operation(wired, asked["operation"])
    return asked["operation"]
