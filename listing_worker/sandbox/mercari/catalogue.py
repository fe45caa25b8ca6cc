"""The option lists of the replica: categories, brands, sizes, conditions, shipping services.

Categories are the fact sheet's whole tree (17 / 287 / 2827 entries; fact: mercari appendix), brands and prices are a
small invented selection. Ids of categories are the real ones, other ids are the replica's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
SEPARATOR = " > "
NO_BRAND = "No brand / Not sure"

CONDITIONS = {"1": "New", "2": "Like new", "3": "Good", "4": "Fair", "5": "Poor"}

_WOMEN = ("XXS (00)", "XS (0-2)", "S (4-6)", "M (8-10)", "L (12-14)", "XL (16-18)", "2XL (20-22)", "3XL (24-26)")
_MEN = (
    *("XS (30-32)", "S (34-36)", "M (38-40)", "L (42-44)", "XL (46-48)"),
    *("XXL (50-52)", "3XL (54-56)", "4XL (58-60)", "5XL (62-64)"),
)
_WITHOUT_SIZE = {
    *("Women's handbags", "Women's accessories", "Men's accessories", "Jewelry", "Other"),
    *("Bathing & skin care", "Car seats & accessories", "Diapering", "Feeding", "Gear", "Health & baby care"),
    *("Nursery", "Potty training", "Pregnancy & maternity", "Safety", "Strollers"),
}
_KIDS = {
    "Girls 0-24 mos": ("Preemie", "Newborn", "3 mos", "6 mos", "9 mos", "12 mos", "18 mos", "24 mos"),
    "Girls 2T-5T": ("2T", "3T", "4T", "5T"),
    "Girls (4+)": ("4", "5", "6", "6X", "7", "8", "10", "12", "14", "16"),
}


@dataclass(frozen=True)
class Category:
    """A category by id, with its path from the top. A leaf is what a listing needs."""

    id: int
    path: tuple[str, ...]
    top_id: int
    leaf: bool

    @property
    def label(self) -> str:
        return SEPARATOR.join(self.path)


@dataclass(frozen=True)
class Brand:
    id: int
    name: str
    tops: tuple[int, ...]  # top categories whose list has it


@dataclass(frozen=True)
class Size:
    id: int
    name: str


@dataclass(frozen=True)
class ShippingClass:
    """A prepaid label: a service up to a weight. Prices are invented."""

    id: int
    carrier: str
    name: str
    up_to_oz: int
    cents: int

    @property
    def up_to(self) -> str:
        return f"{self.up_to_oz} oz" if self.up_to_oz < 16 else f"{self.up_to_oz // 16} lb"


def category_tree_bytes() -> bytes:
    """The tree as the page loads it: nested [id, name, [children]]."""
    return (DATA / "categories.json").read_bytes()


@cache
def categories() -> dict[int, Category]:
    """All categories by id, top ones included."""

    def walk(nodes: list[list[object]], above: tuple[str, ...], top: int) -> Iterator[Category]:
        for node in nodes:
            number, name = node[0], node[1]
            assert isinstance(number, int) and isinstance(name, str)
            children = node[2] if len(node) > 2 else []
            assert isinstance(children, list)
            path = (*above, name)
            yield Category(number, path, top or number, not children)
            yield from walk(children, path, top or number)

    return {category.id: category for category in walk(json.loads(category_tree_bytes()), (), 0)}


def search_categories(keyword: str, limit: int = 40) -> list[Category]:
    """Leaves whose path has every word, those with the words in their own name first. The real search chokes on `&`
    (fact: mercari §3): then nothing is found."""
    words = [word for word in keyword.casefold().replace(">", " ").split() if word]
    if not words or "&" in keyword:
        return []
    found = [
        category
        for category in categories().values()
        if category.leaf and all(word in category.label.casefold() for word in words)
    ]
    return sorted(found, key=lambda c: not all(w in c.path[-1].casefold() for w in words))[:limit]


@cache
def brands() -> dict[int, Brand]:
    rows = json.loads((DATA / "brands.json").read_text())
    return {number: Brand(number, name, tuple(tops)) for number, name, tops in rows}


def search_brands(keyword: str, category_id: int | None, limit: int = 12) -> list[Brand]:
    """Brands of the category's list (of any, without a category) that contain the keyword, shortest name first."""
    wanted = keyword.strip().casefold()
    category = categories().get(category_id or 0)
    found = [
        brand
        for brand in brands().values()
        if wanted in brand.name.casefold() and (category is None or category.top_id in brand.tops)
    ]
    return sorted(found, key=lambda b: (not b.name.casefold().startswith(wanted), len(b.name), b.name))[:limit]


