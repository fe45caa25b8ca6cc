"""`doctor MARKETPLACE`: what it says of a form that is as the recipe knows it, and of one that was changed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import async_playwright

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.registry import get_agent
from listing_worker.checks.form import PUBLISH, FormFindings, Found, examine
from listing_worker.checks.real_form import page_in_chrome
from listing_worker.demo.listing import demo_listing
from listing_worker.errors import BrowserCrashed, SignInRequired
from listing_worker.sandbox.registry import SHOWN
from tests.agents.conftest import Market

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The form after a redesign: the title lost every hook the recipe knows, the SKU went away altogether.
CHANGED = """new MutationObserver(() => {
  for (const e of document.querySelectorAll('[data-vv-name=title]')) {
    e.removeAttribute('data-vv-name'); e.placeholder = 'Name of your item'; e.setAttribute('aria-label', 'Title');
  }
  for (const e of document.querySelectorAll('[data-vv-name=sku]')) e.style.display = 'none';
}).observe(document, {childList: true, subtree: true, attributes: true})"""


def examined(market: Market, name: str, script: str = "") -> FormFindings:
    agent = get_agent(name)

    async def scenario() -> FormFindings:
        page = await market.signed_in(name)
        if script:
            await page.add_init_script(script)
        return await examine(page, agent, demo_listing("DOCTOR"))

    found: FormFindings = market.run(scenario())
    return found


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_form_that_did_not_change_is_fine_and_nothing_is_submitted(market: Market, name: str) -> None:
    found = examined(market, name)
    assert found.ok, [one for one in found.fields if not one.found.fine] or found.problem
    by_field = {one.field: one for one in found.fields}
    assert {"title", "price", "photos", PUBLISH} <= set(by_field)
    assert found.left_behind == ""
    assert found.held_back == 0
    assert market.listed(name) == []
    assert market.sandbox.received(name)["publish_requests"] in (0, [])


def test_what_moved_is_told_with_the_locator_that_finds_it_now_and_what_is_gone_is_missing(market: Market) -> None:
    found = examined(market, "poshmark", CHANGED)
    by_field = {one.field: one for one in found.fields}
    title = by_field["title"]
    assert (title.found, title.tier) == (Found.MOVED, "T1"), found
    assert title.healed.startswith("at(")
    assert "Title" in title.healed
    assert title.dead
    assert by_field["sku"].found is Found.MISSING
    assert by_field["description"].found is Found.FOUND
    assert not found.ok
    assert market.listed("poshmark") == []


def test_signed_out_it_says_so_and_opens_no_form(market: Market) -> None:
    agent = get_agent("mercari")

    async def scenario() -> None:
        await examine(await market.context.new_page(), agent, demo_listing("DOCTOR"))

    with pytest.raises(SignInRequired):
        market.run(scenario())


def test_a_running_chrome_is_looked_at_in_a_tab_of_its_own_and_goes_on(market: Market, tmp_path: Any) -> None:
    """A Chrome with a debugging port, signed in by its user, as an operator would start it."""
    agent = get_agent("mercari")

    async def scenario() -> tuple[FormFindings, int]:
        from listing_worker.demo.seller import account_of, visitor_of

        async with async_playwright() as driver:
            context = await driver.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=find_chromium(),
                args=[*base_arguments(), "--remote-debugging-port=0", *market.sandbox.file.chromium_arguments()],
            )
            page = context.pages[0]
            await visitor_of("mercari").sign_in(page, account_of(market.sandbox.file.admin_url, "mercari"))
            port = (tmp_path / "profile" / "DevToolsActivePort").read_text().split()[0]
            async with page_in_chrome(f"http://127.0.0.1:{port}") as tab:
                found = await examine(tab, agent, demo_listing("DOCTOR"))
            left = len(context.pages)
            assert await page.title()
            await context.close()
            return found, left

    found, left = market.run(scenario())
    assert found.ok, found
    assert left == 1


def test_an_address_where_no_chrome_answers_is_told(market: Market) -> None:
    async def scenario() -> None:
        async with page_in_chrome("http://127.0.0.1:9"):
            raise AssertionError("nobody answers there")

    with pytest.raises(BrowserCrashed, match="No Chrome answers"):
        market.run(scenario())
