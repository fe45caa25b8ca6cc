"""`suggest_categories`: where a listing belongs on each marketplace, best first."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from listing_worker.agents.registry import get_agent, names
from listing_worker.agents.vocabulary import CategoryPath, Vocabulary, our_categories
from listing_worker.categories.ranker import Ranker
from listing_worker.errors import VocabularyGap
from listing_worker.models import Frozen, Listing


class Source(StrEnum):
    """Why a category is suggested."""

    CHOSEN = "chosen"  # the seller chose it for a similar item before
    TABLE = "table"  # the listing's own path leads there by the marketplace's table
    WORDS = "words"  # its words fit best


class Suggestion(Frozen):
    """A leaf of a marketplace's tree, with the site's own number where it is known."""

    category: CategoryPath
    id: int | None = None
    source: Source
    score: float = 0


def suggest_categories(
    listing: Listing,
    marketplaces: tuple[str, ...] | None = None,
    *,
    chosen: Mapping[str, CategoryPath] | None = None,
    count: int = 3,
) -> dict[str, list[Suggestion]]:
    """The best leaves per marketplace, at most `count` each. `chosen`: what the seller chose for a similar item."""
    return {
        name: suggest(listing.for_marketplace(name), get_agent(name).vocabulary, (chosen or {}).get(name), count)
        for name in marketplaces or names()
    }


def suggest(
    listing: Listing, vocabulary: Vocabulary, chosen: CategoryPath | None = None, count: int = 3
) -> list[Suggestion]:
    """What was chosen before comes first, then what the table says, then the best by words."""
    tree = vocabulary.tree()
    found: list[tuple[CategoryPath, Source, float]] = []
    if chosen is not None and chosen in tree:
        found.append((chosen, Source.CHOSEN, 0))
    try:
        told = vocabulary.category(listing)
    except VocabularyGap:
        told = ()
    if told in tree and (listing.category in our_categories() or listing.category == told):
        found.append((told, Source.TABLE, 0))
    found += [(leaf, Source.WORDS, score) for leaf, score in ranker(vocabulary).rank(listing, count)]
    best: dict[CategoryPath, Suggestion] = {}
    for leaf, source, score in found:
        best.setdefault(leaf, Suggestion(category=leaf, id=tree.id(leaf), source=source, score=score))
    return list(best.values())[:count]


@cache
def ranker(vocabulary: Vocabulary) -> Ranker:
    """Made once per marketplace: the tree's words take a fraction of a second."""
    return Ranker(vocabulary.tree().leaves(), vocabulary.aliases())
