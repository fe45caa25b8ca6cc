"""The form that changes live listings: what was typed, as the API takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from listing_worker.api.errors import from_validation, invalid
from listing_worker.api.schemas.batches import BulkIn
from listing_worker.api.web.editor_fields import listed
from listing_worker.api.web.forms import Form

OF_ONE = ("title", "description", "price", "condition", "brand", "size", "colors", "tags", "quantity", "sku")
OF_MANY = ("condition", "brand", "colors", "tags", "zip_code")  # what may sensibly become the same on many
ACTS_OF_ONE = ("change", "delist", "relist")
ACTS_OF_MANY = ("price", "change", "delist", "relist", "compare")
MOST = 200  # listings of one form
_NEVER_EMPTY = ("title", "description", "price", "condition", "quantity")
_LISTS = ("colors", "tags")


def asked_of(form: Form, stored: Mapping[str, str] | None) -> BulkIn:
    """What the form asks for. `stored`: the one listing as the form showed it at first, None for many. Raises ApiError
    422 naming the field."""
    what = form.get("what")
    names = form.all("marketplace")
    if not names:
        raise invalid("Choose at least one marketplace.", "marketplaces")
    body: dict[str, Any] = {"what": what, "listings": form.all("listing")[:MOST], "marketplaces": names}
    if what == "change":
        body["changes"] = _changes_of(form, stored)
    if what == "price":
        body |= _price_of(form)
    if form.get("rehearse"):
        body["rehearse"] = True
    try:
        return BulkIn.model_validate(body)
    except ValidationError as error:
        raise from_validation(error.errors()) from error


def _price_of(form: Form) -> dict[str, str]:
    how = form.get("how")
    if how == "rules":
        return {}
    name = "percent" if how == "percent" else "price"
    if not form.get(name):
        raise invalid("Say how much.", name)
    return {name: form.get(name).removesuffix("%").strip()}


def _changes_of(form: Form, stored: Mapping[str, str] | None) -> dict[str, Any]:
    """Of one listing, what was typed differently; of many, what was typed at all."""
    found: dict[str, Any] = {}
    for name in OF_MANY if stored is None else OF_ONE:
        if name not in form.texts:
            continue
        text = form.get(name).replace("\r\n", "\n")
        before = "" if stored is None else stored.get(name, "").replace("\r\n", "\n").strip()
        if text == before:
            continue
        found[name] = listed(text) if name in _LISTS else text if text or name in _NEVER_EMPTY else None
    return found
