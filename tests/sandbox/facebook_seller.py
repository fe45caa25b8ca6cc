"""A person's hands on the Facebook replica, for its own tests: plain clicks, nothing of the worker's recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from playwright.async_api import Locator, Page, expect

HOME = "https://www.facebook.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'Soft rayon wrap dress.\nWorn "twice", no flaws.\n\nTies at the <waist>.'

# For what a test needs but does not test: the page's API as its own client would call it.
_CALL = """async ([operation, input]) => {
  const modules = JSON.parse(document.querySelector('script[data-sjs]').textContent).require;
  const of = (name) => modules.find((one) => one[0] === name)[2];
  const body = new URLSearchParams({fb_api_req_friendly_name: operation, doc_id: '1',
    fb_dtsg: of('DTSGInitialData').token, variables: JSON.stringify({input})});
  const text = await (await fetch('/api/graphql/', {method: 'POST', body})).text();
  return JSON.parse(text.replace('for (;;);', ''));
}"""
_UPLOAD = """async () => {
  const canvas = document.createElement('canvas');
  canvas.width = 300; canvas.height = 200;
  const form = new FormData();
  form.append('farr', await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg')), 'one.jpg');
  const answer = await fetch('https://upload.facebook.com/ajax/react_composer/attachments/photo/upload?__a=1',
    {method: 'POST', body: form, credentials: 'include'});
  const text = await answer.text();
  if (!text.startsWith('for (;;);')) throw new Error('unguarded');
  return JSON.parse(text.slice(9)).payload.photoID;
}"""
CREATE = "useCometMarketplaceListingCreateMutation"
FURNITURE = "1583634935226685"


class Seller:
    def __init__(self, page: Page) -> None:
        self.page = page

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def text(self, name: str) -> Locator:
        return self.page.locator("label").filter(has=self.page.get_by_text(name, exact=True)).locator("input, textarea")

    def box(self, name: str) -> Locator:
        return self.page.locator("label[role=combobox]").filter(has=self.page.get_by_text(name, exact=True))

    async def sign_in(self, email: str = "seller@example.com", password: str = "sandbox-password") -> None:
        await self.page.goto(f"{HOME}/login/")
        await self.page.locator("#email").fill(email)
        await self.page.locator("#pass").fill(password)
        await self.page.locator("button[name=login]").click()

    async def signed_in(self) -> None:
        await self.sign_in()
        await self.page.locator('svg[aria-label="Your profile"]').wait_for()

    async def open(self, path: str) -> None:
        await self.page.goto(f"{HOME}{path}", wait_until="domcontentloaded")

    async def open_form(self) -> None:
        await self.signed_in()
        await self.open("/marketplace/create/item")
        await self.text("Title").wait_for()

    async def add_photos(self, files: list[Path], total: int | None = None) -> None:
        """Adds them and waits for the buttons, the counter and the end of the uploads."""
        await self.page.locator('input[type=file][accept^="image/"]').set_input_files(files)
        count = total or len(files)
        await expect(self.page.get_by_role("button", name="Remove photo")).to_have_count(count)
        await expect(self.page.get_by_text(f"Photos · {count}/10", exact=True)).to_be_visible()
        await expect(self.page.get_by_role("progressbar")).to_have_count(0)

    async def pick_category(self, name: str) -> None:
        await self.box("Category").click()
        await self.page.get_by_role("dialog", name="Dropdown menu").get_by_text(name, exact=True).click()

    async def pick(self, box: str, option: str) -> None:
        await self.box(box).click()
        await self.page.get_by_role("option", name=option, exact=True).click()

    async def more_details(self) -> None:
        await self.page.get_by_role("button", name="More details").click()

    async def fill_needed(self, photos: list[Path]) -> None:
        await self.add_photos(photos)
        await self.text("Title").fill(TITLE)
        await self.text("Price").fill("48")
        await self.pick_category("Women's Clothing & Shoes")
        await self.pick("Condition", "Used - Good")

    async def publish(self) -> None:
        await self.button("Next").click()
        await self.button("Publish").click()

    async def call(self, operation: str, **fields: Any) -> Any:
        """An operation as the page itself would ask for it, with whatever it answers."""
        return await self.page.evaluate(_CALL, [operation, fields])

    async def list_quickly(self, title: str = "Oak table", operation: str = CREATE, **changes: Any) -> str:
        """A live listing (or a draft) without the form, for tests of what comes after. Its id."""
        sent = {
            "title": title,
            "price": "40",
            "category_id": FURNITURE,
            "condition": "USED_GOOD",
            "location": "San Jose, California",
            "photo_ids": [await self.page.evaluate(_UPLOAD)],
            **changes,
        }
        answer = await self.call(operation, **sent)
        (made,) = answer["data"].values()
        return str(made["listing"]["id"])

    async def ready_to_publish(self) -> None:
        """Signed in, on the form of a complete draft, one press from publishing."""
        await self.signed_in()
        draft = await self.list_quickly("Green mug", "useCometMarketplaceDraftSaveMutation")
        await self.open(f"/marketplace/edit/?listing_id={draft}")
        await self.button("Next").click()
        await self.button("Publish").wait_for()

    async def own_cards(self, query: str = "") -> list[list[str]]:
        """The lines of each card, all loaded."""
        await self.open("/marketplace/you/selling")
        await self.page.get_by_placeholder("Search your listings").wait_for()
        cards = self.page.locator("div:has(> a[aria-hidden=true])")
        if query:
            asked = f"%22query%22%3A%22{quote_plus(query)}"
            async with self.page.expect_response(lambda one: asked in (one.request.post_data or "")) as answer:
                await self.page.get_by_placeholder("Search your listings").fill(query)
            found = (await (await answer.value).json())["data"]["selling"]["cards"]
            await expect(cards).to_have_count(len(found))
        await expect(self.page.get_by_role("progressbar", name="Loading...")).to_have_count(0)
        return [text.split("\n") for text in await cards.all_inner_texts()]

    async def choose_from_menu(self, title: str, item: str) -> None:
        await self.button(f"More options for {title}").click()
        await self.page.get_by_role("menuitem", name=item, exact=True).click()
