"""A listing of ours made of one that was found. What its page did not tell is asked, not guessed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, ListingDraft, Money
from listing_worker.storage.adopting_calls import FoundRow

# schema.org's words for the state of an item that mean one of ours; "UsedCondition" means any of four: it is asked
_CONDITIONS = {"NewCondition": Condition.NEW}
_SAID = ("description", "brand", "size")
_NEEDED = ("title", "description", "price", "condition", "category")


class Missing(ListingInvalid):
    """Fields that a listing needs and that its page did not tell."""

    code = "missing"
    default_action = "Send these fields along"


def told_by(row: FoundRow) -> dict[str, Any]:
    """The fields of a listing that its page and the seller's list told."""
    details = row["details"] or {}
    told: dict[str, Any] = {"title": row["title"], "sku": row["sku"] or None}
    told |= {name: details[name] for name in _SAID if details.get(name)}
    if row["price_cents"]:
        told["price"] = {"cents": row["price_cents"]}
    if details.get("color"):
        told["colors"] = [str(details["color"])]
    if details.get("condition") in _CONDITIONS:
        told["condition"] = _CONDITIONS[str(details["condition"])]
    return {name: value for name, value in told.items() if value is not None}


def lacking(row: FoundRow) -> tuple[str, ...]:
    """What a listing needs and nothing told: asked of the seller."""
    told = told_by(row)
    return tuple(name for name in _NEEDED if not told.get(name))


def draft_from(row: FoundRow, given: Mapping[str, Any]) -> ListingDraft:
    """Title, price and what the page told, with `given` on top. Raises Missing naming the first field that lacks."""
    fields = {name: value for name, value in {**told_by(row), **given}.items() if value is not None}
    if isinstance(fields.get("price"), str | int | float):
        fields["price"] = _money(fields["price"])
    try:
        return ListingDraft.model_validate(fields)
    except ValidationError as error:
        problems = error.errors()
        lacking = [str(each["loc"][0]) for each in problems if each["type"] == "missing"]
        if lacking:
            raise Missing(
                f"Its page does not tell: {', '.join(lacking)}. Send them along.", field=lacking[0]
            ) from error
        first = problems[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Missing(f"{where}: {first['msg']}", field=where or "listing") from error


def _money(written: str | int | float) -> Money:
    try:
        return Money.of(written)
    except (ValueError, ArithmeticError) as error:
        raise Missing("A price is a number like 48 or 48.50.", field="price") from error
