"""One change of a listing, as it would be on every live posting: price by the marketplace's rule, text as it is posted.

Pure: rows for a batch, each with the difference it makes, and the listing's body as it shall be. A marketplace where it
cannot be done from here is a row to do by hand, with the reason. Prices that the seller set for one marketplace stay,
unless a rule for it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from listing_worker.inventory.pricing.fees import FeeTable
from listing_worker.inventory.pricing.rules import Priced, PriceRule, price_on
from listing_worker.models import ListingDraft, Money

FIELDS = (
    "title", "description", "price", "original_price", "condition", "category", "brand", "size", "colors", "quantity",
    "sku", "shipping", "zip_code", "tags", "attributes",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A live posting, and what its marketplace allows. Amounts in cents."""

    posting_id: str
    marketplace: str
    url: str | None
    can_price: bool
    can_edit: bool
    rule: PriceRule | None = None
    fees: FeeTable | None = None
    price_step: int = 1
    price_min: int | None = None
    price_max: int | None = None
    fields: frozenset[str] | None = None  # of ours that its form has; None = not asked


@dataclass(frozen=True)
class Change:
    """What happens on one posting. `kind`: change_price, edit, by_hand, or none where nothing differs there."""

    place: Place
    kind: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    price: Money | None = None
    priced: Priced | None = None
    why: str = ""


@dataclass(frozen=True)
class Sync:
    """`body`: the listing as it shall be stored, with the prices of the rules as overrides."""

    body: ListingDraft
    changes: tuple[Change, ...]


def plan_sync(before: ListingDraft, after: ListingDraft, places: Sequence[Place], *, only: Sequence[str] = ()) -> Sync:
    """`only`: fields to push even though the listing does not change (what is on the marketplace differs)."""
    overrides = {name: dict(changes) for name, changes in after.overrides.items()}
    priced: dict[str, Priced] = {}
    failed: dict[str, str] = {}
    for place in places:
        if place.rule is None:
            continue
        try:
            found = price_on(
                after.price.cents,
                place.rule,
                place.fees,
                step=place.price_step,
                least=place.price_min,
                most=place.price_max,
            )
        except ValueError as error:
            failed[place.marketplace] = str(error)
            continue
        priced[place.marketplace] = found
        own = overrides.setdefault(place.marketplace, {})
        own["price"] = {"cents": found.cents, "currency": after.price.currency}
        if found.cents == after.price.cents:
            del own["price"]
        if not own:
            del overrides[place.marketplace]
    body = after.model_copy(update={"overrides": overrides})
    changes = tuple(_change(before, body, place, priced, failed, only) for place in places)
    return Sync(body, changes)


def _change(
    before: ListingDraft,
    body: ListingDraft,
    place: Place,
    priced: Mapping[str, Priced],
    failed: Mapping[str, str],
    only: Sequence[str],
) -> Change:
    if place.marketplace in failed:
        return Change(place, "by_hand", why=failed[place.marketplace])
    try:
        was, shall = before.for_marketplace(place.marketplace), body.for_marketplace(place.marketplace)
    except ValidationError as error:
        return Change(place, "by_hand", why=str(error.errors()[0]["msg"]))
    fields = {
        name: (shown(getattr(was, name)), shown(getattr(shall, name)))
        for name in FIELDS
        if (getattr(was, name) != getattr(shall, name) or name in only)
        and (place.fields is None or name in place.fields)
    }
    found = priced.get(place.marketplace)
    if not fields:
        return Change(place, "none", priced=found)
    odd = place.rule is None and "price" in fields and shall.price.cents % place.price_step != 0
    if odd:
        step = "whole dollars" if place.price_step == 100 else f"steps of {place.price_step} cents"
        why = f"Prices there are in {step}: choose such a price, or a price rule for it."
        return Change(place, "by_hand", fields, shall.price, None, why)
    if set(fields) == {"price"}:
        kind = "change_price" if place.can_price else "by_hand"
    else:
        kind = "edit" if place.can_edit else "by_hand"
    why = "This cannot be changed there from here yet. Do it there by hand." if kind == "by_hand" else ""
    return Change(place, kind, fields, shall.price if "price" in fields else None, found, why)


def shown(value: Any) -> str:
    """A field's value as a person reads it in a difference."""
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, tuple | list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    if hasattr(value, "model_dump"):
        return ", ".join(f"{name} {each}" for name, each in value.model_dump(mode="json").items() if each is not None)
    return "" if value is None else str(value)


def rows_for(listing_id: str, sync: Sync) -> list[dict[str, Any]]:
    """The batch's rows; what differs nowhere is none."""
    rows = []
    for change in sync.changes:
        if change.kind == "none":
            continue
        given: dict[str, Any] = {}
        if change.kind == "change_price" and change.price is not None:
            given = {"price": str(change.price)}
        elif change.kind == "edit":
            given = {"fields": sorted(change.fields)}
        before = {"price": change.fields["price"][0]} if "price" in change.fields else {}
        rows.append(
            {
                "listing_id": listing_id,
                "posting_id": change.place.posting_id,
                "marketplace": change.place.marketplace,
                "kind": change.kind,
                "input": given,
                "before": before,
                **({"refused": change.why} if change.kind == "by_hand" else {}),
            }
        )
    return rows
