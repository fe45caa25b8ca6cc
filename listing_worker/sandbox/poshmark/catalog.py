"""What the form offers: departments, categories, sizes, colours, conditions, brands (fact: poshmark §4).

Names are the site's. Department ids are the real ones; the ids below them are made up, stable and 24 hex digits long.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

CONDITIONS = (
    ("nwt", "New With Tags (NWT)", "Never used, with its tags or packaging"),
    ("uln", "Like New", "No tags, but as good as new"),
    ("ug", "Good", "Lightly used with little wear, shown in the description or photos"),
    ("uf", "Fair", "Plainly used with visible wear, shown in the description or photos"),
)

COLORS = (
    ("Red", "#ea2e2e"),
    ("Pink", "#fb1680"),
    ("Orange", "#fca628"),
    ("Yellow", "#ffee37"),
    ("Green", "#3c9c44"),
    ("Blue", "#137fc1"),
    ("Purple", "#7f0f81"),
    ("Gold", "#ffd72e"),
    ("Silver", "#e9ebec"),
    ("Black", "#000000"),
    ("Gray", "#929292"),
    ("White", "#FFFFFF"),
    ("Cream", "#f4e0ca"),
    ("Brown", "#663509"),
    ("Tan", "#d1b48e"),
)

SHIPPING_DISCOUNTS = (("none", "No Discount"), ("discounted", "$4.99"), ("free", "Free"))


def made_up_id(*path: str) -> str:
    return sha1("/".join(path).encode(), usedforsecurity=False).hexdigest()[:24]


def numbers(first: float, last: float, step: float = 1) -> list[str]:
    """Size labels: "7", "7.5", "8" …"""
    count = round((last - first) / step) + 1
    return [f"{first + step * n:g}" for n in range(count)]


def kids_shoes(group: str) -> list[str]:
    """Labels that carry the age group: "7.5 (Toddler Girl)"."""
    toddler = [f"{size} (Toddler {group})" for size in numbers(7.5, 12, 0.5)]
    little = [f"{size} (Little {group})" for size in [*numbers(12.5, 13.5, 0.5), *numbers(1, 3, 0.5)]]
    return toddler + little + [f"{size} (Big {group})" for size in numbers(3.5, 7, 0.5)]


LETTERS = ["XXS", "XS", "S", "M", "L", "XL"]
EVEN = ["00", *numbers(0, 12, 2)]
BANDS = [f"{band}{cup}" for band in range(30, 50, 2) for cup in ("A", "B", "C", "D", "DD", "E", "F", "G", "H")]
BABY = ["Preemie", "Newborn", "0-3 Months", "3-6 Months", "6-9 Months", "6-12 Months", "9-12 Months", "12-18 Months"]
BABY += ["18-24 Months", "3 Months", "6 Months", "9 Months", "12 Months", "18 Months", "24 Months"]
PLUS = [*numbers(14, 32, 2), *(f"{size}W" for size in range(14, 34, 2)), "XXL", "XXXL", *(f"{n}X" for n in range(6))]

# Tabs and their labels. "Custom" is an empty tab with a text field.
SIZE_SETS: dict[str, dict[str, list[str]]] = {
    "women": {
        "Standard": [*EVEN, *LETTERS],
        "Plus": PLUS,
        "Petite": [f"{size}P" for size in [*EVEN, *LETTERS]],
        "Juniors": [*numbers(1, 15, 2), "XS", "S", "M", "L", "XL"],
        "Maternity": ["XS", "S", "M", "L", "XL", *numbers(0, 14, 2)],
        "Custom": [],
    },
    "women_jeans": {
        "Standard": [*numbers(23, 34), *EVEN],
        "Plus": [*numbers(14, 32, 2), *(f"{size}W" for size in range(14, 34, 2))],
        "Petite": [f"{size}P" for size in [*numbers(23, 34), *EVEN]],
        "Juniors": numbers(1, 15, 2),
        "Maternity": [*numbers(23, 34), "XS", "S", "M", "L", "XL"],
        "Custom": [],
    },
    "women_bras": {"Standard": BANDS, "Custom": []},
    "women_shoes": {"Standard": numbers(5, 12, 0.5), "Custom": []},
    "women_accessories": {"Standard": ["OS", "XS", "S", "M", "L", "XL"], "Custom": []},
    "men": {
        "Standard": ["XS", "S", "M", "L", "XL", "XXL"],
        "Big & Tall": ["LT", "XLT", "2XLT", "3XLT", "4XLT", "1XB", "2XB", "3XB", "4XB", "3XL", "4XL"],
        "Custom": [],
    },
    "men_bottoms": {
        "Standard": [*numbers(26, 42), "XS", "S", "M", "L", "XL", "XXL"],
        "Big & Tall": [*numbers(44, 60, 2), "LT", "XLT", "2XLT", "3XLT"],
        "Custom": [],
    },
    "men_suits": {"Standard": [f"{n}{cut}" for n in range(34, 54, 2) for cut in ("S", "R", "L")], "Custom": []},
    "men_shoes": {"Standard": numbers(6, 15, 0.5), "Custom": []},
    "men_accessories": {"Standard": ["OS", "S", "M", "L", "XL", *numbers(28, 44, 2)], "Custom": []},
    "kids": {
        "Baby": BABY,
        "Girls": ["2T", "3T", "4T", "5T", "2", "3", "4", "5", "6", "6X", *numbers(7, 16), "XS", "S", "M", "L", "XL"],
        "Boys": ["2T", "3T", "4T", "5T", "2", "3", "4", "5", "6", "7X", *numbers(7, 20), "XS", "S", "M", "L", "XL"],
        "Custom": [],
    },
    "kids_shoes": {
        "Baby": numbers(0, 7, 0.5),
        "Girls": kids_shoes("Girl"),
        "Boys": kids_shoes("Boy"),
        "Custom": [],
    },
    "one_size": {"One Size": ["OS"], "Custom": []},
}

ONE_SIZE_CATEGORIES = {
    "Women": {"Bags", "Bath & Body", "Hair", "Jewelry", "Makeup", "Skincare", "Other"},
    "Men": {"Bags", "Grooming", "Other"},
    "Kids": {"Bath, Skin & Hair", "Toys", "Other"},
}


def size_set_of(department: str, category: str) -> str:
    """The name of the size set of a category. Home, Pets and Electronics have one size."""
    if department not in ONE_SIZE_CATEGORIES or category in ONE_SIZE_CATEGORIES[department]:
        return "one_size"
    special = {
        ("Women", "Jeans"): "women_jeans",
        ("Women", "Shoes"): "women_shoes",
        ("Women", "Accessories"): "women_accessories",
        ("Men", "Jeans"): "men_bottoms",
        ("Men", "Pants"): "men_bottoms",
        ("Men", "Shorts"): "men_bottoms",
        ("Men", "Suits & Blazers"): "men_suits",
        ("Men", "Shoes"): "men_shoes",
        ("Men", "Accessories"): "men_accessories",
        ("Kids", "Shoes"): "kids_shoes",
    }
    return special.get((department, category), department.lower())


@cache
def catalog() -> list[dict[str, Any]]:
    """The tree as the page's state holds it: departments with categories with subcategories, each with an id."""
    tree = json.loads((DATA / "catalog.json").read_text())
    return [
        {
            "id": entry["id"],
            "display": department,
            "slug": department.lower(),
            "categories": [
                {
                    "id": made_up_id(department, category),
                    "display": category,
                    "size_set": size_set_of(department, category),
                    "category_features": [
                        {
                            "id": made_up_id(department, category, feature),
                            "display": feature,
                            **({"size_set": "women_bras"} if feature == "Bras" else {}),
                        }
                        for feature in features
                    ],
                }
                for category, features in entry["categories"].items()
            ],
        }
        for department, entry in tree.items()
    ]


