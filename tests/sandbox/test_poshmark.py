"""The Poshmark replica, used by hand: every click is written out here, none comes from a recipe."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page, expect

from listing_worker.sandbox.poshmark.catalog import made_up_id
from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOME = "https://poshmark.com"
TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = 'A floral wrap dress.\nWorn twice, "as new" <b>really</b>.\n\nSmoke-free home & quick shipping.'


async def sign_in(page: Page) -> None:
    await page.goto(f"{HOME}/login")
    await page.fill('input[name="login_form[username_email]"]', "seller@example.com")
    await page.fill('input[name="login_form[password]"]', "sandbox-password")
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{HOME}/feed")


async def be_signed_in(page: Page) -> None:
    """Signs in without looking at pages on the way."""
    await page.goto(f"{HOME}/web-assets/site.js")
    await page.evaluate(
        """() => fetch('/login', {method: 'POST', body: new URLSearchParams({
            'login_form[username_email]': 'seller@example.com', 'login_form[password]': 'sandbox-password',
        })})"""
    )


async def open_form(page: Page) -> str:
    """Signs in, opens the form; the id of the draft that it made."""
    await be_signed_in(page)
    await page.goto(f"{HOME}/create-listing")
    cancel = page.locator("a[data-et-name=discard][data-et-prop-listing_id]")
    await expect(cancel).to_have_attribute("data-et-prop-listing_id", re.compile("^[0-9a-f]{24}$"))
    return await cancel.get_attribute("data-et-prop-listing_id") or ""


async def add_photos(page: Page, files: list[Path]) -> None:
    await page.set_input_files("#img-file-input", files)
    await page.click("button[data-et-name=apply][data-et-on-name=select_first_photo]")
    await expect(page.locator("#imagePlaceholder img:visible")).to_have_count(len(files))


async def choose_category(page: Page, department: str, category: str, subcategory: str) -> None:
    section = page.locator(".listing-editor__category-container [data-test=dropdown]")
    await section.locator(".dropdown__selector").click()
    back = section.locator("a[data-et-name=all]")
    await back.click()
    await section.locator(f"a.dropdown__link[data-et-name={department}]").click()
    await section.locator("li.dropdown__menu__item", has_text=re.compile(f"^{category}$")).click()
    options = page.locator(".listing-editor__subcategory-container a[data-et-name=sub_category]")
    await options.filter(has_text=re.compile(f"^{subcategory}$")).click()


async def choose_size(page: Page, label: str) -> None:
    await page.click("[data-test=size]")
    await page.click(f'button[id="size-{label}"]')
    await page.locator("[data-test=dropdown]:has([data-test=size]) button[data-et-name=apply]").click()


async def set_price(page: Page, price: str, original: str = "") -> None:
    await page.click("input[data-vv-name=listingPrice]")
    await page.fill("#listing-price-modal-listing-price-input", price)
    await page.fill("#listing-price-modal-original-price-input", original)
    await page.locator(".listing-price-suggestion-modal").get_by_role("button", name="Done").click()


async def fill(page: Page, photos: list[Path]) -> None:
    await add_photos(page, photos)
    await page.fill("input[data-vv-name=title]", TITLE)
    await page.fill("textarea[data-vv-name=description]", DESCRIPTION)
    await choose_category(page, "women", "Dresses", "Midi")
    await choose_size(page, "M")
    await page.click(".listing-editor__condition-container .dropdown__selector")
    await page.click("[data-et-name=listing_condition][data-et-prop-content=ug]")
    await page.get_by_placeholder("Enter the Brand/Designer").fill("Free Peo")
    await page.locator(
        "ul.listing-editor__suggestions-list .dropdown__link", has_text=re.compile("^Free People$")
    ).click()
    await page.get_by_text("Select up to 2 colors").click()
    for color in ("Blue", "White"):
        await page.locator("li.listing-editor__tile--color", has_text=color).click()
    await page.click("[data-et-name=apply][data-et-on-name=color_tile]")
    await page.fill("input[data-vv-name=style-tag-input]", "Flor")
    await page.click("[data-et-on-name=style_tag][data-et-name=Floral]")
    await set_price(page, "48", "128")
    await page.click("a.listing-editor-toggle-link")
    await page.fill("input[data-vv-name=sku]", "LW-DEMO-1")


async def press_list(page: Page) -> None:
    await page.click("button[data-et-name=next]")
    await page.click("button[data-et-name=list]")


CALLS = """
    const token = {'x-xsrf-token': document.cookie.match(/_csrf=([^;]+)/)[1]};
    const headers = {'Content-Type': 'application/json', ...token};
    const ask = async (method, path, body) =>
        (await fetch(path, {method, headers, body: body && JSON.stringify(body)})).json();
