"""What is alike: the next similar item gets the seller's own choice first."""

from __future__ import annotations

from listing_worker.categories.remember import LENGTH, likeness
from tests.agents.cases.common import listing


def like(title: str, *category: str, **changes: object) -> str:
    return likeness(listing({"title": title, "category": list(category), "attributes": {}, **changes}))


def test_the_same_kind_of_thing_is_alike_whatever_its_brand_and_size() -> None:
    first = like("Free People floral wrap dress", "Women", "Dresses", size="M")
    assert first == like("Zara red dress NWT", "Women", "Dresses", size="XS", brand="Zara")


def test_another_thing_is_not_alike() -> None:
    dress = like("Floral dress", "Women", "Dresses")
    assert dress != like("Floral skirt", "Women", "Skirts")
    assert dress != like("Floral dress", "Women")
    assert dress != like("Girls floral dress", "Kids", "Dresses")


def test_where_the_title_says_nothing_the_path_tells() -> None:
    assert like("Beautiful!!", "Home", "Decor") == like("So nice", "Home", "Decor")
    assert like("Beautiful!!", "Home", "Decor") != like("Beautiful!!", "Home", "Art")


def test_a_likeness_is_never_longer_than_the_database_takes() -> None:
    assert len(like("Dress", *["x" * 150] * 6)) <= LENGTH
