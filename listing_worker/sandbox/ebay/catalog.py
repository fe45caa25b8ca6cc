"""What may be sold and how it is described: categories, conditions, item specifics (fact: ebay §4, §3b).

A believable part of the US tree (id 0) with real ids where public sources agree on them. Everything here is constant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass
class Category:
    """A node of the tree; `family` decides which specifics and conditions apply. Only leaves can be listed in."""

    id: str
    name: str
    parent: Category | None = field(default=None, repr=False)
    family: str = ""
    keywords: tuple[str, ...] = ()
    children: list[Category] = field(default_factory=list, repr=False)

    @property
    def leaf(self) -> bool:
        return not self.children

    @property
    def path(self) -> list[str]:
        """Names from the broadest to this one."""
        return [*(self.parent.path if self.parent else []), self.name]

    def label(self) -> str:
        return " > ".join(self.path)


@dataclass(frozen=True)
class Aspect:
    """One item specific of a category.

    `selection` refuses values that are not offered; `multi` takes several; `groups` offers sizes by size type;
    `toggle` shows a row of buttons instead of a menu; `from_title` is guessed by the site from the title.
    """

    name: str
    required: bool
    values: tuple[str, ...] = ()
    multi: bool = False
    selection: bool = False
    toggle: bool = False
    trending: bool = False
    from_title: bool = False
    default: str = ""
    frequent: tuple[str, ...] = ()
    help: str = ""
    groups: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"attributes.{self.name}"

    @property
    def flat_name(self) -> str:
        """As the search box spells it: "Country/Region of Manufacture" → "CountryRegionofManufacture"."""
        return re.sub(r"[^A-Za-z0-9]", "", self.name)

    @property
    def widget(self) -> str:
        if self.toggle:
            return "toggles"
        return "menu" if self.values or self.groups else "text"

    def offers(self, value: str) -> bool:
        return value in self.values or any(value in sizes for sizes in self.groups.values())


@lru_cache
def _load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


def _grow(node: dict[str, Any], parent: Category | None) -> Category:
    category = Category(
        id=node["id"],
        name=node["name"],
        parent=parent,
        family=node.get("family") or (parent.family if parent else ""),
        keywords=tuple(node.get("keywords", ())),
    )
    category.children = [_grow(child, category) for child in node.get("children", ())]
    return category


@lru_cache
def roots() -> tuple[Category, ...]:
    return tuple(_grow(node, None) for node in _load("categories")["nodes"])


def _walk(category: Category) -> Iterator[Category]:
    yield category
    for child in category.children:
        yield from _walk(child)


@lru_cache
def _by_id() -> dict[str, Category]:
    return {category.id: category for root in roots() for category in _walk(root)}


def find(category_id: str) -> Category | None:
    return _by_id().get(category_id)


def find_leaf(category_id: str) -> Category | None:
    category = find(category_id)
    return category if category and category.leaf else None


def leaves() -> list[Category]:
    return [category for category in _by_id().values() if category.leaf]


def conditions(category: Category) -> list[dict[str, str]]:
    """The condition ids a leaf allows, best first, each with its label and a sentence."""
    name = _load("specifics")["families"][category.family]["conditions"]
    offered: list[dict[str, str]] = _load("conditions")[name]
    return offered


def condition_label(category: Category | None, condition_id: str) -> str:
    if category is None:
        return ""
    return next((c["label"] for c in conditions(category) if c["id"] == condition_id), "")


@lru_cache
def aspects(family: str) -> tuple[Aspect, ...]:
    """The item specifics of a family of categories: required ones first, in the order of the form."""
    data = _load("specifics")
    chosen = data["families"][family]
    made = []
    for name in [*chosen["required"], *chosen["optional"]]:
        raw = dict(chosen["aspects"].get(name) or data["common"][name])
        raw["values"] = tuple(data["values"][raw["values"]]) if raw.get("values") else ()
        raw["frequent"] = tuple(raw.get("frequent", ()))
        raw["groups"] = data["size_groups"][raw["groups"]] if raw.get("groups") else {}
        made.append(Aspect(name=name, required=name in chosen["required"], **raw))
    return tuple(made)


def words(text: str) -> list[str]:
    """Lower-case words without a plural ending: "Wrap Dresses" → ["wrap", "dress"]."""
    found = re.findall(r"[a-z0-9][a-z0-9'-]*", text.lower())
    return [re.sub(r"(?<=ss|sh|ch|ox)es$|(?<!s)s$|'s?$", "", word) for word in found]


def suggest(title: str, limit: int = 6) -> list[Category]:
    """Leaves that fit the words of a title, best first; the tree's order decides between equals."""
    wanted = words(title)
    scored = []
    for order, leaf in enumerate(leaves()):
        own = set(words(leaf.name)) | {word for keyword in leaf.keywords for word in words(keyword)}
        score = sum(3.0 for word in set(wanted) if word in own)
        if not score:
            continue
        if wanted and wanted[-1] in own:
            score += 1.5  # "… wrap dress" is a dress, not a wrap
        above = {word for name in leaf.path[:-1] for word in words(name)}
        score += sum(1.0 for word in set(wanted) if word in above)
        scored.append((-score, order, leaf))
    return [leaf for _, _, leaf in sorted(scored, key=lambda entry: entry[:2])[:limit]]


def guessed_specifics(category: Category, title: str) -> dict[str, list[str]]:
    """What the site fills in by itself: the category's defaults, and words of the title that are offered values."""
    spaced = f" {' '.join(words(title))} "
    guessed: dict[str, list[str]] = {}
    for aspect in aspects(category.family):
        if aspect.default:
            guessed[aspect.key] = [aspect.default]
        elif aspect.from_title:
            seen = [value for value in aspect.values if f" {' '.join(words(value))} " in spaced]
            if seen:
                guessed[aspect.key] = [max(seen, key=len)]
    return guessed


def search(text: str, limit: int = 20) -> list[Category]:
    """Leaves for the category picker's search box: by words, then by part of the path, then by id."""
    if text.isdigit():
        exact = find_leaf(text)
        return [exact] if exact else []
    found = suggest(text, limit)
    lowered = text.lower()
    found += [leaf for leaf in leaves() if lowered in leaf.label().lower() and leaf not in found]
    return found[:limit]
