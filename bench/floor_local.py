"""The floor on the two marketplaces where people meet: scripts by hand for this one listing (see floor.py)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page

from bench.place import own_title
from listing_worker.demo.listing import DESCRIPTION, TITLE

ZIP = "95112"
# Craigslist's step → the label of what is chosen there
CHOSEN = {"subarea": "south bay area", "type": "for sale by owner", "cat": "clothing & accessories"}


async def facebook(page: Page, photos: Sequence[Path]) -> float:
    await page.goto("https://www.facebook.com/marketplace/create/item", wait_until="domcontentloaded")
    title = page.get_by_label("Title", exact=True)
    await title.wait_for()
    began = time.perf_counter()
    await page.set_input_files('input[type="file"][accept*="image"]', list(photos))
    await page.locator('[aria-label^="Remove photo"]').nth(len(photos) - 1).wait_for()
    await title.fill(TITLE)
    await page.get_by_label("Price", exact=True).press_sequentially("48")
    await page.locator('label[role="combobox"][aria-label="Category"]').click()
    menu = page.locator('[role="dialog"][aria-label="Dropdown menu"]')
    await menu.get_by_role("button", name="Women's Clothing & Shoes").first.click()
    await page.locator('label[role="combobox"][aria-label="Condition"]').click()
    await page.get_by_role("option", name="Used - Good").or_(page.get_by_role("option", name="Used – good")).click()
    more = page.get_by_role("button", name="More details")
    if await more.get_attribute("aria-expanded") == "false":
        await more.click()
    await page.get_by_label("Description", exact=True).fill(DESCRIPTION)
    place = page.get_by_role("combobox", name="Location")
    await place.fill(ZIP)
    await page.locator('[role="listbox"] li, [role="listbox"] [role="option"]').first.click()
    filled = time.perf_counter() - began
    publish, onward = page.get_by_role("button", name="Publish"), page.get_by_role("button", name="Next")
    await publish.or_(onward).first.wait_for()
    while not await publish.is_visible():
        await onward.click()
        await publish.or_(onward).first.wait_for()
    await publish.click()
    await page.wait_for_url("**/marketplace/you/selling**")
    return filled


async def craigslist(page: Page, photos: Sequence[Path]) -> float:
    await page.goto("https://post.craigslist.org/c/sfo", wait_until="domcontentloaded")
    while (step := _step(page)) != "edit":
        if step == "copyfromanother":
            await page.locator('button[name="brand_new_post"]').click()
        else:
            await page.locator("label", has_text=CHOSEN[step]).first.locator("input").check()
            await page.locator('button[name="go"][value="continue"]').click()
        await page.wait_for_url(lambda url, before=step: f"s={before}" not in url, wait_until="domcontentloaded")
    began = time.perf_counter()
    await page.locator("#PostingTitle").fill(own_title())
    await page.locator('input[name="price"]').fill("48")
    await page.locator("#postal_code").fill(ZIP)
    await page.locator("#PostingBody").fill(DESCRIPTION)
    await page.locator('form#postingForm button[name="go"]').click()
    await page.locator("button.continue.bigbutton").click()
    await page.locator("#uploader").wait_for()
    await page.wait_for_load_state()  # the uploader lives by then; before, it loses what it is given
    await page.set_input_files("#uploader input[type=file]", list(photos))
    await page.locator("figure.imgbox:not(.template)").nth(len(photos) - 1).wait_for()
    filled = time.perf_counter() - began
    await page.locator('button[value="Done with Images"]').click()
    await page.locator('form#publish_top button[name="go"]').click()
    await page.get_by_text("Thanks for posting").first.wait_for()
    return filled


def _step(page: Page) -> str:
    """The step of the chain that the page is, by its address."""
    return parse_qs(urlsplit(page.url).query)["s"][0]
