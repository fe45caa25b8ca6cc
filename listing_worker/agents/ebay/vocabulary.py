"""eBay's words (facts: ebay §3b for limits, §4 for conditions, §5 for photos).

Category paths and leaf numbers come from public lists and are of medium confidence; the agent compares what the form
shows with the whole path, so a row that has drifted stops an attempt and can list nothing wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from listing_worker.agents.recipe import Limits, Planned
from listing_worker.agents.sizes import ONE_SIZE, spelt
from listing_worker.agents.vocabulary import (
    CategoryMap,
    CategoryPath,
    CategoryTree,
    Vocabulary,
    child_sex,
    color_table,
    path_text,
    table_of,
    tree_of,
)
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, Pickup, ShippingPayer

LIMITS = Limits(
    title=80,
    description=500_000,
    photos=24,
    photo_bytes=12_000_000,
    photo_side=500,
    price_min=1,
    colors=1,  # the main colour: buyers filter by one
)
# Attributes of the listing that name the seller's own business policies, where his form asks for them.
POLICIES = {"Shipping policy": "shipping_policy", "Payment policy": "payment_policy", "Return policy": "return_policy"}
# What costs money or decides for the seller: never on (fact: ebay §3b rows 9, 13, 14). Ours → their name.
LEFT_OFF = {
    "promote": "promotedListing",
    "lower_price": "autoLowerPrice",
    "recommended_price": "priceAutoFillPref",
    "schedule": "scheduleListing",
    "charity": "charity",
}
# The same for every listing.
_FORMAT = Planned("format", "Buy It Now", source="price", meaning="fixed price, no auction")
_OFF = (
    Planned("best_offer", False, source="price", meaning="allow offers: off"),
    *(Planned(field, False, source="price", meaning=f"{field.replace('_', ' ')}: off") for field in LEFT_OFF),
)
SPECIFIC_LENGTH = 65  # of a value of an item specific

_SPECIFIC_OF = {"brand": ("Brand",), "size": ("Size", "US Shoe Size"), "colors": ("Color",)}

# our spelling → their standard values
_SIZE_LABELS = {"XXS": "2XS", "XXL": "2XL", "XXXL": "3XL", ONE_SIZE: "One Size"}

CLOTHING = "Clothing, Shoes & Accessories"

# eBay's top level. A path that begins with one of these is eBay's own and taken as it is.
TOP_LEVEL = {
    "Antiques", "Art", "Baby", "Books & Magazines", "Business & Industrial", "Cameras & Photo",
    "Cell Phones & Accessories", CLOTHING, "Coins & Paper Money", "Collectibles",
    "Computers/Tablets & Networking", "Consumer Electronics", "Crafts", "Dolls & Bears", "Entertainment Memorabilia",
    "Everything Else", "Gift Cards & Coupons", "Health & Beauty", "Home & Garden", "Jewelry & Watches", "Movies & TV",
    "Music", "Musical Instruments & Gear", "Pet Supplies", "Pottery & Glass", "Specialty Services", "Sporting Goods",
    "Sports Mem, Cards & Fan Shop", "Stamps", "Tickets & Experiences", "Toys & Hobbies", "Travel",
    "Video Games & Consoles", "eBay Motors",
}  # fmt: skip

# Conditions by family of categories (fact: ebay §4): label and id.
APPAREL = {
    Condition.NEW_WITH_TAGS: ("New with tags", "1000"),
    Condition.NEW: ("New without tags", "1500"),
    Condition.LIKE_NEW: ("Pre-owned - Excellent", "2990"),
    Condition.GOOD: ("Pre-owned - Good", "3000"),
    Condition.FAIR: ("Pre-owned - Fair", "3010"),
    Condition.POOR: ("Pre-owned - Fair", "3010"),  # their worst for clothes
}
SHOES = {
    **APPAREL,
    Condition.NEW_WITH_TAGS: ("New with box", "1000"),
    Condition.NEW: ("New without box", "1500"),
}
MEDIA = {
    Condition.NEW_WITH_TAGS: ("Brand New", "1000"),
    Condition.NEW: ("Brand New", "1000"),
    Condition.LIKE_NEW: ("Like New", "2750"),
    Condition.GOOD: ("Good", "5000"),
    Condition.FAIR: ("Acceptable", "6000"),
    Condition.POOR: ("Acceptable", "6000"),
}
HARD_GOODS = {
    Condition.NEW_WITH_TAGS: ("New", "1000"),
    Condition.NEW: ("New", "1000"),
    Condition.LIKE_NEW: ("Used", "3000"),
    Condition.GOOD: ("Used", "3000"),
    Condition.FAIR: ("Used", "3000"),
    Condition.POOR: ("Used", "3000"),  # "For parts" would say that it does not work, which we do not know
}
JEWELRY = {
    **dict.fromkeys(Condition, ("Pre-owned", "3000")),
    Condition.NEW_WITH_TAGS: ("New with tags", "1000"),
    Condition.NEW: ("New without tags", "1500"),
}
BEAUTY = {
    **dict.fromkeys(Condition, ("Used", "3000")),
    Condition.NEW_WITH_TAGS: ("New with box", "1000"),
    Condition.NEW: ("New without box", "1500"),
}
CARDS = dict.fromkeys(Condition, ("Ungraded", "4000"))
APPAREL_WORDS = {ours: label for ours, (label, _) in APPAREL.items()}
_MEDIA = {"Books & Magazines", "Movies & TV", "Music", "Video Games & Consoles"}

COLORS = color_table(
    {
        "beige": "Beige",
        "bronze": "Brown",
        "camel": "Beige",
        "cream": "Ivory",
        "ivory": "Ivory",
        "khaki": "Beige",
        "multicolor": "Multicolor",
        "nude": "Beige",
        "tan": "Beige",
    }
)


@cache
def categories() -> CategoryTree:
    """The part of eBay's tree that our table leads to, with leaf ids where known (null = not known)."""
    return tree_of(Path(__file__).parent)


