"""For any listing, on every marketplace: fitted to all limits, every change listed, every word one that is offered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from listing_worker.agents.registry import get_agent, names
from listing_worker.agents.vocabulary import COLORS, our_categories
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition, Listing, Pickup, ShippingPayer
from listing_worker.preflight.check import as_posted, preflight
from listing_worker.preflight.findings import Severity
from listing_worker.utils.text import graphemes, utf16_length
from tests.agents.cases.common import listing
from tests.agents.options import OPTIONS

every = pytest.mark.parametrize("name", names())
some = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])

SIGNS = st.sampled_from(
    ["a", "dress ", "é", "🌸", "👗🏽", "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", " ", "-", "\u0628\u064f", "שלום ", "日本 ", "\n"]
)
TEXTS = st.lists(SIGNS, min_size=1, max_size=150).map("".join).filter(lambda text: text.strip() != "")
SHIPPING = st.fixed_dictionaries(
    {
        "payer": st.sampled_from(list(ShippingPayer)),
        "weight_oz": st.integers(1, 1120),
        "pickup": st.none() | st.sampled_from(list(Pickup)),
    }
)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    """Any thing of ours: category, condition, texts, price, colours, photos, parcel."""
    path = draw(st.sampled_from(sorted(our_categories().leaves())))
    kids = path[0] == "Kids"
    changes: dict[str, Any] = {
        "title": "x " + draw(TEXTS)[:198],
        "description": "d " + draw(TEXTS),
        "price": {"cents": draw(st.integers(100, 200_000))},
        "original_price": draw(st.none() | st.integers(100, 500_000).map(lambda cents: {"cents": cents})),
        "condition": draw(st.sampled_from(list(Condition))),
        "category": list(path),
        "colors": draw(st.lists(st.sampled_from(list(COLORS)), max_size=4)),
        "size": draw(st.sampled_from(["M", "xl", "8", "10", "OS"])),
        "shipping": draw(SHIPPING),
        "attributes": {"Department": draw(st.sampled_from(["Girls", "Boys"]))} if kids else {},
    }
    return listing(changes, photos=draw(st.integers(1, 24))).model_copy(update={"auto_fit": True})


@every
@some
@given(told=listings())
def test_after_auto_fit_nothing_violates_a_limit(name: str, told: Listing) -> None:
    agent = get_agent(name)
    limits, posted = agent.vocabulary.limits, as_posted(told, agent)
    assert utf16_length(posted.title) <= limits.title
    assert utf16_length(posted.description) <= limits.description
    assert len(posted.photos) <= limits.photos
    assert posted.price.cents % limits.price_step == 0
    left = {problem.field for problem in agent.vocabulary.problems(posted)}
    assert left.isdisjoint({"title", "description", "price", "original_price", "photos", "condition", "colors"}), left


@every
@some
@given(told=listings())
def test_no_change_is_unlisted_and_no_sign_is_cut(name: str, told: Listing) -> None:
    agent = get_agent(name)
    posted, found = as_posted(told, agent), preflight(told, agent)
    changed = {field for field in Listing.model_fields if getattr(told, field) != getattr(posted, field)} - {"sku"}
    assert changed == {finding.field for finding in found.of(Severity.CHANGE)}
    for before, after in ((told.title, posted.title), (told.description, posted.description)):
        if len(after) < len(before):
            assert graphemes(before)[: len(graphemes(after))] == graphemes(after)


@every
@some
@given(told=listings())
def test_every_answer_is_among_what_the_form_offers(name: str, told: Listing) -> None:
    agent, options = get_agent(name), OPTIONS[name]
    posted = as_posted(told, agent)
    try:
        planned = {one.field: one.value for one in agent.plan(posted)}
        category = agent.vocabulary.category(posted)
    except ListingInvalid as problem:
        assert problem.field in {"category", "shipping", "size"}, problem
        assume(False)
    assert options.categories(category) is not False
    offered = options.conditions(category)
    assert offered is None or planned["condition"] in offered
    colors = options.colors(category)
    assert colors is None or set(agent.vocabulary.color_words(posted)) <= colors
    for field, words in options.shipping(category, posted.shipping.weight_oz or 1).items():
        assert any(word.startswith(planned[field]) for word in words), (field, planned[field], words)


@every
@pytest.mark.parametrize("pickup", list(Pickup))
def test_local_pickup_is_said_where_it_exists_and_refused_where_it_does_not(name: str, pickup: Pickup) -> None:
    told = listing({"shipping": {"weight_oz": 14, "pickup": pickup}})
    vocabulary = get_agent(name).vocabulary
    answers = {
        "ebay": ("shipping_type", {Pickup.NO: "Calculated", Pickup.ALSO: "Calculated", Pickup.ONLY: "Local pickup"}),
        "facebook": (
            "delivery",
            {
                Pickup.NO: "Shipping only",
                Pickup.ALSO: "Shipping and local pickup",
                Pickup.ONLY: "Local pickup",
            },
        ),
        "craigslist": ("delivery", {Pickup.NO: True, Pickup.ALSO: True, Pickup.ONLY: False}),
    }
    if name in answers:
        field, words = answers[name]
        assert {one.field: one.value for one in vocabulary.plan(told)}[field] == words[pickup]
    elif pickup is Pickup.ONLY:
        with pytest.raises(ListingInvalid, match="local pickup only") as caught:
            vocabulary.plan(told)
        assert caught.value.field == "shipping"
    else:
        vocabulary.plan(told)
