"""The threshold above which listings are linked without asking: set on one half of labelled pairs, shown on the other.

`python -m tests.inventory.test_matching` prints precision and recall.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import pytest

from listing_worker.inventory.matching.compare import Item, compare
from listing_worker.inventory.matching.pairing import AUTO_FROM, Match, find_matches
from listing_worker.inventory.matching.pictures import Shot
from listing_worker.inventory.matching.words import Title, is_cut, said_size, weights
from tests.inventory.labelled_pairs import HALVES, closets


@dataclass(frozen=True)
class Figures:
    """Pairs `linked` without asking, `wrong` of those; `same`: those that are one item; `asked`: of these not linked.
    A quarter of `same` has an identical twin with the same photos: nobody can tell those, they can only be asked."""

    pairs: int
    hard: Counter[str]
    linked: int
    wrong: list[list[str]]
    same: int
    asked: int
    lowest_safe: float  # the threshold from which on nothing wrong would be linked, were only the score asked

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / self.linked if self.linked else 0.0

    @property
    def recall(self) -> float:
        return (self.linked - len(self.wrong)) / self.same


def measure(half: str, *, every: int = 1) -> Figures:
    labelled = closets(half, every=every)
    matches = find_matches(labelled.items)
    linked = _joined([_pair(match) for match in matches if match.sure])
    wrong = sorted(sorted(pair) for pair in linked if not labelled.same(pair))
    same = {pair for pair, (is_same, _) in labelled.pairs.items() if is_same}
    asked = {_pair(match) for match in matches} & same - linked
    unsure = [match.score for match in matches if not match.why and not labelled.same(_pair(match))]
    kinds = Counter(kind for is_same, kind in labelled.pairs.values() if not is_same)
    return Figures(len(labelled.pairs), kinds, len(linked), wrong, len(same), len(asked), max(unsure, default=0.0))


def _joined(links: list[frozenset[str]]) -> set[frozenset[str]]:
    """All pairs of the groups that the links make: what is linked to the same is linked to each other."""
    groups: list[set[str]] = []
    for link in links:
        touching = [group for group in groups if group & link]
        groups = [group for group in groups if not group & link]
        groups.append(set(link).union(*touching))
    return {frozenset(pair) for group in groups for pair in combinations(sorted(group), 2)}


def _pair(match: Match) -> frozenset[str]:
    return frozenset({match.one, match.other})


def test_a_sample_is_linked_without_an_error_and_most_of_it_by_itself() -> None:
    found = measure("show", every=4)
    assert found.wrong == []
    assert found.linked and found.recall >= 0.3


@pytest.mark.slow
def test_the_threshold_set_on_one_half_makes_no_error_on_the_other() -> None:
    calibrated, shown = (measure(half) for half in HALVES)
    assert calibrated.pairs + shown.pairs >= 300
    assert min(calibrated.hard.values()) >= 6 and len(calibrated.hard) == 5
    assert calibrated.lowest_safe + 0.04 <= AUTO_FROM, "set with room above what the first half would need"
    assert calibrated.precision == shown.precision == 1.0
    assert shown.recall >= 0.4
    assert shown.recall + shown.asked / shown.same >= 0.95, "what is not linked is asked"


def items(*titles: str, price: int = 4800, **more: object) -> list[Item]:
    """One per marketplace, without photos."""
    return [Item(f"i{n}", frozenset({f"site{n}"}), title, price, **more) for n, title in enumerate(titles)]  # type: ignore[arg-type]


def test_without_photos_nothing_is_linked_but_by_the_sellers_own_label() -> None:
    title = "Free People floral wrap midi dress blue size M"
    [match] = find_matches(items(title, title))
    assert not match.sure and "photos" in match.why[0]
    [match] = find_matches(items(title, title, sku="FP-1"))
    assert match.sure


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Levi's 501 jeans 32x34", "Levi's 501 jeans 34x34", "sizes"),
        ("Wool coat navy size M", "Wool coat camel size M", "colours"),
        ("Lot of 2 silk scarves", "Lot of 3 silk scarves", "pieces"),
        ("Nikon 35mm f/1.8 lens", "Nikon 50mm f/1.8 lens", "numbers"),
    ],
)
def test_what_a_title_says_differently_rules_a_pair_out(one: str, other: str, why: str) -> None:
    first, second = items(one, other)
    found = compare(first, second, weights([first.words, second.words]))
    assert found.score == 0 and why in found.against


def test_what_was_told_apart_or_together_is_not_asked_again() -> None:
    title = "Free People floral wrap midi dress blue size M"
    pair = frozenset({"i0", "i1"})
    assert find_matches(items(title, title), different=[pair]) == ()
    assert find_matches(items(title, title), same=[pair]) == ()


def test_a_group_never_holds_two_listings_of_one_marketplace() -> None:
    title, label = "Brass desk lamp with green glass shade", {"sku": "L-1"}
    twins = [Item(f"i{n}", frozenset({site}), title, 4800, **label) for n, site in enumerate(("a", "a", "b"))]
    assert [match.sure for match in find_matches(twins)] == [False, False]


def test_a_title_cut_anywhere_is_still_the_same_title() -> None:
    whole = Title.of("Free People Floral Wrap Midi Dress Long Sleeve")
    assert is_cut(whole.text, Title.of("Free People Floral Wrap Midi Dr").text)
    assert not is_cut(whole.text, Title.of("Free People Floral Maxi").text)
    assert said_size("US 8") == Title.of("boots size 8").sizes
    assert said_size("Medium") == Title.of("dress M").sizes


def test_a_stored_print_is_read_back_as_it_was() -> None:
    shot = closets("show", every=30).items[0].shots[0]
    assert Shot.read(shot.text).print.cells == shot.print.cells
    with pytest.raises(ValueError, match="print"):
        Shot.read("1:2:AAAA")


if __name__ == "__main__":
    for half in HALVES:
        found = measure(half)
        print(
            f"{half:<10} {found.pairs} pairs ({found.same} the same, {sum(found.hard.values())} hard negatives), "
            f"linked {found.linked}, wrong {len(found.wrong)}: precision {found.precision:.3f}, "
            f"recall {found.recall:.3f}, asked {found.asked}; safe from {found.lowest_safe:.3f}, set at {AUTO_FROM}"
        )
        for kind, count in found.hard.items():
            print(f"           {count:>3} {kind}")
        for match in found.wrong:
            print("  WRONG", match)
