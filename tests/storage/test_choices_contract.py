"""Categories that sellers chose: what every transport promises."""

from __future__ import annotations

from uuid import uuid4

import pytest

from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller

ART = ["Art", "Paintings"]


def test_a_choice_is_found_for_what_is_alike_and_for_its_seller_only(store: Store, seller: Seller) -> None:
    assert store.chosen_categories(seller.id, "art") == {}
    store.remember_category(seller.id, "ebay", "art", ART)
    store.remember_category(seller.id, "mercari", "art", ["Home", "Artwork", "Paintings"])
    assert store.chosen_categories(seller.id, "art") == {"ebay": ART, "mercari": ["Home", "Artwork", "Paintings"]}
    assert store.chosen_categories(seller.id, "other") == {}
    assert store.chosen_categories(str(uuid4()), "art") == {}


def test_the_last_choice_counts(store: Store, seller: Seller) -> None:
    for category in (ART, ["Art", "Art Prints"]):
        store.remember_category(seller.id, "ebay", "art", category)
    assert store.chosen_categories(seller.id, "art") == {"ebay": ["Art", "Art Prints"]}


def test_what_is_no_choice_is_refused(store: Store, seller: Seller) -> None:
    for category in ([], ["x"] * 9):
        with pytest.raises(StoreRefused):
            store.remember_category(seller.id, "ebay", "art", category)
    assert store.chosen_categories(seller.id, "art") == {}
