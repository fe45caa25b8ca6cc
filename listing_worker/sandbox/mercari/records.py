"""Between the page's words and `Received`: what a `createListing` input says, whether it may be listed, how it shows.

Normalised: `category` = path labels, `condition` = "1".."5", `size` = its label, `brand` = its name or "",
`shipping` = {"method", "service", "weight_lb", "weight_oz", "payer", "zip"}, photos in order.
"""

from __future__ import annotations

import secrets
from typing import Any

from listing_worker.sandbox.mercari import catalogue
from listing_worker.sandbox.site import Received, ReceivedPhoto

TITLE_LIMIT, DESCRIPTION_LIMIT, PHOTO_LIMIT = 80, 1000, 12
PRICE_RANGE_CENTS = (100, 200_000)
IMAGES = "https://u-mercari-images.mercdn.net/photos"
STATUS_WORDS = {
    "live": "on_sale",
    "pending_review": "on_sale",
    "delisted": "stop",
    "sold": "sold_out",
    "draft": "draft",
}


def new_item_id() -> str:
    """ "m" and 11 digits, as most of the real ones (fact: mercari §1)."""
    return f"m{secrets.randbelow(9 * 10**10) + 10**10}"


def whole(value: Any) -> int:
    """A whole number the page sent, 0 for anything else."""
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def item_url(item_id: str) -> str:
    return f"https://www.mercari.com/us/item/{item_id}/"


def problem_of(sent: dict[str, Any], photos: dict[str, ReceivedPhoto]) -> tuple[str, str] | None:
    """Why an input cannot be listed, as (field, sentence); None when it can."""
    category = catalogue.categories().get(whole(sent.get("categoryId")))
    price = sent.get("price")
    name, description = str(sent.get("name") or ""), str(sent.get("description") or "")
    photo_ids = sent.get("photoIds") or []
    classes = [catalogue.shipping_class(whole(number)) for number in sent.get("shippingClassIds") or []]
    size_needed = category is not None and bool(catalogue.sizes(category.id))
    low, high = PRICE_RANGE_CENTS
    checks = [
        ("photoIds", 1 <= len(photo_ids) <= PHOTO_LIMIT, "Add between 1 and 12 photos"),
        ("photoIds", all(number in photos for number in photo_ids), "A photo could not be found"),
        ("name", bool(name.strip()), "Title can not be empty"),
        ("name", len(name) <= TITLE_LIMIT, "Title must be 80 characters or less"),
        ("description", len(description.split()) >= 5, "Description must be at least 5 words"),
        ("description", len(description) <= DESCRIPTION_LIMIT, "Description must be 1000 characters or less"),
        ("categoryId", category is not None and category.leaf, "Please select a category"),
        ("brandId", sent.get("brandId") == 0 or whole(sent.get("brandId")) in catalogue.brands(), "Select a brand"),
        ("conditionId", str(sent.get("conditionId")) in catalogue.CONDITIONS, "Please select a condition"),
        ("sizeId", not size_needed or _size(sent) != "", "Size can not be empty"),
        ("zipCode", len(str(sent.get("zipCode") or "")) == 5, "Please enter a valid zip code"),
        ("shippingPayerId", whole(sent.get("shippingPayerId")) in {1, 2}, "Please select who pays for shipping"),
        (
            "shippingClassIds",
            sent.get("isShippingSoyo") is True or (bool(classes) and all(classes)),
            "Please select a shipping carrier",
        ),
        (
            "price",
            isinstance(price, int) and low <= price <= high,
            "Please enter a price in the range of $1.00–$2,000.00",
        ),
    ]
    return next(((where, why) for where, good, why in checks if not good), None)


def _size(sent: dict[str, Any]) -> str:
    return catalogue.size_name(whole(sent.get("categoryId")), whole(sent.get("sizeId")))


def write(listing: Received, sent: dict[str, Any], photos: dict[str, ReceivedPhoto]) -> None:
    """Puts an input into a record. Fields that are not sent become empty: that is how a lost field shows."""
    category = catalogue.categories().get(whole(sent.get("categoryId")))
    brand = catalogue.brands().get(whole(sent.get("brandId")))
    listing.title = str(sent.get("name") or "")
    listing.description = str(sent.get("description") or "")
    listing.price_cents = whole(sent.get("price")) or None
    listing.category = list(category.path) if category else []
    listing.brand = brand.name if brand else ""
    listing.condition = str(sent.get("conditionId") or "")
    listing.size = _size(sent)
    listing.tags = [str(tag) for tag in sent.get("tags") or []]
    listing.shipping = _shipping(sent)
    listing.photos = [photos[number] for number in sent.get("photoIds") or [] if number in photos]
    listing.attributes = {"Smart Pricing": ["on"]} if sent.get("isAutoPriceDrop") else {}
    listing.fields = dict(sent)


def _shipping(sent: dict[str, Any]) -> dict[str, Any]:
    own = sent.get("isShippingSoyo") is True
    labels = [catalogue.shipping_class(whole(number)) for number in sent.get("shippingClassIds") or []]
    pounds, ounces = divmod(whole(sent.get("shippingPackageWeight")), 16)
    return {
        "method": "SOYO" if own else "MERCARI",
        "service": labels[0].name if labels and labels[0] and not own else "",
        "weight_lb": pounds,
        "weight_oz": ounces,
        "payer": {1: "seller", 2: "buyer"}.get(whole(sent.get("shippingPayerId")), ""),
        "zip": str(sent.get("zipCode") or ""),
    }


def item(listing: Received) -> dict[str, Any]:
    """A listing as the site's API tells it: price in cents, times in Unix seconds (fact: mercari §6)."""
    return {
        "id": listing.id,
        "name": listing.title,
        "description": listing.description,
        "price": listing.price_cents,
        "status": STATUS_WORDS.get(listing.status, listing.status),
        "underReview": listing.status == "pending_review",
        "photos": [
            {"imageUrl": f"{IMAGES}/{listing.id}_{n}.jpg?{int(photo.at)}", "uploadId": photo.id}
            for n, photo in enumerate(listing.photos, 1)
        ],
        "itemCategoryHierarchy": listing.category,
        "itemCondition": {"id": listing.condition, "name": catalogue.CONDITIONS.get(listing.condition, "")},
        "brand": {"name": listing.brand} if listing.brand else None,
        "itemSize": {"name": listing.size} if listing.size else None,
        "shippingPayer": {"name": listing.shipping.get("payer", "")},
        "zipCode": listing.shipping.get("zip", ""),
        "numLikes": 0,
        "created": int(listing.published_at or listing.created_at),
        "updated": int(listing.published_at or listing.created_at),
    }
