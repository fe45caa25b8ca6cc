"""Evidence and verdicts, as a table: absence alone never takes anything down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listing_worker.inventory.decide import Stand, judge
from listing_worker.inventory.evidence import (
    FEW,
    Reading,
    Seen,
    Sign,
    Signal,
    SignalKind,
    breaker,
    read_lists,
    read_orders,
    sold_units,
)
from listing_worker.models import PostingState

LIVE = [("p1", "e1")]
NOTHING = Seen(frozenset(), complete=True)
ACTIVE = Seen(frozenset({"e1"}), complete=True)
SOLD = Seen(frozenset({"e1"}), complete=True)


@pytest.mark.parametrize(
    ("active", "sold", "kinds", "alive"),
    [
        (ACTIVE, NOTHING, [], ["p1"]),
        (NOTHING, SOLD, [SignalKind.SOLD_LIST], []),
        (NOTHING, NOTHING, [SignalKind.MISSING], []),
        (Seen(frozenset(), complete=False), NOTHING, [], []),
        (Seen(frozenset(), complete=False), Seen(frozenset({"e1"}), complete=False), [SignalKind.SOLD_LIST], []),
        (ACTIVE, SOLD, [], []),  # one of the two lists is late
    ],
)
def test_what_two_lists_say(active: Seen, sold: Seen, kinds: list[SignalKind], alive: list[str]) -> None:
    reading = read_lists(LIVE, active, sold, site="Somewhere")
    assert [sign.kind for sign in reading.signs] == kinds
    assert list(reading.alive) == alive


@pytest.mark.parametrize(
    ("active", "ours", "several", "orders"),
    [
        (NOTHING, {"p1"}, set(), ["12-1", "12-2"]),
        (Seen(frozenset(), complete=False), {"p1"}, set(), ["12-1", "12-2"]),  # an order needs no list
        (ACTIVE, {"p1"}, set(), []),  # one of the two pages is late
        (ACTIVE, {"p1"}, {"p1"}, ["12-1", "12-2"]),  # of several, one is sold and the rest goes on
        (NOTHING, set(), set(), []),  # what was adopted may have been sold before
    ],
)
def test_what_the_orders_say(active: Seen, ours: set[str], several: set[str], orders: list[str]) -> None:
    sales = [("12-1", "e1"), ("12-2", "e1"), ("12-3", "e9")]
    signs = read_orders(LIVE, sales, active, ours=ours, several=several, site="Somewhere")
    assert [(sign.posting_id, sign.reference) for sign in signs] == [("p1", order) for order in orders]
    assert all(sign.kind is SignalKind.ORDER and sign.kind.certain for sign in signs)


def test_weak_signs_need_another_kind_and_orders_count_once_however_often_they_are_told() -> None:
    weak, other = Signal("p", SignalKind.MISSING), Signal("p", SignalKind.SOLD_PAGE)
    assert sold_units([weak]) == sold_units([weak, weak]) == {}
    assert sold_units([weak, other]) == {"p": 1}
    both = [Signal("p", SignalKind.SOLD_LIST), Signal("p", SignalKind.ORDER), Signal("p", SignalKind.ORDER)]
    assert sold_units(both) == {"p": 2}, "two orders, which the sold list tells once more"


def posting(name: str, state: PostingState = PostingState.LIVE) -> Stand:
    return Stand(name, f"site-{name}", state)


EVERYWHERE = frozenset({"site-a", "site-b", "site-c"})


def test_the_last_unit_takes_the_others_down_and_only_where_that_is_wanted() -> None:
    signals = [Signal("a", SignalKind.ORDER)]
    verdict = judge([posting("a"), posting("b"), posting("c")], signals, quantity=1, opted_in=frozenset({"site-b"}))
    assert (verdict.sold, verdict.take_down, verdict.ask) == (("a",), ("b",), ("c",))


def test_with_units_left_everything_stays_on_sale() -> None:
    signals = [Signal("a", SignalKind.ORDER, 2)]
    verdict = judge([posting("a"), posting("b")], signals, quantity=3, opted_in=EVERYWHERE)
    assert (verdict.sold, verdict.take_down, verdict.left) == ((), (), 1)


def test_sold_in_two_places_is_told_and_nothing_is_taken_down_that_is_sold() -> None:
    signals = [Signal("a", SignalKind.ORDER), Signal("b", SignalKind.ORDER)]
    verdict = judge([posting("a"), posting("b"), posting("c")], signals, quantity=1, opted_in=EVERYWHERE)
    assert (verdict.take_down, verdict.oversold) == (("c",), 1)


@pytest.mark.parametrize("state", [PostingState.SOLD, PostingState.DELISTED, PostingState.FAILED])
def test_only_what_is_on_sale_is_taken_down(state: PostingState) -> None:
    verdict = judge(
        [posting("a"), posting("b", state)], [Signal("a", SignalKind.ORDER)], quantity=1, opted_in=EVERYWHERE
    )
    assert verdict.take_down == ()


@given(
    kinds=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(SignalKind), st.integers(1, 3)), max_size=8),
    quantity=st.integers(1, 4),
)
def test_nothing_is_taken_down_while_less_than_all_is_proven_sold(
    kinds: list[tuple[str, SignalKind, int]], quantity: int
) -> None:
    signals = [Signal(name, kind, units) for name, kind, units in kinds]
    verdict = judge([posting(name) for name in "abc"], signals, quantity=quantity, opted_in=EVERYWHERE)
    if sum(sold_units(signals).values()) < quantity:
        assert verdict.take_down == verdict.ask == ()
    assert not set(verdict.take_down) & set(sold_units(signals))


def reading(count: int, kind: SignalKind) -> Reading:
    return Reading(tuple(Sign(f"p{n}", kind, "") for n in range(count)), ())


def test_many_at_once_pulls_the_breaker_and_says_what_to_do() -> None:
    assert breaker(reading(FEW, SignalKind.MISSING), 10) is None
    why = breaker(reading(FEW + 1, SignalKind.MISSING), 10)
    assert why is not None and "4 of 10 items look gone at once" in why
    assert breaker(reading(10, SignalKind.SOLD_LIST), 100) is None, "a good day of a large closet"
    assert breaker(reading(21, SignalKind.SOLD_LIST), 100) is not None
