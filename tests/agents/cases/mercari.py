"""Mercari: listings, and what the replica must have received."""

from __future__ import annotations

from tests.agents.cases.common import UGLY, Case

GROUND = "USPS Ground Advantage"

CASES = [
    Case(
        "ordinary",
        {
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
        },
        photos=4,
    ),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "one two three four " + "d" * 981, "price_cents": 200_000},
        {"title": "T" * 80, "description": "one two three four " + "d" * 981, "price": {"cents": 200_000}},
        photos=12,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"now five plain words first\n\n{UGLY}", "brand": ""},
        {"title": UGLY, "description": f"now five plain words first\n\n{UGLY}", "brand": "O’Nobody & <b>Söhne</b>"},
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
        "a category with an ampersand, by override",
        {"category": ["Women", "Tops & blouses", "T-shirts"], "size": "XS (0-2)"},
        {"category": ["Women", "Tops & blouses", "T-shirts"], "size": "XS"},
    ),
    Case(
        "a baby's dress, its size in months",
        {"category": ["Kids", "Girls dresses", "Girls 0-24 mos"], "size": "12 mos"},
        {"category": ["Kids", "Dresses", "Casual"], "size": "12 months", "attributes": {"Department": "Girls"}},
    ),
    Case(
        "a woman's size by number, no brand in the seller's words",
        {"category": ["Women", "Dresses", "Midi"], "size": "M (8-10)", "brand": ""},
        {"size": "8", "brand": "Unbranded"},
        photos=1,
    ),
]
