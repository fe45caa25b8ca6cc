"""Lengths and cuts of text as marketplaces and people count them.

A site's limit counts UTF-16 units (what a browser's `maxlength` counts), a person counts graphemes: one emoji with a
skin tone is one sign, two code points and four units. A cut never leaves half a sign behind.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

_GRAPHEME = regex.compile(r"\X")
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*")


def graphemes(text: str) -> list[str]:
    """The signs of a text as a person sees them (Unicode extended grapheme clusters)."""
    signs: list[str] = _GRAPHEME.findall(text)
    return signs


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as JavaScript's `length` and HTML's `maxlength` count (fact: HTML standard)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def word_count(text: str) -> int:
    """Words: runs of letters and digits; an apostrophe or hyphen inside joins. Emoji and punctuation are no words."""
    return sum(1 for _ in _WORD.finditer(text))


def cut(text: str, limit: int, *, length: Callable[[str], int] = utf16_length, whole_words: bool = False) -> str:
    """The longest beginning of `text` whose `length` is at most `limit`, without trailing spaces or half signs.

    `whole_words` steps back to the last space, unless that would lose more than half of what fits.
    """
    if length(text) <= limit:
        return text
    used = 0
    kept: list[str] = []
    for sign in graphemes(text):
        used += length(sign)
        if used > limit:
            break
        kept.append(sign)
    short = "".join(kept)
    if whole_words and not text[len(short) : len(short) + 1].isspace():
        space = max(short.rfind(" "), short.rfind("\n"))
        if space > len(short) // 2:
            short = short[:space]
    return short.rstrip()
