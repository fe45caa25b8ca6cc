"""Poshmark's words (facts: poshmark §3 for limits, §4 for vocabularies).

Our category tree is Poshmark's with a few departments more, so most paths are already theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from listing_worker.agents.recipe import Limits, Planned
from listing_worker.agents.sizes import ONE_SIZE, spelt
from listing_worker.agents.vocabulary import CategoryPath, CategoryTree, Vocabulary, color_table, tree_of, whole_dollars
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, ShippingPayer

# The least price is unknown (3 dollars is often said, no source confirms it): left to the site.
LIMITS = Limits(title=80, description=1500, photos=16, price_step=100, tags=3, colors=2)

# Their word, and the code its option carries. "Fair" is their worst.
CONDITIONS = {
    Condition.NEW_WITH_TAGS: "New With Tags",
    Condition.NEW: "Like New",  # theirs for "as new, no tags"
    Condition.LIKE_NEW: "Like New",
    Condition.GOOD: "Good",
    Condition.FAIR: "Fair",
    Condition.POOR: "Fair",
}
NO_DISCOUNT = "No Discount"
CONDITION_CODES = {"New With Tags": "nwt", "Like New": "uln", "Good": "ug", "Fair": "uf"}

COLORS = color_table(
    {
        "beige": "Tan",
        "bronze": "Gold",
        "camel": "Tan",
        "cream": "Cream",
        "ivory": "Cream",
        "khaki": "Tan",
        "multicolor": None,  # they have none: the listing's other colours stand
        "nude": "Tan",
        "tan": "Tan",
    }
)

# Categories whose things come in sizes; all others are "OS", their "One Size".
SIZED = {
    "Women": {
        "Dresses", "Global & Traditional Wear", "Intimates & Sleepwear", "Jackets & Coats", "Jeans",
        "Pants & Jumpsuits", "Shoes", "Shorts", "Skirts", "Sweaters", "Swim", "Tops",
    },
    "Men": {
        "Global & Traditional Wear", "Jackets & Coats", "Jeans", "Pants", "Shirts", "Shoes", "Shorts",
        "Suits & Blazers", "Sweaters", "Swim", "Underwear & Socks",
    },
    "Kids": {
        "Bottoms", "Costumes", "Dresses", "Jackets & Coats", "Matching Sets", "One Pieces", "Pajamas",
        "Shirts & Tops", "Shoes", "Swim",
    },
}  # fmt: skip
# our spelling → their label, where the two differ (fact: poshmark §4, sizes)
_LABELS = {"Women": {"3XL": "XXXL"}}
_KIDS_SHOE = re.compile(r"(\d+(?:\.5)?)\s*\(?(toddler|little|big)?", re.IGNORECASE)


@cache
def categories() -> CategoryTree:
    """Poshmark's whole tree (fact: poshmark §4, Aug-Oct 2026)."""
    return tree_of(Path(__file__).parent)


class PoshmarkVocabulary(Vocabulary):
    name = "poshmark"
    display_name = "Poshmark"
    limits = LIMITS
    conditions = CONDITIONS
    colors = COLORS

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        return (
            *super().checks(),
            self.check_original_price,
            self.one_item,
            self.by_post,
            lambda listing: self.size(listing, self.category(listing)),
        )

    def plan(self, listing: Listing) -> list[Planned]:
        self.check(listing)
        self.one_item(listing)
        self.by_post(listing)
        category = self.category(listing)
        condition = self.condition(listing)
        planned = [
            Planned("title", listing.title, source="title", meaning="the listing's title"),
            Planned("description", listing.description, source="description", meaning="the listing's description"),
            # department and category; the subcategory is a field of its own
            Planned(
                "category",
                category[:2],
                source="category",
                meaning="department, then category",
                words={"department": category[0].lower()},
            ),
        ]
        if len(category) > 2:
            planned.append(Planned("subcategory", category[2], source="category", meaning="the subcategory"))
        size = self.size(listing, category)
        planned.append(Planned("size", size, source="size", meaning="the one size of the item"))
        planned.append(
            Planned(
                "condition",
                condition,
                source="condition",
                meaning="the item's condition",
                words={"code": CONDITION_CODES[condition]},
            )
        )
        if brand := self.brand_of(listing):  # unknown ones are kept as text (fact: poshmark §4)
            planned.append(Planned("brand", brand, source="brand", meaning="the brand or designer"))
        if colors := self.color_words(listing):
            planned.append(Planned("colors", colors, source="colors", meaning="one or two main colours"))
        if tags := listing.tags[: LIMITS.tags]:
            planned.append(Planned("tags", tags, source="tags", meaning="style tags"))
        planned.append(Planned("price", whole_dollars(listing.price), source="price", meaning="the asking price"))
        if listing.original_price is not None:
            self.check_original_price(listing)
            planned.append(
                Planned(
                    "original_price",
                    whole_dollars(listing.original_price),
                    source="original_price",
                    meaning="what the item cost when new",
                )
            )
        planned += [
            Planned("smart_sell", False, source="price", meaning="automatic offers: off"),
            Planned(
                "shipping_discount",
                "Free" if listing.shipping.payer is ShippingPayer.SELLER else NO_DISCOUNT,
                source="shipping",
                meaning="what the seller pays of the flat label",
            ),
        ]
        if listing.sku:
            planned.append(Planned("sku", listing.sku, source="sku", meaning="the seller's private item number"))
        return planned

    def category(self, listing: Listing) -> CategoryPath:
        path = listing.category
        if len(path) == 2 and any(leaf[:2] == path for leaf in categories().leaves()):
            return path  # the subcategory is optional
        return super().category(listing)

    def size(self, listing: Listing, category: CategoryPath) -> str:
        """Their size label: by department, One Size for what has none; a size that they do not have goes into their
        Custom tab as it is (fact: poshmark §4, sizes)."""
        if listing.size:
            size = spelt(listing.size)
            if category[0] == "Kids" and category[1] == "Shoes":
                return _kids_shoe(size, listing.attributes.get("Department", ""))
            return _LABELS.get(category[0], {}).get(size, size)
        if category[1] in SIZED.get(category[0], ()):
            raise ListingInvalid("Poshmark needs a size for clothes and shoes.", field="size")
        return ONE_SIZE


def _kids_shoe(size: str, department: str) -> str:
    """ "8 Toddler" of a girl → "8 (Toddler Girl)"; the group is told by the size, or by its number alone where that is
    in one group only (fact: poshmark §4: Toddler 7.5-12, Little 12.5-13.5 and 1-3, Big 3.5-7)."""
    found = _KIDS_SHOE.match(size)
    told = f"{size} {department}".casefold()
    sex = "Girl" if "girl" in told else "Boy" if "boy" in told else None
    if found is None or sex is None or re.search(r"\b(girl|boy)\)$", size, re.IGNORECASE):
        return size
    number = float(found[1])
    group = found[2].capitalize() if found[2] else "Toddler" if 7.5 <= number <= 12 else None
    if group is None and 12.5 <= number <= 13.5:
        group = "Little"
    return f"{number:g} ({group} {sex})" if group else size
