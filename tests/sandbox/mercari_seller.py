"""A person's hands on the Mercari replica, for its own tests: plain clicks, nothing of the worker's recipes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

HOME = "https://www.mercari.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'Soft rayon wrap dress.\nWorn "twice", no flaws.\n\nTies at the <waist>.'

# A complete input: a maxi dress with a label, ready to be listed.
QUICK = {
    "description": "A mug that holds hot drinks",
    "price": 1250,
    "categoryId": 152,
    "brandId": 0,
    "conditionId": 3,
    "sizeId": 25203,
    "zipCode": "95112",
    "shippingPayerId": 2,
    "shippingClassIds": [1003],
    "shippingPackageWeight": 14,
    "form": {
        "brandName": "No brand / Not sure",
        "label": {"id": 1003, "displayName": "USPS Ground Advantage", "upTo": "15 oz", "fee": 754},
    },
}

# For what a test needs but does not test: the page's API as its own client would call it.
_SIGN_IN = """async ([email, password]) => {
  const deviceToken = crypto.randomUUID();
  localStorage.setItem('deviceToken', deviceToken);
  await fetch('/v1/login', {method: 'POST', headers: {'x-de-device-token': deviceToken},
    body: JSON.stringify({email, password})});
}"""
_CALL = """async ([operation, input]) => {
  const me = await (await fetch('/v1/initialize')).json();
  const headers = {
    authorization: `Bearer ${me.accessToken}`, 'x-csrf-token': me.csrf, 'x-platform': 'web', 'x-double-web': '1',
    'x-de-device-token': localStorage.getItem('deviceToken') || '', 'apollo-require-preflight': 'true',
  };
  const variables = {input};
  let body = JSON.stringify({operationName: operation, variables});
  if (operation === 'uploadTempListingPhotos') {
    const canvas = document.createElement('canvas');
    canvas.width = 300; canvas.height = 200;
    body = new FormData();
    body.append('operations', JSON.stringify({operationName: operation, variables}));
    body.append('map', JSON.stringify({1: ['variables.input.photos.0']}));
    body.append('1', await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg')), 'one.jpg');
  }
  const answer = await fetch('/v1/api', {method: 'POST', headers, body});
  const {data, errors} = await answer.json();
  return data || {error: {status: answer.status, ...errors[0]}};
}"""


class Seller:
    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def sign_in(self, email: str = "seller@example.com", password: str = "sandbox-password") -> None:
        await self.page.goto(f"{HOME}/login/", wait_until="domcontentloaded")
        await self.at("EmailInput").fill(email)
        await self.at("PasswordInput").fill(password)
        await self.at("LoginButton").click()

    async def signed_in(self) -> None:
        """The same state as after `sign_in`, without the form."""
        await self.page.goto(f"{HOME}/v1/initialize")
        await self.page.evaluate(_SIGN_IN, ["seller@example.com", "sandbox-password"])

    async def open(self, path: str) -> None:
        await self.page.goto(f"{HOME}{path}", wait_until="domcontentloaded")

    async def open_form(self) -> None:
        await self.signed_in()
        await self.open("/sell/")
        await self.at("Title").wait_for()

    async def add_photos(self, files: list[Path], total: int | None = None) -> None:
        """Adds them and waits for the previews and the end of the uploads."""
        await self.at("SellPhotoInput").set_input_files(files)
        await expect(self.at("PreviewThumbnail")).to_have_count(total or len(files))
        await expect(self.page.get_by_role("progressbar")).to_have_count(0)

    async def suggestions(self) -> None:
        await expect(
            self.at("SuggestedBrandSection").or_(self.at("SuggestedCategoriesAccordion")).first
        ).to_be_visible()

    async def pick_category(self, leaf: str, path: str) -> None:
        await self.at("SellCategoryFieldButton").click()
        await self.page.get_by_placeholder("Search category").fill(leaf)
        await self.page.get_by_role("dialog").get_by_role("button", name=path, exact=True).click()

    async def pick_brand(self, name: str) -> None:
        await self.at("Brand").fill("")
        await self.at("Brand").press_sequentially(name)
        await self.page.get_by_role("option", name=name, exact=True).click()

    async def pick_size(self, label: str) -> None:
        await self.at("Size").click()
        await self.at("Size-option").filter(has_text=re.compile(f"^{re.escape(label)}$")).first.click()

    async def open_wizard(self) -> None:
        await self.at("SelectShipping").click()
        await self.page.get_by_role("button", name="Got it").click()

    async def pick_label(self, ounces: str = "14", service: str = "USPS Ground Advantage") -> None:
        await self.open_wizard()
        await self.at("ItemWeightInOunces").fill(ounces)
        await self.at("FitsInShoeboxYes").check()
        await self.at("SelectCarrierButton").click()
        await self.page.locator(f'[data-testid=AvailableShippingOption][data-display-name="{service}"] input').check()
        await self.at("SelectCarrierSaveButton").click()

    async def buyer_pays(self) -> None:
        await self.at("ShippingPayerOption").click()
        await self.at("FreeShippingNoButton").click()

    async def type_price(self, amount: str) -> None:
        await self.at("Price").press("Control+A")
        await self.at("Price").press("Backspace")
        await self.at("Price").press_sequentially(amount)
        await self.at("Price").press("Tab")

    async def smart_pricing_off(self) -> None:
        """It switches itself on a moment after the price was left."""
        await self.page.locator("[data-testid=SmartPricingButton][aria-pressed=true]").click()
        await self.page.get_by_role("button", name="Turn off", exact=True).click()

    async def fill_all(self, photos: list[Path]) -> None:
        """The whole form, photos first, as for the demo listing; leaves it ready to be listed."""
        await self.add_photos(photos)
        await self.suggestions()
        await self.at("Title").fill(TITLE)
        await self.at("Description").fill(DESCRIPTION)
        await self.pick_category("Midi", "Women > Dresses > Midi")
        await self.pick_brand("Free People")
        await self.at("ConditionGood").click()
        await self.pick_size("M (8-10)")
        await self.pick_label()
        await self.buyer_pays()
        await self.type_price("48")
        await self.smart_pricing_off()
        await expect(self.at("ListButton")).to_be_enabled()

    async def call(self, operation: str, **fields: Any) -> Any:
        """An API operation as the page itself would ask for it; refusals come back as {"error": …}."""
        return await self.page.evaluate(_CALL, [operation, fields])

    async def list_quickly(self, name: str = "Blue mug", operation: str = "createListing", **changes: Any) -> Any:
        """A live listing (or a draft) without the form, for tests of what comes after. The operation's answer."""
        uploaded = await self.call("uploadTempListingPhotos", photos=[None])
        sent = {**QUICK, "photoIds": uploaded["uploadTempListingPhotos"]["uploadIds"], "name": name, **changes}
        answer = await self.call(operation, **sent)
        return answer.get(operation, answer)

    async def ready_to_list(self) -> None:
        """Signed in, on the form of a complete draft: the List button can be pressed."""
        await self.signed_in()
        draft = await self.list_quickly("Green mug", "saveDraft")
        await self.open(f"/sell/draft/{draft['id']}/")
        await expect(self.at("ListButton")).to_be_enabled()

    async def own_titles(self, status: str = "active") -> list[str]:
        await self.open(f"/mypage/listings/{status}/")
        await self.page.get_by_role("heading", name="My listings").wait_for()
        await expect(self.page.get_by_text("Loading…")).to_have_count(0)
        return await self.at("ItemLink").all_inner_texts()
