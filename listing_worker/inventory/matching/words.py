"""What a title tells: words, and the kinds of words that tell items apart (sizes, colours, how many, numbers). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_WORD = re.compile(r"[a-z0-9]+(?:[.'/x-][a-z0-9]+)*")
_NUMBER = re.compile(r"\d")
_LOT = re.compile(
    r"\b(?:lot|set|pack|bundle|box) of (\d+)\b|\b(\d+)[ -]?(?:pack|pcs?|pieces?|count|ct|pairs?)\b"
    r"|\b(pair|bundle|lot)\b"
)
_SIZED = re.compile(
    r"\b(?:sizes?|sz|us|uk|eu)[ .:]*([0-9]{1,3}(?:\.[0-9])?|xxs|xs|x-small|s|small|m|medium|l|large|xl|x-large|xxl|"
    r"xxxl|[2-6]xl?|os|one size)\b"
    r"|\b([0-9]{2}) ?x ?([0-9]{2})\b"
)
_BARE_SIZE = {
    "xxs": "xxs", "xs": "xs", "x-small": "xs", "small": "s", "medium": "m", "large": "l", "xl": "xl", "x-large": "xl",
    "xxl": "2xl", "xxxl": "3xl", "2x": "2xl", "2xl": "2xl", "3x": "3xl", "3xl": "3xl", "4x": "4xl", "4xl": "4xl",
    "s": "s", "m": "m", "l": "l",
}  # fmt: skip
_SIZE_WORDS = {**_BARE_SIZE, "5x": "5xl", "5xl": "5xl", "6x": "6xl", "6xl": "6xl", "os": "one size"}
_COLOURS = {
    "black", "white", "ivory", "cream", "beige", "tan", "brown", "grey", "silver", "gold", "red", "burgundy", "maroon",
    "pink", "blush", "coral", "orange", "rust", "yellow", "mustard", "green", "olive", "sage", "teal", "turquoise",
    "blue", "navy", "purple", "lavender", "violet", "khaki", "camel", "charcoal",
}  # fmt: skip
_SAME_COLOUR = {"gray": "grey", "multi": "multicolor", "multicolour": "multicolor"}
_FILLER = {
    "the", "a", "an", "and", "with", "for", "in", "of", "by", "on", "to", "new", "nwt", "nwot", "euc", "guc", "vintage",
    "womens", "women's", "mens", "men's", "women", "men", "size", "sz", "us", "authentic", "great", "condition",
    "used", "free", "shipping", "like",
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, accents and emoji dropped, whitespace single."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    kept = "".join(c if c.isascii() and (c.isalnum() or c in " .'/-&:") else " " for c in decomposed)
    return " ".join(kept.split())


@dataclass(frozen=True)
class Title:
    """A title as it was read. `text` is what `plain` makes of it."""

    text: str

    @classmethod
    def of(cls, title: str) -> Title:
        return cls(plain(title))

    @cached_property
    def words(self) -> frozenset[str]:
        """Telling words: no fillers; plural and singular are one."""
        found = (_SAME_COLOUR.get(word, word) for word in _WORD.findall(self.text))
        return frozenset(_singular(word) for word in found if word not in _FILLER)

    @cached_property
    def sizes(self) -> frozenset[str]:
        named = {
            f"{width}x{length}" if width else _SIZE_WORDS.get(word, word)
            for word, width, length in _SIZED.findall(self.text)
        }
        if not named:
            named = {_BARE_SIZE[word] for word in self.text.split() if word in _BARE_SIZE}
        return frozenset(named)

    @cached_property
    def colours(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word in _COLOURS)

    @cached_property
    def lots(self) -> frozenset[str]:
        """How many things are sold at once, where the title says so."""
        return frozenset(first or second or third for first, second, third in _LOT.findall(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.words if _NUMBER.search(word))


def said_size(size: str) -> frozenset[str]:
    """The sizes that a form's size field names: "Medium" and "M" are one, "US 8" is 8."""
    if not size.strip():
        return frozenset()
    text = plain(size)
    return Title(text).sizes or Title(f"size {text}").sizes or frozenset({text})


def is_cut(one: str, other: str) -> bool:
    """Whether one is the other, cut off by a site's limit (at a word or in the middle of one)."""
    short, long = sorted((one.rstrip(" .-"), other), key=len)
    return 20 <= len(short) < len(long) and long.startswith(short)


def whole_words(cut: str, whole: str) -> str:
    """`cut` without its last word, where that was cut in its middle."""
    cut = cut.rstrip(" .-")
    return cut if whole[len(cut) : len(cut) + 1] in {"", " "} else cut.rpartition(" ")[0]


def weights(titles: Iterable[Title]) -> dict[str, float]:
    """How telling each word is among these titles: 1 for a word of one title alone, less the more often it comes."""
    counts: dict[str, int] = {}
    for title in titles:
        for word in title.words:
            counts[word] = counts.get(word, 0) + 1
    return {word: 1 / (1 + 0.35 * (count - 1) ** 0.5) for word, count in counts.items()}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
