"""One spelling of sizes, and US sizes for those that name another system."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listing_worker.agents.sizes import spelt, us_size
from tests.agents.cases.common import listing


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("medium", "M"), ("X-Large", "XL"), ("2xl", "XXL"), ("XXXL", "3XL"), ("xs", "XS"), ("One Size", "OS"),
        ("8.0", "8"), ("8 1/2", "8.5"), ("9½", "9.5"), ("US 8", "8"), ("size 10", "10"), ("3 t", "3T"),
        ("0-3m", "0-3 Months"), ("12 mos", "12 Months"), ("32x34", "32x34"), ("34B", "34B"), ("7 1/4", "7.25"),
        ("EU 38", "EU 38"), ("Queen", "Queen"), ("40R", "40R"),
    ],
)  # fmt: skip
def test_sizes_are_spelt_in_one_way(written: str, ours: str) -> None:
    assert spelt(written) == ours


@given(st.text(max_size=40))
def test_spelling_twice_changes_nothing_more(size: str) -> None:
    assert spelt(spelt(size)) == spelt(size)


@pytest.mark.parametrize(
    ("path", "size", "us"),
    [
        (["Women", "Shoes", "Heels"], "EU 38", "7.5"),
        (["Women", "Shoes", "Boots"], "39 eu", "8.5"),
        (["Men", "Shoes", "Boots"], "EU 43", "10"),
        (["Men", "Shoes", "Boots"], "UK 9", "10"),
        (["Women", "Dresses", "Midi"], "UK 10", "6"),
        (["Women", "Dresses", "Midi"], "IT 42", "6"),
        (["Women", "Dresses", "Midi"], "38", None),
        (["Women", "Dresses", "Midi"], "M", None),
        (["Home", "Dining", "Mugs"], "EU 38", None),
        (["Kids", "Shoes", "Boots"], "EU 30", None),
    ],
)
def test_another_system_is_told_in_us_sizes(path: list[str], size: str, us: str | None) -> None:
    assert us_size(listing({"title": "Thing", "category": path, "size": size, "attributes": {}})) == us
