"""A recipe's step as something to look for on a page that the recipe does not know any more."""

from __future__ import annotations

from collections.abc import Mapping

from listing_worker.agents.form.intents import Intent, Sort
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.steps import (
    Cascade,
    Choose,
    Compare,
    Fill,
    FillMasked,
    FillRich,
    Planned,
    Step,
    Tiles,
    Toggle,
    Tokens,
    Typeahead,
)
from listing_worker.agents.form.targets import By, Target
from listing_worker.agents.heal.one_call import Sought

_SAYS_ITS_NAME = {By.LABEL, By.PLACEHOLDER, By.NEAR_TEXT}
_CONTROLS = {
    Fill: "text box",
    FillMasked: "text box for an amount",
    FillRich: "rich text box",
    Choose: "drop-down, menu button or group of radio buttons",
    Cascade: "button that opens a menu of categories",
    Typeahead: "text box with suggestions",
    Tiles: "button that opens a choice of several",
    Tokens: "text box that makes tokens of what is typed",
    Toggle: "check box or switch",
}
# fields that are often taken for each other: a heal of one that fits the other as well is none
RIVALS = (
    frozenset({"price", "original_price"}),
    frozenset({"title", "description"}),
    frozenset({"pounds", "ounces"}),
    frozenset({"length", "width", "depth", "height"}),
    frozenset({"category", "subcategory"}),
)


def intent_of(step: Step, planned: Planned) -> Intent | None:
    """What the any-page engine shall look for; None for values that no single control takes."""
    value = planned.value
    if isinstance(value, Mapping):
        return None
    sort: Sort | None = Sort.TEXT
    if isinstance(value, bool):
        sort = Sort.FLAG
    elif isinstance(value, tuple):
        sort = Sort.MANY if isinstance(step, Tiles | Tokens) else Sort.PATH
    elif isinstance(step, FillMasked) or _compares_amounts(step):
        sort = None
    names = tuple(dict.fromkeys(name for name in (planned.meaning.partition(":")[0], *_told(step)) if name))
    given = list(value) if isinstance(value, tuple) else value
    return Intent(name=planned.field.replace("_", " "), value=given, synonyms=names, sort=sort)


def _compares_amounts(step: Step) -> bool:
    read = getattr(step, "read", None)
    return read is not None and read.compare in {Compare.MONEY, Compare.NUMBER}


def _told(step: Step) -> list[str]:
    """The names that the recipe itself knows the field by."""
    target: Target | None = own_target(step)
    if target is None:
        return []
    named = [one.name or "" for one in target.candidates if one.by is By.ROLE]
    named += [one.value for one in target.candidates if one.by in _SAYS_ITS_NAME]
    return [name for name in named if name and "{" not in name and name.casefold() not in {"optional", "required"}]


def sought(step: Step, planned: Planned, others: Mapping[str, Planned]) -> Sought:
    """The same for a model: what the field means, never what a seller wrote, except a word to choose from a menu."""
    wanted = ""
    if isinstance(step, Choose | Cascade) and isinstance(planned.value, str | tuple):
        wanted = planned.value if isinstance(planned.value, str) else " > ".join(planned.value)
    return Sought(
        field=planned.field,
        meaning=planned.meaning or planned.field.replace("_", " "),
        control=_CONTROLS.get(type(step), "any control"),
        wanted=wanted,
        rivals=tuple(sorted(name for name in rivals_of(planned.field) if name in others)),
    )


def rivals_of(field: str) -> frozenset[str]:
    """The fields that this one must not be taken for."""
    return frozenset(name for pair in RIVALS if field in pair for name in pair) - {field}
