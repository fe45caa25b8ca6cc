"""Auto-fit: within every limit, nothing changed without being told, no sign cut in half."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listing_worker.agents.recipe import Limits
from listing_worker.agents.registry import all_agents
from listing_worker.models import Listing, Money
from listing_worker.preflight.fit import fit
from listing_worker.utils.text import graphemes, utf16_length, word_count
from tests.agents.cases.common import listing

LIMITS = {agent.name: agent.vocabulary.limits for agent in all_agents()} | {
    "tight": Limits(title=12, description=40, description_words=6, photos=2, price_step=100, photo_side=500)
}
every = pytest.mark.parametrize("limits", LIMITS.values(), ids=list(LIMITS))

SIGNS = st.sampled_from(
    ["a", "dress ", "é", "🌸", "👗🏽", "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", " ", "-", "\u0628\u064f", "日本 ", "\n"]
)
TEXTS = st.lists(SIGNS, min_size=1, max_size=120).map("".join).filter(lambda text: text.strip() != "")
CENTS = st.integers(min_value=1, max_value=100_000_000)


def made(title: str, description: str, cents: int, photos: int, small: int = 0) -> Listing:
    whole = listing(
        {"title": f"x {title}", "description": f"d {description}", "price": {"cents": cents}}, photos=photos
    )
    shrunk = tuple(
        photo.model_copy(update={"width": 100, "height": 100}) if n < small else photo
        for n, photo in enumerate(whole.photos)
    )
    return whole.model_copy(update={"photos": shrunk})


@every
@settings(deadline=None, max_examples=30)
@given(title=TEXTS, description=TEXTS, cents=CENTS, photos=st.integers(0, 24), small=st.integers(0, 24))
def test_after_auto_fit_nothing_breaks_a_limit_and_no_change_is_unlisted(
    limits: Limits, title: str, description: str, cents: int, photos: int, small: int
) -> None:
    before = made(title, description, cents, photos, small)
    fitted = fit(before, limits, "Market")
    after = fitted.listing
    assert utf16_length(after.title) <= limits.title
    assert utf16_length(after.description) <= limits.description
    assert after.price.cents % limits.price_step == 0
    assert len(after.photos) <= limits.photos or small >= photos  # not one will do: that is the seller's
    if after.photos != before.photos:
        assert all(max(p.width, p.height) >= (limits.photo_side or 0) for p in after.photos)
    told = {finding.field for finding in fitted.changes}
    assert told == {name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)}
    assert all(finding.before != finding.after and finding.reason for finding in fitted.changes)


@every
@settings(deadline=None, max_examples=30)
@given(title=TEXTS, description=TEXTS, cents=CENTS)
def test_fitting_twice_changes_nothing_more(limits: Limits, title: str, description: str, cents: int) -> None:
    once = fit(made(title, description, cents, 24), limits, "Market").listing
    assert fit(once, limits, "Market").listing == once
    assert fit(once, limits, "Market").changes == ()


@every
@settings(deadline=None, max_examples=30)
@given(title=TEXTS)
def test_a_title_is_cut_between_signs_and_at_a_word_where_there_is_one(limits: Limits, title: str) -> None:
    before = made(title, "five words are in here", 4800, 2)
    after = fit(before, limits, "Market").listing.title
    assert before.title.startswith(after)
    whole, kept = graphemes(before.title), graphemes(after)
    assert whole[: len(kept)] == kept


def test_a_long_title_loses_whole_words_and_what_dangles() -> None:
    limits = LIMITS["tight"].model_copy(update={"title": 30})
    long = listing({"title": "Free People Wrap Dress Blue - Floral Midi"})
    assert fit(long, limits, "Market").listing.title == "Free People Wrap Dress Blue"


@every
@settings(deadline=None, max_examples=30)
@given(cents=CENTS)
def test_a_price_moves_by_less_than_a_step_and_only_to_an_allowed_one(limits: Limits, cents: int) -> None:
    after = fit(made("t", "five words are in here", cents, 1), limits, "Market").listing.price
    assert abs(after.cents - cents) < limits.price_step or after.cents == limits.price_max
    assert after.cents % limits.price_step == 0 and after.cents > 0


@pytest.mark.parametrize(
    ("cents", "after"), [(4849, "48.00"), (4850, "49.00"), (4800, "48.00"), (20, "1.00"), (199_999, "2000.00")]
)
def test_whole_dollars_are_the_nearest(cents: int, after: str) -> None:
    fitted = fit(listing({"price": {"cents": cents}, "original_price": None}), LIMITS["tight"], "Market")
    assert str(fitted.listing.price) == after
    assert [(f.before, f.after) for f in fitted.changes if f.field == "price"] == (
        [] if cents % 100 == 0 else [(str(Money(cents=cents)), after)]
    )


def test_a_short_description_is_filled_up_with_the_listings_own_words() -> None:
    limits = LIMITS["tight"].model_copy(update={"description": 300, "description_words": 9})
    short = listing({"description": "Nice.", "title": "Blue dress", "brand": "Free People"})
    fitted = fit(short, limits, "Market")
    text = fitted.listing.description
    assert text.startswith("Nice.\nBlue dress\nCondition: good") and word_count(text) >= 9
    (finding,) = fitted.changes
    assert finding.field == "description" and "9 words" in finding.reason and finding.after == text


def test_photos_that_are_too_small_stay_away_while_others_remain() -> None:
    limits = LIMITS["tight"].model_copy(update={"photos": 12})
    fitted = fit(made("t", "five words are in here now", 4800, 4, small=2), limits, "Market")
    assert [photo.id for photo in fitted.listing.photos] == ["2", "3"]
    (finding,) = fitted.changes
    assert (finding.before, finding.after) == ("4 photos", "2 photos")
    assert "500 pixels" in finding.reason and "photos 1, 2" in finding.reason
    none_left = made("t", "five words are in here now", 4800, 2, small=2)
    assert fit(none_left, limits, "Market").listing.photos == none_left.photos


def test_a_price_outside_the_limits_is_the_sellers_to_change() -> None:
    limits = LIMITS["tight"].model_copy(update={"price_min": 500, "price_max": 200_000})
    for cents in (100, 300_000):
        one: Any = listing({"price": {"cents": cents}, "original_price": None})
        assert fit(one, limits, "Market").listing.price.cents == cents
