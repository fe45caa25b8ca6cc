"""Text is measured as browsers measure it and cut as people read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listing_worker.utils.text import cut, graphemes, utf16_length, word_count

FAMILY = "👨‍👩‍👧‍👦"
THUMB = "👍🏽"


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("dress", 5), ("é", 1), ("e\u0301", 2), ("🌸", 2), (THUMB, 4), (FAMILY, 11)]
)
def test_length_is_what_maxlength_counts(text: str, units: int) -> None:
    assert utf16_length(text) == units == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        ("short", 10, "short"),
        ("abc" + THUMB, 6, "abc"),
        ("abc" + THUMB, 7, "abc" + THUMB),
        (FAMILY + "x", 10, ""),
        ("cafe\u0301", 4, "caf"),
        ("one two  three", 8, "one two"),
    ],
)
def test_a_cut_leaves_no_half_sign_and_no_trailing_space(text: str, limit: int, left: str) -> None:
    assert cut(text, limit) == left


def test_a_cut_by_people_s_count() -> None:
    assert cut(THUMB * 5, 3, length=lambda sign: len(graphemes(sign))) == THUMB * 3


def test_whole_words_are_kept_where_that_costs_little() -> None:
    assert cut("floral wrap midi dress", 14, whole_words=True) == "floral wrap"
    assert cut("floral wrap midi dress", 11, whole_words=True) == "floral wrap"
    assert cut("a incomprehensibilities", 15, whole_words=True) == "a incomprehensi"


@given(st.text(), st.integers(0, 40))
def test_a_cut_is_a_beginning_that_fits(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert utf16_length(short) <= limit
    assert text.startswith(short)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("🌸 — !", 0),
        ("It's a well-made dress", 4),
        ("100% silk, size 8½", 4),
        ("日本 シャツ", 2),
        ("a\nb\tc", 3),
    ],
)
def test_words_are_letters_and_digits(text: str, count: int) -> None:
    assert word_count(text) == count