@cache
def _names() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for department in catalog():
        names[department["id"]] = (department["display"],)
        for category in department["categories"]:
            names[category["id"]] = (department["display"], category["display"])
            for feature in category["category_features"]:
                names[feature["id"]] = (department["display"], category["display"], feature["display"])
    return names


def path_of(chosen: dict[str, Any]) -> list[str]:
    """Names of a `catalog` object of the API, broadest first; empty unless its parts are known and belong together."""
    ids = [chosen.get("department"), chosen.get("category"), *(chosen.get("category_features") or [])[:1]]
    path: tuple[str, ...] = ()
    for part in ids:
        if not part:
            break
        found = _names().get(str(part), ())
        if found[:-1] != path or not found:
            return []
        path = found
    return list(path)


@cache
def style_tags() -> list[str]:
    found: list[str] = json.loads((DATA / "style_tags.json").read_text())
    return found


@cache
def brands() -> list[str]:
    found: list[str] = json.loads((DATA / "brands.json").read_text())
    return found


def suggested_brands(typed: str, limit: int = 10) -> list[str]:
    """Brands with a word that begins as typed, those that begin so themselves first. At most `limit`."""
    wanted = typed.strip().lower().replace("’", "'")
    if not wanted:
        return []
    hits = [brand for brand in brands() if f" {brand.lower()}".find(f" {wanted}") >= 0]
    return sorted(hits, key=lambda brand: not brand.lower().startswith(wanted))[:limit]
