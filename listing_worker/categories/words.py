"""Text → the words that categories are compared by.

Words are lower case without plural endings. Phrases that mean one thing ("denim jacket", "jean jacket") become one
concept, "#jean-jacket", and their single words then count little: a denim jacket is no jeans. `synonyms.json` holds the
phrases by concept, what a concept is a kind of, and whose things it usually is; it is ours and the same for all sites.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

INSIDE = 0.3  # what a word of a phrase still counts for beside the phrase's concept, in a listing
IN_NAME = 0.7  # the same in a category's name
BROADER = 0.55  # what "is a kind of" counts for, per step
TYPING_ERROR = 88  # least likeness (of 100) for a word to be taken as a misspelt one
_WORD = re.compile(r"[a-z0-9]+")
_STOP = {
    "a", "an", "and", "the", "of", "for", "with", "in", "on", "to", "by", "or", "s", "new", "nwt", "nwot", "euc",
    "size", "set", "other", "lot", "pair", "pack", "piece", "pc", "inch", "brand", "style", "vintage", "authentic",
    "original", "all", "more", "contemporary", "item", "product", "full", "large", "small", "medium", "black", "white",
    "blue", "red", "green", "pink", "grey", "gray", "brown", "tan", "navy", "gold", "silver", "cream", "ivory",
    "agebig",
}  # fmt: skip


def stem(word: str) -> str:
    """Without a plural ending: "dresses" → "dress", "watches" → "watch", "berries" → "berry"."""
    if len(word) <= 3 or word.isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("ves") and word[:-3] in {"kni", "shel", "scar", "wi", "li", "hal"}:
        return word[:-3] + "f" + ("e" if word[:-3] in {"kni", "wi", "li"} else "")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=16_384)
def plain_words(text: str) -> tuple[str, ...]:
    """The stems of a text in order, apostrophes and accents of common words aside."""
    lowered = text.casefold().replace("’", "'").replace("é", "e").replace("'", "")
    lowered = lowered.replace("(4+)", "agebig").replace("sizes 4 & up", "agebig")
    lowered = lowered.replace("0-24 mos", "agebaby").replace("2t-5t", "agetoddler")
    return tuple(stem(word) for word in _WORD.findall(lowered) if word != "and")


@dataclass(frozen=True)
class Synonyms:
    """`phrases`: stems → concept; `broader`: concept or stem → what it is a kind of; `usual`: concept → whose;
    `describing`: concepts that say how a thing is and not what it is (midi, wide leg)."""

    phrases: Mapping[tuple[str, ...], str]
    broader: Mapping[str, tuple[str, ...]]
    usual: Mapping[str, str]
    describing: frozenset[str]
    longest: int

    @property
    def known(self) -> Iterator[str]:
        for phrase in self.phrases:
            yield from phrase


@cache
def synonyms() -> Synonyms:
    told = json.loads(Path(__file__).with_name("synonyms.json").read_text(encoding="utf-8"))
    phrases: dict[tuple[str, ...], str] = {}
    for concept, texts in told["same"].items():
        for text in (concept.replace("-", " "), *texts):
            phrases.setdefault(plain_words(text), f"#{concept}")
    broader = {_key(name): tuple(_key(one) for one in kinds) for name, kinds in told["kind_of"].items()}
    usual = {_key(name): whose for whose, names in told["usually"].items() for name in names}
    return Synonyms(phrases, broader, usual, frozenset(map(_key, told["describing"])), max(map(len, phrases)))


def _key(name: str) -> str:
    """A name in the data: "#concept" as it is, a plain word by its stem."""
    return name if name.startswith("#") else stem(name)


def concepts(words: Iterable[str], inside: float = INSIDE) -> dict[str, float]:
    """Words and the concepts their phrases make, with what each counts for (1 at most)."""
    given = list(words)
    known = synonyms()
    told: dict[str, float] = {}
    position = 0
    while position < len(given):
        for length in range(min(known.longest, len(given) - position), 0, -1):
            phrase = tuple(given[position : position + length])
            concept = known.phrases.get(phrase)
            if concept is not None:
                told[concept] = 1.0
                for word in phrase:
                    told.setdefault(word, inside)
                position += length
                break
        else:
            told[given[position]] = 1.0
            position += 1
    return {word: weight for word, weight in told.items() if word not in _STOP}


def with_broader(told: Mapping[str, float]) -> dict[str, float]:
    """The same with everything that those things are a kind of, counting less with each step."""
    known = synonyms().broader
    result = dict(told)
    edge = list(told.items())
    while edge:
        word, weight = edge.pop()
        for kind in known.get(word, ()):
            if result.get(kind, 0) < weight * BROADER:
                result[kind] = weight * BROADER
                edge.append((kind, weight * BROADER))
    return result


class Spelling:
    """Words that categories and synonyms know; a misspelt one is taken for the likest of them."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = {word for word in known if not word.startswith("#")}
        self._long = sorted(word for word in self._known if len(word) > 4)

    def right(self, word: str) -> str:
        if len(word) < 7 or word in self._known or any(c.isdigit() for c in word):
            return word
        found = process.extractOne(word, self._long, scorer=fuzz.ratio, score_cutoff=TYPING_ERROR)
        return found[0] if found and not word.startswith(found[0]) else word
