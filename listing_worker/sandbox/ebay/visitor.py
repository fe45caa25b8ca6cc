"""What a person does on this replica in the demo, and what the site should have received in the end.

Written from the fact sheet (ebay §1-§4), not from the recipe: the demo's judge compares with this.
"""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.sandbox.site import Account


async def sign_in(page: Page, account: Account) -> None:
    """Through the two-step sign-in form, until the site itself is shown."""
    await page.goto("https://signin.ebay.com/")
    await page.locator("#userid").fill(account.username)
    await page.locator("#signin-continue-btn").click()
    await page.locator("#pass").fill(account.password)
    await page.locator("#sgnBt").click()
    await page.wait_for_url("https://www.ebay.com/**")


EXPECTED = {
    "status": "live",
    "title": TITLE,
    "description": DESCRIPTION,
    "price_cents": 4800,
    "condition": "3000",
    "category": ["Clothing, Shoes & Accessories", "Women", "Women's Clothing", "Dresses"],
    "quantity": 1,
    "attributes": {
        "Brand": ["Free People"],
        "Size": ["M"],
        "Size Type": ["Regular"],
        "Color": ["Blue"],
        "Department": ["Women"],
        "Type": ["Dress"],
        "Style": ["Wrap Dress"],
        "Dress Length": ["Midi"],
        "Material": ["Rayon"],
    },
}
