"""The forms' known variants: the same recipe fills them all, and the record is the same.

Variants that do not touch each other run together, to keep the tests quick.
"""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.registry import get_agent
from tests.agents.cases import ebay, facebook, mercari, poshmark
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ORDINARY = {
    "poshmark": poshmark.CASES[0],
    "mercari": mercari.CASES[0],
    "ebay": ebay.CASES[0],
    "facebook": facebook.CASES[0],
}
POLICY = {**ORDINARY["ebay"].changes, "attributes": {"Department": "Women", "Type": "Dress", "Style": "Wrap Dress"}}
POLICY["attributes"]["Shipping policy"] = "Calculated USPS Ground"

VARIANTS = [
    ("poshmark", "smart_sell inline_category fragile", {}),
    ("poshmark", "late_cover no_share_panel", {}),
    ("mercari", "B no_condition_ids recommended_label redirect", {}),
    ("mercari", "wizard_steps label_silent late_kando confirm", {}),
    ("mercari", "no_kando no_smart_pricing size_slips brand_blur", {}),
    ("ebay", "B skip-category skip-match hydration=2", POLICY),
    ("ebay", "condition-select inline-editor photo-tips sku-column", {}),
    ("ebay", "condition-buttons lazy-sections price-delay=2", {}),
    ("facebook", "one_step no_pills leave_dialog", {}),
    ("facebook", "three_step delivery_note lands_edit", {}),
    ("facebook", "three_step no_names", {}),
    ("facebook", "mobile lands_dashboard", {}),
    ("facebook", "en_gb video_first no_place", {}),
    ("facebook", "folded_place boost_on promote_label slow_mount", {}),
    ("facebook", "brand_required description_required boost_on", {}),
]


@pytest.mark.parametrize(("name", "variant", "changes"), VARIANTS, ids=lambda value: str(value)[:60])
def test_a_known_variant_of_the_form_gives_the_same_record(
    name: str,
    variant: str,
    changes: dict[str, Any],
    market: Market,
) -> None:
    case = ORDINARY[name]
    run = Run.of(get_agent(name), {**case.changes, **changes}, market.files[:2])

    async def scenario() -> Any:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, variant=variant.replace(" ", ","))
        return await run.post(page)

    proof = market.run(scenario())
    live = [one for one in market.sandbox.listings(name) if one["status"] == "live"]
    assert [one["id"] for one in live] == [proof.external_id]
    assert {field: live[0][field] for field in case.expected} == case.expected
    assert live[0]["publish_requests"] == run.presses == 1
    assert len(live[0]["photos"]) == 2


def test_a_form_without_a_field_for_the_label_is_filled_without_and_found_again_by_its_title(market: Market) -> None:
    run = Run.of(get_agent("ebay"), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in("ebay")
        market.sandbox.set_faults("ebay", variant="no-sku-field")
        return await run.post(page), await run.reconcile(page)

    proof, looked = market.run(scenario())
    assert market.sandbox.listings("ebay")[0]["sku"] == ""
    assert [seen.external_id for seen in looked.matches] == [proof.external_id]
