"""The Facebook replica from sign-in to the live listing."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from listing_worker.sandbox.facebook import catalogue
from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.facebook_seller import DESCRIPTION, HOME, TITLE, Seller

pytestmark = pytest.mark.browser


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


def test_a_listing_made_by_hand_is_recorded_field_by_field_and_shown(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    page = seller.page

    async def scenario() -> str:
        await seller.signed_in()
        await seller.open("/marketplace/create")
        await page.locator('a[href="/marketplace/create/item/"]').click()
        await expect(page.get_by_role("heading", name="Item for sale", level=1)).to_be_visible()
        await seller.fill_needed(photo_files)
        await expect(seller.text("Price")).to_have_value("$48")
        await seller.more_details()
        await seller.text("Description").fill(DESCRIPTION)
        await seller.text("Brand").fill("Free People")
        await seller.text("Size").fill("M")
        await seller.pick("Color", "Blue")
        await seller.pick("Availability", "List as single item")
        for tag in ("wrap dress", "#summer"):
            await seller.text("Product tags").fill(tag)
            await seller.text("Product tags").press("Enter")
        await seller.text("SKU").fill("LW-7")
        await page.get_by_role("checkbox", name="Door pickup").click()
        await seller.button("Next").click()
        await page.wait_for_url(f"{HOME}/marketplace/create/item/?step=audience")
        await expect(page.get_by_role("heading", name="List in more places")).to_be_visible()
        await page.get_by_role("checkbox", name="Buy and sell group 2", exact=True).click()
        async with page.expect_response(lambda r: "ListingCreateMutation" in (r.request.post_data or "")) as answer:
            await seller.button("Publish").click()
        made = (await (await answer.value).json())["data"]["marketplace_listing_create"]["listing"]["id"]
        await page.wait_for_url(f"{HOME}/marketplace/you/selling")
        (card,) = await seller.own_cards()
        assert card[:3] == [TITLE, "$48", "Active"]
        assert re.fullmatch(r"Listed on \d+/\d+", card[3])
        assert card[4:8] == ["0 clicks on listing", "Mark as sold", "Share", "Boost listing"]
        await page.locator('a[href*="/marketplace/item/"]').filter(has_text=TITLE).click()
        await expect(page.get_by_role("heading", name=TITLE, level=1)).to_be_visible()
        await expect(page.get_by_role("img", name=TITLE)).to_have_count(4)
        return str(made)

    made = run_async(scenario())
    received = clean_sandbox.received("facebook")
    assert received["publish_requests"] == 1
    (listing,) = received["listings"]
    assert re.fullmatch(r"\d{15,17}", made)
    assert listing["id"] == made
    assert listing["url"] == f"{HOME}/marketplace/item/{made}/"
    assert listing["status"] == "live"
    assert listing["title"] == TITLE
    assert listing["description"] == DESCRIPTION
    assert listing["price_cents"] == 4800
    assert listing["condition"] == "USED_GOOD"
    assert listing["category"] == ["Clothing & Accessories", "Women's Clothing & Shoes"]
    assert (listing["brand"], listing["size"], listing["colors"]) == ("Free People", "M", ["Blue"])
    assert listing["tags"] == ["wrap dress", "summer"]
    assert listing["sku"] == "LW-7"
    assert listing["shipping"]["location"] == "San Jose, California"
    assert listing["shipping"]["meetup"] == ["Door pickup"]
    assert listing["fields"]["boost"] is False
    assert listing["fields"]["xpost_target_ids"] == ["2092"]
    assert [p["dhash"] for p in listing["photos"]] == [difference_hash(Image.open(path)) for path in photo_files]


def test_the_category_list_is_the_sheets() -> None:
    assert len(catalogue.CATEGORIES) == 28
    assert catalogue.CATEGORIES["1583634935226685"].name == "Furniture"
    assert all(category_id.isdigit() for category_id in catalogue.CATEGORIES)


@pytest.mark.slow
def test_guests_are_sent_to_sign_in_and_brought_back(seller: Seller, run_async: RunAsync) -> None:
    page = seller.page

    async def scenario() -> None:
        for path in ("/marketplace/create/item", "/marketplace/you/selling"):
            await seller.open(path)
            assert page.url == f"{HOME}/login/?next={quote(HOME + path, safe='')}"
        await page.locator("#email").fill("seller@example.com")
        await page.locator("#pass").fill("wrong")
        await page.locator("button[name=login]").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.locator("#pass").fill("sandbox-password")
        await page.locator("button[name=login]").click()
        await page.wait_for_url(f"{HOME}/marketplace/you/selling")
        await expect(page.locator('[aria-label="Account"]')).to_be_visible()
        await page.locator('[aria-label="Account"]').click()
        await page.get_by_text("Log out").click()
        await page.locator("button[name=login]").wait_for()
        names = {cookie.get("name") for cookie in await page.context.cookies()}
        assert not names & {"c_user", "xs"}
        assert names >= {"datr", "sb"}

    run_async(scenario())


@pytest.mark.slow
def test_signed_in_is_two_cookies_and_a_real_navigation(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    context = seller.page.context

    async def scenario() -> None:
        await seller.signed_in()
        cookies = {str(cookie.get("name")): cookie for cookie in await context.cookies()}
        assert clean_sandbox.canary() in cookies["xs"].get("value", "")
        assert cookies["xs"].get("httpOnly")
        assert not cookies["c_user"].get("httpOnly")
        assert {cookie.get("domain") for cookie in cookies.values()} == {".facebook.com"}
        assert {"datr", "sb", "fr", "wd", "presence"} <= set(cookies)
        data = await seller.page.locator("script[data-sjs]").text_content()
        assert cookies["c_user"].get("value", "") in (data or "")
        bare = "fetch('/marketplace/create/item').then((answer) => answer.status)"
        assert await seller.page.evaluate(bare) == 400
        await context.clear_cookies(name="c_user")
        await seller.open("/marketplace/create/item")
        assert "/login/" in seller.page.url

    run_async(scenario())


@pytest.mark.slow
def test_a_code_and_a_checkpoint_have_addresses_of_their_own(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("facebook", variant="email_code")
    page = seller.page

    async def scenario() -> None:
        await seller.sign_in()
        await page.wait_for_url("**/two_step_verification/**")
        await page.get_by_label("Code").fill("1")
        await seller.button("Continue").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_label("Code").fill("123456")
        await seller.button("Continue").click()
        await page.locator('[aria-label="Account"]').wait_for()
        clean_sandbox.set_faults("facebook", challenge=True)
        await seller.open("/marketplace/create/item")
        assert page.url.startswith(f"{HOME}/checkpoint/")
        clean_sandbox.set_faults("facebook", challenge=False, variant="datr_bound")
        await seller.open("/marketplace/create/item")
        await seller.text("Title").wait_for()
        await page.context.clear_cookies(name="datr")
        await seller.open("/marketplace/create/item")
        assert page.url.startswith(f"{HOME}/checkpoint/")

    run_async(scenario())


@pytest.mark.slow
def test_publishing_needs_a_session_and_the_pages_token(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.signed_in()
        answer = await seller.page.evaluate(
            """() => fetch('/api/graphql/', {method: 'POST', body: new URLSearchParams(
                 {fb_api_req_friendly_name: 'useCometMarketplaceListingCreateMutation', doc_id: '1', variables: '{}'})})
               .then((answer) => answer.text())"""
        )
        assert answer.startswith("for (;;);")
        assert "1357004" in answer

    run_async(scenario())
    assert clean_sandbox.received("facebook")["publish_requests"] == 1
    assert clean_sandbox.listings("facebook") == []


@pytest.mark.slow
def test_nothing_but_words_and_roles_is_the_same_on_the_next_load(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        seen = []
        await seller.signed_in()
        for _ in range(2):
            await seller.open("/marketplace/create/item")
            await seller.text("Title").wait_for()
            seen.append(await seller.text("Title").get_attribute("id"))
            assert await seller.page.locator("[data-testid]").count() == 0
            names = await seller.page.locator("#facebook *").evaluate_all(
                "all => all.flatMap((one) => [...one.classList])"
            )
            assert all(re.fullmatch(r"x[0-9a-z]{4,8}", name) for name in names)
        assert seen[0] != seen[1]

    run_async(scenario())
