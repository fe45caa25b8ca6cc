"""The Mercari replica from sign-in to the live listing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from listing_worker.sandbox.mercari import catalogue
from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.mercari_seller import DESCRIPTION, HOME, TITLE, Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def check_item_page(seller: Seller, item: str) -> None:
    page = seller.page
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    await expect(seller.at("ItemPrice")).to_have_text("$48.00")
    await expect(page.get_by_text("M (8-10) | Used - Good | Free People", exact=True)).to_be_visible()
    await expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(["Women", "Dresses", "Midi"])
    await expect(seller.at("EditListing")).to_have_attribute("href", f"/sell/edit/{item}/")
    images = seller.at("ProductSquareImage").locator("img")
    await expect(images).to_have_count(4)
    await expect(images.first).to_have_js_property("naturalWidth", 900)
    source = str(await images.first.get_attribute("src"))
    assert source.startswith(f"https://u-mercari-images.mercdn.net/photos/{item}_1.jpg")


def test_a_listing_made_by_hand_is_recorded_field_by_field_and_shown(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync, photo_files: list[Path]
) -> None:
    seller = Seller(sandbox_page)

    async def scenario() -> str:
        await seller.sign_in()
        await seller.at("UserMenuButton").wait_for()
        await seller.open("/sell/")
        await seller.fill_all(photo_files)
        assert await seller.at("SellCategoryFieldButton").inner_text() == "Women > Dresses > Midi"
        assert await seller.at("SelectShipping").input_value() == "USPS Ground Advantage"
        await expect(seller.at("ShippingClass")).to_contain_text("Buyer pays $")
        async with sandbox_page.expect_response(lambda r: "createListing" in (r.request.post_data or "")) as answer:
            await seller.at("ListButton").click()
        made = (await (await answer.value).json())["data"]["createListing"]["id"]
        dialog = sandbox_page.get_by_role("dialog", name="Your listing is live")
        link = await dialog.locator('a[href*="/item/m"]').get_attribute("href")
        assert link == f"/us/item/{made}/"
        assert sandbox_page.url == f"{HOME}/sell/"
        await dialog.get_by_role("link", name="View your listing").click()
        await check_item_page(seller, made)
        assert await seller.own_titles() == [TITLE]
        links = sandbox_page.locator(f'main a[href="/us/item/{made}/"]')
        assert await links.evaluate_all("all => all.map(e => e.dataset.testid)") == ["ProductThumbWrapper", "ItemLink"]
        await expect(sandbox_page.get_by_placeholder("0.00")).to_have_value("48.00")
        return str(made)

    made = run_async(scenario())
    received = clean_sandbox.received("mercari")
    assert received["publish_requests"] == 1
    (listing,) = received["listings"]
    assert re.fullmatch(r"m\d{11}", made)
    assert listing["id"] == made
    assert listing["url"] == f"{HOME}/us/item/{made}/"
    assert listing["status"] == "live"
    assert listing["publish_requests"] == 1
    assert listing["title"] == TITLE
    assert listing["description"] == DESCRIPTION
    assert listing["price_cents"] == 4800
    assert listing["condition"] == "3"
    assert listing["category"] == ["Women", "Dresses", "Midi"]
    assert listing["brand"] == "Free People"
    assert listing["size"] == "M (8-10)"
    assert listing["shipping"] == {
        "method": "MERCARI",
        "service": "USPS Ground Advantage",
        "weight_lb": 0,
        "weight_oz": 14,
        "payer": "buyer",
        "zip": "95112",
    }
    assert listing["attributes"] == {}
    assert listing["fields"]["isAutoPriceDrop"] is False
    assert [p["dhash"] for p in listing["photos"]] == [difference_hash(Image.open(path)) for path in photo_files]


def test_the_first_document_is_a_bare_shell(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    seller = Seller(sandbox_page)

    async def scenario() -> None:
        await seller.signed_in()
        answer = await sandbox_page.goto(f"{HOME}/sell/", wait_until="commit")
        assert answer
        shell = await answer.text()
        assert 1500 < len(shell) < 3000
        assert "sellName" not in shell
        assert "<form" not in shell
        await seller.at("Title").wait_for()
        assert await sandbox_page.evaluate("document.readyState") == "interactive", "the sell page is never 'loaded'"

    run_async(scenario())


def test_guests_are_sent_to_sign_in_and_initialize_tells_who_is_there(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    seller = Seller(sandbox_page)
    ask = "fetch('/v1/initialize', {credentials: 'include'}).then((r) => r.json())"

    async def scenario() -> None:
        for path in ("/sell/", "/mypage/", "/mypage/listings/active/"):
            await seller.open(path)
            await seller.at("PasswordInput").wait_for()
            assert sandbox_page.url == f"{HOME}/login/"
        guest = await sandbox_page.evaluate(ask)
        assert guest["accessToken"]
        assert "userId" not in guest["user"]
        await seller.sign_in(password="wrong")
        await expect(seller.at("LoginError")).to_be_visible()
        await seller.sign_in()
        await seller.at("UserMenuButton").wait_for()
        known = await sandbox_page.evaluate(ask)
        assert known["user"]["userId"]
        assert known["csrf"]
        assert known["isBot"] is False
        await seller.at("UserMenuButton").click()
        await seller.at("LogoutButton").click()
        await sandbox_page.get_by_role("link", name="Log in").wait_for()
        assert "userId" not in (await sandbox_page.evaluate(ask))["user"]

    run_async(scenario())


def test_the_session_is_a_hidden_cookie_with_the_canary_and_a_token_of_the_browser(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    seller = Seller(sandbox_page)

    async def scenario() -> None:
        await seller.signed_in()
        (cookie,) = [c for c in await sandbox_page.context.cookies() if clean_sandbox.canary() in c.get("value", "")]
        assert cookie.get("httpOnly")
        assert cookie.get("secure")
        assert cookie.get("domain") == ".mercari.com"
        assert (await seller.call("saveDraft", name="x"))["saveDraft"]["id"]
        await sandbox_page.evaluate("localStorage.clear()")
        assert (await seller.call("saveDraft", name="x"))["error"]["status"] == 403
        await seller.open("/sell/")
        await seller.at("PasswordInput").wait_for()

    run_async(scenario())


def test_publishing_needs_the_pages_own_headers(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    seller = Seller(sandbox_page)

    async def scenario() -> int:
        await seller.signed_in()
        return int(
            await sandbox_page.evaluate(
                """() => fetch('/v1/api', {method: 'POST', credentials: 'include',
                     headers: {'content-type': 'application/json'},
                     body: JSON.stringify({operationName: 'createListing', variables: {input: {}}})})
                   .then((answer) => answer.status)"""
            )
        )

    assert run_async(scenario()) == 403
    assert clean_sandbox.received("mercari")["publish_requests"] == 1
    assert clean_sandbox.listings("mercari") == []


def test_an_emailed_code_can_be_asked_for(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="email_code")
    seller = Seller(sandbox_page)

    async def scenario() -> None:
        await seller.sign_in()
        await seller.at("VerificationCodeInput").fill("123456")
        await seller.at("LoginButton").click()
        await seller.at("UserMenuButton").wait_for()

    run_async(scenario())


def test_the_category_tree_is_whole() -> None:
    every = list(catalogue.categories().values())
    by_depth = [sum(len(category.path) == depth for category in every) for depth in (1, 2, 3)]
    assert by_depth == [17, 287, 2827]
    assert catalogue.categories()[151].label == "Women > Dresses > Midi"
