"""One mutated form, filled by the marketplace's agent, judged by the replica's own controls."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.base import Attempt
from listing_worker.agents.craigslist.recipe import EDIT_STEPS
from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.compare import cents, loose
from listing_worker.agents.form.form import Form, Healer
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.recipe import Planned
from listing_worker.agents.registry import get_agent
from listing_worker.errors import FormChanged, PageTimeout
from listing_worker.models import FieldReport
from tests.agents.cases.common import listing
from tests.agents.drive import MemoryCheckpoints
from tests.drift.fields import CRAIGSLIST, Drifting
from tests.drift.mutations import Mutated

SCRIPT = (Path(__file__).parent / "mutate.js").read_text(encoding="utf-8")
READY_WITHIN = 20_000  # milliseconds
SETTLED_WITHIN = 3_000

NOUNS = ("Dress", "Jacket", "Lamp", "Teapot", "Camera", "Boots", "Scarf", "Guitar")
WORDS = ("Floral", "Vintage", "Quilted", "Blue", "Handmade", "Wool", "Linen", "Rare", "Small", "Sturdy")


class NotOpened(Exception):
    """The replica did not lead to its form in time: nothing was filled, so the form can be played later."""


@dataclass
class Played:
    """What became of one form. `verdicts`: "right", "refused" or "wrong" by field; `tiers`: what settled it;
    `model_requests`: of the first visit; `requests_again`: of the second, with what was learned (None: there was
    none). `model_wanted`: fields at which no tier before the model could settle anything."""

    mutated: Mutated
    verdicts: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    problem: str = ""
    details: dict[str, str] = field(default_factory=dict)
    model_requests: int = 0
    requests_again: int | None = None
    right_again: int = 0
    model_wanted: list[str] = field(default_factory=list)


def draft_of(mutated: Mutated) -> dict[str, Any]:
    """Changes to the demo listing, so that no two forms get the same values."""
    chance = random.Random(mutated.seed * 31 + 7)
    title = " ".join(chance.sample(WORDS, 3)) + f" {chance.choice(NOUNS)} {chance.randrange(100, 999)}"
    price = chance.randrange(12, 90)
    return {
        "title": title,
        "description": f"{title}. Bought in {chance.randrange(1990, 2024)}, worn {chance.randrange(2, 20)} times.",
        "price": {"cents": price * 100},
        "original_price": {"cents": (price + chance.randrange(10, 200)) * 100},
        "sku": f"DR-{mutated.seed}-{chance.randrange(1000, 9999)}",
        **mutated.form.changes,
    }


async def play(
    context: BrowserContext,
    mutated: Mutated,
    healer: Callable[[Page, Mutated], Healer | None] = lambda page, mutated: None,
) -> Played:
    """Opens the form in a page of its own, changes it, fills it, and reads what the replica holds."""
    played = Played(mutated)
    agent = get_agent(mutated.form.marketplace)
    assert isinstance(agent, RecipeAgent)
    names = {*(one.name for one in mutated.form.fields), *mutated.form.also}
    plan = [one for one in agent.plan(listing(draft_of(mutated))) if one.field in names]
    page = await context.new_page()
    try:
        await page.add_init_script(SCRIPT.replace("__SPEC__", json.dumps(mutated.spec())))
        try:
            await open_form(page, agent, plan, mutated)
        except (PageTimeout, PlaywrightTimeout) as problem:
            raise NotOpened(str(problem).splitlines()[0]) from problem
        form = Form(
            page,
            plan,
            interruptions=Interruptions(page, agent.recipe.interruptions, agent.recipe.safe_buttons),
            healer=(hands := healer(page, mutated)),
            special=agent,
        )
        agent.notes(page).form = form
        started = time.monotonic()
        reports, played.problem = await _fill(form, agent)
        played.seconds = time.monotonic() - started
        played.model_wanted = sorted(form.gave_up)
        if (told := getattr(agent, "_told", None)) is not None:
            reports = await told(page, reports)  # an agent's own last word on fields that it takes for absent
        await judge(page, mutated, {one.field: one for one in plan}, reports, played)
        if isinstance(hands, TieredHealer):
            await hands.memory.confirm(report.field for report in reports if report.same)
            played.model_requests = hands.model.spend.requests if hands.model is not None else 0
    finally:
        await page.close(run_before_unload=False)
    return played


async def open_form(page: Page, agent: RecipeAgent, plan: list[Planned], mutated: Mutated) -> None:
    """To the form, until all fields that it starts with are drawn: by the replica's own controls, since the recipe's
    signs may be among what has changed."""
    url = agent.recipe.sell_url
    if agent.name == "craigslist":
        await to_craigslist_form(page, agent, plan)
    elif direct := getattr(agent, "_direct_url", None):
        full = agent.plan(listing(draft_of(mutated)))
        await page.goto(direct(Form(page, full)), wait_until="commit")
    else:
        await page.goto(url, wait_until="commit")
    first = mutated.form.fields[0].name
    try:
        await page.wait_for_function("name => window.__drift?.read()[name] !== null", arg=first, timeout=READY_WITHIN)
    finally:
        if errors := await page.evaluate("() => window.__drift?.errors ?? []"):
            raise RuntimeError(f"mutate.js, seed {mutated.seed}: {errors[0]}")
    if hydration := await page.evaluate("() => Number(document.body.dataset.ms || 0)"):
        await page.wait_for_timeout(hydration + 100)


async def to_craigslist_form(page: Page, agent: RecipeAgent, plan: list[Planned]) -> None:
    """The pages before the form, as the agent walks them; they do not drift here."""
    attempt = Attempt(listing(CRAIGSLIST.changes), (), _quiet, MemoryCheckpoints())
    agent.notes(page).form = Form(page, agent.plan(attempt.listing))
    await agent.enter_form(page, attempt)


async def _quiet(step: str, fields: object = None) -> None:
    """Nobody listens to the progress of a drift."""


async def _fill(form: Form, agent: RecipeAgent) -> tuple[list[FieldReport], str]:
    steps = EDIT_STEPS if agent.name == "craigslist" else agent.recipe.steps
    try:
        return await fill(form, steps, rounds=1), ""
    except FormChanged as error:
        return list(form.reported.values()), f"{error.field}: {error.message}"[:300]


async def judge(
    page: Page, mutated: Mutated, plan: dict[str, Planned], reports: list[FieldReport], played: Played
) -> None:
    """If the filling stopped, or any field is said to differ, nothing would be published: then a field is right if the
    engine says so and the replica holds what was meant, else refused. Otherwise the form as it stands would go out:
    every field that the replica does not hold as meant is wrong, whatever was or was not said of it."""
    claimed = {report.field: report for report in reports}
    fields = [one for one in mutated.form.fields if one.name in plan]
    held = await page.evaluate("() => window.__drift.read()")
    deadline = time.monotonic() + SETTLED_WITHIN / 1000
    while time.monotonic() < deadline and any(
        claimed.get(one.name) and claimed[one.name].same and not holds(one, plan[one.name], held[one.name])
        for one in fields
    ):
        await page.wait_for_timeout(100)
        held = await page.evaluate("() => window.__drift.read()")
    goes_out = not played.problem and all(report.same for report in reports)
    strays: list[str] = [] if not goes_out else await page.evaluate("() => window.__drift.strays()")
    for one in fields:
        report = claimed.get(one.name)
        right = holds(one, plan[one.name], held[one.name])
        if goes_out:
            played.verdicts[one.name] = "right" if right else "wrong"
        else:
            settled = report is not None and report.same and right
            played.verdicts[one.name] = "right" if settled else "refused"
        played.tiers[one.name] = tier_of(report)
        if played.verdicts[one.name] != "right":
            played.details[one.name] = f"meant {plan[one.name].value!r}, held {held[one.name]!r}, {report}"[:400]

    if strays:  # a posting would go out with something written where nothing belongs
        played.verdicts["(stray)"] = "wrong"
        played.details["(stray)"] = "; ".join(strays)[:400]


def holds(one: Drifting, planned: Planned, held: str | None) -> bool:
    """Whether the replica's control says what was meant."""
    if held is None:
        return False
    value = planned.value
    if one.shape == "money":
        return cents(held) is not None and cents(held) == cents(str(value))
    if isinstance(value, bool):
        return held == str(value).lower()
    if one.read == "checked":
        return held == planned.words.get("id", value)
    if isinstance(value, tuple):
        wanted = loose(" ".join(value[:2])), loose(" > ".join(value)), loose(value[-1]) if one.read == "rest" else ""
        return loose(held) in wanted and bool(held)
    if one.read in {"text", "selected", "rest"}:
        return re.match(rf"{re.escape(loose(str(value)))}(?![\w/])", loose(held)) is not None
    return " ".join(held.split()) == " ".join(str(value).split())


def tier_of(report: FieldReport | None) -> str:
    if report is None:
        return ""
    found = re.match(r"(T\d|learned)\b", report.found_by)
    return found.group(1) if found else "T0"
