"""Exactly one visible element, or it counts as not found."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.locate import controls_as_xpath, find, is_visible, locate
from listing_worker.agents.recipe import (
    Candidate,
    Match,
    Target,
    at,
    css,
    label,
    near,
    placeholder,
    role,
    test_id,
    text,
)
from listing_worker.errors import FieldNotFound

pytestmark = pytest.mark.browser


@pytest.fixture
def found_id(browser_page: Page, run_async: Any) -> Any:
    """The id of the element that a target finds on a page, or None."""

    def run(html: str, target: Target | Candidate, **words: str) -> str | None:
        wanted = at(target) if isinstance(target, Candidate) else target

        async def scenario() -> str | None:
            await browser_page.set_content(html)
            found = await find(browser_page, wanted, words)
            return await found.locator.get_attribute("id") if found else None

        answer: str | None = run_async(scenario())
        return answer

    return run


@pytest.mark.parametrize(
    "candidate",
    [
        test_id("Title"),
        test_id("title", "data-vv-name"),
        css("#a", why="test"),
        role("textbox", "Title"),
        label("Title"),
        placeholder("What are you selling?"),
        near("Name it"),
    ],
    ids=str,
)
def test_every_kind_of_candidate_finds_its_element(found_id: Any, candidate: Candidate) -> None:
    page = """<label for=a>Title</label>
      <div><p>Name it *</p><input id=a data-testid=Title data-vv-name=title placeholder="What are you selling?"></div>
      <div><p>Price</p><input id=b></div>"""
    assert found_id(page, candidate) == "a"


def test_candidates_are_tried_in_order(found_id: Any) -> None:
    page = "<input id=a name=x><input id=b name=y>"
    assert found_id(page, at(css("[name=gone]"), css("[name=y]"), css("[name=x]"))) == "b"


def test_two_visible_matches_count_as_none(found_id: Any) -> None:
    page = "<input id=a placeholder=Price><input id=b placeholder=Price>"
    assert found_id(page, placeholder("Price")) is None


def test_an_ambiguous_candidate_is_passed_over_for_the_next(found_id: Any) -> None:
    page = "<input placeholder=Price><input id=b placeholder=Price name=list>"
    assert found_id(page, at(placeholder("Price"), css("[name=list]"))) == "b"


def test_near_refuses_a_box_with_two_controls(found_id: Any) -> None:
    assert found_id("<div>Price<input id=a><input id=b></div>", near("Price")) is None


def test_near_refuses_two_equal_texts(found_id: Any) -> None:
    assert found_id("<p><b>Price</b><input id=a></p><p><b>Price</b><input id=b></p>", near("Price")) is None


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "visibility:hidden",
        "opacity:0",
        "position:absolute;left:-9999px",
        "position:absolute;top:-500px",
        "width:1px;height:1px;padding:0;border:0",
    ],
)
def test_hidden_traps_are_ignored(found_id: Any, style: str) -> None:
    page = f'<input id=trap name=price style="{style}"><input id=real name=price>'
    assert found_id(page, css("[name=price]")) == "real"


@pytest.mark.parametrize("wrapper", ["<div inert>", "<div aria-hidden=true>", '<div style="opacity:0">'])
def test_inputs_inside_hidden_parts_are_ignored(found_id: Any, wrapper: str) -> None:
    assert found_id(f"<input id=real name=p>{wrapper}<input id=trap name=p></div>", css("[name=p]")) == "real"


def test_transparent_radio_buttons_are_found(found_id: Any) -> None:
    assert found_id('<input type=radio id=a style="opacity:0" name=c>', css("[name=c]")) == "a"


def test_scope_and_frame(found_id: Any, browser_page: Page, run_async: Any) -> None:
    page = (
        "<div role=dialog aria-label=One><button id=a>Done</button></div><div role=dialog><button>Done</button></div>"
    )
    assert found_id(page, at(role("button", "Done"), within=at(role("dialog", "One")))) == "a"

    async def scenario() -> str | None:
        await browser_page.set_content("<iframe id=f srcdoc='<input id=inside name=x>'></iframe>")
        found = await locate(browser_page, at(css("[name=x]"), frame="#f"), timeout=2_000)
        return await found.locator.get_attribute("id")

    assert run_async(scenario()) == "inside"


@pytest.mark.parametrize(
    ("match", "expected"),
    [(Match.EXACT, None), (Match.PREFIX, "m"), (Match.CONTAINS, None)],
)
def test_a_prefix_ends_at_a_word(found_id: Any, match: Match, expected: str | None) -> None:
    page = "<ul><li role=option id=ml>M/L</li><li role=option id=m>M (8-10)</li><li role=option id=me>Medium</li></ul>"
    assert found_id(page, role("option", "{value}", match), value="M") == expected


@pytest.mark.parametrize("word", ['5" heel', "A\\B", "(Women's) [new] $1.00 a+b? x|y ^z", "émoji 🌸", "a/b - c"])
def test_any_word_can_be_looked_for(found_id: Any, word: str) -> None:
    html = word.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    page = f'<p id=other>Else</p><button id=a data-v="{html}">{html}</button>'
    for candidate in (
        role("button", "{value}"),
        text("{value}"),
        css('[data-v="{value}"]'),
        text("{value}", Match.SAME),
    ):
        assert found_id(page, candidate, value=word) == "a", candidate


def test_a_late_element_is_waited_for(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        await browser_page.set_content(
            "<script>setTimeout(() => document.body.innerHTML = '<input name=x>', 300)</script>"
        )
        assert (await locate(browser_page, at(css("[name=x]")), timeout=3_000)).rank == 0

    run_async(scenario())


def test_a_lesser_candidate_does_not_win_while_the_form_is_being_drawn(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> str:
        await browser_page.set_content("<input id=wrong>")
        await browser_page.evaluate(
            "requestAnimationFrame(() => document.body.insertAdjacentHTML('beforeend', '<input name=title>'))"
        )
        found = await locate(browser_page, at(css("[name=title]"), css("input")), timeout=2_000)
        return found.candidate

    assert run_async(scenario()) == "css=[name=title]"


def test_the_error_tells_what_each_candidate_matched(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        await browser_page.set_content("<input class=x><input class=x>")
        await locate(browser_page, at(css(".x"), css(".y")), timeout=50, field="title")

    with pytest.raises(FieldNotFound, match=r"title: .*css=\.x \(2\), css=\.y \(0\)") as caught:
        run_async(scenario())
    assert caught.value.field == "title"


def test_several_visible_ones_are_visible(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> tuple[bool, bool]:
        await browser_page.set_content("<i class=a>1</i><i class=a>2</i><i class=b hidden>3</i>")
        return await is_visible(browser_page, at(css(".a"))), await is_visible(browser_page, at(css(".b")))

    assert run_async(scenario()) == (True, False)


def test_near_takes_simple_css_only() -> None:
    assert controls_as_xpath('input:not([type=hidden]), [role="combobox"]') == (
        "(self::input and not(@type='hidden')) or (@role='combobox')"
    )
    with pytest.raises(ValueError, match="simple CSS"):
        controls_as_xpath("div > input")
