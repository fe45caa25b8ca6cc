"""eBay's page of orders: an order names its item; a cancelled one sold nothing."""

from __future__ import annotations

import pytest

from listing_worker.agents.after.orders import Sale
from listing_worker.agents.registry import get_agent
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_order_names_its_item_and_a_cancelled_one_names_none(market: Market) -> None:
    run = Run.of(get_agent("ebay"), {}, market.files[:1])

    async def scenario() -> tuple[str, list[tuple[Sale, ...] | None]]:
        page = await market.signed_in("ebay")
        proof = await run.post(page)
        seen = [await run.agent.own_orders(page)]
        market.sandbox.admin.put(f"/listings/ebay/{proof.external_id}", json={"status": "sold"}).raise_for_status()
        seen.append(await run.agent.own_orders(page))
        market.sandbox.set_faults("ebay", variant="order-cancelled")
        return proof.external_id, [*seen, await run.agent.own_orders(page)]

    item, (before, sold, cancelled) = market.run(scenario())
    assert before == ()
    assert sold is not None and [sale.external_id for sale in sold] == [item]
    assert cancelled == ()
