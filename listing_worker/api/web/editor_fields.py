"""Between the editor's form and a listing's body: every field by its name in the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from listing_worker.api.web.forms import Form
from listing_worker.models import ListingDraft, Money

# What the editor lets differ per marketplace; further overrides are kept as they are.
OVERRIDABLE = ("title", "description", "price", "category")
SHOWN = {
    "title", "description", "price", "original_price", "condition", "category", "brand", "size", "colors", "quantity",
    "sku", "shipping", "zip_code", "tags", "attributes", "overrides",
}  # fmt: skip
OUNCES = 16  # in a pound


def body_of(form: Form, marketplaces: Sequence[str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """A body for `ListingIn`; empty fields are left out, so that their rules speak. `stored` is the body as it was:
    what the form does not show is kept."""
    body: dict[str, Any] = {name: value for name, value in stored.items() if name not in SHOWN}
    kept: Mapping[str, Mapping[str, Any]] = stored.get("overrides", {})
    for name in ("price", "original_price", "condition", "brand", "size", "sku", "zip_code"):
        if form.get(name):
            body[name] = form.get(name)
    body["title"] = form.get("title")
    body["description"] = form.get("description").replace("\r\n", "\n")
    body["category"] = path_of(form.get("category"))
    body["colors"] = listed(form.get("colors"))
    body["tags"] = listed(form.get("tags"))
    if form.get("quantity"):
        body["quantity"] = form.get("quantity")
    body["attributes"] = attributes_of(form.get("attributes"))
    body["shipping"] = _shipping_of(form)
    overrides: dict[str, dict[str, Any]] = {}
    for marketplace in marketplaces:
        changes = {k: v for k, v in kept.get(marketplace, {}).items() if k not in OVERRIDABLE}
        for name in OVERRIDABLE:
            text = form.get(f"o.{marketplace}.{name}").replace("\r\n", "\n")
            if text:
                changes[name] = path_of(text) if name == "category" else text
        if changes:
            overrides[marketplace] = changes
    body["overrides"] = {**{k: dict(v) for k, v in kept.items() if k not in marketplaces}, **overrides}
    return body


def as_form(body: Mapping[str, Any]) -> dict[str, str]:
    """A stored body as the form shows it."""
    draft = ListingDraft.model_validate(body)
    shipping = draft.shipping
    values = {
        "title": draft.title,
        "description": draft.description,
        "price": str(draft.price),
        "original_price": str(draft.original_price or ""),
        "condition": draft.condition.value,
        "category": " > ".join(draft.category),
        "brand": draft.brand or "",
        "size": draft.size or "",
        "colors": ", ".join(draft.colors),
        "quantity": str(draft.quantity),
        "sku": draft.sku or "",
        "zip_code": draft.zip_code or "",
        "tags": ", ".join(draft.tags),
        "attributes": "\n".join(f"{name}: {value}" for name, value in draft.attributes.items()),
        "payer": shipping.payer.value,
        "pickup": shipping.pickup.value if shipping.pickup else "",
        "shipping_cost": str(shipping.cost or ""),
    }
    if shipping.weight_oz is not None:
        pounds, ounces = divmod(shipping.weight_oz, OUNCES)
        values |= {"weight_lb": str(pounds) if pounds else "", "weight_oz": str(ounces) if ounces else ""}
    for side in ("length_in", "width_in", "height_in"):
        values[side] = str(getattr(shipping, side) or "")
    for marketplace, changes in draft.overrides.items():
        for name in OVERRIDABLE:
            if name in changes:
                values[f"o.{marketplace}.{name}"] = _text_of(name, changes[name])
    return values


def path_of(text: str) -> list[str]:
    """ "Women > Dresses" as a list."""
    return [part.strip() for part in text.split(">") if part.strip()]


def listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def attributes_of(text: str) -> dict[str, str]:
    """Lines like "Material: Cotton". A line without a colon becomes an attribute without a value."""
    found: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").split("\n"):
        name, _, value = line.partition(":")
        if name.strip():
            found[name.strip()] = value.strip()
    return found


def _shipping_of(form: Form) -> dict[str, Any]:
    shipping: dict[str, Any] = {"payer": form.get("payer") or "buyer"}
    for name in ("pickup", "length_in", "width_in", "height_in"):
        if form.get(name):
            shipping[name] = form.get(name)
    pounds, ounces = form.get("weight_lb"), form.get("weight_oz")
    if pounds.isdecimal() or ounces.isdecimal():
        shipping["weight_oz"] = (
            int(pounds or 0) * OUNCES + int(ounces or 0) if (pounds + ounces).isdecimal() else pounds
        )
    elif pounds or ounces:
        shipping["weight_oz"] = pounds or ounces  # not a number: the rule for it says so
    if form.get("shipping_cost"):
        shipping["cost"] = form.get("shipping_cost")
    return shipping


def _text_of(name: str, value: Any) -> str:
    if name == "category":
        return " > ".join(value)
    if name == "price":
        return str(Money.model_validate(value))
    return str(value)
