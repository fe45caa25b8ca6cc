"""Which control is which field, decided without a page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control, Option
from listing_worker.agents.heal.assign import assign
from listing_worker.agents.heal.match import match
from listing_worker.agents.heal.words import likeness


def text(index: int, label: str, **more: object) -> Control:
    return Control(frame=0, index=index, kind="text", tag="input", label=label, start=index, end=index + 1, **more)  # type: ignore[arg-type]


def decided(intents: Sequence[Intent], controls: Sequence[Control]) -> list[int | None]:
    return [one.control.index if one.control else None for one in match(intents, controls)]


def test_the_whole_form_decides_not_each_field_alone() -> None:
    controls = [text(0, "Price when new"), text(1, "Price")]
    assert decided([Intent("Original price", "90"), Intent("Price", "48")], controls) == [0, 1]


def test_two_that_fit_equally_well_are_both_left_alone() -> None:
    assert decided([Intent("Price", "48")], [text(0, "Price"), text(1, "Price")]) == [None]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Price", "Original price"),
        ("Title", "Subtitle"),
        ("Title", "SEO title"),
        ("Brand", "Brand owner's email"),
        ("First name", "Last name"),
        ("Price", "Shipping price"),
        ("Description", "Title"),
        ("Email", "Friend's email"),
        ("Tags", "Available from"),
    ],
)
def test_names_that_are_alike_but_mean_another_field_are_not_close(wanted: str, said: str) -> None:
    assert likeness(wanted, said) < 0.5


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Price", "Listing price *"),
        ("Title", "Titre de l'annonce"),
        ("Title", "Name of your item"),
        ("Condition", "State of the item"),
        ("Brand", "Designer"),
        ("Director", "Director Name"),
        ("Original price", "MSRP"),
        ("Photos", "Add photos"),
        ("Color", "Colours"),
        ("Description", "Describe your item"),
        ("Zip code", "Postleitzahl"),
        ("Accept offers", "Let buyers make offers"),
    ],
)
def test_other_words_for_the_same_field_are_close(wanted: str, said: str) -> None:
    assert likeness(wanted, said) > 0.75


def test_the_options_decide_where_nothing_is_said() -> None:
    sizes = tuple(map(Option, ("S", "M", "L")))
    states = tuple(map(Option, ("New", "Used")))
    controls = [
        Control(0, 0, "select", options=sizes, start=0, end=1),
        Control(0, 1, "select", options=states, start=1, end=2),
    ]
    assert decided([Intent("Condition", "Used"), Intent("Size", "M")], controls) == [1, 0]


def test_a_button_that_sends_the_form_is_never_a_field() -> None:
    button = Control(0, 0, "button", tag="button", content="Price", submits=True, start=0, end=1)
    assert decided([Intent("Price", "48")], [button]) == [None]


@given(some.lists(some.lists(some.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=4))
def test_the_assignment_is_the_best_there_is(rows: list[list[int]]) -> None:
    scores = [[value / 10 for value in row] for row in rows]
    found = assign(scores)
    taken = [column for column in found if column is not None]
    assert len(taken) == len(set(taken))
    total = sum(scores[row][column] for row, column in enumerate(found) if column is not None)
    best = max(
        sum(scores[row][column] for row, column in enumerate(columns))
        for columns in itertools.permutations(range(4), len(rows))
    )
    assert total == pytest.approx(best)
