"""The Poshmark replica, used by hand: publishing gone wrong, and what can be done with a listing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.poshmark_by_hand import (
    CALLS,
    HOME,
    POST,
    TITLE,
    list_filled,
    only_listing,
    open_filled,
    open_form,
    press_list,
    set_price,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
