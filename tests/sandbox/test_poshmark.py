"""The Poshmark replica, used by hand: a listing from end to end, and who is signed in."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.poshmark_by_hand import (
    DESCRIPTION,
    HOME,
    TITLE,
    be_signed_in,
    distance,
    fill,
    only_listing,
    open_form,
    press_list,
    sign_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_listed_by_hand_is_received_field_by_field(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync, photo_files: list[Path]
) -> None:
    begun = int(time.time())

    async def scenario() -> str:
        await sign_in(sandbox_page)
        draft = await open_form(sandbox_page)
        await fill(sandbox_page, photo_files)
        await press_list(sandbox_page)
        await sandbox_page.wait_for_url(f"{HOME}/closet/samsells?created_listing_id={draft}")
        await sandbox_page.wait_for_url(f"{HOME}/closet/samsells")  # the query is dropped
        tile = sandbox_page.locator(f'.tile a.tile__covershot[data-et-prop-listing_id="{draft}"]')
        await expect(tile.locator("img")).to_have_attribute("alt", TITLE)
        await tile.click()
        await expect(sandbox_page.locator("h1")).to_have_text(TITLE)
        assert await sandbox_page.locator(".listing__description").inner_text() == DESCRIPTION
        return draft

    draft = run_async(scenario())
    received = only_listing(clean_sandbox)
    expected = {
        "id": draft,
        "status": "live",
        "account": "seller@example.com",
        "url": f"{HOME}/listing/Free-People-Floral-Wrap-Midi-Dress-Dolce-{draft}",
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
        "sku": "LW-DEMO-1",
        "tags": ["Floral"],
        "shipping": {"discount": "No Discount"},
        "publish_requests": 1,
    }
    assert {name: received[name] for name in expected} == expected
    assert begun <= int(draft[:8], 16) <= received["published_at"]
    assert [photo["content_type"] for photo in received["photos"]] == ["image/jpeg"] * 4
    for photo, file in zip(received["photos"], photo_files, strict=True):
        assert distance(photo["dhash"], difference_hash(Image.open(file))) <= 4
    assert clean_sandbox.received("poshmark")["publish_requests"] == 1


# ---- signed in or out ----


def test_cookies_have_the_flags_of_the_site_and_carry_the_canary(
    sandbox_page: Page, sandbox_context: BrowserContext, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> list[Any]:
        await sign_in(sandbox_page)
        return list(await sandbox_context.cookies(HOME))

    cookies = {cookie["name"]: cookie for cookie in run_async(scenario())}
    assert clean_sandbox.canary() in cookies["jwt"]["value"]
    assert (cookies["jwt"]["domain"], cookies["jwt"]["httpOnly"], cookies["jwt"]["secure"]) == (
        ".poshmark.com",
        True,
        True,
    )
    assert "%22dh%22" in cookies["ui"]["value"] and cookies["ui"]["httpOnly"]
    assert not cookies["_csrf"]["httpOnly"]
    assert cookies["_csrf"]["domain"] == "poshmark.com"


def test_who_is_signed_out_lands_on_the_sign_in_page(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def where(path: str, *, signed_out: bool) -> str:
        clean_sandbox.set_faults("poshmark", signed_out=signed_out)
        await sandbox_page.goto(f"{HOME}{path}")
        return sandbox_page.url

    async def scenario() -> None:
        await be_signed_in(sandbox_page)
        for path in ("/create-listing", "/feed", "/order/sales", "/user/edit-profile"):
            assert await where(path, signed_out=True) == f"{HOME}/login"
            assert await where(path, signed_out=False) == f"{HOME}{path}"

    run_async(scenario())


def test_the_address_with_www_leads_to_the_one_without(sandbox: RunningSandbox) -> None:
    trust = ssl.create_default_context(cafile=sandbox.file.certificate)
    with httpx.Client(verify=trust, trust_env=False) as client:
        address = f"https://127.0.0.1:{sandbox.file.https_port}/login?x=1"
        answer = client.get(address, headers={"Host": "www.poshmark.com"})
    assert (answer.status_code, answer.headers["location"]) == (301, f"{HOME}/login?x=1")


def test_a_wrong_password_is_said(sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await sandbox_page.goto(f"{HOME}/login")
        await sandbox_page.fill('input[name="login_form[username_email]"]', "seller@example.com")
        await sandbox_page.fill('input[name="login_form[password]"]', "guess")
        await sandbox_page.click("button[type=submit]")
        await expect(sandbox_page.get_by_text("Invalid Username or Password")).to_be_visible()

    run_async(scenario())


def test_the_api_wants_the_csrf_header(sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync) -> None:
    async def scenario() -> Any:
        await open_form(sandbox_page)
        return await sandbox_page.evaluate(
            """() => fetch('/vm-rest/users/x/posts', {method: 'POST', headers: {'x-xsrf-token': 'made up'}})
                .then((answer) => answer.json())"""
        )

    assert run_async(scenario())["error"]["errorType"] == "InvalidCsrfToken"


def test_a_challenge_shows_at_an_address_that_says_verify(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await sign_in(sandbox_page)
        clean_sandbox.set_faults("poshmark", challenge=True)
        await sandbox_page.goto(f"{HOME}/create-listing")
        assert "/verify/" in sandbox_page.url
        await expect(sandbox_page.locator("input[name=code]")).to_be_visible()

    run_async(scenario())


def test_a_new_device_is_asked_for_the_code_of_a_text_message(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        clean_sandbox.set_faults("poshmark", variant="sms_code")
        await sandbox_page.goto(f"{HOME}/login")
        await sandbox_page.fill('input[name="login_form[username_email]"]', "seller@example.com")
        await sandbox_page.fill('input[name="login_form[password]"]', "sandbox-password")
        await sandbox_page.click("button[type=submit]")
        await sandbox_page.wait_for_url("**/verify/security-code*")
        for code in ("000000", "123456"):
            assert not any(one.get("name") == "jwt" for one in await sandbox_page.context.cookies())
            await sandbox_page.get_by_label("Security code").fill(code)
            await sandbox_page.get_by_role("button", name="Done").click()
        await sandbox_page.wait_for_url(f"{HOME}/feed")

    run_async(scenario())


def test_banners_and_dialogs_get_in_the_way_until_they_are_dismissed(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("poshmark", cookie_banner=True, modal=True, suspended=True)

    async def scenario() -> None:
        page = sandbox_page
        await sign_in_past_banners(page)
        await page.goto(f"{HOME}/create-listing")
        await page.get_by_role("dialog", name="Error").get_by_role("button", name="Ok").click()
        await expect(page.locator(".cookie-banner")).to_have_count(0)  # it was sent away on the sign-in page
        await expect(page.get_by_text("Your account is restricted")).to_be_visible()

    async def sign_in_past_banners(page: Page) -> None:
        await page.goto(f"{HOME}/login")
        await page.get_by_role("dialog", name="Error").get_by_role("button", name="Ok").click()
        await page.click(".cookie-banner button.btn--primary")
        await page.fill('input[name="login_form[username_email]"]', "seller@example.com")
        await page.fill('input[name="login_form[password]"]', "sandbox-password")
        await page.click("button[type=submit]")
        await page.wait_for_url(f"{HOME}/feed")

    run_async(scenario())
