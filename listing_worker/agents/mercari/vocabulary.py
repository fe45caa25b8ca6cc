"""Mercari's words (facts: mercari §3 for limits, §4 for vocabularies and the appendix for the category tree)."""

from __future__ import annotations

import re
from collections.abc import Callable
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
from listing_worker.models import Condition, Listing, ShippingPayer

LIMITS = Limits(title=80, description=1000, description_words=5, photos=12, price_min=100, price_max=200_000, colors=1)

CONDITIONS = {
    Condition.NEW_WITH_TAGS: "New",
    Condition.NEW: "New",
    Condition.LIKE_NEW: "Like new",
    Condition.GOOD: "Good",
    Condition.FAIR: "Fair",
    Condition.POOR: "Poor",
}
CONDITION_IDS = {"New": "1", "Like new": "2", "Good": "3", "Fair": "4", "Poor": "5"}

# Their form normally asks for no colour (only their API does), so a listing's colours are checked and not filled.
COLORS = color_table(
    {
        "beige": "Cream",
        "bronze": "Gold",
        "camel": "Brown",
        "cream": "Cream",
        "ivory": "Cream",
        "khaki": "Brown",
        "multicolor": None,
        "nude": "Cream",
        "tan": "Brown",
    }
)

# Inside these their form asks for a size. Where it asks elsewhere too, a size given in the listing is used.
SIZED = {
    "Women": {
        "Dresses", "Tops & blouses", "Sweaters", "Jeans", "Pants", "Skirts", "Coats & jackets", "Suits & blazers",
        "Athletic apparel", "Swimwear", "Maternity", "Shoes", "Underwear", "Shorts", "Sleepwear & robes",
    },
    "Men": {
        "Tops", "Sweats & hoodies", "Sweaters", "Jeans", "Pants", "Shorts", "Coats & jackets",
        "Blazers & sport coats", "Suits", "Athletic apparel", "Swimwear", "Shoes",
    },
    "Kids": {
        "Girls bottoms", "Girls coats & jackets", "Girls dresses", "Girls one-pieces", "Girls shoes", "Girls swimwear",
        "Girls tops & t-shirts", "Boys bottoms", "Boys coats & jackets", "Boys one-pieces", "Boys shoes",
        "Boys swimwear", "Boys tops & t-shirts",
    },
}  # fmt: skip

# women's numbers → the letter whose label names them, "M (8-10)"; and their spelling of letters (fact: mercari §4)
_WOMENS_LETTERS = {
    "00": "XXS", "0": "XS", "2": "XS", "4": "S", "6": "S", "8": "M", "10": "M", "12": "L", "14": "L", "16": "XL",
    "18": "XL", "20": "2XL", "22": "2XL", "24": "3XL", "26": "3XL", "XXL": "2XL", "XXXL": "3XL",
}  # fmt: skip
# men's chest sizes → the letter whose label names them, "M (38-40)"; a waist is none of these and goes as it is
_MENS_CHESTS = {
    str(inches): letter
    for letter, low in zip(("XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL"), range(30, 63, 4), strict=True)
    for inches in (low, low + 1, low + 2)
}
_BY_CHEST = {"Tops", "Sweats & hoodies", "Sweaters", "Coats & jackets", "Blazers & sport coats"}


@cache
def categories() -> CategoryTree:
    """Mercari's whole tree, with their ids as hints (fact: mercari appendix, Feb-Mar 2026)."""
    return tree_of(Path(__file__).parent)


@cache
def category_map() -> CategoryMap:
    return table_of(Path(__file__).parent)


