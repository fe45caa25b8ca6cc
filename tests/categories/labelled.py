"""Labelled items: listings as sellers write them, with the right leaf on each marketplace, written by hand.

Of `items.txt` every third is held out: weights are tuned on the others only. `unseen.txt` was written after that, when
synonyms and weights stood, and is never tuned on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from listing_worker.agents.vocabulary import CategoryPath, path_of
from listing_worker.models import Listing
from tests.agents.cases.common import listing

MARKETPLACES = ("poshmark", "ebay", "mercari", "facebook", "craigslist")


@dataclass(frozen=True)
class Item:
    """`right`: the right leaves, by marketplace; without an entry the marketplace has no place for it."""

    listing: Listing
    right: dict[str, tuple[CategoryPath, ...]]
    part: str  # tuned, held out, unseen


def items() -> list[Item]:
    """All of them, the tuned ones first."""
    listed = _read("items.txt")
    parts = [replace(item, part="held out") if n % 3 == 2 else item for n, item in enumerate(listed)]
    return [*parts, *(replace(item, part="unseen") for item in _read("unseen.txt"))]


def _read(name: str) -> list[Item]:
    beginnings: dict[str, str] = {}
    found: list[Item] = []
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("{") and " = " in line:
            name, _, beginning = line.partition(" = ")
            beginnings[name] = beginning
        elif line and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("|")]
            assert len(cells) == 3 + len(MARKETPLACES), line
            found.append(_item(cells, beginnings))
    return found


def _item(cells: list[str], beginnings: dict[str, str]) -> Item:
    title, path, further, *labels = cells
    changes: dict[str, Any] = {
        "title": title, "category": list(path_of(path)), "description": title, "brand": None, "size": None,
        "colors": [], "attributes": {},
    }  # fmt: skip
    for pair in filter(None, (part.strip() for part in further.split(";"))):
        name, _, value = pair.partition("=")
        if name in {"size", "brand"}:
            changes[name] = value
        else:
            changes["attributes"][name] = value
    right = {
        marketplace: tuple(path_of(_whole(one.strip(), beginnings)) for one in cell.split(" // "))
        for marketplace, cell in zip(MARKETPLACES, labels, strict=True)
        if cell != "-"
    }
    return Item(listing(changes), right, "tuned")


def _whole(path: str, beginnings: dict[str, str]) -> str:
    for name, beginning in beginnings.items():
        path = path.replace(name, beginning)
    return path
