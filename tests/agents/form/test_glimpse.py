"""Reading many fields in one call says exactly what reading them one by one says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.glimpse import SHOWS, Wanted, chains, glimpse
from listing_worker.agents.form.observe import READ
from listing_worker.agents.recipe import Fill, Target, at, css, label, near, role, test_id
from tests.agents.form.conftest import FillPage

pytestmark = pytest.mark.browser

BOX = at(css("#box"), css("#other"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (at(css("#a")), "one"),
        (at(test_id("b")), "two"),
        (at(css("#gone"), test_id("b")), "two"),
        (at(css("input")), None),  # several: counts as none, and is left to the ordinary way
        (at(css("input"), css("#a")), "one"),
        (at(css("[name=x]"), within=BOX), "three"),
        (at(css("[name=trap]")), None),
        (at(css("[name=trap]"), hidden=True), "0"),
        (at(css("in valid[")), None),
        (at(role("textbox", "A"), css("#a")), None),  # a role comes first: not for us to pass over
        (at(css("#a"), frame="#f"), None),
    ],
    ids=str,
)
def test_one_call_keeps_the_rule_of_exactly_one_visible_element(
    browser_page: Page, run_async: Any, target: Target, expected: str | None
) -> None:
    async def scenario() -> str | None:
        await browser_page.set_content(
            """<input id=a value=one><input data-testid=b value=two><div id=box><input name=x value=three></div>
            <input name=x value=four><input name=trap value=0 style="opacity:0">"""
        )
        seen = await glimpse(browser_page, [Wanted(target, "value")], READ)
        return seen[Wanted(target, "value")].value if seen else None

    assert run_async(scenario()) == expected


def test_whether_anything_shows(browser_page: Page, run_async: Any) -> None:
    shown, hidden = Wanted(at(css("i"))), Wanted(at(css("b")))

    async def scenario() -> list[bool]:
        await browser_page.set_content("<i>1</i><i>2</i><b hidden>3</b>")
        seen = await glimpse(browser_page, [shown, hidden], READ)
        return [shown in seen, hidden in seen]

    assert shown.how == SHOWS
    assert run_async(scenario()) == [True, False]


def test_ways_end_at_the_first_that_is_not_plain() -> None:
    target = at(css("a"), css("b", has_text="x"), css("c"), within=at(css("s"), label("t")))
    assert [way for _, way in chains(target)] == [["s", "a"]]
    assert chains(at(near("Price"))) == []


def test_a_value_dropped_after_filling_is_seen_in_the_one_call(fill_page: FillPage) -> None:
    async def later(page: Page) -> None:
        await page.evaluate("a.value = 'other'")

    steps = [Fill(field="a", at=at(css("#a"))), Fill(field="b", at=at(label("B")))]
    filled = fill_page("<input id=a><input aria-label=B>", steps, {"a": "1", "b": "2"}, then=later)
    assert [(r.on_form, r.same) for r in filled.again] == [("other", False), ("2", True)]