@cache
def category_map() -> CategoryMap:
    return table_of(Path(__file__).parent)


class EbayVocabulary(Vocabulary):
    name = "ebay"
    display_name = "eBay"
    limits = LIMITS
    conditions = APPAREL_WORDS
    colors = COLORS

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        return (
            *super().checks(),
            self.shipping,
            lambda listing: self.specifics(listing, self.category(listing)),
        )

    def carried(self, listing: Listing, planned: Sequence[Planned]) -> dict[str, str]:
        """Brand, size and colour are item specifics there, beside the seller's own attributes."""
        told = super().carried(listing, planned)
        specifics = {name: values[0] for name, values in self.specifics(listing, self.category(listing)).items()}
        for field, names in _SPECIFIC_OF.items():
            for name in names:
                if name in specifics and name not in listing.attributes:
                    told[field] = specifics.pop(name)
        told["attributes"] = "; ".join(f"{name}: {value}" for name, value in specifics.items())
        return told

    def plan(self, listing: Listing) -> list[Planned]:
        self.check(listing)
        category = self.category(listing)
        condition, condition_id = conditions_of(category)[listing.condition]
        leaf = categories().id(category)
        planned = [Planned("title", listing.title, source="title", meaning="the listing's title")]
        if listing.sku:
            planned.append(Planned("sku", listing.sku, source="sku", meaning="custom label (SKU)"))
        planned += [
            Planned(
                "category",
                category,
                search=category[-1],
                source="category",
                meaning="the item category, to the leaf",
                words={"id": str(leaf or ""), "above": path_text(category[:-1])},
            ),
            Planned(
                "condition",
                condition,
                source="condition",
                meaning="the item's condition",
                words={"id": condition_id},
            ),
            Planned(
                "specifics",
                self.specifics(listing, category),
                source="attributes",
                meaning="item specifics, by exact name",
            ),
            Planned("description", listing.description, source="description", meaning="the item's description"),
            _FORMAT,
            Planned("quantity", str(listing.quantity), source="quantity", meaning="how many"),
            *_OFF,
        ]
        planned += self.shipping(listing)
        planned += [
            Planned(
                field, listing.attributes[name], source=f"attributes.{name}", meaning=f"the seller's {name.lower()}"
            )
            for name, field in POLICIES.items()
            if listing.attributes.get(name)
        ]
        # last: the page re-renders it and may fill in a price of its own (fact: ebay §3b row 9)
        planned.append(Planned("price", str(listing.price), source="price", meaning="the fixed price"))
        return planned

    def category(self, listing: Listing) -> CategoryPath:
        path = listing.category
        if len(path) > 1 and path[0] in TOP_LEVEL:
            return path
        found = category_map().find(path)
        if found is None:
            raise self.gap(path)
        if "{" not in path_text(found) and "(Sizes 4 & Up)" not in path_text(found):
            return found
        sex = child_sex(listing)
        if sex is None and "{" in path_text(found):
            raise self.gap(path, ", because it sorts children's things by girl or boy (set attributes.Department)")
        if "(Sizes 4 & Up)" in path_text(found) and small_size(listing):
            raise self.gap(path, f" in size {listing.size!r}")
        return tuple(word.replace("{Sexs}", f"{sex}'").replace("{Sex}", str(sex)) for word in found)

    def specifics(self, listing: Listing, category: CategoryPath) -> dict[str, tuple[str, ...]]:
        """Item specifics by eBay's exact names: the listing's attributes, then brand, size, colour and department.

        Raises ListingInvalid for a value that eBay's form would cut.
        """
        told: dict[str, str] = {}
        if department := department_of(listing, category):
            told["Department"] = department
        if size_type := listing.attributes.get("Size Type"):
            told["Size Type"] = size_type  # before Size, whose options it groups
        told["Brand"] = self.brand_of(listing) or "Unbranded"
        if listing.size:
            shoe = category[0] == CLOTHING and any("Shoes" in word for word in category[1:])
            size = spelt(listing.size)
            told["US Shoe Size" if shoe else "Size"] = _SIZE_LABELS.get(size, size)
        if colors := self.color_words(listing):
            told["Color"] = colors[0]
        told |= {
            name.strip(): value.strip()
            for name, value in listing.attributes.items()
            if value.strip() and name.strip() not in POLICIES
        }
        for name, value in told.items():
            self.check_specific(name, value)
        return {name: (value,) for name, value in told.items()}

    def check_specific(self, name: str, value: str) -> None:
        if len(value) > SPECIFIC_LENGTH:
            raise ListingInvalid(
                f"eBay takes values of at most {SPECIFIC_LENGTH} characters; {name!r} has {len(value)}.",
                field=f"attributes.{name}",
            )

    def shipping(self, listing: Listing) -> list[Planned]:
        """Local pickup only; or free (seller pays), flat (a cost is given) or calculated by weight.

        Raises ListingInvalid without weight. Pickup beside shipping is in a seller's own policies there.
        """
        shipping = listing.shipping
        if shipping.pickup is Pickup.ONLY:  # a service of the shipping section, and then its only one (fact: ebay §4)
            return [
                Planned("shipping_type", "Local pickup", source="shipping", meaning="buyers fetch it, nothing is sent")
            ]
        free = shipping.payer is ShippingPayer.SELLER
        if not free and shipping.cost is None and shipping.weight_oz is None:
            raise ListingInvalid(
                "eBay needs the weight of the packed item, or a flat shipping cost, or free shipping.", field="shipping"
            )
        flat = free or shipping.cost is not None
        planned = [
            Planned(
                "shipping_type",
                "Flat" if flat else "Calculated",
                source="shipping",
                meaning="same cost for all buyers, or calculated by weight and place",
            ),
            Planned("free_shipping", free, source="shipping", meaning="the seller pays the shipping"),
        ]
        if shipping.cost is not None and not free:
            planned.append(
                Planned("shipping_price", str(shipping.cost), source="shipping", meaning="what the buyer pays")
            )
        if shipping.weight_oz is not None:
            pounds, ounces = divmod(shipping.weight_oz, 16)
            planned += [
                Planned("pounds", str(pounds), source="shipping", meaning="weight, whole pounds"),
                Planned("ounces", str(ounces), source="shipping", meaning="weight, remaining ounces"),
            ]
        for name, side in (
            ("length", shipping.length_in),
            ("width", shipping.width_in),
            ("depth", shipping.height_in),
        ):
            if side is not None:
                planned.append(Planned(name, str(side), source="shipping", meaning=f"{name} of the parcel, inches"))
        return planned


