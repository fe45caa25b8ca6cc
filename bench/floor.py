"""The floor: for each form, a script as somebody would write it by hand for this one listing. It reads nothing back,
knows no variants, survives nothing, and is as fast as Playwright can fill this form.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from bench.floor_local import craigslist, facebook
from listing_worker.agents.browsers.local import open_browser
from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.models import Session
from listing_worker.settings import Settings
from listing_worker.utils.session_loader import restore

TIMEOUT = 30_000  # milliseconds
TRIES = 20


@dataclass(frozen=True)
class Times:
    """Seconds of one run."""

    whole: float
    filling: float


async def poshmark(page: Page, photos: Sequence[Path]) -> float:
    await page.goto("https://poshmark.com/create-listing", wait_until="domcontentloaded")
    await page.locator("[data-vv-name=title]").wait_for()
    began = time.perf_counter()
    await page.set_input_files("#img-file-input", list(photos))
    await page.locator("button[data-et-name=apply][data-et-on-name=select_first_photo]").click()
    await page.locator(".image-edit-modal [data-test=modal-container]").wait_for(state="hidden")
    await page.locator("[data-vv-name=title]").fill(TITLE)
    await page.locator("[data-vv-name=description]").fill(DESCRIPTION)
    category = ".listing-editor__category-container"
    women = page.locator(f'{category} a.dropdown__link[data-et-name="women"]')
    dresses = page.locator(f"{category} li.dropdown__menu__item").filter(has_text="Dresses").first
    await page.locator(f"{category} .dropdown__selector").click()
    await women.or_(dresses).first.wait_for()
    if await women.is_visible():  # after a first listing the menu opens in the department of the last one
        await women.click()
    await dresses.click()
    subcategory = ".listing-editor__subcategory-container"
    await page.locator(f"{subcategory} a.dropdown__link", has_text="Midi").click()
    await page.locator("[data-test=size]").first.click()
    await page.get_by_role("button", name="M", exact=True).click()
    await page.get_by_role("button", name="Done").click()
    await page.locator("[data-vv-name=listingPrice]").click()
    await page.locator("#listing-price-modal-listing-price-input").fill("48")
    await page.locator("#listing-price-modal-original-price-input").fill("128")
    await page.get_by_role("button", name="Done").last.click()
    condition = ".listing-editor__condition-container"
    await page.locator(f"{condition} .dropdown__selector").click()
    await page.locator('[data-et-name="listing_condition"]').filter(has_text="Good").first.click()
    await page.get_by_placeholder("Enter the Brand/Designer").fill("Free People")
    filled = time.perf_counter() - began
    await page.locator('button[data-et-name="next"]').click()
    await page.locator('button[data-et-name="list"]').click()
    await page.wait_for_url("**created_listing_id=**")
    return filled


async def mercari(page: Page, photos: Sequence[Path]) -> float:
    await page.goto("https://www.mercari.com/sell/", wait_until="domcontentloaded")
    await page.get_by_test_id("Title").wait_for()
    began = time.perf_counter()
    await page.get_by_test_id("SellPhotoInput").set_input_files(list(photos))
    await page.get_by_test_id("PreviewThumbnail").nth(len(photos) - 1).wait_for()
    await page.get_by_test_id("Title").fill(TITLE)
    await page.get_by_test_id("Description").fill(DESCRIPTION)
    await page.get_by_test_id("Price").fill("48")
    await page.get_by_test_id("SellCategoryFieldButton").click()
    await page.get_by_placeholder("Search category").fill("Midi")
    await page.locator('button[class*="CategoryDialog__ButtonWrapper"]').filter(has_text="Women").first.click()
    await page.get_by_role("checkbox", name="Free People").click()
    await page.get_by_test_id("ConditionGood").click()
    await page.get_by_test_id("Size").click()
    await page.locator('[data-testid="Size-option"]').filter(has_text="M (").first.click()
    await page.get_by_test_id("SelectShipping").click()
    await page.get_by_role("button", name="Got it").click()
    await page.get_by_test_id("ItemWeightInPounds").fill("0")
    await page.get_by_test_id("ItemWeightInOunces").fill("14")
    await page.get_by_test_id("FitsInShoeboxYes").click()
    await page.get_by_test_id("SelectCarrierButton").click()
    await page.get_by_test_id("AvailableShippingOption").first.click()
    await page.get_by_test_id("SelectCarrierSaveButton").click()
    filled = time.perf_counter() - began
    await page.get_by_test_id("ListButton").click()
    await page.locator('a[href*="/item/m"]').first.wait_for()
    return filled


EBAY_CATEGORY = "63861"  # women's dresses
EBAY_SPECIFICS = {
    "Brand": "Free People", "Size Type": "Regular", "Size": "M", "Color": "Blue", "Department": "Women",
    "Style": "Wrap Dress", "Dress Length": "Midi", "Type": "Dress",
}  # fmt: skip


async def ebay(page: Page, photos: Sequence[Path]) -> float:
    address = f"https://www.ebay.com/sl/list?mode=AddItem&categoryId={EBAY_CATEGORY}&condition=3000"
    await page.goto(address, wait_until="domcontentloaded")
    await page.locator('input[name="title"]').wait_for()
    await page.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)")
    await page.locator('[name="domesticShippingType"]').first.wait_for()
    began = time.perf_counter()
    for _ in range(TRIES):  # the form takes input before it is alive, and loses it; a living one saves
        await page.locator('input[name="title"]').fill("")
        try:
            async with page.expect_response("**/listing_draft/**", timeout=500):
                await page.locator('input[name="title"]').fill(TITLE)
                await page.locator('input[name="title"]').blur()
            break
        except PlaywrightTimeoutError:
            continue
    for number, photo in enumerate(photos, start=1):
        await page.set_input_files("#fehelix-uploader", photo)
        await page.locator("button.uploader-thumbnails-ux__image").nth(number - 1).wait_for()
    for name, value in EBAY_SPECIFICS.items():
        opener = page.locator(f'button[name="attributes.{name}"]')
        if (await opener.inner_text()).strip() == value:
            continue
        row = page.locator('[data-testid="attribute"]').filter(has=opener)
        option = row.get_by_role("menuitemradio", name=value, exact=True)
        either = option.or_(row.get_by_role("menuitemcheckbox", name=value, exact=True)).first
        for _ in range(TRIES):  # the answer to the change before may draw the rows anew and shut the menu
            await opener.click()
            try:
                await either.click(timeout=1_500)
                break
            except PlaywrightTimeoutError:
                continue
        if await option.count() == 0:
            await page.keyboard.press("Escape")
    editor = page.frame_locator("iframe#se-rte-frame__summary").locator("div[contenteditable=true]")
    await editor.fill(DESCRIPTION)
    await page.locator("button[aria-haspopup=listbox]").filter(has_text="Auction").click()
    await page.get_by_role("option", name="Buy It Now").click()
    await page.locator('input[name="majorWeight"]').fill("0")
    await page.locator('input[name="minorWeight"]').fill("14")
    await page.locator('input[name="price"]').fill("48")
    await page.locator('input[name="price"]').blur()
    filled = time.perf_counter() - began
    await page.get_by_role("button", name="List it").click()
    await page.get_by_text("Your listing is now live").wait_for()
    return filled


SCRIPTS: dict[str, Callable[[Page, Sequence[Path]], Awaitable[float]]] = {
    "poshmark": poshmark, "ebay": ebay, "mercari": mercari, "facebook": facebook, "craigslist": craigslist,
}  # fmt: skip


async def run_floor(site: str, settings: Settings, session: Session, photos: Sequence[Path]) -> Times:
    """One posting by the script, from starting the browser to the site's success."""
    began = time.perf_counter()
    async with open_browser(settings, hosts=(), session=session) as lease:
        await restore(lease.context, session)
        lease.context.set_default_timeout(TIMEOUT)
        filling = await SCRIPTS[site](lease.page, photos)
        whole = time.perf_counter() - began
    return Times(whole, filling)


__all__ = ["SCRIPTS", "Times", "run_floor"]
