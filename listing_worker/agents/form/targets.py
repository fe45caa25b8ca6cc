"""How an element of a page is described as data: ordered candidates, a scope, a frame.

    at(test_id("Title"), css("#sellName", why="the id older forms used"), label("Title"))

Candidates are tried in order; a candidate counts only if **exactly one visible element** matches it, otherwise it
counts as not found and the next one is tried. Nothing here touches a page (`locate.py` does), so everything can be
stored as JSON, compared and versioned.

Templates: any string of a candidate may hold `{value}` (the wanted word), and where the wanted value is a path also
`{leaf}` and `{path}` ("A > B > C"); rows have `{name}`. In CSS they must stand inside double quotes
(`[id="size-{value}"]`): quotes and backslashes in the value are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from listing_worker.models import Frozen

CONTROL = "input:not([type=hidden]), textarea, select, [contenteditable=true], [role=combobox], [role=textbox]"


class By(StrEnum):
    TEST_ID = "test_id"  # an attribute made for tests; `attribute` says which one
    CSS = "css"
    ROLE = "role"  # `value` is the ARIA role, `name` the accessible name
    LABEL = "label"
    PLACEHOLDER = "placeholder"
    TEXT = "text"  # the smallest element with this text
    NEAR_TEXT = "near_text"  # the one control in the smallest box that holds this text and a control


class Match(StrEnum):
    """How a wanted text is compared with an element's text or name. White space is always collapsed."""

    EXACT = "exact"  # the whole text, letter case included
    SAME = "same"  # the whole text, whatever the letter case
    PREFIX = "prefix"  # the text begins with it, and a word ends there: "M" finds "M (8-10)", not "M/L", "8" not "8.5"
    CONTAINS = "contains"


class Candidate(Frozen):
    """One way of finding one element. Made by `test_id`, `css`, `role`, `label`, `placeholder`, `text`, `near`."""

    by: By
    value: str = Field(min_length=1)
    name: str | None = None
    attribute: str = "data-testid"
    control: str = CONTROL
    match: Match = Match.EXACT
    has_text: str | None = Field(default=None, description="only elements that contain this text (`text_match`)")
    why: str = Field(default="", description="for CSS: why nothing better is used")

    def filled(self, words: Mapping[str, str]) -> Candidate:
        """This candidate with its templates filled in."""
        in_css = self.by in {By.CSS, By.TEST_ID}
        changes: dict[str, str] = {"value": fill_template(self.value, words, css=in_css)}
        if self.name is not None:
            changes["name"] = fill_template(self.name, words)
        if self.has_text is not None:
            changes["has_text"] = fill_template(self.has_text, words)
        return self.model_copy(update=changes)

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name is not None else ""
        extra = f" with {self.has_text!r}" if self.has_text is not None else ""
        return f"{self.by}={self.value}{name}{extra}"


class Target(Frozen):
    """An element, by ordered candidates. Make it with `at(…)`.

    `within`: searched only inside this other target. `frame`: CSS of the iframe it is in (of each iframe, outermost
    first). `hidden`: the element is meant to be invisible (file inputs): exactly one in the document, visible or not.
    """

    candidates: tuple[Candidate, ...] = Field(min_length=1)
    within: Target | None = None
    frame: tuple[str, ...] = ()
    hidden: bool = False

    @model_validator(mode="after")
    def _frame_of_scope(self) -> Self:
        if self.within is not None and self.frame:
            raise ValueError("give the frame on the outermost scope only")
        return self

    def filled(self, words: Mapping[str, str]) -> Target:
        """This target with the templates of all its candidates, and of its scope, filled in."""
        return self.model_copy(
            update={
                "candidates": tuple(c.filled(words) for c in self.candidates),
                "within": self.within.filled(words) if self.within else None,
            }
        )

    @property
    def framed(self) -> bool:
        """Whether it is in an inner frame."""
        return bool(self.frame) or (self.within is not None and self.within.framed)

    def inside(self, scope: Target) -> Target:
        """This target searched inside `scope` (outermost, if it has a scope already)."""
        return self.model_copy(update={"within": self.within.inside(scope) if self.within else scope})

    def __str__(self) -> str:
        return " | ".join(str(c) for c in self.candidates)


def fill_template(text: str, words: Mapping[str, str], *, css: bool = False) -> str:
    """`text` with {value}, {leaf}, {path}, {name}, {0}, {1}… replaced; other braces stay."""
    for key, word in words.items():
        if css:
            word = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
        text = text.replace("{" + key + "}", word)
    return text


def at(
    *candidates: Candidate, within: Target | None = None, frame: str | tuple[str, ...] = (), hidden: bool = False
) -> Target:
    """A target by candidates, best first."""
    frames = (frame,) if isinstance(frame, str) else frame
    return Target(candidates=candidates, within=within, frame=frames, hidden=hidden)


def test_id(value: str, attribute: str = "data-testid") -> Candidate:
    """By an attribute's exact value: `test_id("Title")`, `test_id("women", "data-et-name")`."""
    return Candidate(by=By.TEST_ID, value=value, attribute=attribute)


test_id.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name says to pytest


def css(value: str, why: str = "", *, has_text: str | None = None, match: Match = Match.EXACT) -> Candidate:
    """By CSS, with the reason; `has_text` (compared by `match` with the element's whole text) narrows it."""
    return Candidate(by=By.CSS, value=value, why=why, has_text=has_text, match=match)


def named(name: str, tag: str = "input") -> Target:
    """A control by its `name`, which outlives most other hooks."""
    return at(css(f'{tag}[name="{name}"]'))


def role(value: str, name: str | None = None, match: Match = Match.EXACT) -> Candidate:
    """By ARIA role and accessible name: `role("button", "List it")`."""
    return Candidate(by=By.ROLE, value=value, name=name, match=match)


def label(value: str, match: Match = Match.EXACT) -> Candidate:
    """The control that this label (or aria-label) names."""
    return Candidate(by=By.LABEL, value=value, match=match)


def placeholder(value: str, match: Match = Match.EXACT) -> Candidate:
    return Candidate(by=By.PLACEHOLDER, value=value, match=match)


def text(value: str, match: Match = Match.EXACT) -> Candidate:
    """The smallest element with this text."""
    return Candidate(by=By.TEXT, value=value, match=match)


def near(value: str, control: str = CONTROL) -> Candidate:
    """The control in the smallest box that holds this text and a control (CSS). Two controls there = not found."""
    return Candidate(by=By.NEAR_TEXT, value=value, control=control)