def conditions_of(category: CategoryPath) -> dict[Condition, tuple[str, str]]:
    """The conditions that eBay offers in a category, by our words (fact: ebay §4, "Typical sets")."""
    if category[0] == CLOTHING:
        return SHOES if any("Shoes" in word for word in category[1:]) else APPAREL
    if category[0] == "Jewelry & Watches" and "Watches" not in category[1]:
        return JEWELRY
    if category[0] == "Health & Beauty":
        return BEAUTY
    if category[0] in _MEDIA and "Consoles" not in category[-1]:
        return MEDIA
    if any("Trading Cards" in word or "CCG Individual Cards" in word for word in category):
        return CARDS
    return HARD_GOODS


def small_size(listing: Listing) -> bool:
    """Is this a size below 4 (months, or 2T to 5T), which eBay keeps in other categories?"""
    size = (listing.size or "").casefold()
    return "month" in size or "mos" in size or size.endswith("t") or "newborn" in size or "preemie" in size


def department_of(listing: Listing, category: CategoryPath) -> str | None:
    """eBay's Department, told by the category itself; never guessed."""
    if category[0] != CLOTHING or len(category) < 2:
        return None
    if category[1] in {"Women", "Men"}:
        return category[1]
    return child_sex(listing) if category[1] == "Kids" else None
