"""Learned locators over both transports."""

from __future__ import annotations

from typing import Any

from listing_worker.storage import rows
from listing_worker.storage.store import Store

TITLE = {"candidates": [{"by": "label", "value": "Item name"}]}


def learn(store: Store, target: dict[str, Any] = TITLE, **changes: Any) -> rows.LocatorRow:
    given: dict[str, Any] = {"intent": "the title", "value_template": "{value}", "tier": "T1", "evidence": {"score": 1}}
    return store.learn_locator("ebay", "v1", "title", target=target, **{**given, **changes})


def test_what_was_learned_is_found_for_its_form_and_no_other(store: Store) -> None:
    row = learn(store)
    assert [one["id"] for one in store.active_locators("ebay", "v1")] == [row["id"]]
    assert store.active_locators("ebay", "v2") == []
    assert store.active_locators("mercari", "v1") == []
    assert (row["target"], row["state"], row["successes"], row["failures"]) == (TITLE, "active", 1, 0)


def test_learning_the_same_again_counts_a_success(store: Store) -> None:
    learn(store)
    assert learn(store)["successes"] == 2
    assert len(store.list_locators("ebay")) == 1


def test_the_more_successful_comes_first(store: Store) -> None:
    other = {"candidates": [{"by": "placeholder", "value": "Name"}]}
    learn(store)
    learn(store, other)
    learn(store, other)
    assert [one["target"] for one in store.active_locators("ebay", "v1")] == [other, TITLE]


def test_three_failures_in_a_row_demote(store: Store) -> None:
    row = learn(store)
    for _ in range(9):
        store.judge_locator(row["id"], True)
    states = []
    for _ in range(3):
        judged = store.judge_locator(row["id"], False)
        assert judged is not None
        states.append(judged["state"])
    assert states == ["active", "active", "demoted"]
    assert store.active_locators("ebay", "v1") == []


def test_a_success_between_failures_starts_the_count_again(store: Store) -> None:
    row = learn(store)
    for _ in range(9):
        store.judge_locator(row["id"], True)
    for worked in (False, False, True, False, False):
        judged = store.judge_locator(row["id"], worked)
        assert judged is not None
        assert judged["state"] == "active"


def test_what_a_person_refused_is_neither_used_nor_learned_again(store: Store) -> None:
    row = learn(store)
    refused = store.refuse_locator(row["id"])
    assert refused is not None
    assert refused["state"] == "refused"
    assert learn(store)["state"] == "refused"
    assert store.active_locators("ebay", "v1") == []
    assert store.refuse_locator(row["id"], False)["state"] == "active"  # type: ignore[index]


def test_judging_what_is_not_there_is_none(store: Store) -> None:
    assert store.judge_locator("00000000-0000-0000-0000-000000000000", True) is None
    assert store.refuse_locator("nonsense") is None