class MercariVocabulary(Vocabulary):
    name = "mercari"
    display_name = "Mercari"
    limits = LIMITS
    conditions = CONDITIONS
    colors = COLORS

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        return (
            *super().checks(),
            self.one_item,
            self.by_post,
            self.shipping,
            lambda listing: self.size(listing, self.category(listing)),
        )

    def plan(self, listing: Listing) -> list[Planned]:
        self.check(listing)
        self.one_item(listing)
        self.by_post(listing)  # no source has seen local pickup there (fact: mercari §3 row 10)
        self.color_words(listing)
        category = self.category(listing)
        condition = self.condition(listing)
        planned = [
            Planned("settled", True, source="photos", meaning="photos uploaded, the site's own guesses written"),
            Planned("title", listing.title, source="title", meaning="the listing's title"),
            Planned("description", listing.description, source="description", meaning="the listing's description"),
            Planned(
                "category",
                category,
                # their search chokes on "&" (fact: mercari §3)
                search=" ".join(category[-1].replace("&", " ").split()),
                source="category",
                meaning="the category, to the last level",
            ),
        ]
        if brand := self.brand_of(listing):
            planned.append(Planned("brand", brand, source="brand", meaning="the brand, from their own list"))
        else:
            planned.append(Planned("no_brand", True, source="brand", meaning="no brand / not sure"))
        planned.append(
            Planned(
                "condition",
                condition,
                source="condition",
                meaning="the item's condition",
                words={"code": condition.title().replace(" ", ""), "id": CONDITION_IDS[condition]},
            )
        )
        if size := self.size(listing, category):
            planned.append(Planned("size", size, source="size", meaning="the size"))
        planned += self.shipping(listing)
        planned += [
            Planned("price", str(listing.price), source="price", meaning="the asking price"),
            Planned("smart_pricing", False, source="price", meaning="automatic price drops: off"),
            Planned("smart_offers", False, source="price", meaning="automatic offers: off"),
        ]
        return planned

    def category(self, listing: Listing) -> CategoryPath:
        path, found = listing.category, super().category(listing)
        if "{" not in path_text(found):
            return found
        sex, age = child(listing)
        if sex is None or age is None:
            raise self.gap(
                path, ", because it sorts children's things by girl or boy and by size (set attributes.Department)"
            )
        theirs = tuple(word.replace("{Sex}", sex).replace("{age}", age) for word in found)
        if theirs not in categories():
            raise self.gap(path, f" in {sex.lower()}' sizes {age}")
        return theirs

    def size(self, listing: Listing, category: CategoryPath) -> str | None:
        """The leading word of their label: "M" finds "M (8-10)" (fact: mercari §4)."""
        sized = category[1] in SIZED.get(category[0], ())
        if sized and not listing.size:
            raise ListingInvalid("Mercari needs a size for clothes and shoes.", field="size")
        if not listing.size or not sized:
            return None
        size = spelt(listing.size)
        if size == ONE_SIZE:
            return "One Size"
        if category[0] == "Kids":
            months = re.fullmatch(r"(?:\d+-)?(\d+) Months", size)  # of a range, the age it fits up to
            return f"{months[1]} mos" if months else size
        if category[1] == "Shoes":
            return f"US {size}" if re.fullmatch(r"\d{1,2}(\.5)?", size) else size
        if category[0] == "Women":
            return _WOMENS_LETTERS.get(size, size)
        if category[0] == "Men" and category[1] in _BY_CHEST:
            size = _MENS_CHESTS.get(size, size)
        return "XXL" if size == "2XL" else size

    def shipping(self, listing: Listing) -> list[Planned]:
        """A prepaid label by weight; who pays; from where. Raises ListingInvalid for what a label needs."""
        shipping = listing.shipping
        if shipping.weight_oz is None:
            raise ListingInvalid("Mercari needs the weight of the packed item for its label.", field="shipping")
        sides = sorted((s for s in (shipping.length_in, shipping.width_in, shipping.height_in) if s), reverse=True)
        if 0 < len(sides) < 3:
            raise ListingInvalid("Give length, width and height of the packed item, or none of them.", field="shipping")
        # their shoebox is 14×10×5 inches (fact: mercari §3)
        in_shoebox = not sides or all(side <= box for side, box in zip(sides, (14, 10, 5), strict=True))
        pounds, ounces = divmod(shipping.weight_oz, 16)
        service = label_for(shipping.weight_oz)
        planned = []
        if listing.zip_code:
            planned.append(Planned("zip", listing.zip_code, source="zip_code", meaning="ZIP code it ships from"))
        planned += [
            Planned("delivery", "MERCARI", source="shipping", meaning="prepaid label"),
            Planned("label", service, source="shipping", meaning="the shipping label the form settled on"),
        ]
        # a literal 0 does not stick in their form: an empty part is left out (fact: mercari §3)
        if pounds:
            planned.append(Planned("pounds", str(pounds), source="shipping", meaning="weight, whole pounds"))
        if ounces:
            planned.append(Planned("ounces", str(ounces), source="shipping", meaning="weight, remaining ounces"))
        planned.append(Planned("shoebox", "Yes" if in_shoebox else "No", source="shipping", meaning="fits a shoebox?"))
        if not in_shoebox:
            planned += [
                Planned(name, str(side), source="shipping", meaning=f"{name} of the parcel, inches")
                for name, side in zip(("length", "width", "height"), sides, strict=True)
            ]
        planned.append(Planned("service", service, source="shipping", meaning="the prepaid label to choose"))
        planned.append(
            Planned(
                "payer",
                "Yes" if shipping.payer is ShippingPayer.SELLER else "No",
                source="shipping",
                meaning="offer buyers free shipping?",
            )
        )
        return planned


def label_for(weight_oz: int) -> str:
    """The prepaid service we ask for: the post's ground parcel up to 20 pounds, UPS beyond (fact: mercari §4 for the
    names; which ones are offered depends on weight, size and category, and how is not known)."""
    return "USPS Ground Advantage" if weight_oz <= 20 * 16 else "UPS Ground"


_MONTHS = re.compile(r"\b(months?|mos?|newborn|preemie|nb)\b|\d+\s*m\b", re.IGNORECASE)
_TODDLER = re.compile(r"^\s*[2-5]\s*t\b|toddler", re.IGNORECASE)


def child(listing: Listing) -> tuple[str | None, str | None]:
    """("Girls" or "Boys", Mercari's age group) as far as the listing tells, from Department and size."""
    sex, size = child_sex(listing), listing.size or ""
    if not size:
        return sex, None
    if _MONTHS.search(size) or "baby" in size.casefold():
        return sex, "0-24 mos"
    return sex, "2T-5T" if _TODDLER.search(size) else "(4+)"
