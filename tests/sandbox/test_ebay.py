"""The eBay replica, used by hand from sign-in to the live listing, and where it is told to misbehave."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Locator, Page, expect

from listing_worker.sandbox.site import difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.ebay_seller import (
    BOOKS,
    DESCRIPTION,
    TITLE,
    WWW,
    awake,
    fill_everything,
    list_it,
    new_draft,
    open_form,
    parcel,
    publishes,
    quick_sign_in,
    ready_draft,
    saved,
    sign_in,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_listing_made_by_hand_is_received_as_it_was_filled_in(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> str:
        await sign_in(page, f"{WWW}/sl/sell")
        await expect(page.locator("#gh-ug")).to_have_text("Hi Sam!")
        await page.get_by_role("link", name="Sell now").click()
        await page.wait_for_url(f"{WWW}/sl/prelist/home")
        keywords = page.locator("input[name=keywords]")
        await keywords.fill(TITLE)
        await search(page)
        cards = page.locator("button.se-field-card__body")
        await expect(cards.first).to_contain_text("Clothing, Shoes & Accessories > Women > Women's Clothing > Dresses")
        await choose_card(page, cards.first, r"caty=63861")
        without_match = page.locator(".prelist-radix__next-action")
        await expect(without_match).to_be_enabled()
        await without_match.click()
        await page.wait_for_url("**view=sellnode-condition**")
        go_on = page.locator(".condition-dialog-radix__continue-btn")
        await page.get_by_text("Pre-owned - Good", exact=True).click()
        await expect(go_on).to_be_enabled()
        await go_on.click()
        await page.wait_for_url(re.compile(r"/lstng\?draftId=\d{13}&mode=AddItem$"))
        await awake(page)
        await expect(page.locator("form")).to_have_count(0)
        await expect(page.locator("input[name=title]")).to_have_value(TITLE)
        await expect(page.locator("button[name=categoryId]")).to_have_text("Dresses")
        await expect(page.locator("button[name=condition]")).to_have_text("Pre-owned - Good")
        await fill_everything(page, photo_files)
        await list_it(page).click()
        overlay = page.locator("div.diy--sidepane.success-overlay")
        await expect(overlay).to_contain_text("Your listing is now live")
        await expect(overlay).to_contain_text(TITLE)
        assert "/lstng?draftId=" in page.url  # success does not navigate
        found = re.search(r"ID-(\d{12})\b", await overlay.inner_text())
        assert found
        assert await overlay.locator("a[href*='/itm/']").first.get_attribute("href") == f"{WWW}/itm/{found[1]}"
        return found[1]

    item_id = run_async(scenario(sandbox_page))
    received = sandbox.received("ebay")
    assert received["publish_requests"] == 1
    (listing,) = received["listings"]
    assert listing["id"] == item_id
    assert listing["status"] == "live"
    assert listing["publish_requests"] == 1
    assert listing["title"] == TITLE
    assert listing["description"] == DESCRIPTION
    assert "&lt;b&gt;really" in listing["fields"]["description"]
    assert listing["price_cents"] == 4800
    assert listing["condition"] == "3000"
    assert listing["category"] == ["Clothing, Shoes & Accessories", "Women", "Women's Clothing", "Dresses"]
    assert listing["fields"]["categoryId"] == "63861"
    assert (listing["brand"], listing["size"], listing["colors"]) == ("Free People", "M", ["Blue"])
    assert listing["sku"] == "LW-TEST-1"
    assert listing["quantity"] == 1
    assert listing["attributes"] == {
        "Brand": ["Free People"],
        "Size Type": ["Regular"],
        "Size": ["M"],
        "Department": ["Women"],
        "Type": ["Dress"],
        "Style": ["Wrap Dress"],
        "Color": ["Blue"],
        "Dress Length": ["Midi"],  # from the title
        "Pattern": ["Floral"],
    }
    shipping = listing["shipping"]
    assert (shipping["payer"], shipping["weight_oz"]) == ("buyer", 14)
    assert [shipping[side] for side in ("length_in", "width_in", "height_in")] == [12, 9, 3]
    assert [photo["dhash"] for photo in listing["photos"]] == [
        difference_hash(Image.open(file)) for file in photo_files
    ]


async def search(page: Page) -> None:
    """Until the page is awake, Enter does nothing."""
    async with asyncio.timeout(8):
        while "/sl/prelist/identify" not in page.url:
            await page.locator("input[name=keywords]").press("Enter")
            await asyncio.sleep(0.1)


async def choose_card(page: Page, card: Locator, pattern: str) -> None:
    """Clicks until the address changes: the first clicks may come before the page is awake."""
    async with asyncio.timeout(8):
        while not re.search(pattern, page.url):
            await card.click(timeout=1000)
            await asyncio.sleep(0.1)


def test_the_listing_is_public_and_in_the_active_table_and_found_by_title_label_and_number(
    sandbox_context: BrowserContext,
    sandbox_page: Page,
    sandbox: RunningSandbox,
    photo_files: list[Path],
    run_async: RunAsync,
) -> None:
    async def scenario(page: Page) -> None:
        await publish_one(page, photo_files[0])
        (listing,) = sandbox.listings("ebay")
        for keyword, expected in {TITLE: 1, "lw-test-1": 1, listing["id"]: 1, "something else": 0}.items():
            await page.goto(f"{WWW}/sh/lst/active")
            await page.get_by_placeholder("Search by title, SKU, or item number").fill(keyword)
            await page.get_by_placeholder("Search by title, SKU, or item number").press("Enter")
            await page.wait_for_url("**action=search**")
            await expect(page.locator(".table--mode-selection table tbody tr")).to_have_count(expected)
            if expected:
                await expect(page.locator("td .table-cell__data--secondary")).to_have_text(listing["id"])
        await page.goto(f"{WWW}/sh/lst/drafts")
        await expect(page.get_by_role("heading", name="Manage drafts (0)")).to_be_visible()
        await sandbox_context.clear_cookies()
        await page.goto(f"{WWW}/itm/a-dress/{listing['id']}")
        await expect(page.locator(".x-item-title__mainTitle")).to_have_text(TITLE)
        await expect(page.locator(".x-price-primary")).to_have_text("US $48.00")
        await expect(page.locator(".ux-image-carousel img")).to_have_count(1)
        await expect(page.frame_locator("#desc_ifr").locator("body")).to_contain_text("A floral wrap dress.")
        await page.goto(f"{WWW}/usr/samsells")
        await expect(page.locator(".card")).to_have_count(1)

    run_async(scenario(sandbox_page))


async def publish_one(page: Page, photo: Path) -> None:
    await ready_draft(page, photo)
    await list_it(page).click()
    await expect(page.locator(".success-overlay")).to_be_visible()


def test_a_signed_out_browser_lands_on_the_sign_in_page(sandbox_page: Page, run_async: RunAsync) -> None:
    async def scenario(page: Page) -> None:
        for path in ("/sl/sell", "/sl/prelist/suggest", "/sh/lst/active", "/lstng?draftId=5012345678901&mode=AddItem"):
            await page.goto(WWW + path)
            await expect(page).to_have_url(re.compile(r"^https://signin\.ebay\.com/"))
        await page.goto(WWW)
        await expect(page.locator("#gh-ug a[href*=signin]")).to_have_text("Sign in")

    run_async(scenario(sandbox_page))


def test_the_signed_out_switch_forgets_a_session_until_it_is_off(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await sign_in(page)
        sandbox.set_faults("ebay", signed_out=True)
        await page.goto(f"{WWW}/sh/overview")
        await expect(page).to_have_url(re.compile(r"^https://signin\.ebay\.com/"))
        sandbox.set_faults("ebay", signed_out=False)
        await page.goto(f"{WWW}/sh/overview")
        await expect(page.locator("a[href*='/usr/samsells']").first).to_be_visible()

    run_async(scenario(sandbox_page))


def test_cookies_alone_prove_no_login_and_the_session_is_http_only_and_carries_the_canary(
    sandbox_context: BrowserContext, sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await page.goto(WWW)
        visitor = {cookie["name"] for cookie in await sandbox_context.cookies()}
        assert {"nonsession", "dp1", "s"} <= visitor
        await sign_in(page)
        cookies = {cookie["name"]: cookie for cookie in await sandbox_context.cookies()}
        session = cookies["s"]
        assert sandbox.canary() in session["value"]
        assert session["httpOnly"] and session["secure"] and session["domain"] == ".ebay.com"
        assert "u1f/Sam" in cookies["dp1"]["value"]

    run_async(scenario(sandbox_page))


@pytest.mark.parametrize(
    ("userid", "password", "complaint"),
    [("nobody@example.com", "x", "find this eBay account"), ("seller@example.com", "wrong", "not a match")],
)
def test_wrong_credentials_are_refused(
    sandbox_page: Page, run_async: RunAsync, userid: str, password: str, complaint: str
) -> None:
    async def scenario(page: Page) -> None:
        await page.goto("https://signin.ebay.com/")
        await page.fill("#userid", userid)
        await page.click("#signin-continue-btn")
        if userid == "seller@example.com":
            await page.fill("#pass", password)
            await page.click("#sgnBt")
        await expect(page.get_by_role("alert")).to_contain_text(complaint)

    run_async(scenario(sandbox_page))


def test_a_wrong_category_stays_on_prelist_and_makes_no_draft(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await quick_sign_in(page)
        for category in ("15724", "999", ""):  # not a leaf, unknown, none
            await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={category}&title=Dress")
            assert "/sl/prelist/suggest" in page.url
            await expect(page.locator("input[name=keywords]")).to_have_value("Dress")
        await page.goto(f"{WWW}/sl/list?sr=sell&title=Dress")
        await expect(page.locator("main")).to_contain_text("MISSING_DRAFT_ID_MODE")

    run_async(scenario(sandbox_page))
    assert sandbox.listings("ebay") == []


def test_an_unknown_thing_opens_the_category_dialog_and_a_book_is_asked_for_its_own_conditions(
    sandbox_page: Page, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await quick_sign_in(page)
        await page.goto(f"{WWW}/sl/prelist/identify?title=Xyzzy")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_placeholder("Enter a category value").fill("books")
        await dialog.locator(".se-radio-group__option").filter(has_text="in Books & Magazines").first.click()
        await dialog.get_by_role("button", name="Done").click()
        await page.wait_for_url(f"**caty={BOOKS}**")
        without_match = page.get_by_role("button", name="Continue without match")
        await expect(without_match).to_be_enabled()
        await without_match.click()
        await page.wait_for_url("**view=sellnode-condition**")
        await expect(page.locator("input[type=radio][name=condition]")).to_have_count(5)
        await expect(page.locator("fieldset")).to_contain_text("Acceptable")

    run_async(scenario(sandbox_page))


def test_a_lost_answer_leaves_an_active_listing_and_one_request(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", publish_lost=True)
        await list_it(page).click()
        await expect(page.locator(".page-notice--attention")).to_contain_text("Something went wrong")
        await expect(page.locator(".success-overlay")).to_have_count(0)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await page.goto(f"{WWW}/sh/lst/active")
        await expect(page.locator(".table--mode-selection tbody tr")).to_have_count(1)

    run_async(scenario(sandbox_page))
    received = sandbox.received("ebay")
    assert received["publish_requests"] == 1
    assert [listing["status"] for listing in received["listings"]] == ["live"]


def test_an_error_after_the_fact_lists_it_too_and_a_second_press_is_refused_but_counted(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", publish_error_after=500)
        await list_it(page).click()
        await expect(page.locator(".page-notice--attention")).to_contain_text("Something went wrong")
        sandbox.set_faults("ebay", publish_error_after=0)
        await list_it(page).click()
        await expect(page.locator(".page-notice--attention")).to_contain_text("already been listed")

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert (listing["status"], listing["publish_requests"]) == ("live", 2)


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ({"publish_error_before": 503}, "Something went wrong"),
        ({"suspended": True}, "restricted"),
        ({"variant": "selling-limit"}, "selling limit"),
    ],
)
def test_a_refused_publish_lists_nothing_and_says_why(
    sandbox_page: Page,
    sandbox: RunningSandbox,
    photo_files: list[Path],
    run_async: RunAsync,
    switches: dict[str, object],
    sentence: str,
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", **switches)
        await list_it(page).click()
        await expect(page.locator(".page-notice--attention")).to_contain_text(sentence)

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert (listing["status"], listing["publish_requests"]) == ("draft", 1)


def test_signing_in_again_after_publish_lists_nothing(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", reauth_after_publish=True)
        await list_it(page).click()
        await page.wait_for_url("https://signin.ebay.com/**")

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert (listing["status"], listing["publish_requests"]) == ("draft", 1)


def test_a_bot_wall_after_the_press_leaves_the_form_and_lists_nothing(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", challenge=True)
        await list_it(page).click()
        await page.wait_for_url(f"{WWW}/splashui/challenge?**")

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert (listing["status"], listing["publish_requests"]) == ("draft", 1)


def test_a_late_listing_is_public_at_once_but_active_only_later(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        sandbox.set_faults("ebay", late_in_closet=1.5)
        await publish_one(page, photo_files[0])
        (listing,) = sandbox.listings("ebay")
        await page.goto(f"{WWW}/sh/lst/active")
        rows = page.locator(".table--mode-selection tbody tr")
        await expect(rows).to_have_count(0)
        await page.goto(listing["url"])
        await expect(page.locator(".x-item-title__mainTitle")).to_have_text(TITLE)
        async with asyncio.timeout(8):
            while await rows.count() == 0:
                await page.goto(f"{WWW}/sh/lst/active")

    run_async(scenario(sandbox_page))


def test_the_bot_wall_covers_every_page_and_says_nothing_of_the_login(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await quick_sign_in(page)
        sandbox.set_faults("ebay", challenge=True)
        await page.goto(f"{WWW}/sl/sell")
        assert page.url.startswith(f"{WWW}/splashui/challenge")
        await expect(page).to_have_title("Pardon Our Interruption...")
        await expect(page.locator("main")).to_contain_text("Please verify yourself to continue")
        sandbox.set_faults("ebay", challenge=False)
        await page.get_by_role("link", name="Continue").click()
        await page.wait_for_url(f"{WWW}/sl/sell")

    run_async(scenario(sandbox_page))


def test_a_dropped_field_looks_filled_in_but_was_never_received(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        sandbox.set_faults("ebay", drop_field="customLabel")
        await page.fill("input[name=customLabel]", "LW-LOST-1")
        await page.fill("input[name=subtitle]", "Hello")
        await page.locator("input[name=title]").focus()
        await saved(page)
        await expect(page.locator("input[name=customLabel]")).to_have_value("LW-LOST-1")

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert listing["sku"] == ""
    assert listing["fields"]["subtitle"] == "Hello"


def test_a_live_listing_can_be_read_back_and_its_price_revised(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await publish_one(page, photo_files[0])
        await page.goto(f"{WWW}/sh/lst/active")
        await page.get_by_role("link", name="Edit", exact=True).click()
        await page.wait_for_url("**/lstng?mode=ReviseItem&itemId=*")
        await awake(page)
        await expect(page.locator("input[name=title]")).to_have_value(TITLE)
        await expect(page.locator("input[name=customLabel]")).to_have_value("LW-TEST-1")
        await expect(page.locator(".uploader-ui__count")).to_have_text("1/25")
        price = page.locator("input[name=price]")
        await expect(price).to_have_value("48.00")
        await price.fill("39.50")
        await page.get_by_role("button", name="Revise it").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Your listing has been revised")

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert (listing["status"], listing["price_cents"], listing["publish_requests"]) == ("live", 3950, 1)


def test_an_ended_listing_is_relisted_under_a_new_number(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await publish_one(page, photo_files[0])
        (listing,) = sandbox.listings("ebay")
        sandbox.admin.put(f"/listings/ebay/{listing['id']}", json={"status": "delisted"}).raise_for_status()
        await page.goto(f"{WWW}/sh/lst/ended")
        await page.get_by_role("link", name="Relist", exact=True).click()
        await page.wait_for_url("**/lstng?draftId=*")
        await awake(page)
        await page.get_by_role("button", name="List it").click()
        await expect(page.locator(".success-overlay")).to_be_visible()

    run_async(scenario(sandbox_page))
    assert sorted(each["status"] for each in sandbox.listings("ebay")) == ["delisted", "live"]


def test_a_sold_listing_is_among_the_orders_and_a_draft_can_be_deleted(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await publish_one(page, photo_files[0])
        (listing,) = sandbox.listings("ebay")
        sandbox.admin.put(f"/listings/ebay/{listing['id']}", json={"status": "sold"}).raise_for_status()
        await page.goto(f"{WWW}/sh/ord")
        await expect(page.get_by_text(listing["id"])).to_be_visible()
        order = page.get_by_role("table", name="Orders").locator('a[href*="orderid="]')
        await expect(order).to_have_text(re.compile(r"^\d{2}-\d{5}-\d{5}$"))
        await new_draft(page)
        await page.goto(f"{WWW}/sh/lst/drafts")
        delete = page.locator("button.fake-menu__item")
        async with asyncio.timeout(8):
            while not await delete.is_visible():
                await page.get_by_role("button", name="More actions").click()
                await asyncio.sleep(0.1)
        await delete.click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("heading", name="Manage drafts (0)")).to_be_visible()

    run_async(scenario(sandbox_page))
    assert [each["status"] for each in sandbox.listings("ebay")] == ["sold"]


def test_an_ended_listing_leaves_the_active_table(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await publish_one(page, photo_files[0])
        await page.goto(f"{WWW}/sh/lst/active")
        end = page.locator("button.fake-menu__item")
        async with asyncio.timeout(8):
            while not await end.is_visible():
                await page.get_by_role("button", name="More actions").click()
                await asyncio.sleep(0.1)
        await end.click()
        await page.get_by_label("Sold elsewhere").check()
        await page.get_by_role("dialog").get_by_role("button", name="End listing").click()
        await expect(page.locator(".hub__empty")).to_be_visible()

    run_async(scenario(sandbox_page))
    (listing,) = sandbox.listings("ebay")
    assert listing["status"] == "delisted"


def test_the_next_form_takes_the_shipping_of_the_last_listing_over(
    sandbox_page: Page, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        former = await ready_draft(page, photo_files[0])
        await expect(page.locator("input[name=domesticShippingPrice1]")).to_have_value("7.95")
        await parcel(page)
        await list_it(page).click()
        await expect(page.locator(".success-overlay")).to_be_visible()
        assert await new_draft(page) != former
        await expect(page.locator("select[name=domesticShippingType]")).to_have_value("CALCULATED")
        await expect(page.locator("input[name=minorWeight]")).to_have_value("14")

    run_async(scenario(sandbox_page))


def test_validation_is_the_servers_and_names_every_missing_field(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page, condition="")
        sent = publishes(page)
        await list_it(page).click()
        notice = page.locator(".page-notice--attention")
        for sentence in (
            "The item specific Brand is missing",
            "The item specific Size is missing",
            "You must add a description",
            "You must add at least one photo",
            "You must select a condition",
            "Enter a starting bid",
        ):
            await expect(notice).to_contain_text(sentence)
        assert len(sent) == 1
        async with page.expect_response("**/publish?*"):
            await list_it(page).click()  # every click of a woken page is a request
        await expect(page.locator("[aria-invalid=true]").first).to_be_visible()

    run_async(scenario(sandbox_page))
    assert sandbox.received("ebay")["publish_requests"] == 2
