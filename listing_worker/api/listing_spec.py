"""The second seed's `listing_spec`, turned into our listing."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from listing_worker.api.errors import ApiError, explain, invalid
from listing_worker.api.listing_input import ListingIn
from listing_worker.api.schemas import ListingSpec
from listing_worker.models import ListingDraft
from listing_worker.storage.bucket_photos import SCHEME

# Attributes that are fields of ours; whatever else there is stays an attribute.
_FIELDS = {"brand": "brand", "size": "size", "sku": "sku"}
_COLORS = ("color", "colour", "colors")
_OUR_NAMES = {"zip_code": "location.zip", "colors": "attributes.color", "brand": "attributes.brand"}


def draft_of(spec: ListingSpec) -> ListingDraft:
    """Our draft. Raises ApiError 422 naming the field as the seed calls it, under `listing_spec.`."""
    attributes = dict(spec.attributes)
    body: dict[str, Any] = {
        "title": spec.title,
        "description": spec.description,
        "price": spec.price,
        "currency": spec.currency,
        "condition": spec.condition.strip().lower().replace(" ", "_"),
        "category": [part for part in spec.category if part],
    }
    for given in list(attributes):
        if given.lower() in _FIELDS:
            body[_FIELDS[given.lower()]] = attributes.pop(given)
        elif given.lower() in _COLORS:
            body["colors"] = [color.strip() for color in attributes.pop(given).split(",") if color.strip()]
    if spec.location and spec.location.zip:
        body["zip_code"] = spec.location.zip
    try:
        return ListingIn.model_validate({**body, "attributes": attributes}).draft()
    except ValidationError as error:
        raise _named_as_sent(error) from error


def check_shipping(spec: ListingSpec) -> None:
    """Raises ApiError 422 if nothing can be shipped: meeting in person is not something we can post yet."""
    options = {option.strip().lower() for option in spec.shipping_options}
    if options and "shipping" not in options:
        raise invalid(
            "Only listings that can be shipped are posted so far. Add 'shipping' to shipping_options.",
            "listing_spec.shipping_options",
        )


def photo_ids(spec: ListingSpec) -> list[str]:
    """The ids and bucket addresses in `media_s3_keys`. Raises ApiError 422 if there is none, or another address."""
    if not spec.media_s3_keys:
        raise invalid("The listing has no photo. Add at least one.", "listing_spec.media_s3_keys", "no_photos")
    for position, key in enumerate(spec.media_s3_keys):
        if "://" in key and not key.startswith(SCHEME):
            raise invalid(
                "Photos are named by the ids that POST /api/photos gives, or by s3:// addresses.",
                f"listing_spec.media_s3_keys[{position}]",
            )
    return list(spec.media_s3_keys)


def _named_as_sent(error: ValidationError) -> ApiError:
    field, message = explain(error.errors()[0])
    name = field.split(".")[0]
    return invalid(message, f"listing_spec.{_OUR_NAMES.get(name, field)}")
