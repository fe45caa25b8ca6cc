"""When what the form says counts as what was meant."""

from __future__ import annotations

import pytest

from listing_worker.agents.form.compare import cents, meant_text, same, text_lines, words_of
from listing_worker.agents.recipe import Compare, Planned, Read


@pytest.mark.parametrize(
    ("compare", "meant", "on_form", "equal"),
    [
        (Compare.TEXT, "a\nb", "a\r\nb  \n", True),
        (Compare.TEXT, "a b", "a\u00a0b", True),
        (Compare.TEXT, "a  b", "a b", False),
        (Compare.TEXT, "Dress", "dress", False),
        (Compare.WORDS, "a  b\nc", "a b c", True),
        (Compare.WORDS, "a b", "a b c", False),
        (Compare.LOOSE, "Levi's", "levi’s ", True),
        (Compare.MONEY, "48", "$48.00", True),
        (Compare.MONEY, "1048.5", "1,048.50", True),
        (Compare.MONEY, "48", "4800", False),
        (Compare.MONEY, "48", "", False),
        (Compare.MONEY, "", "", False),
        (Compare.NUMBER, "4", " 4.0", True),
        (Compare.NUMBER, "4", "four", False),
        (Compare.SET, "Blue, White", "White, blue", True),
        (Compare.SET, ("Blue", "White"), ["White", "Blue"], True),
        (Compare.SET, ("Blue", "White"), "White", False),
        (Compare.SET, ("Blue",), "Blue, Blue", False),
        (Compare.LIST, ("a", "b"), ["b", "a"], False),
        (Compare.PREFIX, "M", "M (8-10)", True),
        (Compare.PREFIX, "M", "M/L", False),
        (Compare.PREFIX, "M", "Medium", False),
        (Compare.PREFIX, "US 8", "US 8.5", False),
        (Compare.PREFIX, "US 8", "US 8, wide", True),
        (Compare.CONTAINS, "Ground", "USPS Ground Advantage", True),
        (Compare.CONTAINS, "Ground", "Playground", False),
        (Compare.NOT_EMPTY, "x", " ", False),
    ],
)
def test_comparisons(compare: Compare, meant: str, on_form: str, equal: bool) -> None:
    assert same(meant, on_form, Read(compare=compare, split=",")) is equal


def test_words_of_a_path() -> None:
    planned = Planned("category", ("Women", "Dresses", "Midi"), words={"code": "7"})
    words = words_of(planned)
    assert (words["path"], words["leaf"], words["0"], words["code"]) == ("Women > Dresses > Midi", "Midi", "Women", "7")


def test_what_the_form_shows_may_be_a_template() -> None:
    planned = Planned("category", ("Women", "Dresses"))
    assert meant_text(planned, Read(expect="{0} {1}")) == "Women Dresses"
    assert meant_text(Planned("category", ("Women",)), Read(expect="{0} {1}")) == "Women"


@pytest.mark.parametrize(
    ("text", "expected"), [("$1,048.00", 104800), ("US $5.5", 550), ("free", None), ("1.234", None)]
)
def test_amounts(text: str, expected: int | None) -> None:
    assert cents(text) == expected


def test_line_ends_are_one_kind() -> None:
    assert text_lines(" a \r\nb\rc\n\n") == "a\nb\nc"
