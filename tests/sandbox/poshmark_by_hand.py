"""What a person does on the Poshmark replica, click by click: none of it comes from a recipe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from listing_worker.sandbox.poshmark.catalog import made_up_id
from tests.fixtures.sandbox import RunningSandbox

HOME = "https://poshmark.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'A floral wrap dress.\nWorn twice, "as new" <b>really</b>.\n\nSmoke-free home & quick shipping.'


async def sign_in(page: Page) -> None:
    await page.goto(f"{HOME}/login")
    await page.fill('input[name="login_form[username_email]"]', "seller@example.com")
    await page.fill('input[name="login_form[password]"]', "sandbox-password")
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{HOME}/feed")


async def be_signed_in(page: Page) -> None:
    """Signs in without looking at pages on the way."""
    await page.goto(f"{HOME}/web-assets/site.js")
    await page.evaluate(
        """() => fetch('/login', {method: 'POST', body: new URLSearchParams({
            'login_form[username_email]': 'seller@example.com', 'login_form[password]': 'sandbox-password',
        })})"""
    )


async def open_form(page: Page) -> str:
    """Signs in, opens the form; the id of the draft that it made."""
    await be_signed_in(page)
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


async def fill(page: Page, photos: list[Path]) -> None:
    await add_photos(page, photos)
    await page.fill("input[data-vv-name=title]", TITLE)
    await page.fill("textarea[data-vv-name=description]", DESCRIPTION)
    await choose_category(page, "women", "Dresses", "Midi")
    await choose_size(page, "M")
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


CALLS = """
    const token = {'x-xsrf-token': document.cookie.match(/_csrf=([^;]+)/)[1]};
    const headers = {'Content-Type': 'application/json', ...token};
    const ask = async (method, path, body) =>
        (await fetch(path, {method, headers, body: body && JSON.stringify(body)})).json();
"""
NEW_DRAFT = (
    "async (post) => {"
    + CALLS
    + """
    const id = (await ask('POST', '/vm-rest/users/x/posts', {})).data.id;
    const canvas = new OffscreenCanvas(60, 80);
    canvas.getContext('2d').fillRect(10, 10, 20, 40);
    const form = new FormData();
    form.append('file', await canvas.convertToBlob({type: 'image/jpeg'}), 'image.jpg');
    const path = `/api/posts/${id}/media/scratch?app_type=web`;
    const sent = await fetch(path, {method: 'POST', headers: token, body: form});
    await ask('POST', `/vm-rest/posts/${id}`, {post: {...post, cover_shot: {id: (await sent.json()).data.id}}});
    return id;
}"""
)
POST = {
    "title": TITLE,
    "description": DESCRIPTION,
    "catalog": {
        "department": "000e8975d97b4e80ef00a955",
        "category": made_up_id("Women", "Dresses"),
        "category_features": [made_up_id("Women", "Dresses", "Midi")],
    },
    "inventory": {"status": "available", "size_quantities": [{"size_id": "M", "quantity_available": 1}]},
    "condition": "ug",
    "brand": "Free People",
    "price_amount": {"val": "48", "currency_code": "USD"},
    "original_price_amount": {"val": "128", "currency_code": "USD"},
    "seller_private_info": {"sku": "LW-DEMO-1"},
}


async def open_filled(page: Page, **changes: Any) -> str:
    """Signs in and opens the form on a draft that is filled already, to save time; its id."""
    await be_signed_in(page)
    await page.goto(f"{HOME}/user/edit-profile")
    draft = str(await page.evaluate(NEW_DRAFT, {**POST, **changes}))
    await page.goto(f"{HOME}/create-listing?draft_id={draft}")
    return draft


async def list_filled(page: Page) -> str:
    """Lists an item that was filled in behind the form; its id. Ends in the closet."""
    draft = await open_filled(page)
    await press_list(page)
    await page.wait_for_url(f"{HOME}/closet/samsells?created_listing_id={draft}")
    return draft


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def only_listing(sandbox: RunningSandbox) -> dict[str, Any]:
    (listing,) = sandbox.listings("poshmark")
    return dict(listing)
