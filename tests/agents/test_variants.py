"""Variants of the forms that change what can be said. All others are cases (`cases/`) or bad days (`switches.py`)."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.registry import get_agent
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_form_without_a_field_for_the_label_is_filled_without_and_found_again_by_its_title(market: Market) -> None:
    run = Run.of(get_agent("ebay"), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in("ebay")
        market.sandbox.set_faults("ebay", variant="no-sku-field")
        return await run.post(page), await run.reconcile(page)

    proof, looked = market.run(scenario())
    assert market.sandbox.listings("ebay")[0]["sku"] == ""
    assert [seen.external_id for seen in looked.matches] == [proof.external_id]
