"""What the replicas' forms offer, read from the replicas themselves: the oracle for every word of a vocabulary.

One small reader per replica; `test_words_exist.py` wants one of each marketplace that is registered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from listing_worker.sandbox.craigslist import catalogue as craigslist
from listing_worker.sandbox.ebay import catalog as ebay
from listing_worker.sandbox.ebay.form import SHIPPING_TYPES
from listing_worker.sandbox.facebook import catalogue as facebook
from listing_worker.sandbox.mercari import catalogue as mercari
from listing_worker.sandbox.poshmark import catalog as poshmark

Path = tuple[str, ...]


@dataclass(frozen=True)
class Options:
    """`None` from a reader: the replica does not have that category, or takes any text there.

    `prefix`: an option goes on behind the word that finds it, "M (8-10)" behind "M".
    """

    categories: Callable[[Path], bool | None]
    conditions: Callable[[Path], set[str] | None]
    colors: Callable[[Path], set[str] | None]
    sizes: Callable[[Path], set[str] | None]
    shipping: Callable[[Path, int], dict[str, set[str]]]  # the plan's fields → what is offered for so many ounces
    prefix: bool = False


def _poshmark_sizes(path: Path) -> set[str] | None:
    features = path[2:] == ("Bras",)
    name = "women_bras" if features else poshmark.size_set_of(*path[:2])
    return {label for labels in poshmark.SIZE_SETS[name].values() for label in labels}


@cache
def _poshmark_categories() -> set[Path]:
    found: set[Path] = set()
    for department in poshmark.catalog():
        for category in department["categories"]:
            above = (department["display"], category["display"])
            found |= {above, *((*above, one["display"]) for one in category["category_features"])}
    return found


@cache
def _ebay_leaf(path: Path) -> ebay.Category | None:
    return next((leaf for leaf in ebay.leaves() if tuple(leaf.path) == path), None)


def _ebay_values(path: Path, *names: str) -> set[str] | None:
    leaf = _ebay_leaf(path)
    aspects = [one for one in ebay.aspects(leaf.family) if one.name in names and one.selection] if leaf else []
    if not aspects:
        return None
    grouped = {value for one in aspects for values in one.groups.values() for value in values}
    return grouped | {value for one in aspects for value in one.values}


def _mercari_services(path: Path, ounces: int) -> dict[str, set[str]]:
    leaf = _mercari_leaf(path)
    return {"service": {one.name for one in mercari.shipping_classes(ounces, leaf.id)}} if leaf else {}


@cache
def _mercari_leaf(path: Path) -> mercari.Category | None:
    return next((one for one in mercari.categories().values() if one.path == path and one.leaf), None)


def _mercari_sizes(path: Path) -> set[str] | None:
    leaf = _mercari_leaf(path)
    return {size.name for size in mercari.sizes(leaf.id)} or None if leaf else None


OPTIONS = {
    "poshmark": Options(
        categories=lambda path: path in _poshmark_categories(),
        conditions=lambda _: {label.partition(" (")[0] for _, label, _ in poshmark.CONDITIONS},
        colors=lambda _: {name for name, _ in poshmark.COLORS},
        sizes=_poshmark_sizes,
        shipping=lambda *_: {"shipping_discount": {title for _, title in poshmark.SHIPPING_DISCOUNTS}},
    ),
    "ebay": Options(
        categories=lambda path: True if _ebay_leaf(path) else None,  # a part of the real tree
        conditions=lambda path: {one["label"] for one in ebay.conditions(leaf)} if (leaf := _ebay_leaf(path)) else None,
        colors=lambda path: set(next(one.values for one in ebay.aspects("womens_dress") if one.name == "Color")),
        sizes=lambda path: _ebay_values(path, "Size", "US Shoe Size"),
        shipping=lambda *_: {"shipping_type": {label for _, label in SHIPPING_TYPES}},
    ),
    "mercari": Options(
        categories=lambda path: _mercari_leaf(path) is not None,
        conditions=lambda _: set(mercari.CONDITIONS.values()),
        colors=lambda _: None,  # the form has no such field
        sizes=_mercari_sizes,
        shipping=_mercari_services,
        prefix=True,
    ),
    "facebook": Options(
        categories=lambda path: any(path == (one.heading, one.name) for one in facebook.CATEGORIES.values()),
        conditions=lambda _: set(facebook.CONDITIONS.values()),
        colors=lambda _: None,  # which colours its list offers is not known
        sizes=lambda _: None,  # text
        shipping=lambda *_: {"delivery": set(facebook.DELIVERY.values())},
    ),
    "craigslist": Options(
        categories=lambda path: path in {(one.name,) for one in craigslist.categories("fso")},
        conditions=lambda _: set(craigslist.CONDITIONS.values()),
        colors=lambda _: None,  # no such field
        sizes=lambda _: None,  # text
        shipping=lambda *_: {},  # a check box
    ),
}
