"""Craigslist: listings, and what the replica must have received."""

from __future__ import annotations

from tests.agents.cases.common import UGLY, Case

BY_OWNER = "for sale by owner"
# What nobody asked for stays off: no box is ticked, the mail relay answers, the form's language is as preset.
UNTOUCHED = {"language": ["5"], "Privacy": ["C"]}


def priced(dollars: int) -> dict[str, int]:
    return {"cents": dollars * 100}


def variant(words: str) -> Case:
    """The same listing on another chain gives the same record."""
    return Case(f"chain {words}", ORDINARY, variant=words.replace(" ", ","))


def category(label: str, *path: str) -> Case:
    return Case(
        f"category {label}",
        {"category": [BY_OWNER, label], "price_cents": 4800},
        {"category": list(path)},
        photos=1,
    )


def condition(ours: str, theirs: str) -> Case:
    return Case(f"condition {ours}", {"condition": theirs}, {"condition": ours}, photos=1)


ORDINARY = {
    "price_cents": 4800,
    "condition": "40",
    "category": [BY_OWNER, "clothing & accessories"],
    "brand": "Free People",
    "size": "M",
    "attributes": UNTOUCHED,
    "shipping": {"delivery": False, "zip": "95112"},
}
CASES = [
    Case("ordinary", ORDINARY, photos=4),
    Case(
        "at every limit",
        {"title": "T" * 70, "description": "word " * 2899 + "ends!", "price_cents": 99_999_900},
        {"title": "T" * 70, "description": "word " * 2899 + "ends!", "price": priced(999_999)},
        photos=24,
    ),
    Case(
        "ugly text",
        {"title": UGLY[:35], "description": f"first line\n\n{UGLY}\n  indented", "brand": "O'Nobody & <b>Söhne</b>"},
        {"title": UGLY[:35], "description": f"first line\n\n{UGLY}\n  indented", "brand": "O'Nobody & <b>Söhne</b>"},
    ),
    Case(
        "emoji and right-to-left text",
        {"title": "كرسي خشبي 🪑 כיסא", "description": "خشب متين\nעץ מלא 👨‍👩‍👧‍👦 🏳️‍🌈"},
        {"title": "كرسي خشبي 🪑 כיסא", "description": "خشب متين\nעץ מלא 👨‍👩‍👧‍👦 🏳️‍🌈"},
        photos=1,
    ),
    Case(
        "fewest fields",
        {"brand": "", "size": "", "price_cents": 100, "attributes": UNTOUCHED},
        {
            "brand": None,
            "size": None,
            "colors": [],
            "original_price": None,
            "sku": None,
            "tags": [],
            "attributes": {},
            "price": priced(1),
            "shipping": {},
        },
        photos=1,
    ),
    Case(
        "sent by post too",
        {"shipping": {"delivery": True, "zip": "95112"}},
        {"shipping": {"weight_oz": 14, "pickup": "also"}},
        photos=1,
    ),
    Case(
        "a model and a neighborhood",
        {"attributes": {**UNTOUCHED, "sale_model": ["Dolce 7"]}, "shipping": {"delivery": False, "zip": "95112"}},
        {"attributes": {"Model": "Dolce 7", "Craigslist neighborhood": "Willow Glen"}},
        photos=1,
    ),
    Case(
        "an area without sub-areas",
        {"shipping": {"delivery": False, "zip": "15212"}},
        {"zip_code": "15212"},
        photos=1,
    ),
    Case(
        "another sub-area by ZIP code",
        {"shipping": {"delivery": False, "zip": "85281"}},
        {"zip_code": "85281"},
        photos=1,
    ),
    Case(
        "an area that the seller names",
        {"shipping": {"delivery": False, "zip": "37011"}},
        {"zip_code": "37011", "attributes": {"Craigslist area": "phx", "Craigslist subarea": "east valley"}},
        photos=1,
    ),
    Case(
        "a neighborhood that the area asks for",
        {"shipping": {"delivery": False, "zip": "94110"}},
        {"zip_code": "94110", "attributes": {"Craigslist neighborhood": "mission district"}},
        photos=1,
    ),
    condition("new_with_tags", "10"),
    condition("new", "10"),
    condition("like_new", "20"),
    condition("fair", "50"),
    condition("poor", "60"),
    category("jewelry", "Women", "Jewelry", "Rings"),
    category("cell phones", "Electronics", "Cell Phones & Accessories", "Cell Phones"),
    category("books & magazines", "Books", "Fiction"),
    category("toys & games", "Kids", "Toys", "Learning Toys"),
    category("furniture", "furniture"),
    category("cds / dvds / vhs", "Electronics", "Media", "Vinyl Records"),
    category("health and beauty", "health and beauty"),
    variant("share_links type_first"),
    variant("no_map price_required"),
    variant("email_shown deaf_radios"),
]
