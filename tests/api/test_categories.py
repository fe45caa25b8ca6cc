"""Category suggestions over the API, and choices that are remembered."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api, error_of


def suggested(api: Api, listing_id: str, **query: Any) -> dict[str, Any]:
    answer = api.client.get(f"/api/listings/{listing_id}/categories", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["marketplaces"]
    return told


def test_suggestions_for_every_marketplace_best_first(api: Api) -> None:
    listing_id = api.listing(title="Floral wrap dress midi", category=["Women", "Dresses"])["id"]
    told = suggested(api, listing_id)
    assert list(told) == list(api.marketplaces.names())
    for one in told.values():
        assert one["current"] is None and 1 <= len(one["suggestions"]) <= 3
        assert "Dresses" in " ".join(one["suggestions"][0]["category"])
    only = suggested(api, listing_id, marketplaces=["ebay"], count=1)
    assert list(only) == ["ebay"] and len(only["ebay"]["suggestions"]) == 1


def test_a_choice_is_set_and_comes_first_for_the_next_similar_item(api: Api) -> None:
    first = api.listing(title="Blue dress", category=["Women", "Dresses"])["id"]
    choice = ["Clothing, Shoes & Accessories", "Wedding & Formal Occasion", "Wedding Dresses"]
    answer = api.client.put(f"/api/listings/{first}/categories/ebay", json={"category": choice})
    assert answer.status_code == 200 and answer.json()["overrides"]["ebay"]["category"] == choice
    assert suggested(api, first)["ebay"]["current"] == choice

    second = api.listing(title="Red dress by another maker", category=["Women", "Dresses"])["id"]
    told = suggested(api, second)
    assert told["ebay"]["suggestions"][0]["category"] == choice
    assert told["ebay"]["suggestions"][0]["source"] == "chosen" and told["ebay"]["current"] is None
    assert all(one["source"] != "chosen" for one in told["poshmark"]["suggestions"])
    skirt = api.listing(title="Red skirt", category=["Women", "Skirts"])["id"]
    assert all(one["source"] != "chosen" for one in suggested(api, skirt)["ebay"]["suggestions"])


def test_a_choice_keeps_the_other_overrides(api: Api) -> None:
    listing_id = api.listing(overrides={"ebay": {"title": "For eBay"}, "mercari": {"title": "Other"}})["id"]
    answer = api.client.put(f"/api/listings/{listing_id}/categories/ebay", json={"category": ["Art", "Paintings"]})
    assert answer.json()["overrides"] == {
        "ebay": {"title": "For eBay", "category": ["Art", "Paintings"]},
        "mercari": {"title": "Other"},
    }


def test_what_is_no_category_there_is_refused(api: Api) -> None:
    listing_id = api.listing()["id"]
    address = f"/api/listings/{listing_id}/categories"
    error_of(api.client.put(f"{address}/ebay", json={"category": ["Art"]}), 422, "invalid", "category")
    error_of(api.client.put(f"{address}/ebay", json={"category": []}), 422, "invalid", "category")
    error_of(api.client.put(f"{address}/depop", json={"category": ["Art"]}), 422, "unknown_marketplace")
    missing = "/api/listings/00000000-0000-4000-8000-000000000000/categories"
    error_of(api.client.get(missing), 404, "not_found")
    assert api.client.get(f"/api/listings/{listing_id}").json()["overrides"] == {}
