"""What is kept of a heal, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from listing_worker.agents.form.targets import Target, at, css, label, near, role, text
from listing_worker.agents.form.targets import test_id as by_test_id
from listing_worker.agents.heal.memory import Learned, Lesson, Memory, as_patch, forget, source_of, templated
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.store import Store

LESSON = Lesson("title", "the title", at(label("Item name"), css('input[name="n"]', "its name")), "T2")


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def test_a_heal_is_kept_only_once_the_whole_form_reads_back(store: Store) -> None:
    memory = Memory(store, "ebay", "v1")
    memory.note(LESSON)
    assert store.list_locators() == []
    asyncio.run(memory.confirm(["title", "price"]))
    [row] = store.list_locators()
    assert (row["marketplace"], row["form_version"], row["field"], row["tier"]) == ("ebay", "v1", "title", "T2")


def test_a_heal_whose_field_does_not_read_back_is_not_kept(store: Store) -> None:
    memory = Memory(store, "ebay", "v1")
    memory.note(LESSON)
    asyncio.run(memory.confirm(["price"]))
    assert store.list_locators() == []


def test_what_one_worker_learned_the_next_one_knows(store: Store) -> None:
    memory = Memory(store, "ebay", "v1")
    memory.note(LESSON)
    asyncio.run(memory.confirm(["title"]))
    [learned] = asyncio.run(Memory(store, "ebay", "v1").of("title"))
    assert learned.target == LESSON.target
    assert asyncio.run(Memory(store, "ebay", "v2").of("title")) == ()


def test_use_counts_and_failure_demotes(store: Store) -> None:
    memory = Memory(store, "ebay", "v1")
    memory.note(LESSON)
    asyncio.run(memory.confirm(["title"]))
    [learned] = asyncio.run(memory.of("title"))
    memory.used(learned)
    asyncio.run(memory.confirm(["title"]))
    assert store.list_locators()[0]["successes"] == 2
    for _ in range(3):
        asyncio.run(memory.failed(learned))
    assert store.list_locators()[0]["state"] == "demoted"


def test_a_database_that_does_not_answer_costs_the_lesson_not_the_posting() -> None:
    class Gone:
        def __getattr__(self, name: str) -> Any:
            def call(*arguments: Any, **more: Any) -> Any:
                raise StoreUnavailable("gone")

            return call

    memory = Memory(Gone(), "ebay", "v1")  # type: ignore[arg-type]
    assert asyncio.run(memory.of("title")) == ()
    memory.note(LESSON)
    memory.used(Learned("1", "title", LESSON.target))
    asyncio.run(memory.confirm(["title"]))


def test_nobodys_word_is_kept() -> None:
    assert templated(at(role("option", "Pink")), "Pink") == at(role("option", "{value}"))
    assert templated(at(label("Color"), text("Pink floral")), "Pink") == at(label("Color"))
    assert templated(at(css("#size-m")), "m") == at(css("#size-m"))
    with pytest.raises(ValueError, match="every candidate"):
        templated(at(text("My own title, worn twice")), "My own title")


def test_a_patch_reads_like_a_recipe(store: Store) -> None:
    target = at(
        by_test_id("Title", "data-test"),
        near("Item name"),
        near("Smart pricing", "button"),
        role("textbox", 'The "name"'),
        within=at(css("#form", "it")),
    )
    assert (
        source_of(target) == 'at(test_id("Title", "data-test"), near("Item name"), near("Smart pricing", "button"), '
        'role("textbox", "The \\"name\\""), within=at(css("#form", "it")))'
    )
    names: dict[str, Any] = {"at": at, "test_id": by_test_id, "near": near, "role": role, "css": css, "label": label}
    made: Target = eval(source_of(target), names)
    assert made == target
    memory = Memory(store, "ebay", "v1")
    memory.note(LESSON)
    asyncio.run(memory.confirm(["title"]))
    assert 'title = at(label("Item name"), css("input[name=\\"n\\"]", "its name"))' in as_patch(store.list_locators())
