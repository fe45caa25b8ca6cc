"""Facebook Marketplace's words (facts: facebook §3 for limits, §4 for vocabularies).

Their list of categories is flat and short; headings are kept as the first word of a path so that it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from listing_worker.agents.recipe import Limits, Planned
from listing_worker.agents.vocabulary import CategoryTree, Vocabulary, color_table, tree_of, whole_dollars
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, Pickup

# 2000 is the mobile form's limit; that of the desktop has not been seen.
LIMITS = Limits(title=100, description=2000, photos=10, price_step=100, tags=20, colors=1)

CONDITIONS = {
    Condition.NEW_WITH_TAGS: "New",
    Condition.NEW: "New",
    Condition.LIKE_NEW: "Used - Like New",
    Condition.GOOD: "Used - Good",
    Condition.FAIR: "Used - Fair",
    Condition.POOR: "Used - Fair",  # their worst
}

# Which colours their list offers is not known: plain words, and a form that has no such word is left without.
COLORS = color_table(
    {
        "beige": "Beige",
        "bronze": "Bronze",
        "camel": "Brown",
        "cream": "Beige",
        "ivory": "White",
        "khaki": "Beige",
        "multicolor": None,  # the field takes one colour
        "nude": "Beige",
        "tan": "Beige",
    }
)

# Fields that a category may ask for (fact: facebook §3 row 8): ours → the label.
ATTRIBUTES = {
    "brand": "Brand",
    "color": "Color",
    "material": "Material",
    "size": "Size",
    "platform": "Platform",
    "carrier": "Carrier",
    "device_name": "Device name",
}
BRITISH = {"Color": "Colour"}  # labels follow the account's language (fact: facebook §10)
MEETUPS = {"public_meetup": "Public meetup", "door_pickup": "Door pickup", "door_dropoff": "Door dropoff"}
DELIVERIES = ("Local pickup", "Shipping and local pickup", "Shipping only")
_PICKUP = {Pickup.ONLY: DELIVERIES[0], Pickup.ALSO: DELIVERIES[1], Pickup.NO: DELIVERIES[2]}
# Attributes of the listing that answer the delivery page in Facebook's own words: its lists have not been seen.
SHIPPING = {
    "Package weight": "package_weight",
    "Shipping carrier": "shipping_carrier",
    "Shipping label": "shipping_label",
}


@cache
def categories() -> CategoryTree:
    """Every category of an item, under its heading; vehicles and housing have forms of their own (fact: §4)."""
    return tree_of(Path(__file__).parent)


class FacebookVocabulary(Vocabulary):
    name = "facebook"
    display_name = "Facebook Marketplace"
    limits = LIMITS
    conditions = CONDITIONS
    colors = COLORS

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        return (*super().checks(), self.delivery, self.meetups)

    def plan(self, listing: Listing) -> list[Planned]:
        self.check(listing)
        category = self.category(listing)
        condition = self.condition(listing)
        planned = [
            Planned("title", listing.title, source="title", meaning="the listing's title"),
            Planned("price", whole_dollars(listing.price), source="price", meaning="the asking price"),
            Planned(
                "category",
                category,
                source="category",
                meaning="the category",
                words={"curly": category[-1].replace("'", "’")},
            ),
            Planned(
                "condition",
                condition,
                source="condition",
                meaning="the item's condition",
                # builds differ in dash and letter case (fact: facebook §4)
                words={"dashed": condition.replace("-", "–"), "letters": condition.replace("-", "")},
            ),
            Planned("description", listing.description, source="description", meaning="the listing's description"),
            *self._attributes(listing),
            Planned(
                "availability",
                "List as single item" if listing.quantity == 1 else "List as in stock",
                source="quantity",
                meaning="one item, or several of it",
            ),
        ]
        if listing.tags:
            planned.append(Planned("tags", listing.tags[: LIMITS.tags], source="tags", meaning="product tags"))
        if listing.sku:
            planned.append(Planned("sku", listing.sku, source="sku", meaning="the seller's private item number"))
        if place := listing.attributes.get("Location") or listing.zip_code:
            source = "attributes.Location" if "Location" in listing.attributes else "zip_code"
            planned.append(Planned("location", place, source=source, meaning="where the item is"))
        return [*planned, *self._delivery(listing), *self._switches(listing)]

    def delivery(self, listing: Listing) -> str:
        """Local pickup unless the listing says otherwise, by its shipping or in Facebook's own words: shipped sales
        cost a fee, and ask for a parcel's weight in classes that have not been seen (fact: facebook §3 delivery, §9).
        Raises ListingInvalid."""
        told = _PICKUP.get(listing.shipping.pickup or Pickup.ONLY, DELIVERIES[0])
        wanted = listing.attributes.get("Delivery method", told)
        if wanted not in DELIVERIES:
            raise ListingInvalid(
                f"Facebook Marketplace knows no delivery method {wanted!r}. Known: {', '.join(DELIVERIES)}.",
                field="attributes",
            )
        return wanted

    def meetups(self, listing: Listing) -> tuple[str, ...]:
        """The meetup preferences named in the attribute "Meetup". Raises ListingInvalid for a word that is none."""
        words = [word.strip() for word in listing.attributes.get("Meetup", "").split(",") if word.strip()]
        known = {label.casefold(): name for name, label in MEETUPS.items()}
        for word in words:
            if word.casefold() not in known:
                raise ListingInvalid(
                    f"Facebook Marketplace knows no meetup {word!r}. Known: {', '.join(MEETUPS.values())}.",
                    field="attributes",
                )
        return tuple(known[word.casefold()] for word in words)

    def _attributes(self, listing: Listing) -> list[Planned]:
        """What the category's own fields may ask for; forms without such a field are left without."""
        ours = {
            "brand": (listing.brand, "brand"),
            "color": (next(iter(self.color_words(listing)), None), "colors"),
            "size": (listing.size, "size"),
        }
        others = {
            name: (listing.attributes.get(label), f"attributes.{label}")
            for name, label in ATTRIBUTES.items()
            if name not in ours
        }
        found = {**ours, **others}
        return [
            Planned(name, value, source=source, meaning=f"the item's {ATTRIBUTES[name].lower()}")
            for name in ATTRIBUTES
            for value, source in (found[name],)
            if value
        ]

    def _delivery(self, listing: Listing) -> list[Planned]:
        method = self.delivery(listing)
        planned = [Planned("delivery", method, source="shipping", meaning="delivery method")]
        planned += [
            Planned(name, listing.attributes[attribute], source=f"attributes.{attribute}", meaning=attribute.lower())
            for attribute, name in SHIPPING.items()
            if attribute in listing.attributes and method != DELIVERIES[0]
        ]
        return [*planned, Planned("offer_shipping", method != DELIVERIES[0], source="shipping", meaning="ships it too")]

    def _switches(self, listing: Listing) -> list[Planned]:
        """What costs money or gives something away is off; the rest only if the listing says so."""
        planned = [
            Planned("boost", False, source="price", meaning="paid promotion: off"),
            Planned("offers", False, source="price", meaning="negotiable offers: off"),
        ]
        if wanted := self.meetups(listing):
            planned += [
                Planned(name, name in wanted, source="attributes.Meetup", meaning=label)
                for name, label in MEETUPS.items()
            ]
        if "Hide from friends" in listing.attributes:
            hide = listing.attributes["Hide from friends"].casefold() in {"yes", "true", "1"}
            planned.append(
                Planned("hide_from_friends", hide, source="attributes.Hide from friends", meaning="hide from friends")
            )
        return planned
