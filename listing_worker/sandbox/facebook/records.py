"""Between the page's words and `Received`: what a listing input says, whether it may be listed, how it shows.

Normalised: `category` = [heading, leaf], `condition` = the API's value (USED_GOOD …), `brand`, `size`, `colors` from
the attributes, `shipping` = {"method", "location", "meetup", "weight", "carrier", "label", "offers"}, `tags` without
"#", photos in order. Everything else is in `fields`, as it was sent.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from listing_worker.sandbox.facebook import catalogue
from listing_worker.sandbox.site import Received, ReceivedPhoto

HOME = "https://www.facebook.com"
STATUS_WORDS = {"live": "Active", "pending_review": "Pending", "sold": "Sold", "draft": "Draft"}


def new_id(length: int = 16) -> str:
    """Digits, 15 to 17 of them on the real site (fact: facebook §1)."""
    return str(10 ** (length - 1) + secrets.randbelow(9 * 10 ** (length - 1)))


def item_url(item_id: str) -> str:
    return f"{HOME}/marketplace/item/{item_id}/"


def whole(value: Any) -> int | None:
    """A whole, non-negative number of dollars as the page sends it ("25"); None for anything else."""
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdigit() else None


def _words(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def problem_of(
    sent: dict[str, Any], photos: dict[str, ReceivedPhoto], variants: frozenset[str]
) -> tuple[str, str] | None:
    """Why an input cannot be listed, as (field, sentence); None when it can."""
    title, description = str(sent.get("title") or ""), str(sent.get("description") or "")
    ids, groups = _words(sent.get("photo_ids")), _words(sent.get("xpost_target_ids"))
    category = catalogue.CATEGORIES.get(str(sent.get("category_id")))
    attributes = sent.get("attributes") or {}
    mobile = "mobile" in variants
    checks = [
        ("photo_ids", bool(ids), "Please upload at least one photo."),
        ("photo_ids", len(ids) <= catalogue.PHOTO_LIMIT, "You can add up to 10 photos."),
        ("photo_ids", all(one in photos for one in ids), "A photo could not be found."),
        ("title", bool(title.strip()), "Please enter a title."),
        ("title", len(title) <= catalogue.TITLE_LIMIT, "The title is too long."),
        ("price", whole(sent.get("price")) is not None, "Please enter a price."),
        ("category_id", category is not None and category.name not in catalogue.OWN_FORMS, "Please choose a category."),
        ("condition", sent.get("condition") in catalogue.CONDITIONS, "Please choose a condition."),
        ("description", bool(description.strip()) or "description_required" not in variants, "Please describe it."),
        ("description", not mobile or len(description) <= catalogue.DESCRIPTION_LIMIT, "The description is too long."),
        ("Brand", bool(attributes.get("Brand")) or "brand_required" not in variants, "Please enter a brand."),
        ("tags", len(_words(sent.get("product_hashtag_names"))) <= catalogue.TAG_LIMIT, "Too many tags."),
        ("location", sent.get("location") in catalogue.PLACES.values(), "Please choose a location."),
        ("groups", len(groups) <= catalogue.GROUP_LIMIT, "You can choose up to 20 places."),
        ("groups", all(one in catalogue.GROUPS for one in groups), "A group could not be found."),
    ]
    return next(((where, why) for where, good, why in checks if not good), None)


def write(listing: Received, sent: dict[str, Any], photos: dict[str, ReceivedPhoto]) -> None:
    """Puts an input into a record. Fields that are not sent become empty: that is how a lost field shows."""
    category = catalogue.CATEGORIES.get(str(sent.get("category_id")))
    dollars = whole(sent.get("price"))
    attributes = {
        str(name): _words(value) if isinstance(value, list) else [str(value)]
        for name, value in (sent.get("attributes") or {}).items()
        if value
    }
    delivery = sent.get("delivery") or {}
    listing.title = str(sent.get("title") or "")
    listing.description = str(sent.get("description") or "")
    listing.price_cents = None if dollars is None else dollars * 100
    listing.category = [category.heading, category.name] if category else []
    listing.condition = str(sent.get("condition") or "")
    listing.attributes = attributes
    listing.brand = next(iter(attributes.get("Brand", [])), "")
    listing.size = next(iter(attributes.get("Size", [])), "")
    listing.colors = attributes.get("Color", [])
    listing.sku = str(sent.get("sku") or "")
    listing.tags = _words(sent.get("product_hashtag_names"))
    listing.shipping = {
        "method": str(delivery.get("method") or "pickup"),
        "weight": str(delivery.get("weight") or ""),
        "carrier": str(delivery.get("carrier") or ""),
        "label": str(delivery.get("label") or ""),
        "offers": bool(delivery.get("offers")),
        "location": str(sent.get("location") or ""),
        "meetup": _words(sent.get("meetup")),
    }
    listing.photos = [photos[one] for one in _words(sent.get("photo_ids")) if one in photos]
    listing.fields = dict(sent)


def status_line(listing: Received, variants: frozenset[str]) -> str:
    if listing.status == "pending_review" and "rejected" in variants:
        return "Needs attention"
    return STATUS_WORDS.get(listing.status, "")


def item(listing: Received, variants: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A listing as the page gets it. `listed` is the card's "M/D", in the server's time."""
    listed = datetime.fromtimestamp(listing.published_at or listing.created_at).astimezone()
    return {
        "id": listing.id,
        "title": listing.title,
        "description": listing.description,
        "dollars": None if listing.price_cents is None else listing.price_cents // 100,
        "status": listing.status,
        "statusLine": status_line(listing, variants),
        "listed": f"{listed.month}/{listed.day}",
        "photos": [{"id": photo.id, "url": f"/photo/{photo.id}.jpg"} for photo in listing.photos],
        "category": listing.category,
        "condition": listing.condition,
        "attributes": listing.attributes,
        "location": listing.shipping.get("location", ""),
        "clicks": 0,
    }
