"""A field that a form need not have: absent only where nothing on the form could be it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.observe import ABSENT
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.recipe import Fill, Planned, Toggle, at, css, role
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport

STEPS = (
    Fill(field="title", at=at(css("#title")), timeout=1_500),
    Toggle(field="smart_pricing", required=False, at=at(css("#smart")), timeout=1_500),
    Fill(field="price", at=at(css("#price")), timeout=1_500),
)
PLAN = [Planned("title", "Silk dress"), Planned("smart_pricing", False), Planned("price", "48")]
PAGE = "<label>Title <input id=title></label>{}<label>Price <input id=price></label>{}"
SWITCH = "<div><b>Zuiop qwert</b><input type=checkbox id=x role=switch checked></div>"


@pytest.fixture
def fill_page(browser_page: Page, run_async: Any) -> Any:
    def run(between: str = "", after: str = "", healer: TieredHealer | None = None) -> list[FieldReport]:
        async def scenario() -> list[FieldReport]:
            await browser_page.goto("about:blank")
            await browser_page.set_content(PAGE.format(between, after))
            return await fill(Form(browser_page, PLAN, healer=healer or TieredHealer()), STEPS)

        reports: list[FieldReport] = run_async(scenario())
        return reports

    return run


def test_a_switch_that_moved_alone_and_is_called_something_else_is_not_taken_for_absent(
    fill_page: Any, browser_page: Page, run_async: Any
) -> None:
    with pytest.raises(FormChanged, match="smart_pricing"):
        fill_page(SWITCH)
    assert run_async(browser_page.evaluate("x.checked"))


def test_a_form_without_the_field_is_filled_and_says_so(fill_page: Any) -> None:
    found = {report.field: report for report in fill_page()}
    assert all(report.same for report in found.values())
    assert found["smart_pricing"].found_by == ABSENT


@pytest.mark.slow
def test_another_control_elsewhere_on_the_form_makes_no_doubt(fill_page: Any) -> None:
    reports = fill_page(after="<label>Gift note <input></label>" + SWITCH.replace("Zuiop qwert", "Newsletter"))
    assert all(report.same for report in reports)


@pytest.mark.slow
def test_what_may_be_on_a_further_step_is_not_absent(fill_page: Any) -> None:
    after = '<button type=button onclick="y.hidden=false">Continue</button><div id=y hidden>' + SWITCH + "</div>"
    with pytest.raises(FormChanged, match="smart_pricing"):
        fill_page(after=after)


@pytest.mark.slow
def test_the_button_that_publishes_is_no_further_step(fill_page: Any, browser_page: Page, run_async: Any) -> None:
    after = '<button type=button onclick="window.published=1">Next</button>'
    healer = TieredHealer(forbidden=("Next",), last=(at(role("button", "Next")),))
    assert all(report.same for report in fill_page(after=after, healer=healer))
    assert run_async(browser_page.evaluate("window.published ?? 0")) == 0
