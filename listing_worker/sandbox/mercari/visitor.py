"""What a person does on this replica in the demo, and what the site should have received in the end.

Written from the fact sheet (mercari §1-§4), not from the recipe: the demo's judge compares with this.
"""

from __future__ import annotations

from playwright.async_api import Page

from listing_worker.demo.listing import DESCRIPTION, TITLE
from listing_worker.sandbox.site import Account


async def sign_in(page: Page, account: Account) -> None:
    """Through the login form, until it has gone."""
    await page.goto("https://www.mercari.com/login/")
    await page.get_by_label("Email").fill(account.username)
    await page.get_by_test_id("PasswordInput").fill(account.password)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await page.wait_for_url(lambda url: "/login" not in url)


EXPECTED = {
    "status": "live",
    "title": TITLE,
    "description": DESCRIPTION,
    "price_cents": 4800,
    "condition": "3",
    "brand": "Free People",
    "size": "M (8-10)",
    "shipping": {"payer": "buyer", "zip": "95112"},
}
