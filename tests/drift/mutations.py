"""Mutations of a form, drawn by seed: which kind, which fields, with which words. Data only; mutate.js applies it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.drift.fields import DECOYS, FORMS, OPTIONS_RENAMED, REWORDED, TRANSLATED, TWINS, DriftingForm

# kind → the shapes of fields that it can be done to (None: any)
KINDS: dict[str, frozenset[str] | None] = {
    "attributes_renamed": None,
    "attributes_removed": None,
    "labels_reworded": None,
    "labels_translated": None,
    "labels_unbound": None,
    "order_moved": None,
    "decoys": None,
    "equal_labels": None,
    "options_renamed": None,
    "widget_swapped": frozenset({"text", "area", "select", "radios"}),
    "in_modal": frozenset({"text", "area", "money", "number"}),
    "in_shadow_root": frozenset({"text", "area", "money", "number"}),
    "in_iframe": frozenset({"text", "area", "money", "number"}),
    "steps_split": frozenset({"text", "area", "money", "number", "radios"}),
    "steps_joined": None,  # only where the form has a fold; elsewhere steps are split
}
_WORDS = {"labels_reworded": REWORDED, "labels_translated": TRANSLATED, "decoys": DECOYS, "equal_labels": TWINS}


@dataclass(frozen=True)
class Mutated:
    """One form to fill: the marketplace's form, what is changed on it, and the seed that made it."""

    seed: int
    form: DriftingForm
    kind: str
    changed: tuple[str, ...]
    mutations: tuple[dict[str, Any], ...]

    def spec(self) -> dict[str, Any]:
        """What mutate.js needs."""
        return {
            "seed": self.seed,
            "options": self.form.options,
            "radioKey": self.form.radio_key,
            "keepClass": self.form.keep_class,
            "fold": self.form.fold,
            "folded": list(self.form.folded),
            "fields": [
                {
                    "name": one.name,
                    "control": [one.control],
                    "shape": one.shape,
                    "read": one.read,
                    "label": one.label,
                    "block": one.block,
                    "judge": one.judge,
                    "says": one.says,
                    "mate": one.mate,
                    "behind": one.behind,
                }
                for one in self.form.fields
            ],
            "mutations": list(self.mutations),
        }


def candidates(form: DriftingForm, kind: str) -> list[str]:
    """The fields of a form to which a kind can be done."""
    shapes = KINDS[kind]
    words = _WORDS.get(kind)
    around = kind in {"order_moved", "decoys", "equal_labels", "in_modal", "in_shadow_root", "in_iframe",
                      "steps_split", "widget_swapped"}  # fmt: skip
    aside = form.aside if around else ()
    if kind == "steps_joined":
        return list(form.folded)
    return [
        one.name
        for one in form.fields
        if (shapes is None or one.shape in shapes) and (words is None or one.name in words) and one.name not in aside
    ]


def draw(seed: int, forms: tuple[DriftingForm, ...] = FORMS) -> Mutated:
    """The form of this seed: kinds and marketplaces in turn, everything else by chance."""
    kinds = list(KINDS)
    form, kind = forms[seed % len(forms)], kinds[(seed // len(forms)) % len(kinds)]
    if kind == "steps_joined" and not form.fold:
        kind = "steps_split"
    chance = random.Random(seed)
    if kind == "options_renamed":
        names = chance.choice(OPTIONS_RENAMED[form.marketplace])
        changed = ("shipping_type",) if form.marketplace == "ebay" else ("condition",)
        return Mutated(seed, form, kind, changed, ({"kind": kind, "fields": [], "names": names},))
    possible = candidates(form, kind)
    count = len(possible) if kind == "order_moved" else chance.randint(1, min(4, len(possible)))
    drawn = set(chance.sample(possible, count))
    changed = tuple(name for name in possible if name in drawn)
    if kind in {"steps_split", "steps_joined"}:
        return Mutated(seed, form, kind, changed, ({"kind": kind, "fields": list(changed)},))
    mutations = []
    for name in changed:
        one: dict[str, Any] = {"kind": kind, "fields": [name]}
        if kind in {"labels_reworded", "labels_translated"}:
            one["words"] = _pick(chance, _WORDS[kind][name], kind, seed)
        elif kind == "decoys":
            one["words"] = list(DECOYS[name])
        elif kind == "equal_labels":
            one["words"] = TWINS[name]
        elif kind == "order_moved":
            one["down"] = chance.random() < 0.5
        mutations.append(one)
    return Mutated(seed, form, kind, changed, tuple(mutations))


def _pick(chance: random.Random, words: Any, kind: str, seed: int) -> str:
    """A translated form is in one language."""
    return str(words[seed // 7 % len(words)] if kind == "labels_translated" else chance.choice(words))
