"""Leaves of one marketplace's tree, ranked by how well their words fit a listing's.

Each leaf is read in several ways: by its own path, and by every path of our own tree that the marketplace's table
leads to it ("Coats, Jackets & Vests" is then known by "Puffers" too). A word counts by how rare it is in the tree, by
where in the path it stands, and by where in the listing it was said. No model, no network; a few milliseconds.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from listing_worker.agents.vocabulary import CategoryPath
from listing_worker.categories.whose import Whose, fits, told_by, whose
from listing_worker.categories.words import IN_NAME, Spelling, concepts, plain_words, synonyms, with_broader
from listing_worker.models import Listing

LEVELS = (1.0, 0.6, 0.4, 0.3, 0.25)  # what a word counts for in the leaf's name, in the one above, …
TITLE, PATH, ATTRIBUTES = 1.0, 0.75, 0.7  # where the listing said it
HEAD = 1.6  # the first word that says what the thing is
DESCRIBING = 0.7  # words that say how it is ("midi", "wide leg"), and single words beside them
AFTER = 0.55  # what comes after "for" or "with" is about another thing
COVERED = 3.0  # for a leaf whose own name is said completely
UNSAID = 1.0  # off for what the leaf's name says and the listing does not
PEOPLE = 9.0  # off for the wrong people, a part of it for the right ones
WORLD = 6.0  # off for a world of its own (pets, handmade …) that the listing does not speak of
AGE = 2.5
ALIAS = 0.97  # of a reading by our own tree
REST = 2.5  # off for "Other"
_SEGMENTS = re.compile(r"\s*(?:,|&|/|\band\b|\bor\b)\s*")
_SPLIT = re.compile(r"\b(?:for|with|compatible|fits|w/)\b", re.IGNORECASE)
_TELLING = ("type", "style", "product", "format", "product line", "category", "item type", "dress length")
# parts of a tree that only what belongs there should land in, and the words that say so
_WORLDS = {
    "pets": {"pet", "dog", "cat", "puppy", "kitten", "bird", "fish", "reptile", "hamster", "aquarium", "horse"},
    "handmade": {"handmade", "handcrafted"},
    "vintage": {"vintage", "antique", "collectible", "collectibles", "coin", "stamp"},
    "maternity": {"maternity", "pregnancy", "nursing"},
    "toy": {"toy", "hobby", "doll"},
}
_REST_WORDS = {"other", "general", "miscellaneou", "everything"}


@dataclass(frozen=True)
class Reading:
    """One way to read a leaf: its words with what they count for, and its own name's parts."""

    leaf: int
    words: Mapping[str, float]
    segments: tuple[frozenset[str], ...]
    people: frozenset[str]
    worlds: frozenset[str]
    age: str
    factor: float
    rest: bool


