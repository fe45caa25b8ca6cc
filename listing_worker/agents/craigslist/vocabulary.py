"""Craigslist's words (facts: craigslist §3 for limits, §4 for vocabularies).

A category is one label of the list "for sale by owner". There are no colours, no shipping, no private number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from listing_worker.agents.craigslist.places import place_named, place_of
from listing_worker.agents.recipe import Limits, Planned
from listing_worker.agents.vocabulary import (
    COLORS,
    CategoryMap,
    CategoryPath,
    CategoryTree,
    Vocabulary,
    table_of,
    tree_of,
    whole_dollars,
)
from listing_worker.errors import ListingInvalid, VocabularyGap
from listing_worker.models import Condition, Listing, Pickup

# No limit of the text is known; 14,500 is the longest that is known to be taken (§3).
LIMITS = Limits(title=70, description=14_500, photos=24, price_step=100)

CONDITIONS = {
    Condition.NEW_WITH_TAGS: "new",
    Condition.NEW: "new",
    Condition.LIKE_NEW: "like new",
    Condition.GOOD: "good",
    Condition.FAIR: "fair",
    Condition.POOR: "salvage",
}
CONDITION_VALUES = {"new": "10", "like new": "20", "excellent": "30", "good": "40", "fair": "50", "salvage": "60"}

# What a listing may say for Craigslist alone, as attributes (best as an override of this marketplace).
AREA, SUBAREA, NEIGHBORHOOD = "Craigslist area", "Craigslist subarea", "Craigslist neighborhood"


@cache
def categories() -> CategoryTree:
    """The 45 labels for sale by owner (§4), without the fee that some carry on the page."""
    return tree_of(Path(__file__).parent)


@cache
def category_map() -> CategoryMap:
    return table_of(Path(__file__).parent)


class CraigslistVocabulary(Vocabulary):
    name = "craigslist"
    display_name = "Craigslist"
    limits = LIMITS
    conditions = CONDITIONS
    colors = dict.fromkeys(COLORS)  # their form has none

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        return (*super().checks(), self.one_item, self.place)

    def plan(self, listing: Listing) -> list[Planned]:
        self.check(listing)
        self.one_item(listing)
        self.color_words(listing)  # none goes onto the form; a word we do not know is told all the same
        code, area, subarea = self.place(listing)
        condition = self.condition(listing)
        (category,) = self.category(listing)
        sends = listing.shipping.pickup in {Pickup.NO, Pickup.ALSO}
        neighborhood = listing.attributes.get(NEIGHBORHOOD, "")
        planned = [
            Planned(
                "category",
                category,
                source="category",
                meaning="the category among those for sale by owner",
                words={"code": code, "area": area, "subarea": subarea, "neighborhood": neighborhood},
            ),
            Planned("title", listing.title, source="title", meaning="posting title"),
            Planned("price", whole_dollars(listing.price), source="price", meaning="the asking price"),
        ]
        if neighborhood:
            planned.append(
                Planned("neighborhood", neighborhood, source=f"attributes.{NEIGHBORHOOD}", meaning="city or area, free")
            )
        planned += [
            Planned("zip", str(listing.zip_code), source="zip_code", meaning="ZIP code of the item"),
            Planned("description", listing.description, source="description", meaning="the body of the post"),
        ]
        for field, value, source in (
            ("make", listing.brand, "brand"),
            ("model", listing.attributes.get("Model"), "attributes.Model"),
            ("size", listing.size, "size"),
        ):
            if value:
                planned.append(Planned(field, value, source=source, meaning=f"the item's {field}"))
        planned += [
            Planned(
                "condition",
                condition,
                source="condition",
                meaning="the item's condition",
                words={"id": CONDITION_VALUES[condition]},
            ),
            Planned("crypto", False, source="price", meaning="cryptocurrency accepted: no"),
            Planned("delivery", sends, source="shipping", meaning=f"delivery offered: {'yes' if sends else 'no'}"),
            Planned("other_ads", False, source="", meaning="link to the seller's other posts: no"),
            Planned("phone", False, source="", meaning="phone number shown: no"),
            Planned("address", False, source="zip_code", meaning="street address shown: no"),
            Planned("privacy", "C", source="", meaning="replies come through Craigslist's mail relay"),
        ]
        return planned

    def category(self, listing: Listing) -> CategoryPath:
        """Labels are written small there; one label is a whole path."""
        label = tuple(word.casefold() for word in listing.category)
        return label if label in categories() else super().category(listing)

    def place(self, listing: Listing) -> tuple[str, str, str]:
        """Area code, area label, subarea label ("" where not known). Raises ListingInvalid without a ZIP code,
        VocabularyGap for one whose area we do not know."""
        if not listing.zip_code:
            raise ListingInvalid("Craigslist needs the ZIP code where the item is.", field="zip_code")
        wanted, subarea = listing.attributes.get(AREA, "").strip(), listing.attributes.get(SUBAREA, "").strip()
        found = place_of(listing.zip_code)
        if wanted:
            place = place_named(wanted.casefold())
            known = found[1] if found and found[0] is place else ""
            return place.code, place.label, subarea or known
        if found is None:
            raise VocabularyGap(
                f"We do not know Craigslist's area for ZIP code {listing.zip_code}. Set the attribute {AREA!r} to the "
                'code in the address of "create a posting", e.g. "phx".',
                action="Choose the Craigslist area",
                field=f"attributes.{AREA}",
            )
        place, known = found
        return place.code, place.label, subarea or known

    def check_photos(self, listing: Listing) -> None:
        """A post may have none (§5)."""
        if listing.photos:
            super().check_photos(listing)
