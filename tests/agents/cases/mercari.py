"""Mercari: listings, and what the replica must have received."""

from __future__ import annotations

from typing import Any

from tests.agents.cases.common import UGLY, Case

GROUND = "USPS Ground Advantage"
DRESS: dict[str, Any] = {
    "price_cents": 4800,
    "condition": "3",
    "category": ["Women", "Dresses", "Midi"],
    "brand": "Free People",
    "size": "M (8-10)",
    "shipping": {
        "method": "MERCARI",
        "service": GROUND,
        "weight_lb": 0,
        "weight_oz": 14,
        "payer": "buyer",
        "zip": "95112",
    },
    "attributes": {},  # Smart Pricing off
}
# What costs or gives something away by itself is off, whatever the form has preset.
OFF = {"isAutoPriceDrop": False, "minPriceForAutoPriceDrop": None, "offerConfig": {"minPriceForSmartOffer": 0}}
RTL = "فستان أزرق طويل من الحرير 👗🏽 שמלה כחולה"
PLAIN: dict[str, Any] = {"size": None, "colors": [], "attributes": {}, "brand": None}


def condition(ours: str, theirs: str) -> Case:
    return Case(f"condition {ours}", {"condition": theirs}, {"condition": ours}, photos=1)


def sized(what: str, size: str, theirs: str, path: list[str], leaf: list[str], **further: str) -> Case:
    """A size as sellers write it, in a category of ours, and as their label in theirs."""
    changes = {"category": path, "size": size, "attributes": further}
    return Case(f"size {what}", {"category": leaf, "size": theirs}, changes, photos=1)


def variant(words: str) -> Case:
    """The same listing on another form gives the same record."""
    return Case(f"form {words}", DRESS, sent=OFF, variant=words.replace(" ", ","))


CASES = [
    Case("ordinary", DRESS, photos=4, sent=OFF),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "one two three four " + "d" * 981, "price_cents": 200_000},
        {"title": "T" * 80, "description": "one two three four " + "d" * 981, "price": {"cents": 200_000}},
        photos=12,
    ),
    Case(
        "the least price and the fewest words",
        {"price_cents": 100, "description": "one two three four five"},
        {"price": {"cents": 100}, "description": "one two three four five", "original_price": None},
        photos=1,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"now five plain words first\n\n{UGLY}", "brand": ""},
        {"title": UGLY, "description": f"now five plain words first\n\n{UGLY}", "brand": "O’Nobody & <b>Söhne</b>"},
    ),
    Case(
        "emoji and right-to-left text",
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        photos=1,
    ),
    Case(
        "fewest fields",
        {"category": ["Women", "Women's handbags", "Tote Bags"], "size": "", "brand": "", "price_cents": 199},
        {
            "category": ["Women", "Bags", "Totes"],
            "size": None,
            "colors": [],
            "original_price": None,
            "brand": None,
            "zip_code": None,
            "price": {"cents": 199},
            "shipping": {"weight_oz": 16},
        },
        photos=1,
    ),
    Case(
        "a big parcel at the seller's cost, new",
        {
            "condition": "1",
            "shipping": {
                "method": "MERCARI",
                "service": GROUND,
                "weight_lb": 2,
                "weight_oz": 8,
                "payer": "seller",
                "zip": "95112",
            },
        },
        {
            "condition": "new_with_tags",
            "shipping": {"payer": "seller", "weight_oz": 40, "length_in": 9, "width_in": 20, "height_in": 3},
        },
    ),
    Case(
        "from the second address, a parcel of whole pounds in a shoebox",
        {
            "shipping": {
                "method": "MERCARI",
                "service": GROUND,
                "weight_lb": 3,
                "weight_oz": 0,
                "payer": "buyer",
                "zip": "78701",
            },
        },
        {
            "zip_code": "78701",
            "shipping": {"payer": "buyer", "weight_oz": 48, "length_in": 14, "width_in": 10, "height_in": 5},
        },
        photos=1,
    ),
    Case(
        "a heavy parcel",
        {
            "shipping": {
                "method": "MERCARI",
                "service": "UPS Ground",
                "weight_lb": 25,
                "weight_oz": 0,
                "payer": "buyer",
                "zip": "95112",
            },
        },
        {"shipping": {"payer": "buyer", "weight_oz": 400, "length_in": 30, "width_in": 12, "height_in": 12}},
        photos=1,
    ),
    Case(
        "a category with an ampersand, by override",
        {"category": ["Women", "Tops & blouses", "T-shirts"], "size": "XS (0-2)"},
        {"category": ["Women", "Tops & blouses", "T-shirts"], "size": "XS"},
    ),
    Case(
        "a woman's size by number, no brand in the seller's words",
        {"category": ["Women", "Dresses", "Midi"], "size": "M (8-10)", "brand": ""},
        {"size": "8", "brand": "Unbranded"},
        photos=1,
    ),
    Case(
        "a toy of a brand that the category knows",
        {"category": ["Toys & Collectibles", "Building Toys", "Toy Building Blocks"], "size": "", "brand": "LEGO"},
        {**PLAIN, "category": ["Kids", "Toys", "Building Sets & Blocks"], "brand": "Lego"},
        photos=1,
    ),
    Case(
        "a brand that another category knows is none here",
        {"brand": ""},
        {"brand": "Sony"},
        photos=1,
    ),
    condition("new", "1"),
    condition("like_new", "2"),
    condition("fair", "4"),
    condition("poor", "5"),
    sized("of a man", "2XL", "XXL (50-52)", ["Men", "Shirts", "Polos"], ["Men", "Tops", "Polos"]),
    sized("of a man's shoe", "10 1/2", "US 10.5", ["Men", "Shoes", "Boots"], ["Men", "Shoes", "Boots"]),
    sized("of a woman's shoe", "us 8", "US 8", ["Women", "Shoes", "Heels"], ["Women", "Shoes", "Heels"]),
    sized("for all", "one size", "One Size", ["Women", "Dresses", "Maxi"], ["Women", "Dresses", "Maxi"]),
    sized(
        "of a baby",
        "12 months",
        "12 mos",
        ["Kids", "Dresses", "Casual"],
        ["Kids", "Girls dresses", "Girls 0-24 mos"],
        Department="Girls",
    ),
    sized(
        "of a toddler",
        "3 t",
        "3T",
        ["Kids", "Shirts & Tops", "Blouses"],
        ["Kids", "Boys tops & t-shirts", "Boys 2T-5T"],
        Department="Boys",
    ),
    sized(
        "of a girl",
        "8",
        "8",
        ["Kids", "Dresses", "Casual"],
        ["Kids", "Girls dresses", "Girls (4+)"],
        Department="Girls",
    ),
    variant("B no_condition_ids recommended_label redirect"),
    variant("wizard_steps label_silent late_kando confirm"),
    variant("no_kando no_smart_pricing size_slips brand_blur"),
    variant("quiet_pricing slow_mount no_address offers_on"),
]
