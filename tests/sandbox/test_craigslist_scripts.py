"""What little script the Craigslist replica's pages have, in a real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Error, Page, expect

from listing_worker.sandbox.craigslist.visitor import sign_in
from listing_worker.sandbox.site import Account, difference_hash
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox

pytestmark = pytest.mark.browser

ACCOUNT = Account("seller@example.com", "sandbox-password", "seller@example.com", "")


async def go_on(page: Page) -> None:
    await page.locator('button[name="go"][value="continue"]').click()


async def to_form(page: Page) -> None:
    await sign_in(page, ACCOUNT)
    await page.goto("https://post.craigslist.org/c/boi")
    for label in ("for sale by owner", "furniture"):
        await page.get_by_label(label, exact=True).check()
        await go_on(page)
    await page.locator("#postingForm").wait_for()


async def to_images(page: Page) -> None:
    await to_form(page)
    await page.locator("#PostingTitle").fill("Oak chair")
    await page.locator("#PostingBody").fill("Solid oak.\nOne owner.")
    await page.locator("#postal_code").fill("83702")
    await go_on(page)
    await page.locator("button.continue.bigbutton").click()
    await page.locator("a#classic").wait_for()


async def to_preview(page: Page) -> None:
    await to_images(page)
    await page.get_by_role("button", name="done with images").click()
    await page.locator("form#publish_top").wait_for()


def test_drawn_selects_follow_their_menus_and_closed_blocks_are_not_sent(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page

    async def scenario() -> None:
        await to_form(page)
        button = page.locator("#ui-id-1-button")
        await expect(page.locator('select[name="condition"]')).to_be_hidden()
        await button.click()
        await page.locator("#ui-id-1-menu li", has_text="excellent").click()
        await expect(button).to_have_text("excellent")
        await expect(page.locator('select[name="condition"]')).to_have_value("30")
        await page.locator('select[name="language"]').select_option("6", force=True)
        await expect(page.locator('input[name="city"]')).to_be_disabled()
        await page.locator('input[name="show_phone_ok"]').check()
        await page.locator('input[name="contact_phone"]').fill("208 555 0101")
        await page.locator("#PostingTitle").fill("Oak chair")
        await page.locator("#PostingBody").fill("Solid oak.")
        await page.locator("#postal_code").fill("83702")
        await go_on(page)
        await page.locator("#search_button").wait_for()

    run_async(scenario())
    (posting,) = clean_sandbox.listings("craigslist")
    assert posting["condition"] == "30"
    assert posting["fields"]["language"] == "6"
    assert posting["fields"]["contact_phone"] == "208 555 0101"
    assert "city" not in posting["fields"]


@pytest.mark.slow
def test_photos_one_by_one_keep_their_order_and_the_count_tells_them(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync, photo_files: list[Path]
) -> None:
    page = sandbox_page

    async def scenario() -> None:
        await to_images(page)
        for number, path in enumerate(photo_files, start=1):
            await page.locator("#uploader input[type=file]").set_input_files(path)
            await expect(page.locator("figure.imgbox:not(.template)")).to_have_count(number)
            await expect(page.get_by_text(f"this posting has {number} images")).to_be_visible()
        await expect(page.get_by_text("cancel uploads")).to_be_hidden()

    run_async(scenario())
    (posting,) = clean_sandbox.listings("craigslist")
    assert [p["dhash"] for p in posting["photos"]] == [difference_hash(Image.open(path)) for path in photo_files]


@pytest.mark.slow
def test_photos_sent_together_all_arrive_and_one_that_fails_is_said(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync, photo_files: list[Path]
) -> None:
    page = sandbox_page
    clean_sandbox.set_faults("craigslist", photo_error=1, photo_slow=0.2)

    async def scenario() -> None:
        await to_images(page)
        await page.locator("#uploader input[type=file]").set_input_files(photo_files)
        await expect(page.get_by_text("cancel uploads")).to_be_visible()
        await expect(page.get_by_text("there was an error uploading your image")).to_be_visible()
        await expect(page.locator("figure.imgbox:not(.template)")).to_have_count(len(photo_files) - 1)
        await expect(page.get_by_text("cancel uploads")).to_be_hidden()

    run_async(scenario())


@pytest.mark.slow
def test_an_upload_may_never_finish(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("craigslist", variant="stuck_upload")

    async def scenario() -> None:
        await to_images(sandbox_page)
        await sandbox_page.locator("#uploader input[type=file]").set_input_files(photo_files[0])
        await expect(sandbox_page.get_by_text("cancel uploads")).to_be_visible()
        await sandbox_page.get_by_role("button", name="cancel uploads").click()
        await expect(sandbox_page.get_by_text("cancel uploads")).to_be_hidden()

    run_async(scenario())


@pytest.mark.slow
def test_the_map_finds_a_place_or_says_that_it_cannot(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page

    async def scenario() -> None:
        await to_form(page)
        await page.locator("#PostingTitle").fill("Oak chair")
        await page.locator("#PostingBody").fill("Solid oak.")
        await page.locator("#postal_code").fill("83702")
        await go_on(page)
        before = await page.locator("#lat").input_value()
        await page.locator("#postal").fill("nowhere")
        await page.locator("#search_button").click()
        await expect(page.get_by_text("we could not find this place")).to_be_visible()
        await page.locator("#postal").fill("83716")
        await page.locator("#search_button").click()
        await expect(page.locator("#lat")).not_to_have_value(before)
        await page.locator("button.continue.bigbutton").click()
        await page.locator("a#classic").click()
        await expect(page.locator('input[name="file"]')).to_be_visible()

    run_async(scenario())


@pytest.mark.slow
def test_deaf_radios_hear_a_click_of_the_page_itself_only(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page
    clean_sandbox.set_faults("craigslist", variant="deaf_radios")

    async def scenario() -> None:
        await sign_in(page, ACCOUNT)
        await page.goto("https://post.craigslist.org/c/boi")
        radio = page.locator('input[name="id"][value="fso"]')
        await radio.click()
        await expect(radio).not_to_be_checked()
        await radio.evaluate("radio => radio.click()")
        await expect(radio).to_be_checked()

    run_async(scenario())


@pytest.mark.slow
def test_a_dialog_and_a_banner_can_lie_over_the_form(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page
    clean_sandbox.set_faults("craigslist", cookie_banner=True)

    async def scenario() -> None:
        banner = page.get_by_role("region", name="cookies")
        await page.goto("https://boise.craigslist.org/")
        await banner.get_by_role("button", name="ok").click()
        await expect(banner).to_have_count(0)
        await to_form(page)
        await expect(banner).to_have_count(0)
        clean_sandbox.set_faults("craigslist", modal=True)
        await page.reload()
        await page.get_by_role("dialog").get_by_role("button", name="close").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)

    run_async(scenario())


@pytest.mark.slow
def test_a_lost_answer_leaves_a_live_posting(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page

    async def scenario() -> None:
        await to_preview(page)
        clean_sandbox.set_faults("craigslist", publish_lost=True)
        with pytest.raises(Error, match="ERR_RESPONSE_HEADERS_TRUNCATED"):
            async with page.expect_navigation():
                await page.locator("form#publish_top button").click()

    run_async(scenario())
    assert [posting["status"] for posting in clean_sandbox.listings("craigslist")] == ["live"]
    assert clean_sandbox.received("craigslist")["publish_requests"] == 1


@pytest.mark.slow
def test_the_table_says_deleted_before_the_server_knows(
    clean_sandbox: RunningSandbox, sandbox_page: Page, run_async: RunAsync
) -> None:
    page = sandbox_page

    async def scenario() -> None:
        await to_preview(page)
        await page.locator("form#publish_top button").click()
        await page.get_by_text("Thanks for posting").wait_for()
        await page.goto("https://accounts.craigslist.org/login/home")
        clean_sandbox.set_faults("craigslist", slow=0.5)
        await page.locator("form.manage.delete input[name=go]").click()
        await expect(page.locator("td.status")).to_have_class("status deleted")
        assert [posting["status"] for posting in clean_sandbox.listings("craigslist")] == ["live"]
        await expect(page.get_by_role("dialog", name="how did things go?")).to_be_visible()
        async with page.expect_response("**/posting/delete"):
            pass
        assert [posting["status"] for posting in clean_sandbox.listings("craigslist")] == ["deleted"]
        clean_sandbox.set_faults("craigslist", slow=0.0)
        await page.goto("https://www.craigslist.org/account")
        frame = page.frame_locator("iframe")
        await expect(frame.locator("td.status")).to_have_text("deleted")

    run_async(scenario())
