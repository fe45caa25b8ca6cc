"""The labelled corpus that the repository carries: tests/forms/<name>.html with <name>.json.

The labels: `fields`: name → [value, CSS of its control, or null where it must be refused, "fill" where it is filled
but has no plain CSS (shadow roots, frames, dialogs)]; `held`: JavaScript that tells what the page holds; `expected`:
what that must be after the filling. A value "photos" stands for two pictures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from bench.tally import Tally
from listing_worker.agents.form import Filled, Intent, fill

FORMS = Path(__file__).resolve().parent.parent / "tests" / "forms"


@dataclass(frozen=True)
class Labelled:
    """One page with its labels."""

    name: str
    html: str
    fields: dict[str, tuple[Any, str | None, bool]]  # name → value, CSS, whether it must be filled
    held: str
    expected: Any

    def wanted(self, photos: Sequence[Path]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (value, _, _) in self.fields.items():
            if isinstance(value, dict):
                found[name] = Intent(name, value["value"], section=value.get("section", ""))
            else:
                found[name] = list(photos) if value == "photos" else value
        return found


def corpus(only: Sequence[str] = ()) -> list[Labelled]:
    """All pages, by name."""
    found = []
    for file in sorted(FORMS.glob("*.json")):
        if only and file.stem not in only:
            continue
        data = json.loads(file.read_text(encoding="utf-8"))
        fields = {
            name: (spec[0], spec[1], spec[1] is not None or spec[2:] == ["fill"])
            for name, spec in data["fields"].items()
        }
        html = file.with_suffix(".html").read_text(encoding="utf-8")
        found.append(Labelled(file.stem, html, fields, data["held"], data["expected"]))
    return found


async def load(page: Page, form: Labelled) -> None:
    await page.goto("about:blank")
    await page.set_content(f'<!doctype html><meta charset="utf-8"><body>{form.html}</body>')


async def fill_and_judge(page: Page, form: Labelled, photos: Sequence[Path]) -> tuple[Tally, Filled, Any]:
    """Fills the page; per field right, refused or wrong. A field that must be refused and is counts as right.

    If what the page holds is not what it must, and no field says so, every field counts as wrong.
    """
    await load(page, form)
    table = await fill(page, form.wanted(photos), patience=400)
    held = await page.evaluate(form.held)
    tally = Tally(form.name, seconds=table.milliseconds / 1000)
    silent = held != form.expected and all(row.same == form.fields[row.field][2] for row in table)
    for row in table:
        must = form.fields[row.field][2]
        if silent or row.outcome.value == "wrong" or (row.same and not must):
            tally.add("wrong", f"{row.field}: the page holds {held!r}; {row.reason}")
        elif row.same == must:
            tally.add("right")
        else:
            tally.add("refused", f"{row.field}: {row.reason}")
    return tally, table, held
