"""Preflight: every finding at once, and posting gets exactly what it shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.registry import all_agents, get_agent
from listing_worker.agents.vocabulary import COLORS
from listing_worker.models import Condition, Listing
from listing_worker.preflight.carried import form_values
from listing_worker.preflight.check import as_posted, fingerprint, preflight, why_not
from listing_worker.preflight.findings import Severity
from tests.agents.cases.common import listing

every = pytest.mark.parametrize("agent", all_agents(), ids=lambda agent: agent.name)


def with_overrides(overrides: dict[str, dict[str, Any]], **changes: Any) -> Listing:
    return Listing.model_validate({**listing(changes).model_dump(mode="json"), "overrides": overrides})


@every
def test_a_listing_that_fits_is_ready_and_shows_its_form(agent: MarketplaceAgent) -> None:
    found = preflight(listing(), agent)
    assert found.ready and found.ready_with_auto_fit and found.fingerprint
    assert not found.of(Severity.BLOCKER) and not found.of(Severity.CHANGE)
    assert {value.field for value in found.form} == {planned.field for planned in agent.plan(listing())}


# each thing that is wrong in the next test, by itself
ONE_BY_ONE = (
    lambda: listing({"colors": ["octarine"]}),
    lambda: listing({"category": ["Spaceships"]}),
    lambda: listing(photos=0),
)


@every
def test_all_that_is_wrong_is_told_at_once(agent: MarketplaceAgent) -> None:
    broken = listing({"colors": ["octarine"], "category": ["Spaceships"], "price": {"cents": 4850}}, photos=0)
    found = preflight(broken, agent)
    assert not found.ready and not found.ready_with_auto_fit and found.fingerprint is None
    blocked = {finding.field for finding in found.of(Severity.BLOCKER)}
    wanted = {problem.field for change in ONE_BY_ONE for problem in agent.vocabulary.problems(change())}
    assert {"colors", "category"} <= wanted == blocked
    assert all(finding.reason and finding.after is None for finding in found.of(Severity.BLOCKER))


@every
def test_what_is_too_long_is_a_change_that_auto_fit_makes(agent: MarketplaceAgent) -> None:
    long = listing({"title": "word " * 39 + "end"})
    found = preflight(long, agent)
    assert not found.ready and found.ready_with_auto_fit
    (change,) = (finding for finding in found.of(Severity.CHANGE) if finding.field == "title")
    accepted = long.model_copy(update={"auto_fit": True})
    assert as_posted(accepted, agent).title == change.after
    assert as_posted(long, agent).title == long.title
    assert why_not(accepted, agent) is None
    problem = why_not(long, agent)
    assert problem is not None and problem.field == "title"


def values(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


ANYTHING = values(
    title=st.text(st.sampled_from("ab 🌸é"), min_size=1, max_size=120).map(lambda text: f"T{text}"),
    description=st.text(st.sampled_from("word 🌸\n"), max_size=300).map(lambda text: f"D{text}"),
    price=st.integers(1, 500_000).map(lambda cents: {"cents": cents}),
    condition=st.sampled_from([condition.value for condition in Condition]),
    colors=st.lists(st.sampled_from(COLORS), max_size=4),
    brand=st.sampled_from([None, "Nike", "O’Nobody"]),
    size=st.sampled_from(["M", "8", "OS", "XXL", "10.5"]),
    sku=st.sampled_from([None, "LW-1"]),
    tags=st.lists(st.sampled_from(["boho", "90s", "party", "summer"]), max_size=4, unique=True),
    category=st.sampled_from([["Women", "Dresses", "Midi"], ["Men", "Shoes", "Boots"], ["Home", "Dining", "Mugs"]]),
)


@every
@settings(deadline=None, max_examples=30)
@given(changes=ANYTHING, photos=st.integers(0, 24))
def test_posting_gets_exactly_what_preflight_shows(
    agent: MarketplaceAgent, changes: dict[str, Any], photos: int
) -> None:
    master = listing(changes, photos=photos).model_copy(update={"auto_fit": True})
    found = preflight(master, agent)
    if found.fingerprint is None:
        assert found.of(Severity.BLOCKER)
        assert why_not(master, agent) is not None
        return
    posted = as_posted(master, agent)
    planned = agent.plan(posted)
    assert form_values(planned) == found.form
    assert fingerprint(posted, found.form, agent.recipe_version) == found.fingerprint
    told = {finding.field: finding for finding in found.findings}
    for field in ("title", "description"):
        on_form = next(value.value for value in found.form if value.field == field)
        assert (field in told) == (on_form != getattr(master, field))


@every
@settings(deadline=None, max_examples=30)
@given(changes=ANYTHING)
def test_a_word_that_is_not_the_listings_own_is_always_told(agent: MarketplaceAgent, changes: dict[str, Any]) -> None:
    master = listing(changes).model_copy(update={"auto_fit": True})
    found = preflight(master, agent)
    if found.fingerprint is None:
        return
    posted = as_posted(master, agent)
    carried = agent.vocabulary.carried(posted, agent.plan(posted))
    told = {finding.field: finding for finding in found.findings}
    for field in ("condition", "brand", "size"):
        ours = getattr(posted, field)
        ours = ours.value if isinstance(ours, Condition) else ours
        if carried.get(field) != ours:
            assert told[field].after == carried.get(field)


WRONG = values(
    quantity=st.integers(1, 2),
    original_price=st.sampled_from([None, {"cents": 12850}, {"cents": 9_900_000}]),
    zip_code=st.sampled_from([None, "95112"]),
    shipping=st.sampled_from([{"pickup": "only"}, {"payer": "buyer"}, {"payer": "seller", "weight_oz": 2400}]),
    attributes=st.sampled_from([{"Meetup": "moon"}, {"Delivery method": "rocket"}, {"Material": "x" * 90}]),
    colors=st.sampled_from([["octarine"], ["Blue"]]),
    category=st.sampled_from([["Spaceships"], ["Women", "Dresses"], ["Kids", "Bottoms", "Jeans"]]),
)


@every
@settings(deadline=None, max_examples=40)
@given(changes=ANYTHING, wrong=WRONG, photos=st.integers(0, 24))
def test_whether_it_fits_is_told_as_all_that_is_wrong_tells_it(
    agent: MarketplaceAgent, changes: dict[str, Any], wrong: dict[str, Any], photos: int
) -> None:
    """`plan` alone decides, so nothing may be checked that it would let pass."""
    one = listing({**changes, **wrong}, photos=photos)
    problems, first = agent.vocabulary.problems(one), why_not(one, agent)
    assert [each and (each.message, each.field) for each in problems[:1] or [None]] == [
        first and (first.message, first.field)
    ]


@every
def test_overrides_show_what_differs_from_the_master(agent: MarketplaceAgent) -> None:
    own = with_overrides({agent.name: {"title": "Only here", "price": {"cents": 5200}}})
    told = {override.field: override for override in preflight(own, agent).overrides}
    assert set(told) == {"title", "price"}
    assert (told["title"].master, told["title"].here) == (own.title, "Only here")
    assert (told["price"].master, told["price"].here) == ("48.00", "52.00")
    others = [other for other in all_agents() if other.name != agent.name]
    assert all(preflight(own, other).overrides == () for other in others)


@every
def test_a_missing_item_number_is_added_and_told(agent: MarketplaceAgent) -> None:
    found = preflight(listing({"sku": None}), agent)
    added = [finding for finding in found.findings if finding.field == "sku"]
    on_form = [value.value for value in found.form if value.field == "sku"]
    assert [finding.after for finding in added] == on_form
    assert all(finding.before is None and finding.severity is Severity.NOTE for finding in added)


def test_the_fingerprint_changes_with_anything_that_reaches_the_form() -> None:
    agent = get_agent("ebay")
    first = preflight(listing(), agent).fingerprint
    assert first == preflight(listing(), agent).fingerprint
    for changes in ({"title": "Other"}, {"price": {"cents": 4900}}, {"brand": "Nike"}):
        assert preflight(listing(changes), agent).fingerprint != first
    assert preflight(listing(photos=3), agent).fingerprint != first
