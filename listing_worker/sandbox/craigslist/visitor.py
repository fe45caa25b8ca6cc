"""What a person does on this replica in the demo, and what the site should have received in the end.

Written from the fact sheet (craigslist §1-§4), not from the recipe: the demo's judge compares with this. The category
is the sheet's own for a dress by a private seller; the sub-area is left to whoever posts.
"""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.sandbox.site import Account


async def sign_in(page: Page, account: Account) -> None:
    """Through the login form, until the account's home is shown."""
    await page.goto("https://accounts.craigslist.org/login")
    await page.locator("#inputEmailHandle").fill(account.username)
    await page.locator("#inputPassword").fill(account.password)
    await page.locator("#login").click()
    await page.wait_for_url("**/login/home*")


EXPECTED = {
    "status": "live",
    "title": TITLE,
    "description": DESCRIPTION,
    "price_cents": 4800,
    "condition": "40",
    "category": ["for sale by owner", "clothing & accessories"],
    "brand": "Free People",
    "size": "M",
    "shipping": {"zip": "95112"},
}
