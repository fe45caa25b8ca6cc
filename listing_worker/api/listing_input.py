"""A listing as a seller sends it: amounts the way people write them, every text checked, errors that name the field."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from listing_worker.api.errors import explain
from listing_worker.models import ListingDraft, Money, Shipping

PRICE_LIMIT = Decimal(1_000_000)

_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_AMOUNT_SCHEMA = {
    "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d{1,2})?$"}],
    "description": "dollars, e.g. 48, 48.5 or '48.00'",
}


def amount(value: object) -> object:
    """Money from what people write: 48, 48.5, "48.00". Objects {cents, currency} pass as they are."""
    if value is None or isinstance(value, dict | Money):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("lw_amount", "A price is a number like 48 or 48.50.")
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise PydanticCustomError("lw_amount", "A price is a number like 48 or 48.50.")
    if exact <= 0:
        raise PydanticCustomError("lw_amount", "A price must be more than 0.")
    if exact > PRICE_LIMIT:
        raise PydanticCustomError("lw_amount", "A price may be at most 1,000,000.")
    if exact != round(exact, 2):
        raise PydanticCustomError("lw_amount", "A price has at most two decimals, like 48.50.")
    return {"cents": int(exact * 100)}


def _override_amounts(value: object) -> object:
    """Overrides are stored as the model's own fields, so their amounts are turned into money here."""
    if not isinstance(value, dict):
        return value
    result: dict[Any, Any] = {}
    for marketplace, changes in value.items():
        if not isinstance(changes, dict):
            raise PydanticCustomError("lw_overrides", "Overrides are an object per marketplace.")
        fixed = {**changes}
        for name in ("price", "original_price"):
            if name in fixed:
                try:
                    fixed[name] = amount(fixed[name])
                except PydanticCustomError as error:
                    raise PydanticCustomError(
                        "lw_amount", "{text}", {"text": error.message(), "field": f"overrides.{marketplace}.{name}"}
                    ) from error
        result[marketplace] = fixed
    return result


def _odd_character(value: object, path: str = "") -> str | None:
    """The path of the first text with a character that no listing may hold: controls, or half a surrogate pair."""
    if isinstance(value, str):
        return path if _ODD.search(value) else None
    children: list[tuple[object, object]] = []
    if isinstance(value, dict):
        children = [(k, v) for k, v in value.items()] + [(k, k) for k in value]
    elif isinstance(value, list | tuple):
        children = list(enumerate(value))
    for name, child in children:
        below = _odd_character(child, f"{path}.{name}" if path else str(name))
        if below is not None:
            return below
    return None


def clean_text(value: object) -> object:
    """Refuses control characters and broken Unicode anywhere inside: a database and a form could not keep them."""
    path = _odd_character(value)
    if path is not None:
        shown = path if path.isprintable() else "a name"
        raise PydanticCustomError(
            "lw_characters", "{shown} contains control characters. Remove them.", {"shown": shown, "field": shown}
        )
    return value


Amount = Annotated[Money, BeforeValidator(amount), WithJsonSchema(_AMOUNT_SCHEMA)]


class ShippingIn(Shipping):
    cost: Amount | None = None


class ListingIn(ListingDraft):
    """A listing as a seller sends it. `currency` applies to all amounts that name none."""

    price: Amount
    original_price: Amount | None = None
    shipping: ShippingIn = ShippingIn()
    overrides: Annotated[
        dict[str, dict[str, Any]],
        BeforeValidator(_override_amounts),
        Field(description="fields that differ on one marketplace: {marketplace: {field: value}}"),
    ] = Field(default_factory=dict)
    currency: Literal["USD"] = "USD"

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, value: object) -> object:
        return clean_text(value)

    @model_validator(mode="after")
    def _overrides_fit(self) -> Self:
        """The same check as the draft's, naming the marketplace and the field."""
        for marketplace in self.overrides:
            try:
                self.for_marketplace(marketplace)
            except ValidationError as error:
                field, text = explain(error.errors()[0], prefix=f"overrides.{marketplace}")
                raise PydanticCustomError("lw_overrides", "{text}", {"text": text, "field": field}) from error
        return self

    def draft(self) -> ListingDraft:
        """What is stored."""
        return ListingDraft.model_validate(self.model_dump(mode="json", exclude={"currency"}))