def _size_labels(category: Category) -> tuple[str, ...]:
    top, group = category.path[0], category.path[min(1, len(category.path) - 1)]
    if top not in {"Women", "Men", "Kids"} or group in _WITHOUT_SIZE:
        return ()
    if top == "Kids":
        return _KIDS.get(category.path[-1].replace("Boys", "Girls"), ())
    if group == "Shoes":
        first, last = (8, 24) if top == "Women" else (12, 30)
        return tuple(f"US {half / 2:g}" for half in range(first, last + 1))
    return (*(_WOMEN if top == "Women" else _MEN), "One Size")


def sizes(category_id: int) -> list[Size]:
    """The size list of a leaf, empty for a category that has none. Women's clothes carry every label twice under
    different ids, as the real picker does at times (fact: mercari §3 row 7, "options may be duplicated")."""
    category = categories().get(category_id)
    if category is None or not category.leaf:
        return []
    labels = _size_labels(category)
    base = 10_000 + 100 * category_id
    once = [Size(base + n, label) for n, label in enumerate(labels)]
    twice = "M (8-10)" in labels
    return once + [Size(base + 50 + n, label) for n, label in enumerate(labels) if label != "One Size" and twice]


def size_name(category_id: int, size_id: int) -> str:
    return next((size.name for size in sizes(category_id) if size.id == size_id), "")


_STEPS_OZ = (4, 8, 12, 15, 16, 32, 48, 64, 80, 160, 320, 800, 1120)
_SERVICES = (
    # carrier, name, heaviest, cents at the lightest step, cents more at each further step
    ("shippo_usps", "USPS Ground Advantage", 320, 499, 85),
    ("ups", "UPS Ground Saver", 320, 590, 70),
    ("ups", "UPS Ground", 1120, 790, 90),
    ("fedex", "FedEx Ground Economy", 1120, 680, 80),
    ("fedex", "FedEx Home", 1120, 840, 95),
    ("shippo_usps", "USPS Priority Mail", 1120, 899, 120),
    ("shippo_usps", "USPS Media Mail", 1120, 463, 45),
)
_MEDIA_TOPS = {141}  # media mail is offered for books, and for the media in Electronics
_MEDIA_GROUP = "Media"


@cache
def _shipping_classes() -> dict[int, ShippingClass]:
    found = {}
    for service, (carrier, name, heaviest, first, more) in enumerate(_SERVICES, 1):
        for step, ounces in enumerate(_STEPS_OZ):
            if ounces <= heaviest:
                made = ShippingClass(1000 * service + step, carrier, name, ounces, first + more * step)
                found[made.id] = made
    return found


def shipping_class(class_id: int) -> ShippingClass | None:
    return _shipping_classes().get(class_id)


def shipping_classes(ounces: float, category_id: int) -> list[ShippingClass]:
    """What is offered for a parcel: of each service the lightest label that carries it."""
    category = categories().get(category_id)
    media = category is not None and (category.top_id in _MEDIA_TOPS or _MEDIA_GROUP in category.path)
    offered: dict[str, ShippingClass] = {}
    for label in _shipping_classes().values():
        if label.up_to_oz >= ounces and (media or label.name != "USPS Media Mail"):
            offered.setdefault(label.name, label)
    return list(offered.values())
