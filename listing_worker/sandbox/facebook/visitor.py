"""What a person does on this replica in the demo, and what the site should have received in the end.

Written from the fact sheet (facebook §1-§4), not from the recipe: the demo's judge compares with this.
"""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.sandbox.site import Account


async def sign_in(page: Page, account: Account) -> None:
    """Through the login form, until the profile picture is there."""
    await page.goto("https://www.facebook.com/login/")
    await page.locator("#email").fill(account.username)
    await page.locator("#pass").fill(account.password)
    await page.locator("button[name=login]").click()
    await page.locator('svg[aria-label="Your profile"]').wait_for()


EXPECTED = {
    "status": "live",
    "title": TITLE,
    "description": DESCRIPTION,
    "price_cents": 4800,
    "condition": "USED_GOOD",
    "category": ["Clothing & Accessories", "Women's Clothing & Shoes"],
    "brand": "Free People",
}
