"""The Poshmark replica, used by hand: every click is written out here, none comes from a recipe."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox

pytestmark = pytest.mark.browser

HOME = "https://poshmark.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'A floral wrap dress.\nWorn twice, "as new" <b>really</b>.\n\nSmoke-free home & quick shipping.'


async def sign_in(page: Page) -> None:
    await page.goto(f"{HOME}/login")
    await page.fill('input[name="login_form[username_email]"]', "seller@example.com")
    await page.fill('input[name="login_form[password]"]', "sandbox-password")
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{HOME}/feed")


async def open_form(page: Page) -> str:
    """Signs in, opens the form; the id of the draft that it made."""
    await sign_in(page)
    await page.goto(f"{HOME}/create-listing")
    cancel = page.locator("a[data-et-name=discard][data-et-prop-listing_id]")
    await expect(cancel).to_have_attribute("data-et-prop-listing_id", re.compile("^[0-9a-f]{24}$"))
    return await cancel.get_attribute("data-et-prop-listing_id") or ""


async def add_photos(page: Page, files: list[Path]) -> None:
    await page.set_input_files("#img-file-input", files)
    await page.click("button[data-et-name=apply][data-et-on-name=select_first_photo]")
    await expect(page.locator("#imagePlaceholder img:visible")).to_have_count(len(files))


async def choose_category(page: Page, department: str, category: str, subcategory: str) -> None:
    section = page.locator(".listing-editor__category-container [data-test=dropdown]")
    await section.locator(".dropdown__selector").click()
    back = section.locator("a[data-et-name=all]")
    await back.click()
    await section.locator(f"a.dropdown__link[data-et-name={department}]").click()
    await section.locator("li.dropdown__menu__item", has_text=re.compile(f"^{category}$")).click()
    options = page.locator(".listing-editor__subcategory-container a[data-et-name=sub_category]")
    await options.filter(has_text=re.compile(f"^{subcategory}$")).click()


async def choose_size(page: Page, label: str) -> None:
    await page.click("[data-test=size]")
    await page.click(f'button[id="size-{label}"]')
    await page.locator("[data-test=dropdown]:has([data-test=size]) button[data-et-name=apply]").click()


async def set_price(page: Page, price: str, original: str = "") -> None:
    await page.click("input[data-vv-name=listingPrice]")
    await page.fill("#listing-price-modal-listing-price-input", price)
    await page.fill("#listing-price-modal-original-price-input", original)
    await page.locator(".listing-price-suggestion-modal").get_by_role("button", name="Done").click()


async def fill(page: Page, photos: list[Path], *, size: str = "M") -> None:
    await add_photos(page, photos)
    await page.fill("input[data-vv-name=title]", TITLE)
    await page.fill("textarea[data-vv-name=description]", DESCRIPTION)
    await choose_category(page, "women", "Dresses", "Midi")
    if size:
        await choose_size(page, size)
    await page.click(".listing-editor__condition-container .dropdown__selector")
    await page.click("[data-et-name=listing_condition][data-et-prop-content=ug]")
    await page.get_by_placeholder("Enter the Brand/Designer").fill("Free Peo")
    await page.locator(
        "ul.listing-editor__suggestions-list .dropdown__link", has_text=re.compile("^Free People$")
    ).click()
    await page.get_by_text("Select up to 2 colors").click()
    for color in ("Blue", "White"):
        await page.locator("li.listing-editor__tile--color", has_text=color).click()
    await page.click("[data-et-name=apply][data-et-on-name=color_tile]")
    await page.fill("input[data-vv-name=style-tag-input]", "Flor")
    await page.click("[data-et-on-name=style_tag][data-et-name=Floral]")
    await set_price(page, "48", "128")
    await page.click("a.listing-editor-toggle-link")
    await page.fill("input[data-vv-name=sku]", "LW-DEMO-1")


async def press_list(page: Page) -> None:
    await page.click("button[data-et-name=next]")
    await page.click("button[data-et-name=list]")


async def list_it(page: Page, photos: list[Path]) -> str:
    draft = await open_form(page)
    await fill(page, photos)
    await press_list(page)
    await page.wait_for_url(f"{HOME}/closet/samsells?created_listing_id={draft}")
    return draft


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def only_listing(sandbox: RunningSandbox) -> dict[str, Any]:
    (listing,) = sandbox.listings("poshmark")
    return dict(listing)


def test_what_is_listed_by_hand_is_received_field_by_field(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync, photo_files: list[Path]
) -> None:
    begun = int(time.time())

    async def scenario() -> str:
        draft = await list_it(sandbox_page, photo_files)
        await sandbox_page.wait_for_url(f"{HOME}/closet/samsells")  # the query is dropped
        tile = sandbox_page.locator(f'.tile a.tile__covershot[data-et-prop-listing_id="{draft}"]')
        await expect(tile.locator("img")).to_have_attribute("alt", TITLE)
        await tile.click()
        await expect(sandbox_page.locator("h1")).to_have_text(TITLE)
        assert await sandbox_page.locator(".listing__description").inner_text() == DESCRIPTION
        return draft

    draft = run_async(scenario())
    received = only_listing(clean_sandbox)
    expected = {
        "id": draft,
        "status": "live",
        "account": "seller@example.com",
        "url": f"{HOME}/listing/Free-People-Floral-Wrap-Midi-Dress-Dolce-{draft}",
        "title": TITLE,
        "description": DESCRIPTION,
        "price_cents": 4800,
        "original_price_cents": 12800,
        "condition": "ug",
        "category": ["Women", "Dresses", "Midi"],
        "brand": "Free People",
        "size": "M",
        "colors": ["Blue", "White"],
        "quantity": 1,
        "sku": "LW-DEMO-1",
        "tags": ["Floral"],
        "shipping": {"discount": "No Discount"},
        "publish_requests": 1,
    }
    assert {name: received[name] for name in expected} == expected
    assert begun <= int(draft[:8], 16) <= received["published_at"]
    assert [photo["content_type"] for photo in received["photos"]] == ["image/jpeg"] * 4
    for photo, file in zip(received["photos"], photo_files, strict=True):
        assert distance(photo["dhash"], difference_hash(Image.open(file))) <= 4
    assert clean_sandbox.received("poshmark")["publish_requests"] == 1
