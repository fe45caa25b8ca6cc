"""After publishing on Facebook: cards that load as one scrolls, equal titles, dialogs of several builds, answers that
fail while one looks."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route

from listing_worker.errors import AccountRestricted, PublishUncertain, RetryLater
from listing_worker.models import ListingStatus, OperationKind
from tests.agents.conftest import Market
from tests.agents.owner import Owner

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SITE = "facebook"


@pytest.mark.parametrize("variant", ["", "old_delete", "capital_delete"])
def test_of_equal_titles_the_very_one_is_deleted_though_it_is_far_down(market: Market, variant: str) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        await owner.lists()
        others = [await owner.also_lists() for _ in range(2)]
        market.sandbox.set_faults(SITE, variant=f"short_pages,{variant}")
        page = await owner.fresh_page()
        looked = await owner.agent.find_in_closet(page, owner.listing)
        assert len(looked.matches) == 3 and looked.complete
        assert (await owner.does(page, owner.deed(OperationKind.DELIST))).holds is True
        held = {one["id"]: one["status"] for one in market.sandbox.listings(SITE)}
        assert held == {owner.proof.external_id: "deleted", **{each.external_id: "live" for each in others}}
        assert (len(owner.record()["changes"]), owner.presses) == (1, 1)

    market.run(scenario())


@pytest.mark.parametrize("variant", ["edit_save,boost_on", "no_names,en_gb", "description_required,folded_place"])
def test_variants_of_the_edit_form_take_the_price_and_buy_nothing(market: Market, variant: str) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        await owner.lists()
        market.sandbox.set_faults(SITE, variant=variant)
        page = await owner.fresh_page()
        assert (await owner.does(page, owner.deed(OperationKind.CHANGE_PRICE, price=41))).holds is True
        record = owner.record()
        assert (record["price_cents"], record["publish_requests"], len(record["changes"])) == (4100, 1, 1)
        assert not [name for name, value in record["fields"].items() if "boost" in name.lower() and value]

    market.run(scenario())


def test_own_listings_tell_what_is_on_sale_and_what_is_sold(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        await owner.lists()
        sold = await owner.also_lists(title="Oak chair")
        market.sandbox.admin.put(f"/listings/{SITE}/{sold.external_id}", json={"status": "sold"}).raise_for_status()
        page = await owner.fresh_page()
        for status, wanted in ((ListingStatus.ACTIVE, owner.proof), (ListingStatus.SOLD, sold)):
            view = await owner.agent.own_listings(page, status)
            assert view.complete
            assert [each.external_id for each in view.listings] == [wanted.external_id]
        assert not (await owner.agent.own_listings(page, ListingStatus.DELISTED)).complete, "there is no such list"

    market.run(scenario())


async def lose_cards(page: Page, first: int) -> None:
    """Of the requests for cards, loses those from number `first` on."""
    asked = 0

    async def answer(route: Route) -> None:
        nonlocal asked
        asked += "YouSelling" in (route.request.post_data or "")
        if asked >= first and "YouSelling" in (route.request.post_data or ""):
            await route.abort("connectionreset")
        else:
            await route.fallback()

    await page.route("**/api/graphql/", answer)


@pytest.mark.parametrize("first", [1, 2])
def test_a_listing_is_not_gone_because_its_cards_did_not_come(market: Market, first: int) -> None:
    """The scar: half a page made live listings look gone."""

    async def scenario() -> None:
        owner = Owner(market, SITE)
        await owner.lists()
        for number in range(2):
            await owner.also_lists(title=f"Chair {number}")
        market.sandbox.set_faults(SITE, variant="short_pages")
        page = await owner.fresh_page()
        await lose_cards(page, first)
        assert (await owner.standing(page)).status is ListingStatus.UNKNOWN
        assert not (await owner.agent.own_listings(page)).complete
        deed = owner.deed(OperationKind.DELIST)
        with pytest.raises(RetryLater):
            await owner.agent.delist(page, deed)
        assert (owner.intents, owner.presses, owner.record()["status"]) == ([], 0, "live")

    market.run(scenario())


def test_a_delete_that_fails_is_uncertain_and_not_in_effect(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        page = await owner.lists()
        market.sandbox.set_faults(SITE, change_error=503)
        deed = owner.deed(OperationKind.DELIST)
        with pytest.raises(PublishUncertain):
            await owner.agent.delist(page, deed)
        assert (await owner.agent.in_effect(await owner.fresh_page(), deed)).holds is False
        assert (owner.record()["status"], len(owner.record()["changes"])) == ("live", 1)

    market.run(scenario())


def test_an_account_that_may_not_sell_says_nothing_about_its_listings(market: Market) -> None:
    async def scenario() -> None:
        owner = Owner(market, SITE)
        page = await owner.lists()
        market.sandbox.set_faults(SITE, suspended=True)
        with pytest.raises(AccountRestricted):
            await owner.standing(page)

    market.run(scenario())
