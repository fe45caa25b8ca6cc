"""The Mercari replica's misbehaviour by switch, and the pages that come after a listing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.mercari_seller import HOME, Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


@pytest.mark.parametrize("switches", [{"publish_lost": True}, {"publish_error_after": 502}])
def test_an_answer_that_is_lost_leaves_a_live_listing(
    clean_sandbox: RunningSandbox,
    seller: Seller,
    run_async: RunAsync,
    switches: dict[str, Any],
) -> None:
    async def scenario() -> None:
        await seller.ready_to_list()
        clean_sandbox.set_faults("mercari", **switches)
        await seller.at("ListButton").click()
        await expect(seller.at("SellFormError")).to_have_text("Something went wrong. Please try again.")
        assert await seller.own_titles() == ["Green mug"]

    run_async(scenario())
    assert clean_sandbox.received("mercari")["publish_requests"] == 1


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ({"publish_error_before": 500}, "Something went wrong. Please try again."),
        ({"variant": "seller_action"}, "An action is required before you can list"),
        ({"suspended": True}, "Something went wrong. Please try again."),
    ],
)
def test_a_refused_request_is_counted_and_makes_nothing(
    clean_sandbox: RunningSandbox,
    seller: Seller,
    run_async: RunAsync,
    switches: dict[str, Any],
    sentence: str,
) -> None:
    async def scenario() -> None:
        await seller.ready_to_list()
        clean_sandbox.set_faults("mercari", **switches)
        await seller.at("ListButton").click()
        await expect(seller.at("SellFormError")).to_have_text(sentence)

    run_async(scenario())
    assert clean_sandbox.received("mercari")["publish_requests"] == 1
    assert [listing["status"] for listing in clean_sandbox.listings("mercari")] == ["draft"]


def test_signing_in_may_be_asked_for_after_publish(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.ready_to_list()
        clean_sandbox.set_faults("mercari", reauth_after_publish=True)
        await seller.at("ListButton").click()
        await seller.at("PasswordInput").wait_for()
        assert seller.page.url == f"{HOME}/login/"

    run_async(scenario())
    assert [listing["status"] for listing in clean_sandbox.listings("mercari")] == ["draft"]


def test_the_item_page_may_come_instead_of_the_dialog(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="redirect,confirm", pending_review=True)

    async def scenario() -> None:
        await seller.ready_to_list()
        await seller.at("ListButton").click()
        confirm = seller.page.get_by_role("dialog", name="Ready to list?")
        await confirm.get_by_role("button", name="List", exact=True).click()
        await seller.page.wait_for_url(f"{HOME}/us/item/m*/", wait_until="commit")
        await expect(seller.at("ItemReviewStatus")).to_be_visible()

    run_async(scenario())
    assert [listing["status"] for listing in clean_sandbox.listings("mercari")] == ["deleted", "pending_review"]


def test_a_payment_method_may_be_demanded_and_nothing_is_sent(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="payment_gate")

    async def scenario() -> None:
        await seller.ready_to_list()
        await seller.at("ListButton").click()
        await expect(seller.page.get_by_role("dialog", name="You're almost done…")).to_be_visible()

    run_async(scenario())
    assert clean_sandbox.received("mercari")["publish_requests"] == 0


def test_a_new_listing_can_be_late_in_the_list(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", late_in_closet=600.0)

    async def scenario() -> None:
        await seller.signed_in()
        made = await seller.list_quickly("Late mug")
        assert await seller.own_titles() == []
        await seller.open(f"/us/item/{made['id']}/")
        await expect(seller.page.get_by_role("heading", level=1)).to_have_text("Late mug")

    run_async(scenario())


def test_a_dropped_field_is_lost_on_its_way(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("mercari", drop_field="description")

    async def scenario() -> None:
        await seller.signed_in()
        await seller.list_quickly()

    run_async(scenario())
    (listing,) = clean_sandbox.listings("mercari")
    assert listing["description"] == ""
    assert listing["title"] == "Blue mug"


def test_a_failed_upload_is_said_and_its_preview_goes(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("mercari", photo_error=1, photo_slow=0.3)

    async def scenario() -> None:
        await seller.open_form()
        await seller.at("SellPhotoInput").set_input_files(photo_files)
        await expect(seller.page.get_by_role("progressbar").first).to_be_visible()
        await expect(seller.page.get_by_text("Something wrong happened")).to_be_visible()
        await expect(seller.page.get_by_role("progressbar")).to_have_count(0)
        await expect(seller.at("PreviewThumbnail")).to_have_count(3)

    run_async(scenario())


def test_a_session_that_ends_leads_to_sign_in(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.open_form()
        clean_sandbox.set_faults("mercari", signed_out=True)
        await seller.at("SaveDraftButton").click()
        await seller.at("PasswordInput").wait_for()
        await seller.open("/sell/")
        await seller.at("PasswordInput").wait_for()
        assert seller.page.url == f"{HOME}/login/"

    run_async(scenario())


def test_a_challenge_stands_before_every_page(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", challenge=True)

    async def scenario() -> None:
        answer = await seller.page.goto(f"{HOME}/sell/")
        assert answer
        assert answer.status == 403
        assert await seller.page.title() == "Just a moment..."

    run_async(scenario())


def test_a_suspended_account_is_told_so(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("mercari", suspended=True)

    async def scenario() -> None:
        await seller.signed_in()
        await seller.open("/sell/")
        await expect(seller.page.get_by_role("heading", level=1)).to_have_text("Your account has been suspended")

    run_async(scenario())


def test_dialogs_come_in_the_way(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("mercari", modal=True, cookie_banner=True)

    async def scenario() -> None:
        await seller.open_form()
        for title, button in (
            ("Why not earn some extra $$$?", "Close"),
            ("List faster with templates", "Got it"),
            ("Privacy settings", "Got it"),
        ):
            dialog = seller.page.get_by_role("dialog", name=title)
            await dialog.get_by_role("button", name=button, exact=True).click()
        await expect(seller.page.get_by_role("dialog")).to_have_count(0)
        await seller.page.get_by_role("button", name="Accept all cookies").click()
        await seller.open("/mypage/listings/active/")
        help_dialog = seller.page.get_by_role("dialog", name="Clicks and views")
        await help_dialog.get_by_role("button", name="Got it").click()
        await expect(seller.page.get_by_role("dialog")).to_have_count(0)

    run_async(scenario())


def test_an_empty_shell_never_mounts_the_form(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="empty_shell")

    async def scenario() -> None:
        await seller.signed_in()
        await seller.open("/sell/")
        await seller.page.wait_for_timeout(900)
        assert await seller.at("Title").count() == 0

    run_async(scenario())


def test_the_own_list_has_pages_to_the_end(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("mercari", variant="short_pages")

    async def scenario() -> None:
        await seller.signed_in()
        for number in range(3):
            await seller.list_quickly(f"Mug {number}")
        assert await seller.own_titles() == ["Mug 2", "Mug 1"], "newest first"
        following = seller.page.get_by_role("button", name="Next", exact=True)
        await following.click()
        await expect(seller.at("ItemLink")).to_have_text(["Mug 0"])
        await expect(following).to_be_disabled()

    run_async(scenario())


def test_a_listing_can_be_deactivated_from_the_list(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.signed_in()
        made = await seller.list_quickly()
        assert await seller.own_titles() == ["Blue mug"]
        await seller.at("ListingItemCheckbox").check()
        bar = seller.at("BulkActions")
        await expect(bar).to_contain_text("1 item selected")
        await bar.get_by_role("button", name="Deactivate").click()
        await seller.page.get_by_role("dialog").get_by_role("button", name="Deactivate", exact=True).click()
        await expect(seller.page.get_by_text("No items found")).to_be_visible()
        assert await seller.own_titles("inactive") == ["Blue mug"]
        await seller.open(f"/us/item/{made['id']}/")
        await expect(seller.at("ItemDetailsRibbon")).to_have_text("INACTIVE")

    run_async(scenario())
    assert [listing["status"] for listing in clean_sandbox.listings("mercari")] == ["delisted"]


def test_the_edit_page_reads_back_changes_and_deletes(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.signed_in()
        made = await seller.list_quickly()
        await seller.open(f"/sell/edit/{made['id']}/")
        await expect(seller.at("Title")).to_have_value("Blue mug")
        await expect(seller.at("SellCategoryFieldButton")).to_have_text("Women > Dresses > Maxi")
        await expect(seller.at("Size")).to_have_text("M (8-10)")
        await expect(seller.at("Price")).to_have_value("12.50")
        await expect(seller.at("ListButton")).to_have_text("Update")
        await seller.type_price("15")
        await seller.at("ListButton").click()
        await expect(seller.at("ItemPrice")).to_have_text("$15.00")
        await seller.open(f"/sell/edit/{made['id']}/")
        await seller.at("DeleteButton").click()
        await seller.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        await seller.page.wait_for_url("**/mypage/listings/**")
        await seller.open(f"/us/item/{made['id']}/")
        await expect(seller.page.get_by_role("heading", name="Page not found")).to_be_visible()

    run_async(scenario())
    (listing,) = clean_sandbox.listings("mercari")
    assert (listing["price_cents"], listing["status"]) == (1500, "deleted")
    assert clean_sandbox.received("mercari")["publish_requests"] == 1
