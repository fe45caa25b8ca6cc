"""`fill(page, fields)` on pages that no recipe describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form import Filled, Intent, Outcome, fill
from tests.agents.form.conftest import JPEG, page_file

pytestmark = pytest.mark.browser

SELL: dict[str, Any] = {
    "Title": "Silk dress",
    "Description": "Line one\nLine two",
    "Price": "48.00",
    "Original price": 120,
    "Brand": "Zara",
    "Condition": "Used",
    "Size": "M",
    "Accept offers": True,
    "Free shipping": True,
    "Category": ["Women", "Dresses", "Midi"],
    "Color": "Blue",
    "Notes": "hello",
    "Tags": ["floral", "summer"],
    "Available from": "2026-12-24",
    "How sure": 7,
}


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / name for name in ("front.jpg", "back.jpg")]
    for file in files:
        file.write_bytes(JPEG)
    return files


async def filled(page: Page, html: str, fields: dict[str, Any], **more: Any) -> Filled:
    await page.goto("about:blank")
    await page.set_content(html)
    return await fill(page, fields, **more)


def test_fills_a_whole_form_it_has_never_seen(browser_page: Page, run_async: Any, photos: list[Path]) -> None:
    async def scenario() -> tuple[Filled, dict[str, Any]]:
        table = await filled(browser_page, page_file("any/sell"), {**SELL, "Photos": photos}, patience=300)
        held: dict[str, Any] = await browser_page.evaluate(
            "({title: a.value, price: document.getElementsByName('price')[0].value, brand: brand.value,"
            " original: document.getElementsByName('oprice')[0].value, category: cat.textContent,"
            " color: col.textContent, chips: [...chips.children].map(c => c.textContent),"
            " search: document.querySelector('[type=search]').value,"
            " files: [...document.querySelector('[type=file]').files].map(f => f.name), sent})"
        )
        return table, held

    table, held = run_async(scenario())
    assert [(row.field, row.reason) for row in table if not row.same] == []
    assert held == {
        "title": "Silk dress",
        "price": "48.00",
        "original": "120",
        "brand": "Zara",
        "category": "Women > Dresses > Midi",
        "color": "Blue",
        "chips": ["floral", "summer"],
        "search": "",
        "files": ["front.jpg", "back.jpg"],
        "sent": 0,
    }


def test_two_equal_labels_are_refused_and_left_alone(browser_page: Page, run_async: Any) -> None:
    html = "<label>Price <input id=a></label><label>Price <input id=b></label><label>Title <input id=t></label>"

    async def scenario() -> tuple[Filled, list[str]]:
        table = await filled(browser_page, html, {"Price": "48", "Title": "Dress"}, patience=0)
        return table, await browser_page.evaluate("[a.value, b.value, t.value]")

    table, held = run_async(scenario())
    assert table["Price"].code == "ambiguous"
    assert table["Price"].outcome is Outcome.REFUSED
    assert held == ["", "", "Dress"]


def test_a_section_tells_equal_labels_apart(browser_page: Page, run_async: Any) -> None:
    html = (
        "<fieldset><legend>Billing</legend><label>City <input id=a></label></fieldset>"
        "<fieldset><legend>Shipping</legend><label>City <input id=b></label></fieldset>"
    )

    async def scenario() -> list[str]:
        await filled(browser_page, html, {"City": Intent("City", "Rome", section="Shipping")}, patience=0)
        held: list[str] = await browser_page.evaluate("[a.value, b.value]")
        return held

    assert run_async(scenario()) == ["", "Rome"]


@pytest.mark.slow
def test_an_option_that_is_not_offered_is_refused_and_nothing_is_left_behind(
    browser_page: Page, run_async: Any
) -> None:
    async def scenario() -> tuple[Filled, list[str]]:
        wanted = {"Brand": "Nobody", "Size": "XXL", "Color": "Mauve"}
        table = await filled(browser_page, page_file("any/sell"), wanted, patience=0)
        return table, await browser_page.evaluate(
            "[brand.value, document.querySelector('select').value, col.textContent]"
        )

    table, held = run_async(scenario())
    assert [row.outcome for row in table] == [Outcome.REFUSED] * 3
    assert held == ["", "--", "Choose a color"]


def test_a_field_that_is_not_there_is_refused_and_a_like_one_is_left_alone(browser_page: Page, run_async: Any) -> None:
    html = "<label>Original price <input id=o></label><label>Minimum price <input id=m></label>"

    async def scenario() -> tuple[Filled, list[str]]:
        table = await filled(browser_page, html, {"Price": "48"}, patience=0)
        return table, await browser_page.evaluate("[o.value, m.value]")

    table, held = run_async(scenario())
    assert table["Price"].code == "field_not_found"
    assert held == ["", ""]
