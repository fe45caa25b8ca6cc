"""A difference between two texts as people read it: what goes, what comes, and a few words around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

AROUND = 5  # words that are shown before and after what differs
MOST = 4000  # words that are compared; longer texts are shown as one that goes and one that comes
ALIKE = 0.5  # part of the words that have to be the same for showing them among each other
WORDS = re.compile(r"\S+\s*|\s+")  # a word with the space after it


@dataclass(frozen=True)
class Piece:
    """`how`: same, gone or new. Of what stays only the words near a difference are shown."""

    how: Literal["same", "gone", "new"]
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Short texts whole; of longer ones what differs. The pieces that are not new make up `before`, and those that are
    not gone `after`, but for what is left out as …"""
    was, shall = WORDS.findall(before), WORDS.findall(after)
    matcher = SequenceMatcher(None, was, shall, autojunk=False)
    if max(len(was), len(shall)) > MOST or matcher.ratio() < ALIKE:
        return [each for each in (Piece("gone", before), Piece("new", after)) if each.text]
    return list(_differing(was, shall, matcher))


def _differing(was: list[str], shall: list[str], matcher: SequenceMatcher[str]) -> Iterator[Piece]:
    steps = matcher.get_opcodes()
    for number, (how, a, b, c, d) in enumerate(steps):
        if how == "equal":
            yield Piece("same", _shortened(was[a:b], first=number == 0, last=number == len(steps) - 1))
            continue
        if b > a:
            yield Piece("gone", "".join(was[a:b]))
        if d > c:
            yield Piece("new", "".join(shall[c:d]))


def _shortened(words: list[str], *, first: bool, last: bool) -> str:
    head = [] if first else words[:AROUND]
    tail = [] if last else words[-AROUND:]
    if len(head) + len(tail) >= len(words):
        return "".join(words)
    return "… ".join(["".join(head), "".join(tail)])
