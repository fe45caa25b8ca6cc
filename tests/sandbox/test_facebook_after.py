"""The seller's own listings on the Facebook replica, and its misbehaviour by switch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.facebook_seller import HOME, Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TECHNICAL = "This may be because of a technical error"


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


def statuses(sandbox: RunningSandbox) -> list[str]:
    return [listing["status"] for listing in sandbox.listings("facebook")]


@pytest.mark.parametrize("switches", [{"publish_lost": True}, {"publish_error_after": 502}])
def test_an_answer_that_is_lost_leaves_a_live_listing(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, switches: dict[str, Any]
) -> None:
    async def scenario() -> None:
        await seller.ready_to_publish()
        clean_sandbox.set_faults("facebook", **switches)
        await seller.button("Publish").click()
        await expect(seller.page.get_by_role("alert")).to_contain_text(TECHNICAL)
        assert [card[0] for card in await seller.own_cards()] == ["Green mug"]

    run_async(scenario())
    assert clean_sandbox.received("facebook")["publish_requests"] == 1


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ({"publish_error_before": 500}, TECHNICAL),
        ({"variant": "technical_error"}, TECHNICAL),
        ({"suspended": True}, "You can't access Marketplace"),
        ({"drop_field": ""} | {"variant": "description_required"}, "Please describe it."),
    ],
)
def test_a_refused_request_is_counted_and_makes_nothing(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, switches: dict[str, Any], sentence: str
) -> None:
    async def scenario() -> None:
        await seller.ready_to_publish()
        clean_sandbox.set_faults("facebook", **switches)
        await seller.button("Publish").click()
        await expect(seller.page.get_by_role("alert")).to_contain_text(sentence)

    run_async(scenario())
    assert clean_sandbox.received("facebook")["publish_requests"] == 1
    assert statuses(clean_sandbox) == ["draft"]


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("limit_reached", "Limit reached"),
        ("new_account_limit", "daily limit for new accounts"),
        ("monthly_limit", ""),
    ],
)
def test_limits_switch_publish_off(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, variant: str, said: str
) -> None:
    clean_sandbox.set_faults("facebook", variant=variant)

    async def scenario() -> None:
        await seller.ready_to_publish()
        await expect(seller.button("Publish")).to_have_attribute("aria-disabled", "true")
        alert = seller.page.get_by_role("alert")
        await (expect(alert).to_contain_text(said) if said else expect(alert).to_have_count(0))

    run_async(scenario())


@pytest.mark.parametrize(
    ("switches", "address"),
    [
        ({"variant": "lands_edit"}, "/marketplace/edit/?listing_id=*"),
        ({"variant": "lands_dashboard"}, "/marketplace/you/dashboard"),
        ({"reauth_after_publish": True}, "/login/?next=*"),
    ],
)
def test_where_publishing_leads(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, switches: dict[str, Any], address: str
) -> None:
    async def scenario() -> None:
        await seller.ready_to_publish()
        clean_sandbox.set_faults("facebook", **switches)
        if "variant" in switches:
            await seller.page.reload()
            await seller.button("Next").click()
        await seller.button("Publish").click()
        await seller.page.wait_for_url(f"{HOME}{address}")

    run_async(scenario())


def test_dialogs_stand_before_and_after(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("facebook", variant="leave_dialog")

    async def scenario() -> None:
        dialog = seller.page.get_by_role("dialog")
        await seller.ready_to_publish()
        await seller.button("Publish").click()
        await dialog.get_by_role("button", name="Leave Page").click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")
        clean_sandbox.set_faults("facebook", modal=True, cookie_banner=True)
        await seller.open("/marketplace/create/item")
        await dialog.get_by_role("button", name="Decline optional cookies").click()
        await dialog.get_by_text("Close", exact=True).click()
        await expect(dialog).to_have_count(0)
        clean_sandbox.set_faults("facebook", modal=False, cookie_banner=False, suspended=True)
        await seller.open("/marketplace/create/item")
        await expect(seller.page.get_by_role("heading", name="You can't access Marketplace")).to_be_visible()

    run_async(scenario())


def test_photos_may_fail_or_be_late(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, photo_files: list[Path]
) -> None:
    clean_sandbox.set_faults("facebook", photo_error=1, photo_slow=0.5)

    async def scenario() -> None:
        await seller.open_form()
        await seller.page.locator('input[type=file][accept^="image/"]').set_input_files(photo_files[:2])
        await expect(seller.page.get_by_role("progressbar")).to_have_count(2)
        await expect(seller.page.get_by_role("alert")).to_contain_text("couldn't be uploaded")
        await expect(seller.page.get_by_text("Photos · 1/10", exact=True)).to_be_visible()

    run_async(scenario())


def test_a_dropped_field_is_missing_from_the_record(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("facebook", drop_field="condition")

    async def scenario() -> None:
        await seller.signed_in()
        await seller.list_quickly()

    run_async(scenario())
    (listing,) = clean_sandbox.listings("facebook")
    assert (listing["condition"], listing["title"]) == ("", "Oak table")


def test_review_shows_only_to_the_seller(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    clean_sandbox.set_faults("facebook", pending_review=True)

    async def scenario() -> None:
        page = seller.page
        await seller.signed_in()
        made = await seller.list_quickly()
        (card,) = await seller.own_cards()
        assert card[2] == "Pending"
        await page.locator(f'a[href="/commerce/listing/{made}/"]').last.click()
        await expect(page.get_by_role("heading", name="Oak table")).to_be_visible()
        await seller.open(f"/marketplace/item/{made}/")
        await expect(page.get_by_role("heading", name="Today's picks")).to_be_visible()
        clean_sandbox.set_faults("facebook", variant="rejected")
        await seller.open("/marketplace/you/selling")
        await seller.button("Needs attention").click()
        await expect(page.locator("div:has(> a[aria-hidden=true])")).to_contain_text("Needs attention")

    run_async(scenario())


def test_own_listings_load_as_one_scrolls_and_are_searched_by_title(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("facebook", variant="short_pages", late_in_closet=0.0)

    async def scenario() -> None:
        await seller.signed_in()
        for number in range(5):
            await seller.list_quickly(f"Chair {number}", sku=f"SKU-{number}")
        clean_sandbox.set_faults("facebook", late_in_closet=60)
        await seller.list_quickly("Chair 5")
        assert [card[0] for card in await seller.own_cards()] == [f"Chair {number}" for number in (4, 3, 2, 1, 0)]
        assert [card[0] for card in await seller.own_cards("chair 3")] == ["Chair 3"]
        assert await seller.own_cards("SKU-3") == []
        await seller.open("/notifications/")
        await expect(seller.page.get_by_text("You listed an item in Marketplace: Chair 4")).to_be_visible()

    run_async(scenario())


@pytest.mark.parametrize(
    ("variant", "first", "second"),
    [
        ("", "", "Delete listing"),
        ("capital_delete", "", "Delete Listing"),
        ("old_delete", "Your Listing", "Delete listing"),
    ],
)
def test_deleting_asks_first_and_the_address_shows_the_feed(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, variant: str, first: str, second: str
) -> None:
    clean_sandbox.set_faults("facebook", variant=variant)

    async def scenario() -> None:
        await seller.signed_in()
        made = await seller.list_quickly()
        await seller.own_cards()
        await seller.choose_from_menu("Oak table", "Delete")
        for name in filter(None, (first, second)):
            dialog = seller.page.get_by_role("dialog").and_(seller.page.locator(f'[aria-label="{name}"]'))
            await dialog.locator('div[role=button][aria-label="Delete"]').click()
        await expect(seller.page.get_by_text("You don't have any listings that match.")).to_be_visible()
        answer = await seller.page.goto(f"{HOME}/marketplace/item/{made}/")
        assert answer
        assert answer.status == 200
        await expect(seller.page.get_by_role("heading", name="Today's picks")).to_be_visible()
        assert seller.page.url == f"{HOME}/marketplace/item/{made}/"

    run_async(scenario())
    assert statuses(clean_sandbox) == ["deleted"]


@pytest.mark.parametrize(("variant", "button"), [("", "Update"), ("edit_save", "Save")])
def test_the_price_changes_on_the_edit_page(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync, variant: str, button: str
) -> None:
    clean_sandbox.set_faults("facebook", variant=variant)

    async def scenario() -> None:
        await seller.signed_in()
        made = await seller.list_quickly()
        await seller.own_cards()
        await seller.choose_from_menu("Oak table", "Edit")
        await seller.page.wait_for_url(f"{HOME}/marketplace/edit/?listing_id={made}")
        await expect(seller.text("Price")).to_have_value("$40")
        await seller.text("Price").fill("35")
        await seller.button(button).click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")
        assert (await seller.own_cards())[0][1] == "$35"

    run_async(scenario())
    assert [(one["price_cents"], one["title"]) for one in clean_sandbox.listings("facebook")] == [(3500, "Oak table")]


def test_sold_items_are_available_again_or_listed_once_more(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.signed_in()
        await seller.list_quickly()
        await seller.own_cards()
        await seller.button("Mark as sold").click()
        await seller.button("Mark as available").click()
        await seller.button("Mark as sold").click()
        await expect(seller.page.get_by_text("Sold", exact=True)).to_be_visible()
        await seller.button("Relist this item").click()
        await expect(seller.text("Title")).to_have_value("Oak table")
        await seller.publish()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")

    run_async(scenario())
    assert statuses(clean_sandbox) == ["sold", "live"]


def test_renewing_is_offered_after_a_while_and_once(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = seller.page
        await seller.signed_in()
        for title in ("Oak table", "Chair"):
            await seller.list_quickly(title)
        await seller.own_cards()
        await seller.button("Manage listings").click()
        await page.get_by_role("checkbox", name="Select all").click()
        await seller.button("Actions").click()
        await expect(page.get_by_role("menuitem")).to_have_text(["Nothing to renew"])
        clean_sandbox.set_faults("facebook", variant="renewable")
        await seller.own_cards()
        await seller.button("Manage listings").click()
        await page.get_by_role("checkbox", name="Select Oak table").click()
        await seller.button("Actions").click()
        await page.get_by_role("menuitem", name="Renew in Marketplace").click()
        await page.get_by_role("dialog").locator('[aria-label="Renew"]').click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert [card[0] for card in await seller.own_cards()] == ["Oak table", "Chair"]

    run_async(scenario())
    assert [one["fields"].get("renewed") for one in clean_sandbox.listings("facebook")] == [1, None]


def test_drafts_are_kept_only_when_asked_and_go_on_where_they_were(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await seller.text("Title").fill("Half a table")
        await seller.page.get_by_role("link", name="Marketplace", exact=True).last.click()
        await seller.button("Stay on Page").click()
        await seller.button("Save draft").click()
        await seller.page.wait_for_url(f"{HOME}/marketplace/you/selling")
        (card,) = await seller.own_cards()
        assert card[:2] == ["Half a table", "Draft"]
        await seller.button("Continue").click()
        await expect(seller.text("Title")).to_have_value("Half a table")

    run_async(scenario())
    assert statuses(clean_sandbox) == ["draft"]
