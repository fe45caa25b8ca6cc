"""The pages in a real Chromium: pairing from `/connect`, and the home page. The API is the real one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.demo import extension as driver
from tests.api.conftest import Served
from tests.api.test_jobs import publish

RunAsync = Callable[[Coroutine[Any, Any, Any]], Any]
pytestmark = pytest.mark.browser
WAIT = 20_000  # ms; the machine may be busy with other tests


def watched(page: Page) -> list[str]:
    """Errors of the page, refused by its content policy or thrown; empty for a good page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    return errors


def test_the_connect_page_pairs_the_extension(
    served: Served, chromium_path: Path, tmp_path: Path, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        unpacked = driver.prepare_extension(tmp_path / "extension")
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium_path,
                args=[*base_arguments(), *driver.chromium_arguments(unpacked)],
                ignore_default_args=["--disable-extensions"],
            )
            try:
                await pairing(context)
            finally:
                await context.close()

    async def pairing(context: BrowserContext) -> None:
        popup = await driver.open_popup(context)
        page = await context.new_page()
        errors = watched(page)
        token = served.api.owner.token()
        await page.goto(f"{served.url}/connect#token={token}")
        card = page.locator("#pairing")
        await expect(card).to_have_attribute("data-state", "waiting", timeout=WAIT)
        assert "token" not in page.url and token not in await page.content()
        shown = await driver.allow_pairing(popup, timeout=WAIT / 1000)
        assert shown == served.api.ring.key_list().fingerprint
        await expect(card).to_have_attribute("data-state", "paired", timeout=WAIT)
        assert "Connected" in await page.locator("#state").inner_text()
        assert errors == []
        await page.reload()  # the browser stays signed in; the extension answers again
        await expect(card).to_have_attribute("data-state", "waiting", timeout=WAIT)

    run_async(scenario())
    devices = served.api.client.get("/api/extension/devices").json()["devices"]
    assert len(devices) == 1


def test_without_the_extension_the_page_says_how_to_install_it(
    served: Served, browser_page: Page, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        errors = watched(browser_page)
        await browser_page.goto(f"{served.url}/connect")
        await expect(browser_page.get_by_role("heading", name="Sign in")).to_be_visible()
        card = browser_page.locator("#pairing")
        await browser_page.goto(f"{served.url}/connect#token={served.api.owner.token()}")
        await expect(card).to_have_attribute("data-state", "missing", timeout=WAIT)
        await expect(browser_page.get_by_role("heading", name="Install the extension")).to_be_visible()
        await expect(browser_page.get_by_role("button", name="Try again")).to_be_visible()
        assert errors == []

    run_async(scenario())


def test_the_home_page_shows_sessions_and_jobs_as_text(served: Served, browser_page: Page, run_async: RunAsync) -> None:
    api = served.api
    api.sign_in("ebay")
    job = api.post(api.listing(title="<script>alert(1)</script>")["id"], "ebay", "mercari")
    publish(api, job["automationResults"][0]["id"])

    async def scenario() -> None:
        errors = watched(browser_page)
        await browser_page.goto(f"{served.url}/#token={api.owner.token()}")
        await expect(browser_page.get_by_text("1 of 3 connected")).to_be_visible(timeout=WAIT)
        jobs = browser_page.locator("#jobs")
        await expect(jobs.get_by_text("Partly posted")).to_be_visible()
        await expect(jobs.get_by_text("<script>alert(1)</script>")).to_be_visible()
        await expect(browser_page.get_by_text("You are signed out of Mercari")).to_be_visible()
        assert "token" not in browser_page.url and errors == []

    run_async(scenario())
