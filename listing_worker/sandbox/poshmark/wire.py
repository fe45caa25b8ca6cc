"""Between the site's wire format and a `Received` record: reading what the form sent, and telling the site's state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from listing_worker.sandbox.poshmark import catalog
from listing_worker.sandbox.site import Account, Received, ReceivedPhoto

IMAGE_HOST = "di2ponv0v5otw.cloudfront.net"
PICTURE_LIMIT = 16
TITLE_LIMIT = 80
DESCRIPTION_LIMIT = 1500

# Our words for a part of the post, for whoever sets the `drop_field` switch without knowing the site's.
PARTS = {
    "price": "price_amount",
    "original_price": "original_price_amount",
    "size": "inventory",
    "sku": "seller_private_info",
    "photos": "pictures",
    "category": "catalog",
    "tags": "style_tags",
    "shipping": "seller_shipping_discount",
}


def slug(title: str) -> str:
    """The title in an address: letters and digits only, words joined by dashes (fact: poshmark §1)."""
    return "-".join(re.sub(r"[^A-Za-z0-9 ]", "", title).split())


def listing_path(listing: Received) -> str:
    words = slug(listing.title)
    return f"/listing/{words}-{listing.id}" if words else f"/listing/{listing.id}"


def picture_url(listing_id: str, photo: ReceivedPhoto, prefix: str = "m") -> str:
    day = datetime.fromtimestamp(photo.at, UTC)
    return f"https://{IMAGE_HOST}/posts/{day:%Y/%m/%d}/{listing_id}/{prefix}_{photo.id}.jpg"


def picture_json(listing_id: str, photo: ReceivedPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "url": picture_url(listing_id, photo),
        "url_small": picture_url(listing_id, photo, "s"),
        "url_large": picture_url(listing_id, photo, "l"),
        "content_type": photo.content_type,
    }


def without(post: dict[str, Any], part: str) -> dict[str, Any]:
    """The post as if one part of it had been lost on its way (switch `drop_field`)."""
    kept = dict(post)
    if part == "subcategory":
        kept["catalog"] = {**(kept.get("catalog") or {}), "category_features": []}
    elif part == "pictures" or part == "photos":
        kept["pictures"] = list(kept.get("pictures") or [])[:-1]
    elif part:
        kept.pop(PARTS.get(part, part), None)
    return kept


def cents(amount: Any) -> int | None:
    """Whole cents of {"val": "48", "currency_code": "USD"}; None where there is no number."""
    try:
        return round(float((amount or {})["val"]) * 100)
    except (KeyError, TypeError, ValueError):
        return None


def read_post(post: dict[str, Any], listing: Received, photos: dict[str, ReceivedPhoto]) -> None:
    """Takes over a whole post: what it does not name is emptied, as the site's form always sends everything."""
    inventory = post.get("inventory") or {}
    quantities = inventory.get("size_quantities") or []
    private = post.get("seller_private_info") or {}
    cover = (post.get("cover_shot") or {}).get("id")
    order = [cover, *((picture or {}).get("id") for picture in post.get("pictures") or [])]
    listing.title = str(post.get("title") or "")
    listing.description = str(post.get("description") or "")
    listing.category = catalog.path_of(post.get("catalog") or {})
    listing.condition = str(post.get("condition") or "")
    listing.brand = str(post.get("brand") or "")
    listing.size = ", ".join(str(quantity.get("size_id")) for quantity in quantities)
    listing.quantity = sum(int(quantity.get("quantity_available") or 0) for quantity in quantities) or 1
    listing.colors = [str(color.get("name")) for color in post.get("colors") or []]
    listing.tags = [str(tag) for tag in post.get("style_tags") or []]
    listing.price_cents = cents(post.get("price_amount"))
    listing.original_price_cents = cents(post.get("original_price_amount")) or None
    listing.sku = str(private.get("sku") or "")
    discount = str((post.get("seller_shipping_discount") or {}).get("id") or "none")
    listing.shipping = {"discount": dict(catalog.SHIPPING_DISCOUNTS).get(discount, discount)}
    listing.photos = [photos[photo] for photo in dict.fromkeys(order) if photo in photos]
    listing.fields = post


def complaint(listing: Received) -> str | None:
    """Why the site refuses to publish this listing, in its words for the user; None if it takes it."""
    price = listing.price_cents
    checks = [
        (bool(listing.photos), "Please add at least one photo."),
        (len(listing.photos) <= PICTURE_LIMIT, f"You can add up to {PICTURE_LIMIT} photos."),
        (bool(listing.title.strip()), "Please enter a title."),
        (len(listing.title) <= TITLE_LIMIT, f"The title can have up to {TITLE_LIMIT} characters."),
        (bool(listing.description.strip()), "Please enter a description."),
        (len(listing.description) <= DESCRIPTION_LIMIT, f"Up to {DESCRIPTION_LIMIT} characters in a description."),
        (len(listing.category) >= 2, "Please select a category."),
        (bool(listing.size), "Please select a size."),
        (listing.condition in {code for code, _, _ in catalog.CONDITIONS}, "Please select a condition."),
        (price is not None and price >= 300, "Please enter a price of at least $3."),
        (price is not None and price % 100 == 0, "Whole dollar amount required"),
        ((listing.original_price_cents or 0) % 100 == 0, "Whole dollar amount required"),
        (len(listing.colors) <= 2 and set(listing.colors) <= {name for name, _ in catalog.COLORS}, "Check the colors."),
        (len(listing.tags) <= 3, "You can add up to 3 style tags."),
    ]
    return next((message for fine, message in checks if not fine), None)


def availability(listing: Received) -> str:
    return {"sold": "sold_out", "delisted": "not_for_sale"}.get(listing.status, "available")


def post_json(listing: Received, owner: Account, *, private: bool) -> dict[str, Any]:
    """A post as the API and the pages' state tell it; `private` adds what only the seller may see."""
    published = listing.published_at
    fields = listing.fields
    return {
        "id": listing.id,
        "creator_id": owner.id,
        "creator_username": owner.handle,
        "creator_display_handle": owner.handle,
        "title": listing.title,
        "description": listing.description,
        "status": "published" if published else "draft",
        "catalog": fields.get("catalog") or {},
        "category_path": listing.category,
        "brand": listing.brand,
        "condition": listing.condition,
        "colors": fields.get("colors") or [],
        "size": listing.size,
        "style_tags": listing.tags,
        "price_amount": {"val": f"{(listing.price_cents or 0) / 100:.1f}", "currency_code": "USD"},
        "original_price_amount": {"val": f"{(listing.original_price_cents or 0) / 100:.1f}", "currency_code": "USD"},
        "inventory": {**(fields.get("inventory") or {}), "status": availability(listing)},
        "inventory_status": availability(listing),
        "under_review": listing.status == "pending_review",
        "cover_shot": picture_json(listing.id, listing.photos[0]) if listing.photos else None,
        "pictures": [picture_json(listing.id, photo) for photo in listing.photos],
        "created_at": datetime.fromtimestamp(listing.created_at, UTC).isoformat(),
        "first_published_at": datetime.fromtimestamp(published, UTC).isoformat() if published else None,
        **(
            {
                "seller_private_info": fields.get("seller_private_info") or {},
                "seller_shipping_discount": fields.get("seller_shipping_discount") or {"id": "none"},
                "offer_auto_actions_v2_enabled": bool(fields.get("offer_auto_actions_v2_enabled")),
            }
            if private
            else {}
        ),
    }
