"""The scripted model of the drift: an OpenAI-compatible server whose answers are what the mutation knows.

It sees what a model sees (fields asked for, the snapshot with its references), and looks up in the page which element
is which field now (`__truth`, `__opens`: mutate.js). It shows what the tiers do with right answers, and how many calls
they need; how often a real model is right is not measured here.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.heal.model import Model
from listing_worker.storage import rows
from tests.drift.mutations import Mutated
from tests.fixtures.model_server import KEY, ModelServer

ANSWERS_WITHIN = 30.0  # seconds
_REF = re.compile(r"^\s*- (?P<role>\w+).*?\[ref=(?P<ref>\w+)\]")
_ROLES = frozenset({"textbox", "combobox", "spinbutton", "button", "radio", "checkbox", "switch", "listbox", "generic"})
_KNOWS = """e => {
  const inside = [...e.querySelectorAll('*')];
  const truths = new Set(inside.map(x => x.__truth).filter(Boolean));
  return [e.__truth ?? (truths.size === 1 ? [...truths][0] : ''), e.__opens ?? [], !!e.__truth];
}"""


class TruthfulModel:
    """One server for all forms of a run; a form is known by the model's name in the request."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._forms: dict[str, tuple[Page, Mutated]] = {}
        self._server = ModelServer()
        self._server.answers(self._reply)

    def model(self, page: Page, mutated: Mutated) -> Model:
        """A model that knows this form. Its `spend` counts this form's requests alone."""
        name = f"drift/{mutated.seed}-{id(page)}"
        self._forms[name] = (page, mutated)
        return Model(base_url=self._server.url, api_key=KEY, name=name, seconds=ANSWERS_WITHIN)

    def close(self) -> None:
        self._server.close()

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        """In the server's thread; the page is asked in the run's own loop."""
        page, mutated = self._forms[request["model"]]
        asked = request["messages"][1]["content"]
        if request["response_format"]["json_schema"]["name"] == "chosen":
            return chosen(asked, mutated)
        return asyncio.run_coroutine_threadsafe(places(page, asked), self._loop).result(ANSWERS_WITHIN)


async def places(page: Page, asked: str) -> dict[str, Any]:
    """Where each field is that was asked for: its element, else what leads to it, else none."""
    fields = [one["field"] for one in json.loads(_part(asked, "fields"))]
    found: dict[str, str] = {}
    inexact: dict[str, str] = {}
    ways: dict[str, str] = {}
    told = [one for line in _part(asked, "page").splitlines() if (one := _REF.match(line)) is not None]
    for one, known in zip(told, await asyncio.gather(*(_known(page, one["ref"]) for one in told)), strict=True):
        if known is None:
            continue  # drawn anew since
        truth, opens, exact = known
        if truth and exact:
            found.setdefault(truth, one["ref"])
        elif truth and one["role"] in _ROLES:
            inexact.setdefault(truth, one["ref"])
        for name in opens:
            ways.setdefault(name, one["ref"])
    answers = []
    for name in fields:
        ref = found.get(name) or inexact.get(name, "")
        step = "" if ref else ways.get(name, "")
        kind = "ref" if ref else "steps" if step else "none"
        answers.append({"field": name, "answer": kind, "ref": ref, "steps": [step] if step else [], "why": "scripted"})
    return {"fields": answers}


async def _known(page: Page, ref: str) -> tuple[str, list[str], bool] | None:
    """Which field an element is now, what it leads to, and whether it is the field's control itself."""
    try:
        truth, opens, exact = await page.get_by_ref(ref).evaluate(_KNOWS, timeout=ANSWERS_WITHIN * 500)
    except PlaywrightError:
        return None
    return truth, opens, exact


def chosen(asked: str, mutated: Mutated) -> dict[str, Any]:
    """Which option a word is called by now."""
    question = json.loads(_part(asked, "question"))
    names: dict[str, str] = {}
    for one in mutated.mutations:
        names |= {was.casefold(): now for was, now in one.get("names", {}).items()}
    wanted = question["wanted"].casefold()
    now = names.get(wanted) or next((new for was, new in names.items() if was.startswith(wanted)), "")
    offered = {text.casefold(): number for number, text in enumerate(_part(asked, "options").splitlines(), start=1)}
    at = next((n for text, n in offered.items() if now and text.split(". ", 1)[-1].startswith(now.casefold())), 0)
    return {"option": at, "why": "scripted"}


def _part(text: str, name: str) -> str:
    return text.partition(f"<{name}>\n")[2].partition(f"\n</{name}>")[0]


class LocatorsInMemory:
    """Learned locators as the database keeps them, for one form (agents/heal/memory.py: LocatorStore)."""

    def __init__(self) -> None:
        self.rows: list[rows.LocatorRow] = []

    def active_locators(self, marketplace: str, form_version: str) -> list[rows.LocatorRow]:
        return [one for one in self.rows if one["state"] == "active"]

    def learn_locator(
        self,
        marketplace: str,
        form_version: str,
        field: str,
        *,
        intent: str,
        target: Mapping[str, Any],
        value_template: str,
        tier: str,
        evidence: Mapping[str, Any],
    ) -> rows.LocatorRow:
        made = rows.LocatorRow(
            id=str(len(self.rows)),
            marketplace=marketplace,
            form_version=form_version,
            field=field,
            intent=intent,
            target=dict(target),
            value_template=value_template,
            tier=tier,
            evidence=dict(evidence),
            state="active",
            successes=1,
            failures=0,
            created_at="",
            worked_at="",
            failed_at=None,
        )
        self.rows.append(made)
        return made

    def judge_locator(self, locator_id: str, worked: bool) -> rows.LocatorRow | None:
        return None
