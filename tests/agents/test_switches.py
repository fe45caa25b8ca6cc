"""Every switch of the sandbox × what it comes to × the way back to one listing (the table is `switches.py`)."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.registry import get_agent, names
from listing_worker.errors import ListingWorkerError, SignInRequired
from listing_worker.models import Proof
from listing_worker.sandbox.faults import Faults
from listing_worker.sandbox.registry import make_site
from tests.agents.cases.common import Case
from tests.agents.conftest import Market
from tests.agents.drive import Run
from tests.agents.switches import LISTED, Row, rows, switches_of

ALL_OFF = Faults().as_json()
# Enough for the default run: one whose answer is lost.
SAMPLE = {("poshmark", "publish_lost")}


def marks(row: Row) -> list[pytest.MarkDecorator]:
    quick = (row.site, next(iter(row.switches))) in SAMPLE
    return [pytest.mark.browser] if quick else [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("name", names())
def test_no_switch_is_missing_from_the_table(name: str) -> None:
    """Every switch has a row, every variant of the form a row or a case, and no row has a word that is none."""
    known = set(make_site(name, "canary").variant_words)
    cases = importlib.import_module(f"tests.agents.cases.{name}").CASES
    own = switches_of(name)
    in_cases = {word.partition("=")[0] for case in cases for word in case.variant.replace(",", " ").split()}
    tried = {switch for row in own for switch in row.switches} | ({"variant"} if in_cases else set())
    assert {field.name for field in fields(Faults)} - tried == set()
    words = in_cases | {word for row in own for word in row.words}
    assert known - words == set()
    assert words - known == set()


@pytest.mark.parametrize("row", [pytest.param(row, id=str(row), marks=marks(row)) for row in rows()])
def test_a_bad_day_ends_as_stated_and_then_in_exactly_one_listing(
    row: Row, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = market.files[:2]
    run = Run.of(get_agent(row.site), {**ordinary(row.site).changes, **row.changes}, files)
    if row.patience:
        hasty = run.agent.recipe.model_copy(update={"form_timeout": row.patience})  # type: ignore[attr-defined]
        monkeypatch.setattr(run.agent, "recipe", hasty)

    async def bad_day() -> Proof | ListingWorkerError:
        page = await market.signed_in(row.site)
        try:
            return await one_attempt(row, run, market, page)
        except ListingWorkerError as error:
            return error

    ended = market.run(bad_day())
    assert isinstance(ended, row.outcome or Proof), f"{type(ended).__name__}: {ended}"
    if isinstance(ended, ListingWorkerError) and row.says:
        assert re.search(row.says, ended.message)
    listed = market.listed(row.site)
    assert len(listed) == (1 if row.outcome == LISTED else row.listed)
    wrong = [difference for one in listed for difference in differences(one, row)]
    assert wrong == []

    market.run(recover(row, run, market))
    listed = market.listed(row.site)
    assert len(listed) == 1
    assert differences(listed[0], row) == []
    assert len(listed[0]["photos"]) == len(files)
    assert listed[0]["publish_requests"] == 1


async def one_attempt(row: Row, run: Run, market: Market, page: Page) -> Proof:
    """As orchestration does it: who is signed in, the form, the read-back, the press."""
    if row.when == "start":
        market.sandbox.set_faults(row.site, **row.switches)
    if not (await run.agent.sign_in_state(page)).signed_in:
        raise SignInRequired("signed out")
    attempt = await run.prepare(page)
    if row.when == "press":
        market.sandbox.set_faults(row.site, **row.switches)
    assert run.intent is not None
    return await run.agent.publish(page, attempt, run.intent)


async def recover(row: Row, run: Run, market: Market) -> None:
    """With the switches off: looks for what a press may have made, and posts again only if there is nothing."""
    made = len(market.listed(row.site))
    market.sandbox.set_faults(row.site, **ALL_OFF)
    if row.person:
        await globals()[row.person](market, run)
        made = len(market.listed(row.site))
    page = await market.context.new_page()
    if not (await run.agent.sign_in_state(page)).signed_in:
        page = await market.signed_in(row.site)
    if run.presses:
        looked = await run.reconcile(page)
        while made and not looked.matches:  # late in the closet; the test's own time limit ends this
            looked = await run.reconcile(page)
        assert looked.complete
        assert len(looked.matches) == made
    if not made:
        again = Run.of(get_agent(row.site), {**ordinary(row.site).changes, **row.changes}, run.files)
        await again.post(await market.context.new_page())


def ordinary(site: str) -> Case:
    case: Case = importlib.import_module(f"tests.agents.cases.{site}").CASES[0]
    return case


def differences(record: dict[str, Any], row: Row) -> list[str]:
    """Fields of a record that are not as the ordinary case has them; a listing is never a wrong one."""
    expected = {**ordinary(row.site).expected, **row.record}
    return [f"{name}: {record[name]!r}, not {value!r}" for name, value in expected.items() if record[name] != value]


# ---- what only the seller can do, by the names that rows give ----


async def press_the_mailed_link(market: Market, run: Run) -> None:
    page = await market.context.new_page()
    await page.goto(market.sandbox.received(run.agent.name)["messages"][-1]["link"])


async def enter_the_phone_code(market: Market, run: Run) -> None:
    """Opens the chain where it stands, and answers what it asks."""
    assert run.intent is not None
    page = await market.context.new_page()
    await page.goto(f"https://post.craigslist.org/k/{run.intent.draft_id}?s=pn")
    await page.get_by_label("phone number").fill("415 555 0100")
    await page.get_by_role("button", name="send the code!").click()
    await page.get_by_label("verification code").wait_for()
    told = market.sandbox.received(run.agent.name)["messages"][-1]["text"]
    await page.get_by_label("verification code").fill(told.split()[-1])
    await page.get_by_role("button", name="continue", exact=True).click()
    await page.wait_for_url(lambda url: "s=pn" not in url)
