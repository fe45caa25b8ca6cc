"""What a run of many mutated forms comes to: per kind and in all, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.drift.mutations import KINDS
from tests.drift.play import Played

TIERS = ("T0", "learned", "T1", "T2", "T3")
Form = dict[str, Any]  # one played form, as it is written down


class Parts:
    """Played forms in a file, one line each, so that a run can be stopped and gone on with."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self.path = path
        self.forms: dict[tuple[str, int], Form] = {}
        self._read = 0  # bytes of the file
        if not keep:
            path.unlink(missing_ok=True)
        self.catch_up()

    def catch_up(self) -> None:
        """Reads what was written since: other runs of the same seed may be at work on the same file."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                one = json.loads(line)
                self.forms[one["mode"], one["seed"]] = one
                self._read += len(line)

    def has(self, mode: str, seed: int) -> bool:
        return (mode, seed) in self.forms

    def add(self, mode: str, played: Played) -> None:
        one = {
            "mode": mode,
            "seed": played.mutated.seed,
            "marketplace": played.mutated.form.marketplace,
            "kind": played.mutated.kind,
            "changed": list(played.mutated.changed),
            "verdicts": played.verdicts,
            "tiers": played.tiers,
            "details": played.details,
            "problem": played.problem,
            "requests": played.model_requests,
            "requests_again": played.requests_again,
            "right_again": played.right_again,
            "model_wanted": played.model_wanted,
            "seconds": round(played.seconds, 2),
        }
        self._keep(one)

    def _keep(self, one: Form) -> None:
        self.forms[one["mode"], one["seed"]] = one
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")

    def needs_no_model(self, seed: int) -> bool:
        """Whether the run without a model settled every field of this form before a model would have been asked: with
        one, nothing would have gone otherwise."""
        played = self.forms.get(("none", seed))
        return played is not None and not played["model_wanted"] and not played["problem"]

    def add_as_without(self, seed: int) -> None:
        """The form with the model: the same as without, since none would have been asked."""
        self._keep({**self.forms["none", seed], "mode": "scripted", "as_without": True})

    def of(self, mode: str, wanted: set[int]) -> list[Form]:
        return [one for (its_mode, seed), one in self.forms.items() if its_mode == mode and seed in wanted]


def totals(forms: Iterable[Form]) -> dict[str, int]:
    """forms, fields, changed, right (of them by tier: right_T0, …), refused, wrong, model_requests (first visits, and
    second ones to forms that had needed any)."""
    counted: Counter[str] = Counter()
    for one in forms:
        counted["forms"] += 1
        counted["fields"] += len(one["verdicts"])
        counted["changed"] += len(set(one["changed"]) & set(one["verdicts"]))
        counted["model_requests"] += one["requests"]
        counted["as_without"] += bool(one.get("as_without"))
        if one["requests_again"] is not None:
            counted["second_visits"] += 1
            counted["requests_again"] += one["requests_again"]
            counted["second_visits_asking"] += one["requests_again"] > 0
        for name, verdict in one["verdicts"].items():
            counted[verdict] += 1
            if name in one["changed"]:
                counted[f"changed_{verdict}"] += 1
            if verdict == "right":
                counted[f"right_{one['tiers'].get(name) or 'T0'}"] += 1
    names = ("forms", "fields", "changed", "right", "refused", "wrong", "changed_right", "changed_refused",
             "changed_wrong", "model_requests", "second_visits", "requests_again", "second_visits_asking",
             "as_without", *(f"right_{tier}" for tier in TIERS))  # fmt: skip
    return {name: counted[name] for name in names}


def result(parts: Parts, wanted: set[int], *, seed: int) -> dict[str, Any]:
    """The content of result.json. `totals`: fields and right_without_model of the run without a model, right, refused
    and wrong of the one with the scripted model where there was one (wrong: of both)."""
    modes = {mode: mode_result(forms) for mode in ("none", "scripted") if (forms := parts.of(mode, wanted))}
    first, last = next(iter(modes.values())), modes[list(modes)[-1]]
    return {
        "seed": seed,
        "totals": {
            "forms": first["totals"]["forms"],
            "fields": first["totals"]["fields"],
            "right_without_model": modes["none"]["totals"]["right"] if "none" in modes else None,
            "right": last["totals"]["right"],
            "refused": last["totals"]["refused"],
            "wrong": sum(one["totals"]["wrong"] for one in modes.values()),
        },
        "modes": modes,
    }


def mode_result(forms: list[Form]) -> dict[str, Any]:
    kinds = [kind for kind in KINDS if any(one["kind"] == kind for one in forms)]
    names = dict.fromkeys(one["marketplace"] for one in forms)
    return {
        "totals": totals(forms),
        "kinds": {kind: totals(one for one in forms if one["kind"] == kind) for kind in kinds},
        "marketplaces": {name: totals(one for one in forms if one["marketplace"] == name) for name in names},
        "not_right": [
            {
                **{key: one[key] for key in ("seed", "marketplace", "kind", "changed", "problem")},
                "field": name,
                "verdict": verdict,
                "detail": one["details"].get(name, ""),
            }
            for one in forms
            for name, verdict in one["verdicts"].items()
            if verdict != "right"
        ],
        "seconds": round(sum(one["seconds"] for one in forms), 1),
    }


def table(found: dict[str, Any], title: str) -> Table:
    """The result of one mode per kind of mutation, per marketplace, and in all."""
    shown = Table(title=title, header_style="bold")
    shown.add_column("mutation")
    columns = ("forms", "fields", "changed", *(f"right_{tier}" for tier in TIERS), "refused", "wrong", "right %")
    if found["totals"]["model_requests"]:
        columns = (*columns, "model_requests", "requests_again")
    for name in columns:
        shown.add_column(_HEADS.get(name, name.removeprefix("right_")), justify="right")
    for part in ("kinds", "marketplaces"):
        for kind, counted in found[part].items():
            shown.add_row(kind.replace("_", " "), *(_cell(name, counted) for name in columns))
        shown.add_section()
    shown.add_row("in all", *(_cell(name, found["totals"]) for name in columns), style="bold")
    return shown


_HEADS = {"model_requests": "calls", "requests_again": "calls again"}


def _cell(name: str, counted: dict[str, int]) -> str:
    if name == "right %":
        return f"{100 * counted['right'] / max(counted['fields'], 1):.1f}"
    number = counted[name]
    return f"[red]{number}[/red]" if name == "wrong" and number else str(number) if number else "·"
