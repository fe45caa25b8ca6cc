"""Fees as data and prices by rule."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from listing_worker.agents.registry import names
from listing_worker.inventory.pricing.fees import FeeTable, Tier, fees_on, tables_of
from listing_worker.inventory.pricing.rules import PriceRule, price_on

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("marketplace", "cents", "net"),
    [
        ("poshmark", 800, 505),  # both read off the form's own earnings line
        ("poshmark", 1500, 1200),
        ("mercari", 4800, 4320),
        ("facebook", 500, 420),
        ("facebook", 4800, 4320),
        ("ebay", 1000, 834),
        ("ebay", 4800, 4107),
        ("craigslist", 4800, 4800),
    ],
)
def test_what_is_left_of_a_price(marketplace: str, cents: int, net: int) -> None:
    table = fees_on(marketplace, TODAY)
    assert table is not None and table.net(cents) == net


@pytest.mark.parametrize("marketplace", names())
def test_the_price_for_an_amount_is_the_lowest_that_leaves_it(marketplace: str) -> None:
    table = fees_on(marketplace, TODAY)
    assert table is not None
    for wanted in (1, 100, 1204, 1205, 4800, 123_456):
        price = table.price_for(wanted)
        assert price is not None and table.net(price) >= wanted
        assert all(table.net(less) < wanted for less in range(max(1, price - 300), price))


def test_fees_are_those_of_their_day_and_unknown_before() -> None:
    assert [table.since for table in tables_of("mercari")] == [date(2025, 1, 1)]
    assert fees_on("mercari", date(2024, 12, 31)) is None
    assert fees_on("nowhere", TODAY) is None
    with pytest.raises(ValidationError):
        FeeTable(since=TODAY, source="", tiers=(Tier(from_cents=100),))


def priced(base: int, **rule: object) -> tuple[int, tuple[str, ...]]:
    found = price_on(
        base, PriceRule.model_validate(rule), fees_on("poshmark", TODAY), step=100, least=300, most=200_000
    )
    return found.cents, found.steps


def test_ratio_then_ending_then_floor_then_the_marketplaces_own_steps() -> None:
    assert priced(4800) == (4800, ())
    assert priced(4850) == (4900, ("whole dollars",))
    assert priced(4000, ratio=1.1)[0] == 4400
    assert priced(4000, ratio=0.5, floor_cents=3500) == (3500, ("× 0.5", "not below $35.00"))
    assert price_on(4000, PriceRule(ratio=1.1, ending=99), None).cents == 4499
    assert priced(100)[0] == 300


def test_what_is_kept_after_fees_is_at_least_what_was_asked() -> None:
    found = price_on(4800, PriceRule(keep_listing_price=True), fees_on("poshmark", TODAY))
    assert (found.cents, found.net_cents) == (6000, 4800)
    found = price_on(4800, PriceRule(keep_cents=1204, ending=0), fees_on("poshmark", TODAY))
    assert found.net_cents is not None and found.net_cents >= 1204


def test_a_rule_that_cannot_be_kept_says_so() -> None:
    with pytest.raises(ValueError, match="not known"):
        price_on(4800, PriceRule(keep_cents=4800), None)
    with pytest.raises(ValueError, match="more than"):
        priced(190_000, ratio=2)
    with pytest.raises(ValidationError):
        PriceRule(ratio=1.1, keep_cents=100)
