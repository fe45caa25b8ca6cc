"""T1: which control is which field. One scored assignment over all fields at once, without a model.

Every pair of a wanted field and a control gets a score from what the page says about the control (label, texts beside
it, attributes, options) and from whether the control can hold the value at all. The best one-to-one assignment is
taken, and each pair of it is accepted only if its score is high enough *and* clearly above every rival: nothing is
better than something wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from listing_worker.agents.form.intents import Intent, Sort
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.heal.assign import assign
from listing_worker.agents.heal.fit import CHOICES, NO, OPENERS, TYPED, YES, fits, options_fit
from listing_worker.agents.heal.kinds import asked, places
from listing_worker.agents.heal.weights import WEIGHTS, Weights
from listing_worker.agents.heal.words import concepts_of, likeness

__all__ = ["CHOICES", "NO", "OPENERS", "TYPED", "YES", "Match", "Scored", "fits", "match", "options_fit", "score"]

NAMED = ("name", "id", "formcontrolname", "itemprop", "ng-model", "v-model")


@dataclass(frozen=True)
class Scored:
    """One pair and why it scored: `by` names the strongest evidence ("label 'Title'")."""

    score: float
    by: str = ""


@dataclass(frozen=True)
class Match:
    """What was decided for one intent. `control` None: refused, and `reason` says why.

    `rival`: the best score of anything else it could have been. `alternatives`: the best controls, best first.
    """

    intent: Intent
    control: Control | None
    score: float = 0.0
    rival: float = 0.0
    by: str = ""
    reason: str = ""
    code: str = ""
    alternatives: tuple[Control, ...] = ()


def match(
    intents: Sequence[Intent],
    controls: Sequence[Control],
    weights: Weights = WEIGHTS,
    *,
    among: Sequence[Intent] = (),
    page: Sequence[Control] = (),
) -> list[Match]:
    """A decision for every intent, in their order.

    `among`: all fields of the filling, also those that are done; `page`: all controls, also those that are taken.
    """
    able = [one for one in controls if one.enabled and one.kind not in {"frame", "section"}]
    table = [[score(intent, control, among or intents, weights) for control in able] for intent in intents]
    _called_by_kind(intents, able, table, weights, page or controls)
    if any(one.kind is Sort.FILES for one in intents):
        _only_place_for_files(intents, able, table, weights)
    chosen = assign([[pair.score for pair in row] for row in table])
    return [_decide(i, chosen, intents, able, table, weights) for i in range(len(intents))]


def _decide(
    i: int,
    chosen: Sequence[int | None],
    intents: Sequence[Intent],
    controls: Sequence[Control],
    table: Sequence[Sequence[Scored]],
    weights: Weights,
) -> Match:
    intent, row = intents[i], table[i]
    ranked = sorted((j for j in range(len(controls)) if row[j].score > 0.2), key=lambda j: -row[j].score)
    alternatives = tuple(controls[j] for j in ranked[:5])
    j = chosen[i]
    if j is None or row[j].score < weights.accept:
        best = f" The closest is {controls[ranked[0]]} ({row[ranked[0]].score:.2f})." if ranked else ""
        return Match(
            intent,
            None,
            row[ranked[0]].score if ranked else 0.0,
            reason=f"Nothing on the page is clearly {intent.name!r}.{best}",
            code="field_not_found",
            alternatives=alternatives,
        )
    pair, control = row[j], controls[j]
    rival, who = 0.0, ""
    for k, other in enumerate(controls):
        if k == j or row[k].score <= rival or control.overlaps(other) or _same_spot(control, other):
            continue
        owner = next((x for x, y in enumerate(chosen) if y == k and x != i), None)
        if owner is not None and table[owner][k].score > row[k].score:
            continue  # clearly another field's own
        rival, who = row[k].score, str(other)
    for x in range(len(intents)):
        if x == i or table[x][j].score <= rival or intents[x].name == intent.name:
            continue
        y = chosen[x]
        if y is not None and table[x][y].score >= table[x][j].score:
            continue
        rival, who = table[x][j].score, f"the field {intents[x].name!r}"
    if pair.score - rival < weights.margin:
        return Match(
            intent,
            None,
            pair.score,
            rival,
            pair.by,
            reason=f"{control} ({pair.score:.2f}) and {who} ({rival:.2f}) fit {intent.name!r} equally well.",
            code="ambiguous",
            alternatives=alternatives,
        )
    return Match(intent, control, pair.score, rival, pair.by, alternatives=alternatives)


def _same_spot(one: Control, other: Control) -> bool:
    """A hidden file input and the button or drop zone that stands for it."""
    return {one.kind, other.kind} == {"file", "button"}


def score(intent: Intent, control: Control, among: Sequence[Intent] = (), weights: Weights = WEIGHTS) -> Scored:
    """How well a control fits an intent, from 0 to 1."""
    fit = fits(intent, control)
    if fit == 0.0:
        return Scored(0.0)
    names = (intent.name, *intent.synonyms)
    parts = sorted(
        (
            (
                weight * max(likeness(name, text, weights, glued=where == "attribute") for name in names),
                f"{where} {text[:50]!r}",
            )
            for where, text, weight in _texts(control, weights)
        ),
        reverse=True,
    )
    total, by = parts[0] if parts else (0.0, "")
    seen = {by.partition(" ")[0]}
    for value, why in parts[1:]:
        where = why.partition(" ")[0]
        if where not in seen and value > 0.5:
            seen.add(where)
            total += (1 - total) * weights.agrees
    total *= _contradiction(intent, control, by, among, weights)
    if intent.section and (control.group or control.heading):
        like = max(likeness(intent.section, text, weights) for text in (control.group, control.heading) if text)
        total = total + (1 - total) * weights.section_fits if like > 0.8 else total * weights.qualified
    choice = options_fit(intent, control)
    if choice is True:
        total = total + (1 - total) * weights.options_fit if total > 0.3 else max(total, weights.options_alone - 0.1)
        if total < weights.options_alone and not _says_something_else(control, intent, weights):
            total, by = weights.options_alone, by or "its options"
    elif choice is False:
        total *= weights.options_miss
    if control.behind:
        total *= weights.behind
    return Scored(round(min(total, 1.0) * fit, 4), by)


def _texts(control: Control, weights: Weights) -> list[tuple[str, str, float]]:
    """Everything that says what a control is: where it stands, the text, its weight."""
    found = [("label", control.label, weights.label), ("name", control.name, weights.name)]
    found += [("own", text, weights.own - 0.04 * i) for i, text in enumerate(control.own)]
    if not control.label:
        found += [("beside", text, weights.beside - 0.05 * i) for i, text in enumerate(control.beside)]
    if control.kind in OPENERS or control.kind == "switch":
        found.append(("content", control.content, weights.content))
    found.append(("placeholder", control.placeholder, weights.placeholder))
    found.append(("description", control.description, weights.description))
    found.append(("group", control.group, weights.group))
    for name, value in control.attributes.items():
        if name in NAMED or (name.startswith("data-") and len(value) < 40):
            found.append(("attribute", value, weights.attribute))
    return [(where, text, weight) for where, text, weight in found if text]


def _contradiction(intent: Intent, control: Control, by: str, among: Sequence[Intent], weights: Weights) -> float:
    """Lowers the score where the strongest thing that the page says to a person names another field."""
    where = by.partition(" ")[0]
    if where in {"label", "name"}:
        return 1.0
    said = control.label or control.name or (control.own[0] if control.own and where != "own" else "")
    if not said and where in {"attribute", "placeholder", "group", "description"} and control.beside:
        said = control.beside[0]
    if not said:
        return 1.0
    names = (intent.name, *intent.synonyms)
    mine = max(likeness(name, said, weights) for name in names)
    if mine >= 0.6:
        return 1.0
    for other in among:
        if other.name != intent.name and max(likeness(n, said, weights) for n in (other.name, *other.synonyms)) > 0.75:
            return weights.contradicted
    theirs = concepts_of(said)
    if theirs and not any(theirs & concepts_of(name) for name in names):
        return weights.contradicted
    return weights.other_label


def _says_something_else(control: Control, intent: Intent, weights: Weights) -> bool:
    said = control.label or control.name or next(iter((*control.own, *control.beside)), "")
    return bool(said) and likeness(intent.name, said, weights) < 0.5


def _called_by_kind(
    intents: Sequence[Intent],
    controls: Sequence[Control],
    table: list[list[Scored]],
    weights: Weights,
    page: Sequence[Control],
) -> None:
    """Fields called "2nd checkbox" or "slider", where the page says nothing better about them."""
    where = places(page)
    for i, intent in enumerate(intents):
        for j, control in enumerate(controls):
            meant, place = asked(intent.name, control)
            if not meant or (place is not None and place != where[control.frame, control.index]):
                continue
            fit = fits(intent, control) * (weights.options_miss if options_fit(intent, control) is False else 1.0)
            if weights.called_by_kind * fit > table[i][j].score:
                table[i][j] = Scored(round(weights.called_by_kind * fit, 4), f"kind {control.kind!r}")


def _only_place_for_files(
    intents: Sequence[Intent], controls: Sequence[Control], table: list[list[Scored]], weights: Weights
) -> None:
    """The one file input (or the one upload button) of a page takes the files, whatever it is called."""
    wanting = [i for i, one in enumerate(intents) if one.kind is Sort.FILES]
    inputs = [j for j, one in enumerate(controls) if one.kind == "file"]
    if len(wanting) != 1:
        return
    i = wanting[0]
    places = inputs or [j for j in range(len(controls)) if table[i][j].score > 0 or fits(intents[i], controls[j]) > 0]
    if len(places) == 1 and table[i][places[0]].score < weights.file_alone:
        table[i][places[0]] = Scored(weights.file_alone, "the only place for files")
    if inputs:
        for j, one in enumerate(controls):
            if one.kind != "file":
                table[i][j] = replace(table[i][j], score=0.0)
