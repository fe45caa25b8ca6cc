"""A chain of posting pages: what was answered so far, which steps it needs, how far it has come (fact: craigslist §3).

A chain lives at one address, `/k/<22 characters>/<5 characters>`; the step's name is in `?s=`. Every page carries a
token of its own that is good for one answer. A step that the chain has not reached yet cannot be opened or answered.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from listing_worker.sandbox.craigslist.catalogue import Category, category
from listing_worker.sandbox.craigslist.places import BY_NUMBER, Area, Subarea
from listing_worker.sandbox.site import Received, ReceivedPhoto

STEPS = (
    "copyfromanother",
    "area",
    "subarea",
    "hood",
    "type",
    "cat",
    "notice",
    "edit",
    "geoverify",
    "editimage",
    "preview",
)
TYPE_FIRST = (
    "copyfromanother",
    "area",
    "type",
    "cat",
    "notice",
    "subarea",
    "hood",
    "edit",
    "geoverify",
    "editimage",
    "preview",
)
AFTER_PUBLISH = ("pn", "billing", "mailoop", "done")
SALTED = "U2FsdGVkX1"  # what every cryptedStepCheck begins with
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


@dataclass
class Chain:
    """One unfinished (or just finished) posting, edit or repost.

    `asked` holds the answers of the steps around the form (`area`, `subarea`, `hood`, `type`, `cat`, the map's fields),
    `values` the form's. `record` is what is noted of a new posting; for an edit it is the posting itself, which changes
    only when the edit is published.
    """

    account: str  # user name, "" for a posting without an account
    record: Received
    mode: str = "new"  # new, edit, repost
    history: bool = False  # the account has posted before: the chain begins with "copy an earlier post?"
    token: str = field(default_factory=lambda: letters(22))
    tail: str = field(default_factory=lambda: letters(5))
    asked: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    photos: list[ReceivedPhoto] = field(default_factory=list)
    classic: bool = False  # the plain upload form instead of the drag-and-drop one
    answered: set[str] = field(default_factory=set)
    after: str = ""  # where publishing led: one of AFTER_PUBLISH
    phone: dict[str, Any] = field(default_factory=dict)  # the phone step's own notes
    tokens: dict[str, str] = field(default_factory=dict)  # unused page tokens → their step

    @property
    def path(self) -> str:
        return f"/k/{self.token}/{self.tail}"

    @property
    def url(self) -> str:
        return f"https://post.craigslist.org{self.path}"

    @property
    def area(self) -> Area | None:
        return BY_NUMBER.get(str(self.asked.get("area")))

    @property
    def subarea(self) -> Subarea | None:
        return self.area.subarea(str(self.asked.get("subarea"))) if self.area else None

    @property
    def category(self) -> Category | None:
        return category(str(self.asked.get("type")), str(self.asked.get("cat")))

    # ---- steps ----

    def steps(self, variant: frozenset[str]) -> list[str]:
        """The steps before publishing that this chain needs, in order."""
        if self.mode != "new":
            return [step for step in ("edit", "geoverify", "editimage", "preview") if self._needs(step, variant)]
        order = TYPE_FIRST if "type_first" in variant else STEPS
        return [step for step in order if self._needs(step, variant)]

    def _needs(self, step: str, variant: frozenset[str]) -> bool:
        if step == "copyfromanother":
            return self.history
        if step == "area":
            return "area" not in self.asked or "area" in self.answered
        if step == "subarea":
            return self.area is not None and bool(self.area.subareas)
        if step == "hood":
            return self.subarea is not None and bool(self.subarea.hoods)
        if step == "notice":
            return "unknown_step" in variant
        return step != "geoverify" or "no_map" not in variant

    def reached(self, variant: frozenset[str]) -> str:
        """The first step that is not answered yet; after publishing, where that led."""
        if self.after:
            return self.after
        return next((step for step in self.steps(variant) if step not in self.answered), "preview")

    def may_open(self, step: str, variant: frozenset[str]) -> bool:
        """A step that was answered before may be opened again, until the chain is published."""
        reached = self.reached(variant)
        return step == reached or (not self.after and step in self.answered and step in self.steps(variant))

    # ---- tokens ----

    def new_token(self, step: str) -> str:
        made = SALTED + secrets.token_urlsafe(48)
        self.tokens[made] = step
        while len(self.tokens) > 60:
            del self.tokens[next(iter(self.tokens))]
        return made

    def use_token(self, token: str, step: str) -> bool:
        """Whether this answer comes from a page of that step that was not answered before."""
        if self.tokens.get(token) != step:
            return False
        del self.tokens[token]
        return True
