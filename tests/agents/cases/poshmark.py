"""Poshmark: listings, and what the replica must have received."""

from __future__ import annotations

from tests.agents.cases.common import UGLY, Case

CASES = [
    Case(
        "ordinary",
        {
            "price_cents": 4800,
            "original_price_cents": 12800,
            "condition": "ug",
            "category": ["Women", "Dresses", "Midi"],
            "brand": "Free People",
            "size": "M",
            "colors": ["Blue", "White"],
            "sku": "LW-DEMO-1",
            "shipping": {"discount": "No Discount"},
        },
        photos=4,
    ),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "d" * 1500, "tags": ["90s", "Boho", "Casual"]},
        {"title": "T" * 80, "description": "d" * 1500, "tags": ["90s", "Boho", "Casual"]},
        photos=16,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O’Nobody & <b>Söhne</b>"},  # ’ becomes '
    ),
    Case(
        "fewest fields",
        {"category": ["Women", "Bags", "Totes"], "size": "OS", "colors": [], "original_price_cents": None, "brand": ""},
        {
            "category": ["Women", "Bags", "Totes"],
            "size": None,
            "colors": [],
            "original_price": None,
            "brand": None,
            "tags": [],
        },
        photos=1,
    ),
    Case(
        "worn men's shoes, shipping free, three colours of which two fit",
        {
            "category": ["Men", "Shoes", "Boots"],
            "size": "10.5",
            "condition": "uf",
            "colors": ["Black", "Brown"],
            "shipping": {"discount": "Free"},
        },
        {
            "category": ["Men", "Shoes", "Boots"],
            "size": "10.5",
            "condition": "poor",
            "colors": ["black", "brown", "red"],
            "shipping": {"payer": "seller"},
        },
    ),
    Case(
        "a category without subcategories",
        {"category": ["Kids", "Matching Sets"], "size": "4T"},
        {"category": ["Kids", "Matching Sets"], "size": "4T"},
    ),
]
