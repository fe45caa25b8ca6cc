"""eBay: listings, and what the replica must have received."""

from __future__ import annotations

from tests.agents.cases.common import UGLY, Case

CLOTHING = "Clothing, Shoes & Accessories"
DRESSES = [CLOTHING, "Women", "Women's Clothing", "Dresses"]
TEES = [CLOTHING, "Men", "Men's Clothing", "Shirts", "T-Shirts"]
TEE = {
    "category": ["Men", "Shirts", "Tees - Short Sleeve"],
    "size": "L",
    "attributes": {"Department": "Men", "Type": "T-Shirt", "Size Type": "Regular"},
}

CASES = [
    Case(
        "ordinary",
        {
            "price_cents": 4800,
            "condition": "3000",
            "category": DRESSES,
            "brand": "Free People",
            "size": "M",
            "colors": ["Blue"],
            "sku": "LW-DEMO-1",
            "quantity": 1,
        },
        photos=4,
    ),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "word " * 3999 + "end", "quantity": 999, "sku": "S" * 50},
        {"title": "T" * 80, "description": "word " * 3999 + "end", "quantity": 999, "sku": "S" * 50},
        photos=24,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
    ),
    Case(
        "fewest fields, free shipping, new with tags",
        {"category": TEES, "size": "L", "brand": "Unbranded", "condition": "1000", "price_cents": 1999},
        {
            **TEE,
            "brand": None,
            "colors": ["red"],
            "original_price": None,
            "zip_code": None,
            "condition": "new_with_tags",
            "price": {"cents": 1999},
            "shipping": {"payer": "seller"},
        },
        photos=1,
    ),
    Case(
        "flat shipping",
        {"category": TEES, "condition": "2990"},
        {**TEE, "condition": "like_new", "shipping": {"cost": {"cents": 625}}},
    ),
    Case(
        "a category of only two levels",
        {"category": ["Books & Magazines", "Books"], "condition": "2750"},
        {
            "category": ["Books", "Fiction"],
            "condition": "like_new",
            "size": None,
            "colors": [],
            "brand": None,
            "attributes": {"Author": "Ursula K. Le Guin", "Book Title": "The Dispossessed", "Language": "English"},
        },
        photos=1,
    ),
]
