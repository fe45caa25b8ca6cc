"""The quirks of the Facebook form, one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.facebook_seller import HOME, Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


def test_the_category_list_opens_only_by_a_whole_press(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        menu = seller.page.get_by_role("dialog", name="Dropdown menu")
        await seller.box("Category").evaluate("box => box.click()")
        await expect(menu).to_have_count(0)
        await seller.box("Category").click()
        await expect(menu.get_by_role("button")).to_have_count(28)
        await expect(menu.get_by_role("heading")).to_have_count(9)
        await menu.get_by_role("button", name="Vehicles", exact=True).click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/create/vehicle")

    run_async(scenario())


def test_escape_leaves_the_condition_list_open(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.box("Condition").click()
        options = seller.page.get_by_role("option")
        await expect(options).to_have_text(["New", "Used - Like New", "Used - Good", "Used - Fair"])
        await seller.page.keyboard.press("Escape")
        await expect(options).to_have_count(4)
        await options.filter(has_text="Fair").click()
        await expect(options).to_have_count(0)
        await expect(seller.box("Condition")).to_contain_text("Used - Fair")

    run_async(scenario())


def test_the_price_keeps_whole_dollars(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        for typed, shown in (("25", "$25"), ("1250", "$1,250"), ("12.99", "$12"), ("0", "$0"), ("abc", "")):
            await seller.text("Price").fill(typed)
            await expect(seller.text("Price")).to_have_value(shown)

    run_async(scenario())


def test_a_place_is_picked_not_typed(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        place = seller.page.get_by_role("combobox", name="Location")
        await expect(place).to_have_value("San Jose, California")
        await place.fill("Portland")
        options = seller.page.locator("ul[role=listbox] li")
        await expect(options).to_have_text(["Portland, Oregon", "Portland, Maine"])
        await seller.text("Title").click()
        await expect(place).to_have_value("San Jose, California")
        await place.fill("0410")
        await expect(options).to_have_text(["Portland, Maine"])
        await options.click()
        await expect(place).to_have_value("Portland, Maine")

    run_async(scenario())


def test_next_stays_off_until_the_page_is_complete(
    seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.button("Next").click(force=True)
        await expect(seller.page.get_by_text("Please upload at least one photo.")).to_be_visible()
        await seller.fill_needed(photo_files[:1])
        await expect(seller.button("Next")).not_to_have_attribute("aria-disabled", "true")
        await seller.text("Title").fill("x" * 101)
        await expect(seller.button("Next")).to_have_attribute("aria-disabled", "true")
        await seller.text("Title").fill("x" * 100)
        await seller.button("Next").click()
        await seller.button("Previous").click()
        await expect(seller.text("Title")).to_have_value("x" * 100)

    run_async(scenario())


def test_ten_photos_append_and_go_one_by_one(seller: Seller, run_async: RunAsync, photo_files: list[Path]) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.add_photos(photo_files)
        await seller.add_photos(photo_files, total=8)
        await seller.add_photos(photo_files, total=10)
        await expect(seller.page.get_by_text("You can add up to 10 photos.", exact=True)).to_be_visible()
        await seller.button("Remove photo 3 of 10").click()
        await expect(seller.page.get_by_text("Photos · 9/10", exact=True)).to_be_visible()

    run_async(scenario())


def test_what_the_category_asks_for_is_under_more_details(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await expect(seller.text("Description")).to_have_count(0)
        await seller.more_details()
        await seller.pick_category("Mobile Phones")
        await expect(seller.text("Device name")).to_be_visible()
        await seller.pick("Carrier", "Unlocked")
        await seller.pick_category("Miscellaneous")
        await expect(seller.text("Brand")).to_have_count(0)
        for number in range(21):
            await seller.text("Product tags").fill(f"tag {number}")
            await seller.text("Product tags").press("Enter")
        await expect(seller.page.get_by_role("button", name=re.compile("^Remove tag"))).to_have_count(20)

    run_async(scenario())


def test_one_step_publishes_from_the_first_page(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("facebook", variant="one_step")

    async def scenario() -> None:
        await seller.open_form()
        await seller.fill_needed(photo_files[:1])
        await expect(seller.button("Next")).to_have_count(0)
        await seller.button("Publish").click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")

    run_async(scenario())
    assert [one["status"] for one in clean_sandbox.listings("facebook")] == ["live"]


def test_three_steps_ask_for_the_delivery(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("facebook", variant="three_step")

    async def scenario() -> None:
        await seller.open_form()
        await seller.fill_needed(photo_files[:1])
        await seller.button("Next").click()
        await expect(seller.button("Next")).to_have_attribute("aria-disabled", "true")
        await seller.pick("Delivery method", "Shipping only")
        await seller.pick("Package weight", "1 to 2 lb")
        await seller.pick("Shipping carrier", "USPS Ground Advantage")
        await expect(seller.button("Next")).to_have_attribute("aria-disabled", "true")
        await seller.pick("Shipping label", "Use a prepaid shipping label")
        await seller.button("Next").click()
        await seller.page.get_by_role("switch", name="Allow offers").uncheck()
        await seller.button("Publish").click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")

    run_async(scenario())
    (listing,) = clean_sandbox.listings("facebook")
    assert listing["shipping"] | {"meetup": 0, "location": 0} == {
        "method": "shipping",
        "weight": "1 to 2 lb",
        "carrier": "USPS Ground Advantage",
        "label": "prepaid",
        "offers": False,
        "meetup": 0,
        "location": 0,
    }


def test_the_mobile_form_has_real_limits_and_a_late_condition(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("facebook", variant="mobile")

    async def scenario() -> None:
        await seller.open_form()
        assert re.fullmatch(rf"{HOME}/marketplace/selling/item/\?listing_id=\d+", seller.page.url)
        await expect(seller.text("Title")).to_have_attribute("maxlength", "100")
        await expect(seller.text("Price")).to_have_attribute("maxlength", "14")
        await expect(seller.box("Condition")).to_have_count(0)
        await seller.pick_category("Furniture")
        await expect(seller.box("Condition")).to_be_visible()
        await seller.more_details()
        await expect(seller.text("Description")).to_have_attribute("maxlength", "2000")
        await expect(seller.page.get_by_role("switch")).to_have_count(4)

    run_async(scenario())


def test_words_follow_the_accounts_language(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        clean_sandbox.set_faults("facebook", variant="en_gb")
        await seller.open_form()
        await seller.box("Category").click()
        await expect(seller.page.get_by_role("dialog", name="Drop-down menu")).to_be_visible()
        await seller.page.get_by_text("Furniture", exact=True).click()
        await seller.pick("Condition", "Used – like new")
        clean_sandbox.set_faults("facebook", variant="es")
        await seller.open("/marketplace/create/item")
        await expect(seller.text("Título")).to_be_visible()
        await expect(seller.button("Siguiente")).to_be_visible()

    run_async(scenario())


def test_other_variants_of_the_first_page(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    variant = (
        "no_names delivery_note folded_place no_place description_required brand_required video_first promote_label"
    )
    clean_sandbox.set_faults("facebook", variant=variant)

    async def scenario() -> None:
        page = seller.page
        await seller.open_form()
        files = page.locator("input[type=file]")
        assert await files.first.get_attribute("accept") == "video/*"
        assert await seller.box("Category").get_attribute("aria-label") is None
        await expect(page.get_by_role("combobox", name="Location")).to_have_count(0)
        await seller.text("Title").fill("Old oak table")
        await seller.button("Furniture").click()
        await expect(seller.box("Category")).to_contain_text("Furniture")
        await seller.box("Category").click()
        await expect(page.get_by_text("Delivery available").first).to_be_visible()
        await page.get_by_role("dialog").get_by_text("Bicycles", exact=True).click()
        await seller.more_details()
        await expect(page.get_by_role("combobox", name="Location")).to_have_value("")
        await seller.button("Next").click(force=True)
        for sentence in ("a description", "a brand", "a location"):
            await expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        await expect(page.get_by_role("switch", name="Promote listing after publish")).not_to_be_checked()

    run_async(scenario())


def test_a_boost_costs_money_before_anything_is_published(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("facebook", variant="boost_on")

    async def scenario() -> None:
        await seller.ready_to_publish()
        await seller.button("Publish").click()
        await expect(seller.page.get_by_role("dialog", name="Boost listing")).to_be_visible()

    run_async(scenario())
    assert clean_sandbox.received("facebook")["publish_requests"] == 0
