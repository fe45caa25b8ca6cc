"""The quirks of the Mercari sell form, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.mercari_seller import HOME, Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


def test_suggestions_fill_only_what_is_empty(seller: Seller, run_async: RunAsync, photo_files: list[Path]) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("Title").fill("My own title")
        await seller.at("ConditionPoor").click()
        await seller.add_photos(photo_files[:1])
        await seller.suggestions()
        assert await seller.at("Title").input_value() == "My own title"
        await expect(seller.page.locator("[id='5']")).to_be_checked()
        assert await seller.at("SellCategoryFieldButton").inner_text() == "Women > Dresses > Maxi"
        assert await seller.at("Brand").input_value() == "Zara"
        assert await seller.at("Price").input_value() == "25.00"
        assert await seller.at("Description").input_value() == ""

    run_async(scenario())


def test_photos_append_and_preview_as_data_of_at_most_720_pixels(
    seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.add_photos(photo_files[:2])
        await seller.add_photos(photo_files[2:], total=4)
        previews = await seller.at("PreviewThumbnail").evaluate_all(
            "all => all.map(e => [e.src.slice(0, 22), Math.max(e.naturalWidth, e.naturalHeight), e.complete])"
        )
        assert previews == [["data:image/jpeg;base64", 720, True]] * 4
        await seller.page.get_by_role("button", name="Remove photo 2").click()
        await expect(seller.at("PreviewThumbnail")).to_have_count(3)

    run_async(scenario())


def test_the_category_search_chokes_on_an_ampersand(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("SellCategoryFieldButton").click()
        search = seller.page.get_by_placeholder("Search category")
        await search.fill("Military & more")
        await expect(seller.page.get_by_text("No results found")).to_be_visible()
        await search.fill("Military")
        row = seller.page.get_by_role("button", name="Women > Coats & jackets > Military", exact=True)
        await row.wait_for()
        assert str(await row.get_attribute("class")).endswith("CategoryDialog__ButtonWrapper")
        await row.click()
        assert await seller.at("SellCategoryFieldButton").inner_text() == "Women > Coats & jackets > Military"

    run_async(scenario())


def test_all_categories_drill_down_to_the_leaf(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("SellCategoryFieldButton").click()
        dialog = seller.page.get_by_role("dialog")
        await dialog.get_by_text("All Categories", exact=True).click()
        for name in ("Electronics", "Media", "Blu-ray"):
            await dialog.get_by_role("button", name=name, exact=True).click()
        await expect(dialog).to_have_count(0)
        assert await seller.at("SellCategoryFieldButton").inner_text() == "Electronics > Media > Blu-ray"
        await expect(seller.at("Size")).to_have_count(0)

    run_async(scenario())


def test_variant_b_has_three_cascading_lists(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("mercari", variant="B")

    async def scenario() -> None:
        await seller.open_form()
        assert await seller.at("SellCategoryFieldButton").count() == 0
        for level, (name, holder) in enumerate(
            [("Men", "categoryId"), ("Tops", "subCategoryId"), ("Henley", "subSubCategoryId")]
        ):
            await seller.at(f"CategoryL{level}").click()
            await seller.page.locator(f"#{holder}").get_by_text(name, exact=True).click()
            assert await seller.at(f"CategoryL{level}").inner_text() == name
        await seller.pick_size("M (38-40)")
        await seller.add_photos(photo_files[:1])
        await seller.at("SuggestedCategoriesAccordion").click()
        await seller.at("SuggestedCategory2").click()
        await expect(seller.at("SuggestedCategory2")).to_have_attribute("data-selected", "true")
        assert await seller.at("CategoryL2").inner_text() == "Midi"

    run_async(scenario())


def test_brand_needs_typed_keys_and_a_pick_from_the_list(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        brand, options = seller.at("Brand"), seller.page.get_by_role("option")
        await seller.open_form()
        await brand.fill("Free People")
        await seller.at("Title").click()
        await expect(brand).to_have_value("")
        await brand.press_sequentially("Free People")
        await expect(options).to_have_text(["Free People", "Free People Movement"])
        await seller.at("Title").click()
        await expect(brand).to_have_value("")
        await seller.pick_brand("Free People")
        await seller.at("Title").click()
        await expect(brand).to_have_value("Free People")
        await seller.page.get_by_label("No brand / Not sure").check()
        await expect(brand).to_have_value("No brand / Not sure")

    run_async(scenario())


def test_the_brand_list_depends_on_the_category(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.pick_brand("Free People")
        await seller.pick_category("Blu-ray Players", "Electronics > TV & Video > Blu-ray Players")
        await expect(seller.at("Brand")).to_have_value("")
        await seller.at("Brand").press_sequentially("Free People")
        await expect(seller.page.get_by_text("No results", exact=True)).to_be_visible()
        await seller.pick_brand("Sony")

    run_async(scenario())


def test_sizes_follow_the_category_and_may_come_twice(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="size_slips")

    async def scenario() -> None:
        await seller.open_form()
        await seller.pick_category("Midi", "Women > Dresses > Midi")
        await seller.at("Size").click()
        labels = await seller.at("Size-option").all_inner_texts()
        assert labels.count("M (8-10)") == 2
        assert labels.count("One Size") == 1
        await seller.at("Size-option").filter(has_text="M (8-10)").first.click()
        assert await seller.at("Size").inner_text() == "Select a size", "the first pick does not take"
        await seller.pick_size("M (8-10)")
        assert await seller.at("Size").inner_text() == "M (8-10)"
        await seller.pick_category("Henley", "Men > Tops > Henley")
        assert await seller.at("Size").inner_text() == "Select a size"

    run_async(scenario())


def test_the_price_is_masked_and_a_suggested_one_resists_pasting(
    seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    async def scenario() -> None:
        price, error = seller.at("Price"), seller.at("SellFormError")
        await seller.open_form()
        for typed, shown in (("12", "12.00"), ("1250.5", "1,250.50"), ("$7.999", "7.99")):
            await seller.type_price(typed)
            await expect(price).to_have_value(shown)
            await expect(error).to_have_count(0)
        await expect(seller.at("SalesFee")).to_contain_text("$0.80")
        for typed in ("0.5", "2001"):
            await seller.type_price(typed)
            await expect(error.filter(has_text="$1.00–$2,000.00")).to_be_visible()
        await price.fill("")
        await seller.add_photos(photo_files[:1])
        await expect(price).to_have_value("25.00")
        await price.fill("48.00")
        await expect(price).to_have_value("25.00")
        await seller.type_price("48")
        await expect(price).to_have_value("48.00")

    run_async(scenario())


def test_smart_pricing_switches_itself_on_and_asks_before_it_goes(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        toggle = seller.at("SmartPricingButton")
        await seller.open_form()
        await expect(toggle).to_have_attribute("aria-pressed", "false")
        await seller.type_price("48")
        await expect(toggle).to_have_attribute("aria-pressed", "true")
        await expect(seller.at("SmartPricingFloorPrice")).to_have_value("38.40")
        await toggle.click()
        await expect(seller.page.get_by_role("dialog", name="Before you turn off Smart Pricing")).to_be_visible()
        await seller.page.get_by_role("button", name="Turn off", exact=True).click()
        await expect(toggle).to_have_attribute("aria-pressed", "false")
        await seller.type_price("50")
        await toggle.click()
        await seller.at("SmartPricingFloorPrice").fill("3")
        await seller.at("SmartPricingFloorPrice").press("Tab")
        await expect(seller.at("SellFormError").filter(has_text="at least $25.00")).to_be_visible()

    run_async(scenario())


def test_a_text_needs_five_words_and_stays_within_its_limits(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("Title").fill("x" * 500)
        assert len(await seller.at("Title").input_value()) == 80
        await seller.at("Description").fill("Only four words here")
        await seller.at("Title").click()
        await expect(seller.at("SellFormError").filter(has_text="at least 5 words")).to_be_visible()
        await expect(seller.at("ListButton")).to_be_disabled()

    run_async(scenario())


def test_values_set_behind_reacts_back_do_not_count(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("Title").evaluate(
            "e => { e.value = 'ghost'; e.dispatchEvent(new Event('input', {bubbles: true})) }"
        )
        await seller.page.locator("[id='3']").check()
        await expect(seller.page.get_by_text("0/80")).to_be_visible()
        await expect(seller.at("Title")).to_have_value("")

    run_async(scenario())


def test_a_draft_is_kept_and_can_be_opened_again(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.at("Title").fill("Half a dress")
        await seller.at("SaveDraftButton").click()
        await seller.page.get_by_text("Draft saved").wait_for()
        path = seller.page.url.removeprefix(HOME)
        assert path.startswith("/sell/draft/")
        await seller.open(path)
        await expect(seller.at("Title")).to_have_value("Half a dress")
        assert await seller.own_titles("drafts") == ["Half a dress"]
        assert await seller.own_titles() == []

    run_async(scenario())
    assert [listing["status"] for listing in clean_sandbox.listings("mercari")] == ["draft"]
    assert clean_sandbox.received("mercari")["publish_requests"] == 0
