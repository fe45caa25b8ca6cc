"""Fields that are called after what they are: "the text field", "2nd checkbox", "dropdown". Where a page says nothing
else about a control, its kind and its place among its like are what a person would go by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from listing_worker.agents.form.inventory import Control

_KINDS = (
    (frozenset({"text", "combobox"}), r"text ?(field|box|input)|textbox|input( field)?|field"),
    (frozenset({"rich"}), r"(rich )?text editor|editor|text ?(field|box)"),
    (frozenset({"select", "opener"}), r"(scroll |drop ?down |select )?list|drop ?down( menu)?|select( box)?|menu"),
    (frozenset({"listbox"}), r"(scroll )?list( ?box)?"),
    (frozenset({"checkbox"}), r"check ?box"),
    (frozenset({"switch"}), r"switch|toggle"),
    (frozenset({"radio"}), r"radio buttons?|radio group|options?"),
    (frozenset({"tiles"}), r"options?|buttons|tiles"),
    (frozenset({"slider"}), r"slider"),
    (frozenset({"number", "spin"}), r"spinner|spin ?button|number( field)?"),
    (frozenset({"date"}), r"date( field| picker)?"),
    (frozenset({"time"}), r"time( field)?"),
    (frozenset({"month"}), r"month( field)?"),
    (frozenset({"week"}), r"week( field)?"),
    (frozenset({"color"}), r"colou?r( picker)?"),
    (frozenset({"file"}), r"file( input)?"),
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NAME = re.compile(r"(?:(?P<word>[a-z]+|\d+(?:st|nd|rd|th)) )?(?P<kind>[a-z ]+?)(?: (?P<number>\d+))?")


def asked(name: str, control: Control) -> tuple[bool, int | None]:
    """Whether a name means this kind of control, and which one of them (from 1), if it says so."""
    kind = control.kind if control.type not in {"time", "month", "week"} else control.type
    plain = name.casefold().strip().removeprefix("the ")
    if _means(plain, kind):
        return True, None
    found = _NAME.fullmatch(plain)
    if not found or not _means(found["kind"], kind):
        return False, None
    word, number = found["word"], found["number"]
    if number:
        return True, int(number)
    if not word:
        return True, None
    if word[0].isdigit():
        return True, int(re.sub(r"\D", "", word))
    return (True, _ORDINALS.index(word) + 1) if word in _ORDINALS else (False, None)


def _means(words: str, kind: str) -> bool:
    return any(kind in kinds and re.fullmatch(pattern, words) for kinds, pattern in _KINDS)


def places(controls: Sequence[Control]) -> dict[tuple[int, int], int]:
    """Each control's place among those of its kind, from 1, by frame and index."""
    counts: dict[str, int] = {}
    found: dict[tuple[int, int], int] = {}
    for control in controls:
        family = next((words for kinds, words in _KINDS if control.kind in kinds), control.kind)
        counts[family] = counts.get(family, 0) + 1
        found[control.frame, control.index] = counts[family]
    return found
