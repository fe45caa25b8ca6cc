"""What a run of many mutated forms comes to: per kind and in all, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.table import Table

from tests.drift.mutations import KINDS
from tests.drift.play import Played

TIERS = ("T0", "learned", "T1", "T2", "T3")


def totals(played: Iterable[Played]) -> dict[str, int]:
    """forms, fields, changed, right (of them by tier: right_T0, …), refused, wrong, model_requests."""
    counted: Counter[str] = Counter()
    for one in played:
        counted["forms"] += 1
        counted["fields"] += len(one.verdicts)
        counted["changed"] += len(set(one.mutated.changed) & set(one.verdicts))
        counted["model_requests"] += one.model_requests
        for name, verdict in one.verdicts.items():
            counted[verdict] += 1
            if name in one.mutated.changed:
                counted[f"changed_{verdict}"] += 1
            if verdict == "right":
                counted[f"right_{one.tiers.get(name) or 'T0'}"] += 1
    counted["right_without_model"] = sum(counted[f"right_{tier}"] for tier in ("T0", "learned", "T1"))
    names = ("forms", "fields", "changed", "right_without_model", "right", "refused", "wrong", "changed_right",
             "changed_refused", "changed_wrong", "model_requests", *(f"right_{tier}" for tier in TIERS))  # fmt: skip
    return {name: counted[name] for name in names}


def result(played: list[Played], *, seed: int, model: str) -> dict[str, Any]:
    """The content of result.json."""
    kinds = [kind for kind in KINDS if any(one.mutated.kind == kind for one in played)]
    return {
        "seed": seed,
        "model": model,
        "totals": totals(played),
        "kinds": {kind: totals(one for one in played if one.mutated.kind == kind) for kind in kinds},
        "marketplaces": {
            name: totals(one for one in played if one.mutated.form.marketplace == name)
            for name in dict.fromkeys(one.mutated.form.marketplace for one in played)
        },
        "not_right": [
            {
                "seed": one.mutated.seed,
                "marketplace": one.mutated.form.marketplace,
                "kind": one.mutated.kind,
                "changed": list(one.mutated.changed),
                "field": name,
                "verdict": verdict,
                "detail": one.details.get(name, ""),
                "problem": one.problem,
            }
            for one in played
            for name, verdict in one.verdicts.items()
            if verdict != "right"
        ],
        "seconds": round(sum(one.seconds for one in played), 1),
    }


def table(found: dict[str, Any]) -> Table:
    """The result per kind of mutation, and in all."""
    shown = Table(title="Forms that moved", header_style="bold")
    shown.add_column("mutation")
    columns = ("forms", "fields", "changed", *(f"right_{tier}" for tier in TIERS), "refused", "wrong")
    for name in columns:
        shown.add_column(name.removeprefix("right_"), justify="right")
    for kind, counted in found["kinds"].items():
        shown.add_row(kind.replace("_", " "), *(_cell(name, counted[name]) for name in columns))
    shown.add_section()
    shown.add_row("in all", *(_cell(name, found["totals"][name]) for name in columns), style="bold")
    return shown


def _cell(name: str, number: int) -> str:
    return f"[red]{number}[/red]" if name == "wrong" and number else str(number) if number else "·"
