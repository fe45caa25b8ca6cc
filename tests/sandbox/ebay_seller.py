"""A person at the eBay replica: every click is written out here, none comes from a recipe."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import FrameLocator, Locator, Page, Request, expect

WWW = "https://www.ebay.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'A floral wrap dress.\nWorn twice, "as new" <b>really</b>.\n\nSmoke-free home & quick shipping.'
DRESSES, MENS_TEES, BOOKS = "63861", "15687", "261186"

READY = {
    "title": TITLE,
    "customLabel": "LW-TEST-1",
    "attributes.Brand": ["Free People"],
    "attributes.Size Type": ["Regular"],
    "attributes.Size": ["M"],
    "attributes.Style": ["Wrap Dress"],
    "attributes.Color": ["Blue"],
    "description": "<div>A floral wrap dress.</div><div>Worn twice.</div>",
    "format": "FIXED_PRICE",
    "priceAutoFillPref": False,
    "price": "48.00",
}


async def sign_in(page: Page, to: str = f"{WWW}/sh/overview") -> None:
    await page.goto(to)
    await expect(page).to_have_url(re.compile(r"^https://signin\.ebay\.com/"))
    await page.fill("#userid", "seller@example.com")
    await page.click("#signin-continue-btn")
    await page.fill("#pass", "sandbox-password")
    await page.click("#sgnBt")
    await page.wait_for_url(to)


async def quick_sign_in(page: Page) -> None:
    """Signed in without the walk through the form, for tests of something else. Ends on a light page of www."""
    await page.goto("https://signin.ebay.com/robots.txt")
    await page.evaluate(
        """() => fetch('/signin/s', {
            method: 'POST',
            redirect: 'manual',
            body: new URLSearchParams({ userid: 'seller@example.com', pass: 'sandbox-password' }),
        })"""
    )
    await page.goto(f"{WWW}/sh/research")


async def open_form(page: Page, category: str = DRESSES, condition: str = "3000", title: str = TITLE) -> str:
    """Signs in and goes straight to the form. The draft's id."""
    await quick_sign_in(page)
    return await new_draft(page, category, condition, title)


async def new_draft(page: Page, category: str = DRESSES, condition: str = "3000", title: str = TITLE) -> str:
    await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={category}&condition={condition}")
    await expect(page).to_have_url(re.compile(r"/lstng\?draftId=\d{13}&mode=AddItem$"))
    await awake(page)
    await page.fill('input[name="title"]', title)
    await saved(page)
    return draft_id(page)


def draft_id(page: Page) -> str:
    found = re.search(r"draftId=(\d+)", page.url)
    assert found
    return found[1]


async def awake(page: Page) -> None:
    """Until the page's script has taken over: the uploader's object appears with it."""
    await page.wait_for_function("() => window.sellingUIUploader && window.sellingUIUploader['fehelix-uploader']")


async def saved(page: Page) -> None:
    """Until the form says that the draft is saved."""
    await expect(page.locator(".autosave")).to_have_text("Draft saved")


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="attribute"][data-name="attributes.{name}"]')


def value_button(page: Page, name: str) -> Locator:
    return page.locator(f'button[name="attributes.{name}"]')


def search_box(page: Page, name: str) -> Locator:
    return page.locator(f'input[name="search-box-attributes{re.sub(r"[^A-Za-z0-9]", "", name)}"]')


def option(page: Page, name: str, value: str) -> Locator:
    exact = re.compile(f"^{re.escape(value)}$")
    return row(page, name).locator("[role=menuitemradio], [role=menuitemcheckbox]").filter(has_text=exact).first


async def choose(page: Page, name: str, value: str) -> None:
    """Opens the row's menu and clicks the value, if it is not there already."""
    button = value_button(page, name)
    if (await button.inner_text()).strip() == value:
        return
    await button.click()
    await option(page, name, value).click()
    if await button.get_attribute("aria-expanded") == "true":
        await page.keyboard.press("Escape")
    await expect(button).to_have_text(value)


async def choose_specifics(page: Page) -> None:
    for name, value in {
        "Brand": "Free People",
        "Size Type": "Regular",
        "Size": "M",
        "Department": "Women",
        "Type": "Dress",
        "Style": "Wrap Dress",
        "Color": "Blue",
    }.items():
        await choose(page, name, value)


def editor_frame(page: Page) -> FrameLocator:
    return page.frame_locator("#se-rte-frame__summary")


async def describe(page: Page, text: str = DESCRIPTION) -> None:
    await editor_frame(page).locator("[contenteditable=true]").fill(text)
    await page.locator('input[name="title"]').focus()


async def buy_it_now(page: Page, price: str = "48.00") -> None:
    button = page.locator("button[aria-haspopup=listbox]")
    if (await button.inner_text()).strip() != "Buy It Now":
        await button.click()
        await page.get_by_role("option", name="Buy It Now", exact=True).click()
    field = page.get_by_label("Item price")
    await expect(field).not_to_have_value("")  # the site fills its own price in first
    await field.fill(price)
    await field.blur()


async def parcel(page: Page) -> None:
    await page.select_option("select[name=domesticShippingType]", "CALCULATED")
    await expect(page.locator("input[name=domesticShippingPrice1]")).to_have_count(0)
    for name, value in {
        "majorWeight": "0",
        "minorWeight": "14",
        "packageLength": "12",
        "packageWidth": "9",
        "packageDepth": "3",
    }.items():
        await page.fill(f'input[name="{name}"]', value)


async def add_photos(page: Page, files: list[Path]) -> None:
    """One at a time: that is what keeps their order."""
    counter = page.locator(".uploader-ui__count")
    had = int((await counter.inner_text()).split("/")[0])
    for number, file in enumerate(files, had + 1):
        await page.set_input_files("#fehelix-uploader", file)
        await expect(counter).to_have_text(f"{number}/25")


async def ready_draft(page: Page, photo: Path) -> str:
    """A draft with nothing left to fill in, saved by the page's own requests, its form open and awake. Its id."""
    await quick_sign_in(page)
    made = await page.evaluate(
        """async ([form, picture, changes]) => {
            const draft = new URL((await fetch(form)).url).searchParams.get('draftId');
            const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
            const body = new FormData();
            body.append('image', new File([bytes], 'photo.jpg', { type: 'image/jpeg' }));
            const eps = await (await fetch('/image/upload/eBayISAPI.dll?EpsBasic', { method: 'POST', body })).text();
            changes.photos = [eps.match(/\\/z\\/([^/]+)\\//)[1]];
            const url = `/lstng/api/listing_draft/${draft}?mode=AddItem`;
            const headers = { 'Content-Type': 'application/json' };
            await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ changes }) });
            return draft;
        }""",
        [
            f"/sl/list?mode=AddItem&categoryId={DRESSES}&condition=3000&title={quote(TITLE)}",
            base64.b64encode(photo.read_bytes()).decode(),
            READY,
        ],
    )
    await page.goto(f"{WWW}/lstng?draftId={made}&mode=AddItem")
    await awake(page)
    return str(made)


async def fill_everything(page: Page, photo_files: list[Path]) -> None:
    await add_photos(page, photo_files)
    await page.fill("input[name=customLabel]", "LW-TEST-1")
    await choose_specifics(page)
    await describe(page)
    await buy_it_now(page)
    await parcel(page)


def list_it(page: Page) -> Locator:
    return page.get_by_role("button", name="List it", exact=True)


def publishes(page: Page) -> list[Request]:
    """The page's publish requests from now on."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if request.url.split("?")[0].endswith("/publish") else None)
    return seen
