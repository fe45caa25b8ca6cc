"""A person's hands on the Mercari replica, for its own tests: plain clicks, nothing of the worker's recipes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

HOME = "https://www.mercari.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'Soft rayon wrap dress.\nWorn "twice", no flaws.\n\nTies at the <waist>.'

# The app's own client, found beside its entry module: for what a test needs but does not test.
_IN_PAGE = """async ([operation, input]) => {
  const api = await import(document.querySelector('script[type=module]').src.replace('boot.js', 'api.js'));
  try { return await api.call(operation, input); }
  catch (error) { return {error: {status: error.status, code: error.code, message: error.message}}; }
}"""
_PHOTO_IN_PAGE = """async () => {
  const api = await import(document.querySelector('script[type=module]').src.replace('boot.js', 'api.js'));
  const canvas = document.createElement('canvas'); canvas.width = 300; canvas.height = 200;
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg'));
  return api.uploadPhoto(new File([blob], 'one.jpg', {type: 'image/jpeg'}), () => undefined);
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
        await self.sign_in()
        await self.at("UserMenuButton").wait_for()

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
        return await self.page.evaluate(_IN_PAGE, [operation, fields])

    async def list_quickly(self, name: str = "Blue mug", **changes: Any) -> Any:
        """A live listing without the form, for tests of what comes after. The answer of createListing."""
        photo = await self.page.evaluate(_PHOTO_IN_PAGE)
        answer = await self.call(
            "createListing",
            **{
                "photoIds": [photo],
                "name": name,
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
                "form": {"brandName": "", "label": {"id": 1003, "displayName": "USPS Ground Advantage"}},
                **changes,
            },
        )
        return answer.get("createListing", answer)

    async def own_titles(self, status: str = "active") -> list[str]:
        await self.open(f"/mypage/listings/{status}/")
        await self.page.get_by_role("heading", name="My listings").wait_for()
        await expect(self.page.get_by_text("Loading…")).to_have_count(0)
        return await self.at("ItemLink").all_inner_texts()