class Ranker:
    """The leaves of one tree, ready to be ranked. `aliases`: paths of ours → a leaf of theirs."""

    def __init__(self, leaves: Iterable[CategoryPath], aliases: Mapping[CategoryPath, CategoryPath]) -> None:
        self.leaves = list(dict.fromkeys(leaves))
        position = {leaf: n for n, leaf in enumerate(self.leaves)}
        self._readings = [_read(n, leaf, leaf, 1.0) for n, leaf in enumerate(self.leaves)]
        self._readings += [
            _read(position[theirs], ours, theirs, ALIAS) for ours, theirs in aliases.items() if theirs in position
        ]
        self._of: dict[str, list[int]] = defaultdict(list)
        for number, reading in enumerate(self._readings):
            for word in reading.words:
                self._of[word].append(number)
        self._rarity = {word: math.log(1 + len(self._readings) / len(of)) for word, of in self._of.items()}
        self._spelling = Spelling([*self._of, *synonyms().known])

    def rank(self, listing: Listing, count: int = 3) -> list[tuple[CategoryPath, float]]:
        """The best leaves with their scores, best first; empty where no word is known."""
        asked, owner = self._asked(listing)
        worlds = _worlds(asked)
        scores: dict[int, float] = defaultdict(float)
        for word, weight in asked.items():
            for number in self._of.get(word, ()):
                scores[number] += weight * self._readings[number].words[word] * self._rarity[word]
        best: dict[int, float] = {}
        for number, score in scores.items():
            reading = self._readings[number]
            whole = (score + self._name(reading, asked) + _people(owner, reading)) * reading.factor
            whole -= (REST if reading.rest else 0) + WORLD * len(reading.worlds - worlds)
            if whole > best.get(reading.leaf, -math.inf):
                best[reading.leaf] = whole
        ranked = sorted(best.items(), key=lambda one: (-one[1], one[0]))[:count]
        return [(self.leaves[leaf], round(score, 3)) for leaf, score in ranked]

    def _asked(self, listing: Listing) -> tuple[dict[str, float], Whose]:
        """What the listing says, word by word, and whose it is."""
        brand = set(plain_words(listing.brand or ""))
        asked: dict[str, float] = {}
        thing, *about = _SPLIT.split(listing.title, maxsplit=1)
        main = [self._spelling.right(word) for word in plain_words(thing)]
        said = [(main, TITLE), ([self._spelling.right(w) for w in plain_words(" ".join(about))], TITLE * AFTER)]
        said += [(list(plain_words(level)), PATH) for level in listing.category]
        told = {name.casefold(): value for name, value in listing.attributes.items()}
        said += [(list(plain_words(told[name])), ATTRIBUTES) for name in _TELLING if name in told]
        for words, weight in said:
            for word, share in with_broader(concepts(words)).items():
                if word not in brand:
                    asked[word] = max(asked.get(word, 0), weight * share)
        self._weigh(main, asked)
        everything = [*main, *(w for words, _ in said[1:] for w in words), *plain_words(told.get("department", ""))]
        owner = whose(listing, everything, concepts(everything))
        return asked, owner

    def _weigh(self, title: list[str], asked: dict[str, float]) -> None:
        """More for what the thing is, less for how it is."""
        describing = synonyms().describing
        told = [word for word in concepts(title) if word.startswith("#")]
        for word in told or ():
            asked[word] = asked.get(word, 0) * (DESCRIBING if word in describing else 1)
        if told:
            for word in title:
                if word in asked:
                    asked[word] *= DESCRIBING
        head = next((word for word in told if word not in describing), None)
        if head is not None and head in asked:
            for word in with_broader({head: 1.0}):
                if word in asked:
                    asked[word] *= HEAD

    def _name(self, reading: Reading, asked: Mapping[str, float]) -> float:
        """For a name that is said, off for what is not: by its best part ("Puffers" of "Coats, Puffers & Vests")."""
        best = -math.inf
        for segment in reading.segments:
            total = sum(self._rarity.get(word, 0) for word in segment)
            said = sum(self._rarity.get(word, 0) * min(asked.get(word, 0), 1) for word in segment)
            if total:
                best = max(best, COVERED * said / total - UNSAID * (total - said) / 2)
        return 0.0 if best == -math.inf else best


def _people(owner: Whose, reading: Reading) -> float:
    score = PEOPLE * fits(owner, reading.people)
    if reading.age and owner.people & {"kids"}:
        score += AGE if reading.age == owner.age else -AGE if owner.age else 0
    return score


def _read(number: int, path: CategoryPath, leaf: CategoryPath, factor: float) -> Reading:
    words: dict[str, float] = {}
    everything: list[str] = []
    for depth, name in enumerate(reversed(path)):
        plain = plain_words(name)
        everything += plain
        level = LEVELS[min(depth, len(LEVELS) - 1)]
        for part in (plain, *map(plain_words, _SEGMENTS.split(name))):
            for word, share in concepts(part, IN_NAME).items():
                words[word] = max(words.get(word, 0), level * share)
    own = [frozenset(_name_words(part)) for part in _SEGMENTS.split(path[-1])]
    everything += [word for name in leaf for word in plain_words(name)]
    age = next((word for word in everything if word.startswith("age") and word[3:] in {"baby", "toddler", "big"}), "")
    rest = bool(_REST_WORDS & set(plain_words(leaf[-1])))
    people = told_by(everything)
    own = [part for part in own if part]
    worlds = _worlds(everything)
    return Reading(number, words, tuple(own), people, worlds, age, factor, rest or not own)


def _worlds(words: Iterable[str]) -> frozenset[str]:
    found = set(words)
    return frozenset(name for name, signs in _WORLDS.items() if found & signs)


def _name_words(part: str) -> Iterable[str]:
    """The concepts of a name's part; a part's single words only where no phrase says the same."""
    return (word for word, share in concepts(plain_words(part)).items() if share == 1.0 and not told_by([word]))
