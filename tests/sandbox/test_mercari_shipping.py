"""How a listing travels on the Mercari replica: label wizard, who pays, from where."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.sandbox.mercari_seller import Seller

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def seller(clean_sandbox: RunningSandbox, sandbox_page: Page) -> Seller:
    return Seller(sandbox_page)


def test_the_shipping_label_waits_for_title_and_category(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        label = seller.at("SelectShipping")
        await seller.open_form()
        await expect(label).to_be_disabled()
        await expect(label).to_have_value("Add title and category to enable shipping")
        await seller.at("Title").fill("Dress")
        await expect(label).to_be_disabled()
        await seller.pick_category("Midi", "Women > Dresses > Midi")
        await expect(label).to_be_enabled()
        await seller.page.locator("#SOYO").check()
        await expect(label).to_have_count(0)

    run_async(scenario())


def test_the_wizard_wants_weight_and_box_and_forgets_a_literal_zero(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        following = seller.at("SelectCarrierButton")
        await seller.open_form()
        await seller.at("Title").fill("Anvil")
        await seller.pick_category("Midi", "Women > Dresses > Midi")
        await seller.open_wizard()
        await seller.at("ItemWeightInOunces").fill("0")
        await expect(seller.at("ItemWeightInOunces")).to_have_value("")
        await seller.at("ItemWeightInPounds").fill("3")
        await expect(following).to_be_disabled()
        await seller.at("FitsInShoeboxNo").check()
        await expect(following).to_be_disabled()
        for side in ("Length", "Width", "Height"):
            await seller.at(f"Input{side}").fill("16")
        await following.click()
        await expect(seller.page.get_by_text("Which label would you like to use?")).to_be_visible()
        options = seller.at("AvailableShippingOption")
        names = await options.evaluate_all("all => all.map(e => e.dataset.displayName)")
        assert "FedEx Home" in names
        assert "USPS Ground Advantage" not in names, "a large box is charged by its volume"
        await expect(seller.at("SelectCarrierSaveButton")).to_be_disabled()

    run_async(scenario())


def test_the_wizards_steps_may_share_one_button(
    clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync
) -> None:
    clean_sandbox.set_faults("mercari", variant="wizard_steps label_silent")

    async def scenario() -> None:
        await seller.open_form()
        await seller.at("Title").fill("Dress")
        await seller.pick_category("Midi", "Women > Dresses > Midi")
        await seller.open_wizard()
        await seller.at("ItemWeightInOunces").fill("14")
        assert await seller.at("FitsInShoeboxYes").count() == 0
        await seller.at("SelectCarrierButton").click()
        await seller.at("FitsInShoeboxYes").check()
        await seller.at("SelectCarrierButton").click()
        await seller.at("AvailableShippingOption").first.get_by_role("radio").check()
        await seller.at("SelectCarrierSaveButton").click()
        assert await seller.at("SelectShipping").input_value() == ""
        await expect(seller.at("ShippingClass")).to_contain_text("You pay $")

    run_async(scenario())


def test_the_seller_pays_shipping_unless_told_otherwise(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        payer = seller.page.locator("[data-testid=ShippingPayerOption][aria-haspopup=listbox]")
        await expect(payer).to_have_text("Yes (Recommended)")
        await seller.buyer_pays()
        await expect(payer).to_have_text("No")

    run_async(scenario())


def test_another_address_can_be_chosen(clean_sandbox: RunningSandbox, seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.open_form()
        await expect(seller.at("ShipsFrom")).to_have_text("95112")
        await seller.at("ShipsFromEditButton").click()
        await seller.at("MyAddressesAddressRow").filter(has_text="78701").click()
        await seller.page.get_by_role("button", name="Use", exact=True).click()
        await expect(seller.at("ShipsFrom")).to_have_text("78701")
        clean_sandbox.set_faults("mercari", variant="no_address")
        await seller.open("/sell/")
        await seller.at("ShipsFromAddButton").click()
        await expect(seller.page.get_by_role("dialog", name="My addresses")).to_be_visible()

    run_async(scenario())
