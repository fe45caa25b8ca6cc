"""The form of the Poshmark replica and its quirks, used by hand."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.poshmark_by_hand import HOME, choose_category, open_form, set_price

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