"""
NEW_DRAFT = (
    "async (post) => {"
    + CALLS
    + """
    const id = (await ask('POST', '/vm-rest/users/x/posts', {})).data.id;
    const canvas = new OffscreenCanvas(60, 80);
    canvas.getContext('2d').fillRect(10, 10, 20, 40);
    const form = new FormData();
    form.append('file', await canvas.convertToBlob({type: 'image/jpeg'}), 'image.jpg');
    const path = `/api/posts/${id}/media/scratch?app_type=web`;
    const sent = await fetch(path, {method: 'POST', headers: token, body: form});
    await ask('POST', `/vm-rest/posts/${id}`, {post: {...post, cover_shot: {id: (await sent.json()).data.id}}});
    return id;
}"""
)
POST = {
    "title": TITLE,
    "description": DESCRIPTION,
    "catalog": {
        "department": "000e8975d97b4e80ef00a955",
        "category": made_up_id("Women", "Dresses"),
        "category_features": [made_up_id("Women", "Dresses", "Midi")],
    },
    "inventory": {"status": "available", "size_quantities": [{"size_id": "M", "quantity_available": 1}]},
    "condition": "ug",
    "brand": "Free People",
    "price_amount": {"val": "48", "currency_code": "USD"},
    "original_price_amount": {"val": "128", "currency_code": "USD"},
    "seller_private_info": {"sku": "LW-DEMO-1"},
}


async def open_filled(page: Page, **changes: Any) -> str:
    """Signs in and opens the form on a draft that is filled already, to save time; its id."""
    await be_signed_in(page)
    await page.goto(f"{HOME}/user/edit-profile")
    draft = str(await page.evaluate(NEW_DRAFT, {**POST, **changes}))
    await page.goto(f"{HOME}/create-listing?draft_id={draft}")
    return draft


async def list_filled(page: Page) -> str:
    """Lists an item that was filled in behind the form; its id. Ends in the closet."""
    draft = await open_filled(page)
    await press_list(page)
    await page.wait_for_url(f"{HOME}/closet/samsells?created_listing_id={draft}")
    return draft


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def only_listing(sandbox: RunningSandbox) -> dict[str, Any]:
    (listing,) = sandbox.listings("poshmark")
    return dict(listing)


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


# ---- quirks of the form ----


def test_dropdowns_and_the_price_modal_ignore_scripted_clicks(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        menu = sandbox_page.locator(".listing-editor__condition-container .dropdown__menu")
        await sandbox_page.evaluate(
            "document.querySelector('.listing-editor__condition-container .dropdown__selector').click()"
        )
        await sandbox_page.evaluate("document.querySelector('input[data-vv-name=listingPrice]').click()")
        await expect(menu).to_be_hidden()
        await expect(sandbox_page.locator(".listing-price-suggestion-modal")).to_be_hidden()
        await sandbox_page.click(".listing-editor__condition-container .dropdown__selector")
        await expect(menu).to_be_visible()
        await sandbox_page.evaluate("document.querySelector('[data-et-prop-content=ug]').click()")
        await expect(menu).to_be_visible()

    run_async(scenario())


def test_subcategory_opens_by_itself_and_only_its_link_reacts(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        category = sandbox_page.locator(".listing-editor__category-container")
        await category.locator(".dropdown__selector").click()
        await category.locator("a[data-et-name=women]").click()
        await category.locator("li.dropdown__menu__item", has_text="Dresses").click()
        await expect(category.locator(".dropdown__selector")).to_have_text("Women Dresses")
        await expect(category.locator(".dropdown__menu")).to_be_visible()  # drilled: it stays open
        subcategory = sandbox_page.locator(".listing-editor__subcategory-container")
        item = subcategory.locator("li", has_text=re.compile("^Midi$"))
        await item.click()
        await expect(item).to_be_visible()
        await expect(subcategory.locator(".dropdown__selector")).to_have_text("Select Subcategory (optional)")
        await item.locator("a").click()
        await expect(item).to_be_hidden()
        await expect(subcategory.locator(".dropdown__selector")).to_have_text("Midi")
        await expect(category.locator(".dropdown__menu")).to_be_hidden()

    run_async(scenario())


def test_category_other_ends_the_choice_and_sets_the_size(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        await sandbox_page.click("[data-test=size]")
        await expect(sandbox_page.get_by_text("Please select the category first")).to_be_visible()
        category = sandbox_page.locator(".listing-editor__category-container")
        await category.locator(".dropdown__selector").click()
        await category.locator("a[data-et-name=home]").click()
        await category.locator("li.dropdown__menu__item", has_text=re.compile("^Other$")).click()
        await expect(sandbox_page.locator("[data-test=size]")).to_have_text("OS")
        await sandbox_page.click("h1")
        await expect(category.locator(".dropdown__menu")).to_be_hidden()

    run_async(scenario())


def test_kids_shoe_sizes_carry_their_group_and_close_the_menu(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        await choose_category(sandbox_page, "kids", "Shoes", "Sneakers")
        await expect(sandbox_page.locator(".listing-editor__category-container .dropdown__selector")).to_have_text(
            "Kids Shoes"
        )
        await sandbox_page.click("[data-test=size]")
        await sandbox_page.click("a.navigation--horizontal__link:text-is('Girls')")
        await sandbox_page.click('button[id="size-7.5 (Toddler Girl)"]')
        await expect(sandbox_page.locator("[data-test=size]")).to_have_text("7.5 (Toddler Girl)")
        await expect(sandbox_page.locator(".multi-size-selector").first).to_be_hidden()

    run_async(scenario())


def test_a_size_of_ones_own_is_saved_then_done(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        await choose_category(sandbox_page, "women", "Shoes", "Heels")
        await sandbox_page.click("[data-test=size]")
        await sandbox_page.click("a.navigation--horizontal__link:text-is('Custom')")
        await sandbox_page.fill("input[data-vv-name=customSize]", "38 EU")
        await sandbox_page.click(".size__custom button[data-et-name=save]")
        await sandbox_page.locator("[data-test=dropdown]:has([data-test=size]) button[data-et-name=apply]").click()
        await expect(sandbox_page.locator("[data-test=size]")).to_have_text("38 EU")

    run_async(scenario())


def test_only_whole_dollars_are_taken_and_the_inline_original_price_is_a_trap(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = sandbox_page
        await open_form(page)
        await set_price(page, "48.50")
        modal = page.locator(".listing-price-suggestion-modal")
        await expect(modal.get_by_text("Whole dollar amount required")).to_be_visible()
        await page.fill("#listing-price-modal-listing-price-input", "15")
        await expect(modal.get_by_text("Earnings: $12.00")).to_be_visible()
        await modal.get_by_role("button", name="Done").click()
        await expect(modal).to_be_hidden()
        assert await page.input_value("input[data-vv-name=listingPrice]") == "15"
        assert await page.input_value("input[data-vv-name=originalPrice]") == "0"
        await expect(page.locator("input[data-vv-name=originalPrice]")).to_be_hidden()

    run_async(scenario())


def test_smart_sell_of_variant_b_wants_a_minimum_price(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("poshmark", variant="B")

    async def scenario() -> None:
        await open_form(sandbox_page)
        await set_price(sandbox_page, "48")
        modal = sandbox_page.locator(".listing-price-suggestion-modal")
        await expect(modal.get_by_text("Minimum price is required")).to_be_visible()
        await modal.locator("[data-test=toggle-switch]").click()
        await modal.get_by_role("button", name="Done").click()
        await expect(modal).to_be_hidden()

    run_async(scenario())


def test_brand_suggestions_arrive_late_and_any_text_is_taken(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> float:
        await open_form(sandbox_page)
        field = sandbox_page.get_by_placeholder("Enter the Brand/Designer")
        option = sandbox_page.locator("ul.listing-editor__suggestions-list .dropdown__link:visible")
        begun = time.monotonic()
        await field.fill("Levi’s")
        assert await option.count() == 0
        await expect(option).to_have_text("Levi's")
        late = time.monotonic() - begun
        await field.fill("Nobody's Own Brand")
        await expect(option).to_have_count(0)
        assert await field.input_value() == "Nobody's Own Brand"
        return late

    assert run_async(scenario()) >= 0.3


def test_colours_count_only_after_done(sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await open_form(sandbox_page)
        selector = sandbox_page.locator("[data-et-name=color]")
        await selector.click()
        for color in ("Blue", "White", "Red"):
            await sandbox_page.locator("li.listing-editor__tile--color", has_text=color).click()
        await sandbox_page.click("h1")
        await expect(selector).to_have_text("Select up to 2 colors")
        await selector.click()
        for color in ("Blue", "White", "Red"):
            await sandbox_page.locator("li.listing-editor__tile--color", has_text=color).click()
        await sandbox_page.click("[data-et-name=apply][data-et-on-name=color_tile]")
        await expect(selector).to_have_text(re.compile(r"^\s*Blue\s*White\s*$"))

    run_async(scenario())


def test_the_chosen_cover_comes_first_and_a_failed_photo_is_missing(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("poshmark", photo_slow=0.2)

    async def scenario() -> None:
        page = sandbox_page
        await open_form(page)
        await page.set_input_files("#img-file-input", photo_files)
        await expect(page.get_by_text("Select a Covershot.")).to_be_visible()
        await page.locator(".image-edit-modal__thumb").nth(2).click()
        clean_sandbox.set_faults("poshmark", photo_error=1)
        await page.click("[data-et-name=apply][data-et-on-name=select_first_photo]")
        await expect(page.locator("#imagePlaceholder [role=progressbar]").first).to_be_visible()
        dialog = page.get_by_role("dialog", name="Error")
        await expect(dialog).to_contain_text("Photo upload failed")
        await dialog.get_by_role("button", name="Ok").click()
        await expect(page.locator("#imagePlaceholder img:visible")).to_have_count(3)
        await expect(page.locator("#imagePlaceholder img:visible").first).to_have_attribute(
            "src", re.compile("^https://di2ponv0v5otw.cloudfront.net/posts/")
        )

    run_async(scenario())
    uploads = [r for r in clean_sandbox.received("poshmark")["requests"] if r["path"].endswith("/media/scratch")]
    assert len(uploads) == 4


def test_a_dozen_modals_are_mounted_and_hidden(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> tuple[int, int]:
        await open_form(sandbox_page)
        modals = sandbox_page.locator("[data-test=modal-container]")
        return await modals.count(), await modals.locator("visible=true").count()

    mounted, visible = run_async(scenario())
    assert mounted >= 12
    assert visible == 0


def test_cancel_saves_a_draft_that_the_panel_shows_again(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = sandbox_page
        draft = await open_form(page)
        await page.fill("input[data-vv-name=title]", "Half a thought")
        await page.click("main a[data-et-name=discard]")
        await page.click("[data-et-name=save_draft]")
        await page.get_by_role("dialog", name="Saved").get_by_role("button", name="Ok").click()
        await page.wait_for_url(f"{HOME}/feed")
        await page.goto(f"{HOME}/create-listing")
        await expect(page.locator(".listing-editor__promotion__count")).to_have_text("1")
        await page.click("[data-et-name=drafts]")
        await page.click(f'a[data-et-name=draft][data-et-prop-listing_id="{draft}"]')
        await expect(page.locator("input[data-vv-name=title]")).to_have_value("Half a thought")

    run_async(scenario())


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


# ---- publishing gone wrong ----


PUBLISH = "async (id) => {" + CALLS + "return ask('PUT', `/vm-rest/posts/${id}/status/published`);}"


def test_every_publish_request_counts_but_a_draft_is_listed_once(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> Any:
        draft = await list_filled(sandbox_page)
        return await sandbox_page.evaluate(PUBLISH, draft)

    assert run_async(scenario())["data"]["status"] == "published"
    assert only_listing(clean_sandbox)["publish_requests"] == 2


def test_a_missing_size_is_an_error_in_a_200_answer_and_the_post_stays_a_draft(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_filled(sandbox_page, inventory={"status": "available", "size_quantities": []})
        async with sandbox_page.expect_response(re.compile("/status/published")) as answer:
            await press_list(sandbox_page)
        response = await answer.value
        assert response.status == 200
        assert (await response.json())["error"]["userMessage"] == "Please select a size."
        await expect(sandbox_page.get_by_role("dialog", name="Error")).to_contain_text("Please select a size.")

    run_async(scenario())
    assert only_listing(clean_sandbox)["status"] == "draft"


@pytest.mark.parametrize("switch", [{"publish_lost": True}, {"publish_error_after": 502}])
def test_a_lost_answer_leaves_a_live_listing_and_one_request(
    sandbox_page: Page,
    clean_sandbox: RunningSandbox,
    run_async: RunAsync,
    switch: dict[str, Any],
) -> None:
    async def scenario() -> None:
        await open_filled(sandbox_page)
        clean_sandbox.set_faults("poshmark", **switch)
        await press_list(sandbox_page)
        await expect(sandbox_page.get_by_role("dialog", name="Error")).to_contain_text("Something went wrong")
        assert "/create-listing" in sandbox_page.url

    run_async(scenario())
    listing = only_listing(clean_sandbox)
    assert (listing["status"], listing["publish_requests"]) == ("live", 1)


@pytest.mark.parametrize("switch", [{"publish_error_before": 500}, {"suspended": True}])
def test_a_refused_publish_leaves_a_draft(
    sandbox_page: Page,
    clean_sandbox: RunningSandbox,
    run_async: RunAsync,
    switch: dict[str, Any],
) -> None:
    async def scenario() -> None:
        await open_filled(sandbox_page)
        clean_sandbox.set_faults("poshmark", **switch)
        await press_list(sandbox_page)
        await expect(sandbox_page.get_by_role("dialog", name="Error")).to_be_visible()

    run_async(scenario())
    listing = only_listing(clean_sandbox)
    assert (listing["status"], listing["publish_requests"]) == ("draft", 1)


def test_reauthentication_after_publish_ends_on_the_sign_in_page_with_nothing_listed(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await open_filled(sandbox_page)
        clean_sandbox.set_faults("poshmark", reauth_after_publish=True)
        await press_list(sandbox_page)
        await sandbox_page.wait_for_url(f"{HOME}/login")

    run_async(scenario())
    assert only_listing(clean_sandbox)["status"] == "draft"


def test_a_listing_can_be_late_in_the_closet_while_its_page_is_there(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("poshmark", late_in_closet=1.5)

    async def scenario() -> None:
        page = sandbox_page
        draft = await list_filled(page)
        tile = page.locator(f'[data-et-name=listing][data-et-prop-listing_id="{draft}"]').first
        await expect(page.get_by_text("No listings found.")).to_be_visible()
        await page.goto(f"{HOME}/listing/{draft}")
        await expect(page.locator("h1")).to_have_text(TITLE)
        await page.wait_for_timeout(1500)
        await page.goto(f"{HOME}/closet/samsells?availability=available")
        await expect(tile).to_be_visible()

    run_async(scenario())


def test_a_dropped_field_is_lost_silently(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("poshmark", drop_field="brand")
    run_async(list_filled(sandbox_page))
    listing = only_listing(clean_sandbox)
    assert (listing["status"], listing["brand"], listing["size"]) == ("live", "", "M")


# ---- after the listing ----


def test_a_listing_is_edited_taken_off_sale_sold_and_deleted(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = sandbox_page
        draft = await list_filled(page)
        await page.goto(f"{HOME}/listing/{draft}")
        await page.click("[data-et-name=edit_listing]")
        await expect(page.locator("h1")).to_have_text("Edit Listing")
        await page.click("a.listing-editor-toggle-link")
        await expect(page.locator("input[data-vv-name=sku]")).to_have_value("LW-DEMO-1")
        await set_price(page, "45", "128")
        await page.click("[data-et-name=listingEditorAvailabilitySection] .dropdown__selector")
        await page.click("[data-et-on-name=availability][data-et-name=not_for_sale]")
        await page.click("button[data-et-name=update]")
        await page.wait_for_url(f"{HOME}/listing/{draft}")
        await expect(page.locator(".not-for-sale-tag")).to_be_visible()
        listing = only_listing(clean_sandbox)
        assert (listing["status"], listing["price_cents"], len(listing["photos"])) == ("delisted", 4500, 1)

        clean_sandbox.admin.put(f"/listings/poshmark/{draft}", json={"status": "sold"}).raise_for_status()
        for path in ("/closet/samsells?availability=sold_out", "/order/sales"):
            await page.goto(f"{HOME}{path}")
            await expect(page.get_by_text(TITLE)).to_be_visible()
        await page.goto(f"{HOME}/closet/samsells?availability=available")
        await expect(page.get_by_text("No listings found.")).to_be_visible()

        await page.goto(f"{HOME}/edit-listing/{draft}")
        await page.click("a[data-et-name=delete]")
        await page.get_by_role("dialog", name="Confirm Delete Listing").get_by_role("button", name="Yes").click()
        await page.wait_for_url(f"{HOME}/closet/samsells")
        answer = await page.goto(f"{HOME}/listing/{draft}")
        assert answer is not None and answer.status == 404

    run_async(scenario())


def test_a_copied_listing_is_a_form_of_its_own(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = sandbox_page
        first = await list_filled(page)
        await page.goto(f"{HOME}/listing/{first}")
        await page.click("a[data-et-name=copy_listing]")
        await page.get_by_role("dialog").get_by_text("Yes").click()
        await expect(page.locator("input[data-vv-name=title]")).to_have_value(f"Copy of {TITLE}"[:80])
        cancel = page.locator("a[data-et-name=discard][data-et-prop-listing_id]")
        await expect(cancel).not_to_have_attribute("data-et-prop-listing_id", first)
        await page.click("button[data-et-name=next]")
        await page.click("button[data-et-name=list]")
        await page.wait_for_url("**/closet/samsells*")

    run_async(scenario())
    listed = [each for each in clean_sandbox.listings("poshmark") if each["status"] == "live"]
    assert sorted(each["title"] for each in listed) == sorted([TITLE, f"Copy of {TITLE}"[:80]])


def test_drafts_and_unknown_listings_are_not_found(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> list[int]:
        draft = await open_form(sandbox_page)
        statuses = []
        for path in (f"/listing/{draft}", f"/edit-listing/{draft}", "/listing/Nothing-123", f"/listing/{'0' * 24}"):
            answer = await sandbox_page.goto(f"{HOME}{path}")
            statuses.append(answer.status if answer else 0)
        return statuses

    assert run_async(scenario()) == [404] * 4


def test_a_long_closet_loads_more_tiles_while_one_scrolls(
    sandbox_page: Page, clean_sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = sandbox_page
        draft = await list_filled(page)
        await page.evaluate(COPY_50_TIMES, [draft, POST])
        await page.goto(f"{HOME}/closet/samsells")
        await expect(page.locator(".tile")).to_have_count(48)
        await page.locator("#more").scroll_into_view_if_needed()
        await expect(page.locator(".tile")).to_have_count(51)

    run_async(scenario())


COPY_50_TIMES = (
    "async ([id, post]) => {"
    + CALLS
    + """
    const {cover_shot} = (await ask('GET', `/vm-rest/posts/${id}`)).data;
    await Promise.all([...Array(50).keys()].map(async (n) => {
        const draft = (await ask('POST', '/vm-rest/users/x/posts', {})).data.id;
        await ask('POST', `/vm-rest/posts/${draft}`, {post: {...post, cover_shot, title: `Copy ${n}`}});
        await ask('PUT', `/vm-rest/posts/${draft}/status/published`);
    }));
}"""
)
