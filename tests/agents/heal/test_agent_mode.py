"""AGENT_MODE: `agent` lets browser-use point at every field, whatever the recipe knows; `recipe` never asks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page
from pydantic import SecretStr

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.heal.healer import healer_for
from listing_worker.agents.heal.memory import forget
from listing_worker.agents.recipe import Fill, Planned, at, css
from listing_worker.errors import FieldNotFound
from listing_worker.models import FieldReport
from listing_worker.settings import Settings
from listing_worker.storage.store import Store
from tests.agents.heal.driven import for_the_agent, index_after, step, with_port
from tests.agents.heal.test_one_call import answer
from tests.agents.market import MarketAgent
from tests.fixtures.model_server import KEY, ModelServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Mode = Literal["auto", "recipe", "agent"]
FORM = """<title>Sell</title><div><b>Qwert</b><input id=title></div><div><b>Asdfg</b><input id=price></div>
<button onclick="window.published=1">List</button>"""
STEPS = (
    Fill(field="title", at=at(css("#title")), timeout=1_500),
    Fill(field="price", at=at(css("#price")), timeout=1_500),
)
PLAN = [Planned("title", "Silk dress", meaning="the title"), Planned("price", "48", meaning="the price")]
STATE = "[...document.querySelectorAll('input')].map(e => e.value).concat(window.published ?? 0)"


@pytest.fixture
def filled(
    chromium_path: Path, model_server: ModelServer, tmp_path: Path, store: Store
) -> Callable[..., tuple[list[FieldReport], Any]]:
    """Fills the form in a mode, with a healer as an attempt gets it; the reports, and how the page stands then."""

    def run(mode: Mode, html: str = FORM) -> tuple[list[FieldReport], Any]:
        forget()
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            agent_mode=mode,
            openrouter_api_key=SecretStr(KEY),
            openrouter_base_url=model_server.url,
        )

        async def scenario(page: Page, cdp_url: str) -> tuple[list[FieldReport], Any]:
            healer = healer_for(MarketAgent(), settings, store)
            healer.cdp_url, healer.hosts = cdp_url, ("market.test",)
            try:
                reports = await fill(Form(page, PLAN, healer=healer), STEPS)
            except FieldNotFound:
                reports = []
            return reports, await page.evaluate(STATE)

        told: tuple[list[FieldReport], Any] = with_port(
            chromium_path, tmp_path / "profile", html, scenario, hosts=("market.test",)
        )
        return told

    return run


def test_agent_asks_browser_use_for_every_field_though_the_recipe_knows_them_all(
    filled: Callable[..., tuple[list[FieldReport], Any]], model_server: ModelServer
) -> None:
    model_server.answers(
        lambda r: step(point_at_field={"index": index_after(r, "Qwert")}),
        lambda r: step(point_at_field={"index": index_after(r, "Asdfg")}),
    )
    reports, page = filled("agent")
    assert [(one.field, one.same, one.found_by[:2]) for one in reports] == [
        ("title", True, "T3"),
        ("price", True, "T3"),
    ]
    assert page == ["Silk dress", "48", 0]
    assert all(for_the_agent(request) for request in model_server.requests)
    assert len(model_server.requests) == 2


def test_what_the_agent_takes_for_another_field_is_filled_by_the_recipe(
    filled: Callable[..., tuple[list[FieldReport], Any]], model_server: ModelServer
) -> None:
    """It points at the price for the title, is told that this is not it, and gives up; for the price it only gives
    up. Both are where the recipe knows them."""
    model_server.answers(
        lambda r: step(point_at_field={"index": index_after(r, "Asdfg")}),
        step(give_up={"why": "cannot tell"}),
        step(give_up={"why": "cannot tell"}),
    )
    reports, page = filled("agent")
    assert [(one.field, one.same, one.found_by[:2] == "T3") for one in reports] == [
        ("title", True, False),
        ("price", True, False),
    ]
    assert page == ["Silk dress", "48", 0]


def test_recipe_never_lets_browser_use_look_for_a_field_that_is_gone(
    filled: Callable[..., tuple[list[FieldReport], Any]], model_server: ModelServer
) -> None:
    model_server.answers(lambda r: answer(title="none"))
    reports, page = filled("recipe", FORM.replace("id=title", "class=a"))
    assert reports == []
    assert page == ["", "48", 0]
    assert model_server.requests
    assert not any(for_the_agent(request) for request in model_server.requests)
