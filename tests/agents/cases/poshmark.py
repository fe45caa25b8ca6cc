"""Poshmark: listings, and what the replica must have received."""

from __future__ import annotations

from typing import Any

from tests.agents.cases.common import UGLY, Case

DRESS: dict[str, Any] = {
    "price_cents": 4800,
    "original_price_cents": 12800,
    "condition": "ug",
    "category": ["Women", "Dresses", "Midi"],
    "brand": "Free People",
    "size": "M",
    "colors": ["Blue", "White"],
    "sku": "LW-DEMO-1",
    "shipping": {"discount": "No Discount"},
}
# What costs or gives something away by itself is off, whatever the account has preset.
OFF = {"offer_auto_actions_v2_enabled": False}
RTL = "فستان أزرق 👗🏽 שמלה"


def condition(ours: str, theirs: str) -> Case:
    return Case(f"condition {ours}", {"condition": theirs}, {"condition": ours}, photos=1)


def sized(what: str, size: str, theirs: str, *path: str, **further: str) -> Case:
    """A size as sellers write it, in a category, and as their label."""
    changes = {"category": list(path), "size": size, "attributes": further}
    return Case(f"size {what}", {"category": list(path), "size": theirs}, changes, photos=1)


def variant(words: str) -> Case:
    """The same listing on another form gives the same record."""
    return Case(f"form {words}", DRESS, sent=OFF, variant=words.replace(" ", ","))


CASES = [
    Case("ordinary", DRESS, photos=4, sent=OFF),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "d" * 1500, "tags": ["90s", "Boho", "Casual"], "colors": ["Blue", "White"]},
        {"title": "T" * 80, "description": "d" * 1500, "tags": ["90s", "Boho", "Casual"]},
        photos=16,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O’Nobody & <b>Söhne</b>"},  # ’ becomes '
    ),
    Case(
        "emoji and right-to-left text",
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        photos=1,
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
    Case(
        "a subcategory left open, tags of the seller's own, a price of five digits",
        {
            "category": ["Women", "Dresses"],
            "tags": ["cottage core", "O'Neil"],
            "price_cents": 1_234_500,
            "original_price_cents": 2_000_000,
        },
        {
            "category": ["Women", "Dresses"],
            "tags": ["cottage core", "O'Neil"],
            "price": {"cents": 1_234_500},
            "original_price": {"cents": 2_000_000},
        },
        photos=1,
    ),
    Case(
        "a thing for the home, its colours in our words",
        {"category": ["Home", "Dining", "Mugs"], "size": "OS", "colors": ["Cream", "Gray"], "brand": ""},
        {
            "category": ["Home", "Dining", "Mugs"],
            "size": None,
            "colors": ["ivory", "charcoal", "multicolor"],
            "brand": "No brand",
        },
        photos=1,
    ),
    condition("new_with_tags", "nwt"),
    condition("new", "uln"),
    condition("like_new", "uln"),
    condition("fair", "uf"),
    sized("plus", "2x", "2X", "Women", "Dresses", "Maxi"),
    sized("petite", "MP", "MP", "Women", "Tops", "Blouses"),
    sized("three times extra large", "3XL", "XXXL", "Women", "Tops", "Tunics"),
    sized("of a waist", "27", "27", "Women", "Jeans", "Skinny"),
    sized("of a bra", "34B", "34B", "Women", "Intimates & Sleepwear", "Bras"),
    sized("of a woman's shoe", "8 1/2", "8.5", "Women", "Shoes", "Heels"),
    sized("big and tall", "3XLT", "3XLT", "Men", "Shirts", "Polos"),
    sized("of a baby", "3 mos", "3 Months", "Kids", "One Pieces", "Footies", Department="Girls"),
    sized("of a girl", "6x", "6X", "Kids", "Dresses", "Casual", Department="Girls"),
    sized("of a child's shoe", "8 toddler", "8 (Toddler Girl)", "Kids", "Shoes", "Sneakers", Department="Girls"),
    sized("that they do not have", "EU 38", "EU 38", "Women", "Skirts", "Pencil"),
    variant("smart_sell inline_category fragile"),
    variant("late_cover no_share_panel"),
    variant("B"),
]
