"""How close a text on a page is to the name of a wanted field. Pure functions, no page."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from listing_worker.agents.heal.weights import WEIGHTS, Weights

# words that say nothing about which field it is
_LISTS: dict[str, str] = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
FILLER = frozenset(_LISTS["filler"].split())
# of these the ones that not even belong to a name: "name of your item" is "name of item", and no name
LITTLE = frozenset(_LISTS["little"].split())
# words that make another field of it: "price" is not "original price", nor "minimum price"
QUALIFIERS = frozenset(_LISTS["qualifiers"].split())
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"\((?:optional|required|facultatif|opcional|opzionale|optionnel)\)|\*", re.IGNORECASE)


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a label or attribute, lower case, accents off, plural endings off."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", _ASIDE.sub(" ", text)).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("'", " ").replace("’", " ")
    return tuple(_stem(word) for word in _WORD.findall(plain))


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return "color" if word == "colour" else word


@cache
def _lexicon() -> tuple[dict[tuple[str, ...], dict[str, bool]], dict[str, list[tuple[tuple[str, ...], bool]]]]:
    """Phrase → concepts (and whether in English), and concept → (phrase, whether it is English)."""
    data: dict[str, dict[str, list[str]]] = json.loads(
        Path(__file__).with_name("lexicon.json").read_text(encoding="utf-8")
    )
    phrases: dict[tuple[str, ...], dict[str, bool]] = {}
    concepts: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for concept, languages in data.items():
        for language, texts in languages.items():
            for text in texts:
                for key in {tokens(text), spelled_out(tokens(text))}:
                    said = phrases.setdefault(key, {})
                    said[concept] = said.get(concept, False) or language == "en"
                concepts.setdefault(concept, []).append((tokens(text), language == "en"))
    return phrases, concepts


@lru_cache(maxsize=8192)
def concepts_of(text: str) -> frozenset[str]:
    """The concepts that a text names outright ("Prix de vente" → {"price"})."""
    phrases, _ = _lexicon()
    said = tokens(text)
    found = phrases.get(said) or phrases.get(spelled_out(said)) or phrases.get(meaningful(said)) or {}
    english = frozenset(concept for concept, in_english in found.items() if in_english)
    return english or frozenset(found)  # "Tags" are tags, not the German for days


def spelled_out(said: tuple[str, ...]) -> tuple[str, ...]:
    """Without the little words between the others."""
    return tuple(word for word in said if word not in LITTLE) or said


def meaningful(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in said if word not in FILLER) or said


@lru_cache(maxsize=65536)
def likeness(wanted: str, said: str, weights: Weights = WEIGHTS, *, glued: bool = False) -> float:
    """From 0 to 1: how likely a control that says `said` is the one called `wanted`. `glued`: an attribute,
    in which words may stand without anything between them ("listingprice")."""
    best = _direct(tokens(wanted), tokens(said), weights)
    if glued:
        best = max(best, _within(tokens(wanted), tokens(said)))
    if best >= 0.97:
        return best
    _, concepts = _lexicon()
    for concept in concepts_of(wanted):
        for phrase, english in concepts[concept]:
            factor = weights.synonym if english else weights.translated
            if phrase != tokens(wanted):
                best = max(best, factor * _direct(phrase, tokens(said), weights, whole=True))
    mine, theirs = concepts_of(wanted), concepts_of(said)
    if mine and theirs and not mine & theirs:
        return min(best, weights.qualified)
    return best


def _direct(wanted: tuple[str, ...], said: tuple[str, ...], weights: Weights, *, whole: bool = False) -> float:
    """Word by word. `whole`: a synonym, for which some words missing is no likeness at all."""
    if not wanted or not said:
        return 0.0
    if wanted == said:
        return 1.0
    left, right = set(meaningful(wanted)), set(meaningful(said))
    if left == right:
        return 0.97 if _qualifiers(wanted) == _qualifiers(said) else weights.qualified
    if left <= right:
        extra = right - left
        if extra & QUALIFIERS or _names_another(extra, wanted):
            return weights.qualified
        return max(0.3, weights.within - weights.extra_word * (len(extra) - 1))
    if whole:
        return 0.0
    if right <= left:
        missing = left - right
        if missing & QUALIFIERS:
            return weights.qualified * 0.8
        return max(0.2, weights.within - weights.missing_word * len(missing))
    shared = left & right
    if shared:
        if (left ^ right) & QUALIFIERS:
            return weights.qualified * 0.8
        return 0.7 * len(shared) / len(left | right)
    return 0.0


def _names_another(extra: set[str], wanted: tuple[str, ...]) -> bool:
    """Whether the further words name a field of their own: a brand owner's email is no brand."""
    mine = concepts_of(" ".join(wanted))
    return any((theirs := concepts_of(word) - {"name"}) and not theirs & mine for word in extra)


def _within(wanted: tuple[str, ...], said: tuple[str, ...]) -> float:
    """Words without anything between them, as in attributes."""
    if len(said) != 1 or len("".join(wanted)) <= 3:
        return 0.0
    glued, plain = said[0], "".join(meaningful(wanted))
    if glued == plain:
        return 0.95
    if plain in glued and not any(q in glued for q in QUALIFIERS if len(q) > 2 and q not in plain):
        return 0.6
    return 0.0


def _qualifiers(said: tuple[str, ...]) -> set[str]:
    return (set(said) & QUALIFIERS) - FILLER
