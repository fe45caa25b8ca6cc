"""Two listings of different marketplaces, compared: what speaks for one item, what against. Pure.

What rules a pair out: other sizes, colours, numbers of pieces, model numbers or labels. What keeps it from being linked
without asking, however alike the rest: a size or number of pieces that only one of them names (a cut title may hide
another size), photos that nobody has compared, prices too far apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from listing_worker.inventory.matching.pictures import Shot, compare_sets
from listing_worker.inventory.matching.words import Title, is_cut, said_size, whole_words

NEAR_PRICE = 1.35  # the dearer divided by the cheaper: more is asked, not linked
ROUNDING = 100  # cents that a site's whole dollars may change


@dataclass(frozen=True)
class Item:
    """A listing on one marketplace, or ours, as far as it tells what is sold.

    `key` is any name that is unique among the items compared. `places`: the marketplaces where it is; two items that
    share one are two items. `of`: the listing of ours that it belongs to, where that is known.
    """

    key: str
    places: frozenset[str]
    title: str
    price_cents: int | None
    sku: str | None = None
    size: str = ""
    shots: tuple[Shot, ...] = ()
    of: str | None = None

    @cached_property
    def words(self) -> Title:
        return Title.of(self.title)


@dataclass(frozen=True)
class Compared:
    """`score` from 0 to 1. `against`: why they are two items, if something says so (score 0 then). `open`: why a person
    must say so even if the rest fits."""

    score: float
    against: str = ""
    open: tuple[str, ...] = ()
    parts: dict[str, float] = field(default_factory=dict)


def compare(one: Item, other: Item, telling: Mapping[str, float]) -> Compared:
    """`telling`: the weights of words (words.weights). What neither has says nothing."""
    if one.places & other.places:
        return Compared(0.0, "Both are on the same marketplace.")
    first, second = _comparable(one.words, other.words)
    sizes = (first.sizes | said_size(one.size), second.sizes | said_size(other.size))
    if against := _against(one, other, first, second, sizes):
        return Compared(0.0, against)
    photos = compare_sets(one.shots, other.shots)
    title = _title_score(first, second, telling)
    price = _price_score(one.price_cents, other.price_cents)
    same_label = bool(one.sku and one.sku == other.sku)
    parts = {"title": title, "price": price, **({"photos": photos} if photos is not None else {})}
    score = 0.7 * title + 0.3 * price if photos is None else 0.5 * photos + 0.35 * title + 0.15 * price
    if same_label:
        score = max(score, 0.6 + 0.4 * title)
    doubts = _doubts(one, other, sizes, (first, second))
    if photos is None and not same_label:
        doubts.append("The photos were not compared.")
    if price == 0:
        doubts.append("The prices are far apart.")
    return Compared(round(score, 4), open=tuple(doubts), parts={name: round(part, 3) for name, part in parts.items()})


def _comparable(one: Title, other: Title) -> tuple[Title, Title]:
    """Where one is the other cut off, the half word at the cut tells nothing."""
    if not is_cut(one.text, other.text):
        return one, other
    if len(one.text) < len(other.text):
        return Title(whole_words(one.text, other.text)), other
    return one, Title(whole_words(other.text, one.text))


def _against(one: Item, other: Item, first: Title, second: Title, sizes: tuple[frozenset[str], frozenset[str]]) -> str:
    if one.sku and other.sku and one.sku != other.sku:
        return "They have different labels (SKU)."
    for what, mine, theirs in (
        ("sizes", *sizes),
        ("colours", first.colours, second.colours),
        ("numbers of pieces", first.lots, second.lots),
        ("numbers", first.numbers, second.numbers),
    ):
        if mine and theirs and not mine <= theirs and not theirs <= mine:
            return f"They name different {what}: {_listed(mine)}, {_listed(theirs)}."
    return ""


def _doubts(
    one: Item, other: Item, sizes: tuple[frozenset[str], frozenset[str]], titles: tuple[Title, Title]
) -> list[str]:
    found = []
    if sizes[0] != sizes[1]:
        found.append(f"Only one names the size {_listed(sizes[0] ^ sizes[1])}.")
    if titles[0].lots != titles[1].lots:
        found.append("Only one says how many there are.")
    if titles[0].numbers != titles[1].numbers and not is_cut(one.words.text, other.words.text):
        found.append(f"Only one names {_listed(titles[0].numbers ^ titles[1].numbers)}.")
    return found


def _listed(words: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(sorted(words))


def _title_score(one: Title, other: Title, telling: Mapping[str, float]) -> float:
    """The weight of the words they share, of all that either has; a title that is the other cut off shares all."""
    if one.text == other.text or is_cut(one.text, other.text):
        return 1.0

    def weight(words: frozenset[str]) -> float:
        return sum(telling.get(word, 1.0) for word in words)

    shared, either = weight(one.words & other.words), weight(one.words | other.words)
    fewer = min(weight(one.words), weight(other.words))
    if not either or not fewer:
        return 0.0
    return 0.5 * shared / either + 0.5 * shared / fewer


def _price_score(one: int | None, other: int | None) -> float:
    """1 for the same price, down to 0 for one that is NEAR_PRICE times the other; a price unknown counts half."""
    if not one or not other:
        return 0.5
    if abs(one - other) < ROUNDING:
        return 1.0
    apart = max(one, other) / min(one, other)
    return math.sqrt(max(0.0, 1 - (apart - 1) / (NEAR_PRICE - 1)))
