"""The whole system as a person meets it: `up`'s link, the extension, the editor, Post to all, links that are live."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import connect_marketplaces
from listing_worker.embedded.system import RunningSystem, system
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from tests.api.web.conftest import PHONE, SHOTS
from tests.fixtures.chromium import RunAsync

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(580)]
LONG = 240_000  # ms for three real forms on a busy machine
TYPED = {
    "title": "Free People Floral Wrap Midi Dress",
    "description": "Worn twice, no flaws. Wrap style with a tie at the waist.",
    "price": "48",
    "original_price": "128",
    "category": "Women > Dresses > Midi",
    "brand": "Free People",
    "size": "M",
    "colors": "Blue, White",
    "sku": "LW-WEB-1",
    "attributes": "Department: Women\nType: Dress\nSize Type: Regular\nStyle: Wrap Dress\nDress Length: Midi",
    "weight_oz": "14",
    "length_in": "12",
    "width_in": "9",
    "height_in": "3",
    "zip_code": "95112",
}


def test_a_seller_on_a_phone_posts_to_all_marketplaces(
    tmp_path: Path, chromium_path: Path, run_async: RunAsync
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", chromium_path=chromium_path)  # type: ignore[call-arg]

    async def scenario(running: RunningSystem) -> None:
        assert running.sandbox_file is not None
        sandbox = SandboxFile.read(running.sandbox_file)
        sites = ["poshmark", "ebay", "mercari"]
        await connect_marketplaces(settings, running.api_url, running.owner_token, sandbox, sites, lambda _: None)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path, args=base_arguments())
            try:
                await sell(browser, running)
            finally:
                await browser.close()

    async def sell(browser: Browser, running: RunningSystem) -> None:
        page = await browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
        page.set_default_timeout(60_000)
        await page.goto(f"{running.api_url}/#token={running.owner_token}")
        await expect(page.get_by_text("3 of ")).to_be_visible(timeout=60_000)
        await page.goto(f"{running.api_url}/listings/new")
        await page.locator("#files").set_input_files(photos)
        await expect(page.locator("#strip .photo")).to_have_count(len(photos), timeout=60_000)
        for name, value in TYPED.items():
            await page.locator(f"#{name}").fill(value)
        await page.locator("#condition").select_option("good")
        await page.get_by_role("button", name="Save and post").click()
        await page.wait_for_url("**/post?listing=*")
        for box in await page.locator("[name=marketplace]:not(:disabled)").all():
            await box.set_checked(await box.get_attribute("value") in {"poshmark", "ebay", "mercari"})
        fit = page.locator("[name=fit]")
        if await fit.count():
            await fit.check()
        await page.get_by_role("button", name="Post to 3 marketplaces").click()
        await page.wait_for_url("**/jobs/*")
        await page.reload()  # the seller looks elsewhere meanwhile
        await expect(page.get_by_text("3 of 3 live")).to_be_visible(timeout=LONG)
        await links_are_those_of_the_marketplaces(page)
        await page.reload()
        await page.screenshot(path=SHOTS / "job-real-phone.png", full_page=True)
        await page.locator("details summary").first.click()
        await expect(page.locator(".shots img").first).to_be_visible()

    async def links_are_those_of_the_marketplaces(page: Page) -> None:
        links = await page.get_by_role("link", name="View listing").evaluate_all("links => links.map(l => l.href)")
        hosts = sorted(re.sub(r"https://(www\.)?([a-z]+)\.com/.*", r"\2", link) for link in links)
        assert hosts == ["ebay", "mercari", "poshmark"], links

    SHOTS.mkdir(parents=True, exist_ok=True)
    photos = []
    for n, data in enumerate(demo_photos()[:3]):
        photos.append(tmp_path / f"{n}.jpg")
        photos[-1].write_bytes(data)
    with system(settings, port=0) as running:
        run_async(scenario(running))
