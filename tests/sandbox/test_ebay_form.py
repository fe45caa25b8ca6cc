"""The eBay replica's listing form: one test per quirk of the real one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.ebay_seller import (
    DESCRIPTION,
    DRESSES,
    MENS_TEES,
    READY,
    TITLE,
    WWW,
    add_photos,
    awake,
    buy_it_now,
    choose,
    describe,
    editor_frame,
    list_it,
    new_draft,
    open_form,
    option,
    publishes,
    quick_sign_in,
    ready_draft,
    row,
    saved,
    search_box,
    value_button,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def only(sandbox: RunningSandbox) -> dict[str, Any]:
    (listing,) = sandbox.listings("ebay")
    return listing


def test_a_click_before_hydration_is_swallowed_and_no_request_leaves(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await ready_draft(page, photo_files[0])
        sandbox.set_faults("ebay", variant="hydration=2")
        sent = publishes(page)
        await page.reload(wait_until="commit")
        await list_it(page).click()
        await awake(page)
        assert sent == []
        assert sandbox.received("ebay")["publish_requests"] == 0
        await list_it(page).click()
        await expect(page.locator(".success-overlay")).to_be_visible()
        assert len(sent) == 1

    run_async(scenario(sandbox_page))


def test_the_description_is_taken_over_only_when_the_editor_loses_focus(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await quick_sign_in(page)
        await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={DRESSES}&title=A+dress")
        await awake(page)
        mirror = page.locator("textarea[name=description]")
        await expect(mirror).to_be_hidden()
        await expect(mirror).to_have_value("A dress")  # on a fresh draft it holds the title
        editor = editor_frame(page).locator("[contenteditable=true]")
        await editor.fill(DESCRIPTION)
        await expect(mirror).to_have_value("A dress")
        assert only(sandbox)["description"] == ""
        await page.locator("input[name=title]").focus()
        await saved(page)
        assert "&lt;b&gt;really" in await mirror.input_value()

    run_async(scenario(sandbox_page))
    assert only(sandbox)["description"] == DESCRIPTION


def test_html_mode_shows_the_mirror_and_takes_its_html(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await describe(page, "One\nTwo")
        await page.get_by_label("Show HTML code").check()
        mirror = page.locator("textarea[name=description]")
        await expect(mirror).to_have_value("One<div>Two</div>")
        await mirror.fill("<p>One</p><p>Two &amp; <b>three</b></p>")
        await page.get_by_label("Show HTML code").uncheck()
        await expect(editor_frame(page).locator("b")).to_have_text("three")
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["description"] == "One\n\nTwo & three"


def test_a_filled_search_value_is_dropped_on_close_while_typed_keys_and_enter_commit(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        button, search = value_button(page, "Brand"), search_box(page, "Brand")
        await button.click()
        await search.fill("Handmade by Ada")
        await expect(row(page, "Brand").locator(".se-filter-menu-button__add-custom-value")).to_have_text(
            "Add custom value: + Handmade by Ada"
        )
        await search.press("Enter")
        await expect(button).to_have_text("")
        await button.click()
        await expect(search).to_have_value("")
        await search.press_sequentially("Handmade by Ada")
        await search.press("Enter")
        await expect(button).to_have_text("Handmade by Ada")
        await button.click()
        await expect(search).to_have_value("")  # search boxes stay empty after a value is set
        await search.press_sequentially("free people")
        await search.press("Enter")
        await expect(button).to_have_text("Free People")
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["brand"] == "Free People"


def test_the_add_custom_value_control_commits(sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await value_button(page, "Style").click()
        await search_box(page, "Style").fill("Prairie")
        await row(page, "Style").get_by_role("button", name="Add custom value: + Prairie").click()
        await expect(value_button(page, "Style")).to_have_text("Prairie")
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["attributes"]["Style"] == ["Prairie"]


def test_every_menu_is_in_the_page_hidden_and_the_label_is_a_tooltip(sandbox_page: Page, run_async: RunAsync) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        menus = page.locator(".se-filter-menu-button__menu-container")
        assert await menus.count() > 8
        assert await menus.filter(visible=True).count() == 0
        await expect(search_box(page, "Brand")).to_be_hidden()
        await page.get_by_role("button", name="Brand", exact=True).click()
        await expect(row(page, "Brand").get_by_role("tooltip")).to_be_visible()
        assert await menus.filter(visible=True).count() == 0
        await value_button(page, "Brand").click()
        assert await menus.filter(visible=True).count() == 1
        await expect(search_box(page, "Brand")).to_be_visible()
        await page.locator("h1").click()
        assert await menus.filter(visible=True).count() == 0

    run_async(scenario(sandbox_page))


def test_several_values_show_as_one_and_a_count_and_the_label_is_lost(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        button = value_button(page, "Material")
        await expect(button).to_have_text("Trending")  # a badge, not a value
        await expect(button).to_have_attribute("aria-label", "Material")
        await button.click()
        for value in ("Rayon", "Cotton"):
            await option(page, "Material", value).click()
            await expect(option(page, "Material", value)).to_have_attribute("aria-checked", "true")
        await page.keyboard.press("Escape")
        await expect(button).to_have_text("Cotton (+1)")
        assert await button.get_attribute("aria-label") is None
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["attributes"]["Material"] == ["Cotton", "Rayon"]


def test_a_size_brings_its_size_type_and_another_size_type_drops_it(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await choose(page, "Size", "M")
        await expect(value_button(page, "Size Type")).to_have_text("Regular")
        await saved(page)
        await expect(row(page, "Size").locator("details:not([hidden]) summary")).to_have_text("Regular")
        await choose(page, "Size Type", "Plus")
        await expect(value_button(page, "Size")).to_have_text("")
        await choose(page, "Size", "2X")
        await saved(page)

    run_async(scenario(sandbox_page))
    attributes = only(sandbox)["attributes"]
    assert (attributes["Size"], attributes["Size Type"]) == (["2X"], ["Plus"])


def test_a_size_that_is_not_offered_is_not_taken(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await value_button(page, "Size").click()
        await search_box(page, "Size").press_sequentially("Huge")
        await expect(row(page, "Size").locator(".se-filter-menu-button__add-custom-value")).to_be_hidden()
        await search_box(page, "Size").press("Enter")
        await expect(value_button(page, "Size")).to_have_text("")

    run_async(scenario(sandbox_page))
    assert only(sandbox)["size"] == ""


def test_sizes_of_mens_tees_are_buttons(sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page, category=MENS_TEES, title="A tee")
        await row(page, "Size").get_by_role("button", name="L", exact=True).click()
        await expect(row(page, "Size").locator("button[aria-pressed=true]")).to_have_text("L")
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["size"] == "L"


def test_optional_specifics_need_show_more_and_stay_open_when_the_rows_are_rendered_anew(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await expect(value_button(page, "Neckline")).to_be_hidden()
        await page.get_by_role("button", name="Show more", exact=True).click()
        await choose(page, "Neckline", "V-Neck")
        before = await row(page, "Brand").element_handle()
        assert before is not None
        await page.fill("input[name=title]", "A striped maxi dress")
        await expect(value_button(page, "Neckline")).to_have_text("V-Neck")
        async with asyncio.timeout(8):
            while await before.evaluate("node => node.isConnected"):
                pass
        await expect(value_button(page, "Neckline")).to_be_visible()
        await page.locator("input[name=title]").blur()
        await saved(page)

    run_async(scenario(sandbox_page))
    attributes = only(sandbox)["attributes"]
    assert attributes["Neckline"] == ["V-Neck"]
    assert attributes["Dress Length"] == ["Midi"]  # guessed from the former title, and kept


def test_auction_is_the_default_and_the_price_field_comes_with_buy_it_now(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await expect(page.locator("button[aria-haspopup=listbox]")).to_have_text("Auction")
        await expect(page.locator("input[name=price]")).to_have_count(0)
        await expect(page.locator("input[name=startPrice]")).to_be_visible()
        await buy_it_now(page)
        await expect(page.locator("input[name=startPrice]")).to_have_count(0)
        await expect(page.get_by_role("switch", name="Allow offers")).to_be_checked()
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["price_cents"] == 4800


def test_the_sites_own_price_comes_back_when_the_condition_changes(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await buy_it_now(page)
        await page.locator("button[name=condition]").click()
        dialog = page.get_by_role("dialog", name="Item condition")
        await dialog.get_by_text("Pre-owned - Fair", exact=True).click()
        await dialog.get_by_role("button", name="Done").click()
        await expect(page.locator("button[name=condition]")).to_have_text("Pre-owned - Fair")
        await expect(page.locator("input[name=price]")).not_to_have_value("48.00")
        await page.get_by_role("switch", name="Fill in the recommended price for me").uncheck()
        await page.fill("input[name=price]", "48.00")
        await page.locator("button[name=condition]").click()
        await dialog.get_by_text("New with tags", exact=True).click()
        await dialog.get_by_role("button", name="Done").click()
        await expect(page.locator("button[name=condition]")).to_have_text("New with tags")
        await expect(page.locator("textarea[name=itemConditionDescription]")).to_have_count(0)
        await expect(page.locator("input[name=price]")).to_have_value("48.00")
        await saved(page)

    run_async(scenario(sandbox_page))
    assert (only(sandbox)["condition"], only(sandbox)["price_cents"]) == ("1000", 4800)


def test_a_reopened_draft_keeps_its_values_and_shows_no_form_switch_modal(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        sandbox.set_faults("ebay", modal=True)
        await quick_sign_in(page)
        await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={DRESSES}&condition=3000&title=A+dress")
        modal = page.locator(".lightbox-dialog.form-switch")
        await expect(modal).to_be_visible()
        await awake(page)
        with pytest.raises(Exception, match="intercepts pointer events"):
            await page.locator("button[name=categoryId]").click(timeout=500)
        await modal.get_by_role("button", name="No, stay here").click()
        await expect(modal).to_have_count(0)
        await page.fill("input[name=title]", TITLE)
        await add_photos(page, photo_files[:2])
        await choose(page, "Brand", "Free People")
        await describe(page, "Hello\nthere")
        await buy_it_now(page)
        await expect(page.locator("input[name=price]")).to_have_count(1)
        await page.get_by_role("button", name="Save for later").click()
        await page.wait_for_url(f"{WWW}/sh/lst/drafts")
        await page.get_by_role("link", name="Resume draft").click()
        await awake(page)
        await expect(modal).to_have_count(0)
        await expect(page.locator("input[name=title]")).to_have_value(TITLE)
        await expect(page.locator(".uploader-ui__count")).to_have_text("2/25")
        await expect(value_button(page, "Brand")).to_have_text("Free People")
        await expect(editor_frame(page).locator("[contenteditable=true]")).to_have_text(
            "Hello\nthere", use_inner_text=True
        )
        await expect(page.locator("button[aria-haspopup=listbox]")).to_have_text("Buy It Now")
        await expect(page.locator("input[name=price]")).to_have_count(0)  # only an aria-label is left
        await expect(page.get_by_label("Item price")).to_have_value("48.00")
        await page.get_by_label("Item price").fill("47.00")
        await page.get_by_label("Item price").blur()
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["price_cents"] == 4700


def test_leaving_the_form_raises_the_browsers_own_question(sandbox_page: Page, run_async: RunAsync) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        asked: list[str] = []

        async def answer(dialog: Any) -> None:
            asked.append(dialog.type)
            await dialog.accept()

        page.on("dialog", answer)
        await page.locator("h1").click()  # the browser asks only after a real gesture
        await page.goto(f"{WWW}/sh/overview")
        assert asked == ["beforeunload"]

    run_async(scenario(sandbox_page))


def test_a_photo_shows_as_a_blob_first_and_then_from_the_picture_host(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        sandbox.set_faults("ebay", photo_slow=1.0)
        picture = "el => getComputedStyle(el).backgroundImage"
        await page.set_input_files("#fehelix-uploader", photo_files[0])
        thumb = page.locator("button.uploader-thumbnails-ux__image")
        assert (await thumb.evaluate(picture)).startswith('url("blob:')
        await expect(page.locator(".uploader-ui__count")).to_have_text("0/25")
        await expect(page.locator(".uploader-ui__count")).to_have_text("1/25")
        assert (await thumb.evaluate(picture)).startswith('url("https://i.ebayimg.com/images/g/')
        await expect(page.locator(".summary__photos img")).to_have_count(0)
        loaded = "url => new Promise(done => Object.assign(new Image(), {src: url, onload: e => done(e.target.width)}))"
        assert await page.evaluate(loaded, (await thumb.evaluate(picture))[5:-2]) == 375

    run_async(scenario(sandbox_page))


def test_failed_and_bad_photos_are_complained_about_and_not_counted(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], tmp_path: Path, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        sandbox.set_faults("ebay", photo_error=1)
        complaint = page.locator(".uploader-ui__error")
        await page.set_input_files("#fehelix-uploader", photo_files[0])
        await expect(complaint).to_be_visible()
        await expect(page.locator("button.uploader-thumbnails-ux__image")).to_have_count(0)
        no_picture = tmp_path / "notes.jpg"
        no_picture.write_text("these are notes")
        await page.set_input_files("#fehelix-uploader", no_picture)
        await expect(complaint).to_contain_text("isn't supported")
        await add_photos(page, photo_files[1:2])
        await expect(complaint).to_have_count(0)
        await saved(page)

    run_async(scenario(sandbox_page))
    assert len(only(sandbox)["photos"]) == 1


def test_another_category_renders_specifics_and_conditions_anew(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await open_form(page)
        await page.locator("button[name=categoryId]").click()
        dialog = page.get_by_role("dialog", name="Select a category")
        await dialog.locator(".se-field-card button", has_text="First category").click()
        for part in ("Clothing, Shoes & Accessories", "Men", "Men's Shoes"):
            await dialog.get_by_role("button", name=part, exact=True).click()
            await expect(dialog.locator(".category-picker__selected-nodes")).to_contain_text(part)
        await expect(dialog.get_by_role("button", name="Done")).to_be_disabled()
        await dialog.get_by_text("Athletic Shoes", exact=True).click()
        await dialog.get_by_role("button", name="Done").click()
        await expect(page.locator("button[name=categoryId]")).to_have_text("Athletic Shoes")
        await expect(page.locator(".summary__category--path")).to_have_text(
            "in Clothing, Shoes & Accessories > Men > Men's Shoes"
        )
        await expect(value_button(page, "US Shoe Size")).to_be_visible()
        await expect(value_button(page, "Department")).to_have_text("Women")  # kept: the new category knows the name
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["fields"]["categoryId"] == "15709"
    assert only(sandbox)["category"][-1] == "Athletic Shoes"


def test_variant_b_has_policies_in_comboboxes_and_sizes_joined_with_their_type(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        sandbox.set_faults("ebay", variant="B")
        await ready_draft(page, photo_files[0])
        await expect(value_button(page, "Size Type")).to_have_count(0)
        await expect(value_button(page, "Size")).to_have_text("Regular - M")
        await list_it(page).click()
        await expect(page.locator(".page-notice--attention")).to_contain_text("You must select a shipping policy")
        policy = page.get_by_role("combobox", name="Shipping policy")
        await policy.click()
        await page.get_by_role("option", name="Flat rate $7.95 (12 listings)").click()
        await expect(policy).to_have_value("Flat rate $7.95")
        await list_it(page).click()
        await expect(page.locator(".success-overlay")).to_be_visible()

    run_async(scenario(sandbox_page))
    assert only(sandbox)["shipping"]["policy"] == "Flat rate $7.95"


def test_what_was_typed_before_hydration_is_saved(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        await quick_sign_in(page)
        sandbox.set_faults("ebay", variant="hydration=1.5")
        await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={DRESSES}&title=A", wait_until="commit")
        await page.fill("input[name=customLabel]", "LW-EARLY")
        await awake(page)
        await saved(page)

    run_async(scenario(sandbox_page))
    assert only(sandbox)["sku"] == "LW-EARLY"


def test_lazy_sections_appear_when_scrolled_to(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        sandbox.set_faults("ebay", variant="lazy-sections")
        await quick_sign_in(page)
        await page.goto(f"{WWW}/sl/list?mode=AddItem&categoryId={DRESSES}&title=A+dress")
        await awake(page)
        await expect(page.locator("button[aria-haspopup=listbox]")).to_have_count(0)
        await list_it(page).scroll_into_view_if_needed()
        await expect(page.locator("button[aria-haspopup=listbox]")).to_have_count(1)

    run_async(scenario(sandbox_page))


def test_drafts_pile_up_and_belong_to_their_seller(
    sandbox_page: Page, sandbox: RunningSandbox, run_async: RunAsync
) -> None:
    async def scenario(page: Page) -> None:
        first = await open_form(page)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await new_draft(page)
        await page.goto(f"{WWW}/sh/lst/drafts")
        await expect(page.get_by_role("link", name="Resume draft")).to_have_count(2)
        other = sandbox.admin.put(
            "/accounts/ebay", json={"username": "other@example.com", "password": "sandbox-password", "handle": "other"}
        )
        other.raise_for_status()
        await page.context.clear_cookies()
        await page.goto("https://signin.ebay.com/")
        await page.fill("#userid", "other@example.com")
        await page.click("#signin-continue-btn")
        await page.fill("#pass", "sandbox-password")
        await page.click("#sgnBt")
        await page.wait_for_url(f"{WWW}/")
        await page.goto(f"{WWW}/lstng?draftId={first}&mode=AddItem")
        await expect(page.locator("main")).to_contain_text("no longer available")

    run_async(scenario(sandbox_page))


def test_a_ready_draft_is_as_the_helper_says(
    sandbox_page: Page, sandbox: RunningSandbox, photo_files: list[Path], run_async: RunAsync
) -> None:
    run_async(ready_draft(sandbox_page, photo_files[0]))
    listing = only(sandbox)
    assert (listing["title"], listing["price_cents"], len(listing["photos"])) == (READY["title"], 4800, 1)
    assert listing["status"] == "draft"
