"""A choice whose words changed: the model says which option means ours, the form has to show it, and it is learned."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import Memory, forget
from listing_worker.agents.recipe import Choose, Compare, Planned, Read, ReadBy, at, css
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport
from listing_worker.storage.store import Store
from tests.fixtures.model_server import ModelServer

SELECT = """<label>Condition <select id=condition><option value=''>-</option><option value=1>Never worn</option>
<option value=2>Gently used</option></select></label>"""
STEPS = (
    Choose(
        field="condition",
        at=at(css("#condition")),
        timeout=1_000,
        read=Read(by=ReadBy.VALUE, compare=Compare.LOOSE),
    ),
)
PLAN = [Planned("condition", "Good", meaning="the item's condition")]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


async def filled(page: Page, html: str, healer: TieredHealer) -> list[FieldReport]:
    await page.goto("about:blank")
    await page.set_content(html)
    reports = await fill(Form(page, PLAN, healer=healer), STEPS)
    await healer.memory.confirm(report.field for report in reports if report.same)
    return reports


def test_the_option_that_means_our_word_is_chosen_and_known_the_next_time(
    browser_page: Page, run_async: Any, model_server: ModelServer, store: Store
) -> None:
    model_server.answers({"option": 3, "why": "worn with care"})

    def once() -> FieldReport:
        healer = TieredHealer(Memory(store, "market", "1"), model_server.model())
        (report,) = run_async(filled(browser_page, SELECT, healer))
        assert run_async(browser_page.evaluate("condition.value")) == "2"
        return report

    first = once()
    assert (first.same, first.on_form, first.found_by[:2]) == (True, "Gently used", "T2")
    asked = model_server.requests[0]["messages"][1]["content"]
    assert "3. Gently used" in asked and '"wanted": "Good"' in asked
    second = once()
    assert (second.same, second.found_by.partition(":")[0]) == (True, "learned")
    assert len(model_server.requests) == 1


@pytest.mark.slow
@pytest.mark.parametrize("answer", [{"option": 0, "why": ""}, {"option": 9, "why": ""}, "no JSON"])
def test_a_model_that_does_not_know_leaves_the_choice_alone(
    answer: Any, browser_page: Page, run_async: Any, model_server: ModelServer
) -> None:
    model_server.answers(answer)
    with pytest.raises(FormChanged, match="condition"):
        run_async(filled(browser_page, SELECT, TieredHealer(None, model_server.model())))
    assert run_async(browser_page.evaluate("condition.value")) == ""
