"""From two or more lists to what is linked by itself, what is asked, and what is left alone. Pure.

A pair is linked only if its score is above AUTO_FROM, nothing about it is open, and it stands alone: nothing else, on
either side or beside either, comes near. Two identical items look alike in every way; then every pairing is a question.
Links are joined into groups; a group holds at most one listing per marketplace and no two that were told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from listing_worker.inventory.matching.compare import Compared, Item, compare
from listing_worker.inventory.matching.words import Title, weights

AUTO_FROM = 0.86  # proven: tests/inventory/test_matching.py calibrates it on one half of the labelled pairs
ASK_FROM = 0.5
MARGIN = 0.12  # by which a pair must be better than the next best that involves either
LIKELY = 0.35  # of the words' weight in common before photos are compared at all

Pair = frozenset[str]


@dataclass(frozen=True)
class Match:
    """Two items by their keys. `sure`: linked without asking. `why`: what is open about it, for the seller."""

    one: str
    other: str
    score: float
    sure: bool
    why: tuple[str, ...] = ()


def find_matches(
    items: Sequence[Item], *, same: Iterable[Pair] = (), different: Iterable[Pair] = ()
) -> tuple[Match, ...]:
    """Best first. `same` and `different` are what the seller has said about pairs of keys: never asked again."""
    said, denied = set(same), set(different)
    telling = weights([Title.of(item.title) for item in items])
    compared = {
        frozenset({one.key, other.key}): found
        for one, other in combinations(items, 2)
        if (found := _compare(one, other, telling)) is not None
    }
    by_key = {item.key: item for item in items}
    matches = []
    for pair, found in compared.items():
        one, other = sorted(pair)
        if pair in denied or pair in said or found.score < ASK_FROM or by_key[one].places & by_key[other].places:
            continue
        if by_key[one].of is not None and by_key[one].of == by_key[other].of:
            continue
        why = list(found.open)
        if found.score >= AUTO_FROM and (rival := _rival(pair, found, compared, by_key, denied)):
            why.append(f"“{by_key[rival].title}” looks just as much like it.")
        matches.append(Match(one, other, found.score, found.score >= AUTO_FROM and not why, tuple(why)))
    matches.sort(key=lambda match: (-match.score, match.one, match.other))
    return _consistent(matches, by_key, denied)


def _compare(one: Item, other: Item, telling: Mapping[str, float]) -> Compared | None:
    """None for what has too little in common. Twins on one marketplace are compared, too: they are rivals."""
    here = replace(other, places=frozenset()) if one.places & other.places else other
    if not (one.sku and one.sku == other.sku):
        a, b = one.words.words, other.words.words
        shared = sum(telling.get(word, 1.0) for word in a & b)
        least = min(sum(telling.get(word, 1.0) for word in words) for words in (a, b))
        if not least or shared < LIKELY * least:
            return None
    found = compare(one, here, telling)
    return found if found.score >= ASK_FROM - MARGIN else None


def _rival(
    pair: Pair, found: Compared, compared: Mapping[Pair, Compared], by_key: Mapping[str, Item], denied: set[Pair]
) -> str | None:
    """Another item on one of their marketplaces that is nearly as good a partner for either of the two, or that looks
    like one of them beside it."""
    taken = frozenset(place for key in pair for place in by_key[key].places)
    for other, also in compared.items():
        if other == pair or len(other & pair) != 1 or other in denied or also.score <= found.score - MARGIN:
            continue
        [rival] = other - pair
        if by_key[rival].places & taken:
            return rival
    return None


def _consistent(matches: Sequence[Match], by_key: Mapping[str, Item], denied: set[Pair]) -> tuple[Match, ...]:
    """Joins sure matches into groups, best first; one that would put two of a marketplace into a group is asked."""
    group = {key: frozenset({key}) for key in by_key}
    decided = []
    for match in matches:
        if match.sure:
            joined = group[match.one] | group[match.other]
            places = [place for key in joined for place in by_key[key].places]
            owners = {by_key[key].of for key in joined} - {None}
            apart = any(frozenset(pair) in denied for pair in combinations(joined, 2))
            if apart or len(owners) > 1 or (match.other not in group[match.one] and len(places) != len(set(places))):
                match = replace(match, sure=False, why=(*match.why, "It would join listings that do not fit."))
            else:
                group.update(dict.fromkeys(joined, joined))
        decided.append(match)
    return tuple(decided)
