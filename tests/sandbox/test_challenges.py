"""A replica's challenge stands before every page until a person answers it, and then lets that browser through."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from listing_worker.demo.seller import account_of, visitor_of
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = {
    "poshmark": "https://poshmark.com/create-listing",
    "ebay": "https://www.ebay.com/sl/prelist/suggest",
    "mercari": "https://www.mercari.com/sell/",
    "facebook": "https://www.facebook.com/marketplace/create/item/",
    "craigslist": "https://post.craigslist.org/c/sfo",
}


async def answer(page: Page, site: str) -> None:
    """As a person does."""
    match site:
        case "poshmark":
            await page.locator("[name=code]").fill("000000")
            await page.get_by_role("button", name="Done").click()
            await expect(page.get_by_role("alert")).to_be_visible()
            await page.locator("[name=code]").fill("123456")
            await page.get_by_role("button", name="Done").click()
        case "ebay":
            async with page.expect_response("**/splashui/verified"):
                await page.get_by_label("I am human").check()
            await page.get_by_role("link", name="Continue").click()
        case "facebook":
            await page.get_by_role("button", name="Continue").click()
        case "craigslist":
            await page.frame_locator("iframe").get_by_label("Verify you are human").click()
        case _:
            await page.get_by_label("Verify you are human").click()


@pytest.mark.parametrize("site", list(PAGES))
def test_a_person_answers_the_challenge_and_is_let_through(
    site: str, sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def shown() -> str:
        return await sandbox_page.locator("body").inner_text()

    async def scenario() -> None:
        page = sandbox_page
        await visitor_of(site).sign_in(page, account_of(clean_sandbox.file.admin_url, site))
        clean_sandbox.set_faults(site, challenge=True)
        await page.goto(PAGES[site], wait_until="commit")
        await page.locator("body").get_by_text("verif", exact=False).or_(page.get_by_text("confirm")).first.wait_for()
        stands = page.url, await shown()
        await answer(page, site)
        await expect(page.locator("body")).not_to_have_text(stands[1])
        await page.goto(PAGES[site], wait_until="commit")
        await expect(page.locator("body")).not_to_have_text(stands[1])
        assert "challenge" not in page.url and "verify" not in page.url and "checkpoint" not in page.url

    run_async(scenario())
