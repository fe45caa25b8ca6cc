"""Facebook Marketplace's own ways: later pages of the form, limits, review, and cards that have no hook."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.registry import get_agent
from listing_worker.errors import PublishRefused, PublishUncertain, RateLimited
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def post(market: Market, run: Run, **switches: Any) -> Any:
    async def scenario() -> Any:
        page = await market.signed_in("facebook")
        market.sandbox.set_faults("facebook", **switches)
        return await run.post(page)

    return market.run(scenario())


def test_the_delivery_page_is_answered_in_the_words_of_the_listing(market: Market) -> None:
    told = {
        "Delivery method": "Shipping and local pickup",
        "Package weight": "1 to 2 lb",
        "Shipping carrier": "UPS Ground",
        "Shipping label": "Use your own shipping label",
    }
    run = Run.of(get_agent("facebook"), {"attributes": told}, market.files[:1])
    post(market, run, variant="three_step")
    (listing,) = market.listed("facebook")
    wanted = {"method": "shipping_and_pickup", "weight": "1 to 2 lb", "carrier": "UPS Ground", "label": "own"}
    assert {name: listing["shipping"][name] for name in wanted} == wanted
    assert listing["shipping"]["offers"] is False, "offers are preset on there"


def test_a_paid_boost_that_is_preset_is_switched_off(market: Market) -> None:
    run = Run.of(get_agent("facebook"), {}, market.files[:1])
    post(market, run, variant="boost_on")
    (listing,) = market.listed("facebook")
    assert not [name for name, value in listing["fields"].items() if "boost" in name.lower() and value]
    (report,) = [each for each in run.reports if each.field == "boost"]
    assert (report.meant, report.on_form, report.same) == ("false", "false", True)


@pytest.mark.parametrize("variant", ["limit_reached", "new_account_limit"])
def test_a_limit_asks_to_wait_and_nothing_is_pressed(market: Market, variant: str) -> None:
    run = Run.of(get_agent("facebook"), {}, market.files[:1])
    with pytest.raises(RateLimited) as caught:
        post(market, run, variant=variant)
    assert caught.value.seconds is None or caught.value.seconds >= 3600
    assert run.presses == 0
    assert market.sandbox.received("facebook")["publish_requests"] == 0


def test_a_technical_error_is_never_taken_for_a_listing(market: Market) -> None:
    run = Run.of(get_agent("facebook"), {}, market.files[:1])
    with pytest.raises((PublishUncertain, PublishRefused)):
        post(market, run, variant="technical_error")
    assert run.presses == 1
    assert not market.listed("facebook")


def test_a_listing_under_review_is_told_so(market: Market) -> None:
    run = Run.of(get_agent("facebook"), {}, market.files[:1])
    proof = post(market, run, pending_review=True)
    assert proof.pending_review
    assert [one["id"] for one in market.listed("facebook")] == [proof.external_id]


def test_own_listings_are_read_to_the_end_without_the_sold_ones(market: Market) -> None:
    runs = [Run.of(get_agent("facebook"), {"title": f"Chair {number}"}, market.files[:1]) for number in range(3)]

    async def scenario() -> Any:
        page = await market.signed_in("facebook")
        market.sandbox.set_faults("facebook", variant="one_step,short_pages")
        proofs = [await run.post(await page.context.new_page()) for run in runs]
        sold = proofs[0].external_id
        market.sandbox.admin.put(f"/listings/facebook/{sold}", json={"status": "sold"}).raise_for_status()
        return proofs, [await run.reconcile(page) for run in runs]

    proofs, looked = market.run(scenario())
    assert all(look.complete for look in looked)
    found = [[seen.external_id for seen in look.matches] for look in looked]
    assert found == [[], [proofs[1].external_id], [proofs[2].external_id]]
    assert looked[1].matches[0].price_cents == 4800
