"""What must not count as a heal: another field's control, one of two that are called the same, a neighbour of a field
that has not moved."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.heal.healer import TieredHealer, last_presses, names_in
from listing_worker.agents.heal.match import Match
from listing_worker.agents.heal.one_field import _unless_doubled
from listing_worker.agents.recipe import Choose, Compare, Fill, Planned, Read, at, css, role
from listing_worker.agents.registry import get_agent
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport


def text(index: int, **said: Any) -> Control:
    return Control(0, index, "text", tag="input", start=index * 2, end=index * 2 + 1, **said)


def test_of_two_controls_that_are_called_the_same_neither_is_taken() -> None:
    real, twin, other = text(0, own=("Brand",)), text(1, label="Brand"), text(2, label="Brand owner")
    found = Match(Intent("brand", "Zara"), twin, 1.0)
    assert _unless_doubled(found, [real, twin, other]).control is None
    assert _unless_doubled(found, [twin, other]).control is twin


def test_a_button_of_the_same_name_is_no_second_field() -> None:
    real = text(0, label="Brand")
    button = Control(0, 1, "button", content="Brand", own=("Brand",), start=5, end=6)
    assert _unless_doubled(Match(Intent("brand", "Zara"), real, 1.0), [real, button]).control is real


PAGE = """<label>Title <input id=title></label><label>Price <input id=price {price}></label>
<section><h3>Bundle</h3><label>Selling price <input id=other></label></section>"""
STEPS = (
    Fill(field="title", at=at(css("#title")), timeout=1_000),
    Fill(field="price", at=at(css("#price")), read=Read(compare=Compare.MONEY), timeout=1_000),
)
PLAN = [Planned("title", "Silk dress"), Planned("price", "48", meaning="the asking price")]


@pytest.mark.slow
def test_a_field_that_has_not_moved_and_cannot_be_filled_is_not_taken_for_its_neighbour(
    browser_page: Page, run_async: Any
) -> None:
    async def scenario() -> None:
        await browser_page.goto("about:blank")
        await browser_page.set_content(PAGE.format(price="disabled"))
        await fill(Form(browser_page, PLAN, healer=TieredHealer()), STEPS)

    with pytest.raises(FormChanged, match="price"):
        run_async(scenario())
    assert run_async(browser_page.evaluate("[price.value, other.value]")) == ["", ""]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "steps", "html"),
    [
        (
            [Planned("price", "48"), Planned("original_price", "128")],
            ("price", "original_price"),
            "<label>Original price <input id=a></label>",
        ),
        (
            [Planned("title", "Silk dress"), Planned("description", "Soft and long.")],
            ("title", "description"),
            "<label>Description <textarea id=a></textarea></label>",
        ),
    ],
)
def test_what_is_left_of_two_that_are_often_swapped_goes_into_its_own_and_the_other_is_refused(
    plan: list[Planned], steps: tuple[str, ...], html: str, browser_page: Page, run_async: Any
) -> None:
    moved = [Fill(field=name, at=at(css(f"#gone-{name}")), timeout=800) for name in steps]

    async def scenario() -> None:
        await browser_page.goto("about:blank")
        await browser_page.set_content(html)
        await fill(Form(browser_page, plan, healer=TieredHealer()), moved)

    with pytest.raises(FormChanged, match=steps[0]):
        run_async(scenario())
    assert run_async(browser_page.evaluate("a.value")) == str(plan[1].value)


@pytest.mark.parametrize("name", ["poshmark", "ebay", "mercari", "craigslist", "facebook"])
def test_what_leads_on_from_a_marketplaces_form_is_known_and_never_a_healers_to_press(name: str) -> None:
    assert last_presses(get_agent(name))


def test_the_next_of_a_form_with_several_pages_is_no_step_to_look_behind() -> None:
    assert {"Next", "Publish"} <= names_in(last_presses(get_agent("facebook")))
    assert "Next" in names_in(last_presses(get_agent("poshmark")))  # there it is the publishing press


DRAWN = """<label>Title <input id=title></label><div><span id=l>Condition</span>
<button aria-haspopup=listbox aria-labelledby="l v" onclick="m.hidden=false"><span id=v>-</span></button></div>
<ul id=m role=listbox hidden></ul><script>for (const word of ['new', 'good', 'fair']) {
  const one = document.createElement('li');
  one.role = 'option'; one.textContent = word;
  one.onclick = () => { v.textContent = window.takes ? word : 'new'; m.hidden = true; };
  m.append(one);
}</script>"""


@pytest.mark.slow
@pytest.mark.parametrize("takes", [True, False], ids=["chosen", "another one chosen"])
def test_a_choice_whose_place_of_reading_is_gone_is_proved_by_what_the_form_shows(
    browser_page: Page, run_async: Any, takes: bool
) -> None:
    """The menu moved, and so did the hidden list that the recipe reads: what cannot be read there is no proof."""
    condition = Choose(
        field="condition",
        required=False,
        at=at(css("#gone")),
        option=at(role("option", "{value}")),
        read=Read(at=at(css("select[name=gone]"), hidden=True)),
        timeout=1_500,
    )

    async def scenario() -> list[FieldReport]:
        await browser_page.goto("about:blank")
        await browser_page.set_content(DRAWN)
        await browser_page.evaluate("takes => { window.takes = takes }", takes)
        plan = [PLAN[0], Planned("condition", "good")]
        return await fill(Form(browser_page, plan, healer=TieredHealer()), (STEPS[0], condition))

    if takes:
        found = {report.field: report for report in run_async(scenario())}
        assert found["condition"].same
        assert found["condition"].on_form
        assert run_async(browser_page.evaluate("v.textContent")) == "good"
    else:
        with pytest.raises(FormChanged, match="condition"):
            reports = run_async(scenario())
            if not all(report.same for report in reports):
                raise FormChanged(str(reports), field="condition")
