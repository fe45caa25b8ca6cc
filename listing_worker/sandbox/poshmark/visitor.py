"""What a person does on this replica in the demo, and what the site should have received in the end.

Written from the fact sheet (poshmark §1-§4), not from the recipe: the demo's judge compares with this.
"""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.sandbox.site import Account


async def sign_in(page: Page, account: Account) -> None:
    """Through the login form, until the feed is shown."""
    await page.goto("https://poshmark.com/login")
    await page.locator('input[name="login_form[username_email]"]').fill(account.username)
    await page.locator('input[name="login_form[password]"]').fill(account.password)
    await page.locator("button[type=submit]").click()
    await page.wait_for_url("**/feed*")


EXPECTED = {
    "status": "live",
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
}
