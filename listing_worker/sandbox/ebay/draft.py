"""A draft: what the form has saved so far, and the record that tests read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from listing_worker.sandbox.ebay import catalog
from listing_worker.sandbox.ebay.richtext import plain_text
from listing_worker.sandbox.site import Received, ReceivedPhoto

AUCTION, FIXED_PRICE = "AUCTION", "FIXED_PRICE"
PHOTO_LIMIT = 24

# The `name=` hooks of the form's own fields and the kind of value each takes (fact: ebay §3b).
FIELDS: dict[str, type] = {
    "title": str,
    "subtitle": str,
    "customLabel": str,
    "categoryId": str,
    "condition": str,
    "itemConditionDescription": str,
    "description": str,
    "universalProductCode": str,
    "format": str,
    "price": str,
    "priceAutoFillPref": bool,
    "startPrice": str,
    "auctionReservePrice": str,
    "duration": str,
    "quantity": str,
    "bestOffer": bool,
    "minimumBestOffer": str,
    "autoAcceptOffer": str,
    "domesticShippingType": str,
    "domesticShippingService1": str,
    "domesticShippingPrice1": str,
    "majorWeight": str,
    "minorWeight": str,
    "packageLength": str,
    "packageWidth": str,
    "packageDepth": str,
    "freeShipping": bool,
    "intlShippingServicePref": bool,
    "shippingPolicy": str,
    "paymentPolicy": str,
    "returnPolicy": str,
    "itemLocation": str,
    "returnsAccepted": str,
    "promotedListing": bool,
    "adRate": str,
    "scheduleListing": bool,
    "autoLowerPrice": bool,
    "charity": bool,
    "photos": list,
}
LIMITS = {"title": 80, "subtitle": 55, "customLabel": 50, "itemConditionDescription": 1000, "description": 500_000}

# What a seller's very first form is pre-filled with; later ones take over the last listing's values.
FIRST_SHIPPING: dict[str, Any] = {
    "domesticShippingType": "FLAT",
    "domesticShippingService1": "USPSGroundAdvantage",
    "domesticShippingPrice1": "7.95",
    "majorWeight": "1",
    "minorWeight": "0",
    "packageLength": "",
    "packageWidth": "",
    "packageDepth": "",
    "freeShipping": False,
    "intlShippingServicePref": True,
    "shippingPolicy": "",
    "paymentPolicy": "eBay Managed Payments",
    "returnPolicy": "30 days money back",
    "itemLocation": "10001",
    "returnsAccepted": "RETURNS_30",
}


def cents(text: str) -> int | None:
    """ "$1,248.50" → 124850; None for what is no positive amount with at most two decimals."""
    try:
        amount = Decimal(text.strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount <= 0 or amount * 100 != int(amount * 100):
        return None
    return int(amount * 100)


def whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,6}", text.strip()) else None


@dataclass
class Draft:
    """One draft. `values` holds what was saved, keyed by the form's own field names; `attributes.<Name>` are lists.

    `record` is the oracle's view of it. A draft that revises a live listing (`item_id` set, mode ReviseItem) has a
    record of its own, which nobody sees, until "Revise it".
    """

    id: str
    record: Received
    mode: str = "AddItem"
    item_id: str = ""
    opened: int = 0
    recommended_price: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def category(self) -> catalog.Category | None:
        return catalog.find_leaf(str(self.values.get("categoryId", "")))

    @property
    def attributes(self) -> dict[str, list[str]]:
        prefix = "attributes."
        return {
            key.removeprefix(prefix): value for key, value in self.values.items() if key.startswith(prefix) and value
        }

    def text(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def set_category(self, category_id: str) -> None:
        """Specifics of the former category that the new one does not know are lost, as on the site."""
        self.values["categoryId"] = category_id
        category = self.category
        if category is None:
            return
        known = {aspect.key for aspect in catalog.aspects(category.family)}
        for key in [key for key in self.values if key.startswith("attributes.") and key not in known]:
            del self.values[key]
        if self.text("condition") not in {c["id"] for c in catalog.conditions(category)}:
            self.values["condition"] = ""
        self.guess()

    def guess(self) -> None:
        """The site fills empty specifics in by itself."""
        if self.category is None:
            return
        for key, value in catalog.guessed_specifics(self.category, self.text("title")).items():
            if not self.values.get(key):
                self.values[key] = value

    def save(self, name: str, value: Any) -> set[str]:
        """Stores one field as the form sent it. Returns the sections that the page has to show anew.

        Raises ValueError for an unknown field or a value of the wrong kind.
        """
        if name.startswith("attributes."):
            return self._save_attribute(name, value)
        kind = FIELDS.get(name)
        if kind is None or not isinstance(value, kind):
            raise ValueError(f"bad field {name}")
        if isinstance(value, str):
            value = value[: LIMITS.get(name, 200)]
        if name == "categoryId":
            if catalog.find_leaf(value) is None:
                raise ValueError("not a leaf category")
            self.set_category(value)
            self.reprice()
            return {"category", "attributes", "condition", "price"}
        former = self.values.get(name)
        self.values[name] = value
        if name == "title" and value != former:
            self.guess()
            return {"attributes"}
        if name == "condition":
            self.reprice()
            return {"condition", "price"} if self.values.get("priceAutoFillPref") else {"condition"}
        if name == "format":
            return {"price"}
        if name == "domesticShippingType":
            return {"shipping"}
        return set()

    def _save_attribute(self, key: str, value: Any) -> set[str]:
        aspect = next((a for a in self.aspects() if a.key == key), None)
        if aspect is None or not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ValueError(f"bad item specific {key}")
        values = [v.strip()[:65] for v in value if v.strip()]
        if aspect.selection:
            values = [v for v in values if aspect.offers(v)]
        self.values[key] = values if aspect.multi else values[-1:]
        if key == "attributes.Size Type":
            size = next((a for a in self.aspects() if a.name == "Size" and a.groups), None)
            chosen = (self.values.get("attributes.Size") or [""])[0]
            if size and chosen and values and chosen not in size.groups.get(values[0], []):
                self.values["attributes.Size"] = []
            return {"attributes"} if size else set()
        return set()

    def aspects(self) -> tuple[catalog.Aspect, ...]:
        return catalog.aspects(self.category.family) if self.category else ()

    def reprice(self) -> None:
        """With the automatic price on, the site puts its own price in whenever it knows the item better."""
        category = self.category
        if category is None:
            return
        base = 1999 + sum(ord(letter) for letter in category.id) * 11 % 4000
        worth = {"1000": 1.6, "1500": 1.4, "1750": 1.2, "2750": 1.3, "2990": 1.15, "3010": 0.7, "7000": 0.3}
        amount = round(base * worth.get(self.text("condition"), 1.0) / 100) * 100 - 1
        self.recommended_price = f"{amount / 100:.2f}"
        if self.values.get("format") == FIXED_PRICE and self.values.get("priceAutoFillPref"):
            self.values["price"] = self.recommended_price

    def note(self, photos: dict[str, ReceivedPhoto]) -> None:
        """Brings the record up to date with the values."""
        record, values, attributes = self.record, self.values, self.attributes
        fixed = values.get("format") == FIXED_PRICE

        def first(*names: str) -> str:
            return next((attributes[name][0] for name in names if name in attributes), "")

        record.title = self.text("title")
        record.description = plain_text(self.text("description"))
        record.price_cents = cents(self.text("price" if fixed else "startPrice"))
        record.condition = self.text("condition")
        record.category = self.category.path if self.category else []
        record.brand = first("Brand")
        record.size = first("Size", "US Shoe Size")
        record.colors = next((attributes[name] for name in ("Color", "Exterior Color") if name in attributes), [])
        record.quantity = (whole_number(self.text("quantity")) or 1) if fixed else 1
        record.sku = self.text("customLabel")
        record.attributes = {name: list(value) for name, value in attributes.items()}
        record.photos = [photos[photo_id] for photo_id in values.get("photos", ()) if photo_id in photos]
        record.shipping = self._shipping()
        record.fields = {**values, "draftId": self.id}

    def _shipping(self) -> dict[str, Any]:
        """Normalised: who pays, ounces in all, inches. What the form did not say is None."""
        values = self.values
        flat = values.get("domesticShippingType") == "FLAT"
        free = bool(values.get("freeShipping"))
        pounds, ounces = (whole_number(self.text(name)) for name in ("majorWeight", "minorWeight"))
        return {
            "type": values.get("domesticShippingType"),
            "service": values.get("domesticShippingService1"),
            "payer": "seller" if free else "buyer",
            "price_cents": cents(self.text("domesticShippingPrice1")) if flat and not free else None,
            "weight_oz": (pounds or 0) * 16 + (ounces or 0) or None,
            "length_in": whole_number(self.text("packageLength")),
            "width_in": whole_number(self.text("packageWidth")),
            "height_in": whole_number(self.text("packageDepth")),
            "zip": values.get("itemLocation"),
            "policy": values.get("shippingPolicy") or None,
            "returns": values.get("returnsAccepted"),
        }

    def problems(self, policies: bool) -> list[dict[str, str]]:
        """What keeps this draft from being listed, in the site's words (fact: ebay §3b, field errors)."""
        found: list[dict[str, str]] = []

        def say(name: str, message: str) -> None:
            found.append({"field": name, "message": message})

        if not self.values.get("photos"):
            say("photos", "You must add at least one photo")
        if not self.text("title").strip():
            say("title", "You must add a title")
        if self.category is None:
            say("categoryId", "You must select a category")
        for aspect in self.aspects():
            if aspect.required and not self.values.get(aspect.key):
                say(aspect.key, f"The item specific {aspect.name} is missing")
        if self.category and not self.text("condition"):
            say("condition", "You must select a condition")
        if not plain_text(self.text("description")).strip():
            say("description", "You must add a description")
        if self.values.get("format") == FIXED_PRICE:
            price = cents(self.text("price"))
            if price is None or price < 99:
                say("price", "Enter a valid price of at least $0.99")
            if not whole_number(self.text("quantity")):
                say("quantity", "Enter a quantity of at least 1")
        elif cents(self.text("startPrice")) is None:
            say("startPrice", "Enter a starting bid")
        if policies:
            if not self.text("shippingPolicy"):
                say("shippingPolicy", "You must select a shipping policy")
        elif self.values.get("domesticShippingType") == "CALCULATED" and not self._shipping()["weight_oz"]:
            say("majorWeight", "Enter the package weight to offer calculated shipping")
        elif (
            self.values.get("domesticShippingType") == "FLAT"
            and not self.values.get("freeShipping")
            and cents(self.text("domesticShippingPrice1")) is None
        ):
            say("domesticShippingPrice1", "Enter a shipping cost")
        return found
