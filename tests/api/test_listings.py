"""Listings: what sellers write is kept exactly, and what breaks a rule is named."""

from __future__ import annotations

import math

from listing_worker.models import ListingDraft
from tests.api.conftest import DRESS, Api, Json, error_of, photo

NASTY = [
    "🌸👍🏽👨‍👩‍👧‍👦 emoji",
    "\"double\" 'single' `back`",
    "<script>alert(1)</script>",
    "a & b; -- drop table",
    "日本語 ñ é",
]


def test_a_listing_comes_back_as_it_was_sent(api: Api) -> None:
    answer = api.client.post("/api/listings", json=DRESS)
    assert answer.status_code == 201
    listing = answer.json()
    assert listing["price"] == "48.00" and listing["original_price"] == "128.00" and listing["currency"] == "USD"
    for name in ("title", "description", "condition", "category", "brand", "size", "colors", "sku", "attributes"):
        assert listing[name] == DRESS[name]
    assert listing["photos"] == [] and listing["quantity"] == 1
    assert api.client.get(f"/api/listings/{listing['id']}").json() == listing
    row = api.store.get_listing(api.owner.user_id, listing["id"])
    assert row is not None
    assert ListingDraft.model_validate(row["body"]).price.cents == 4800


def test_a_price_may_be_written_in_any_usual_way(api: Api) -> None:
    for price in (48, 48.0, "48", "48.00", " 48.00 ", {"cents": 4800}, {"cents": 4800, "currency": "USD"}):
        assert api.listing(photos=0, price=price)["price"] == "48.00"


def test_cents_are_kept_exactly(api: Api) -> None:
    for written, kept in [(0.01, "0.01"), ("0.29", "0.29"), (19.99, "19.99"), (1_000_000, "1000000.00"), (1.1, "1.10")]:
        assert api.listing(photos=0, price=written)["price"] == kept


def test_what_breaks_a_rule_is_named_and_nothing_is_stored(api: Api) -> None:
    cases: list[tuple[Json, str, str]] = [
        ({"price": 0}, "price", "more than 0"),
        ({"price": -5}, "price", "more than 0"),
        ({"price": "-0.01"}, "price", "more than 0"),
        ({"price": 48.123}, "price", "two decimals"),
        ({"price": "48,00"}, "price", "a number"),
        ({"price": "free"}, "price", "a number"),
        ({"price": True}, "price", "a number"),
        ({"price": "NaN"}, "price", "a number"),
        ({"price": "Infinity"}, "price", "a number"),
        ({"price": [48]}, "price", "a number"),
        ({"price": 1_000_001}, "price", "at most"),
        ({"price": "1e400"}, "price", "at most"),
        ({"price": None}, "price", ""),
        ({"price": {"cents": 0}}, "price.cents", "more than 0"),
        ({"price": {"cents": 4800.5}}, "price.cents", "whole number"),
        ({"original_price": 0}, "original_price", "more than 0"),
        ({"title": ""}, "title", "must not be empty"),
        ({"title": "   "}, "title", "must not be empty"),
        ({"title": "x" * 500}, "title", "at most 200 characters; it has 500"),
        ({"title": "🌸" * 201}, "title", "at most 200"),
        ({"title": 7}, "title", "must be text"),
        ({"title": "a\u0000b"}, "title", "control characters"),
        ({"title": "a\u001bb"}, "title", "control characters"),
        ({"description": ""}, "description", "must not be empty"),
        ({"description": "x" * 20_001}, "description", "at most 20000"),
        ({"brand": "a\u0000b"}, "brand", "control characters"),
        ({"attributes": {"Style": "a\u0000b"}}, "attributes.Style", "control characters"),
        ({"attributes": {"St\u0000yle": "b"}}, "a name", "control characters"),
        ({"colors": ["Blue\u0007"]}, "colors.0", "control characters"),
        ({"attributes": {"Style": 5}}, "attributes.Style", "must be text"),
        ({"condition": "mint"}, "condition", "must be one of"),
        ({"category": []}, "category", "at least 1"),
        ({"category": "Women"}, "category", "must be a list"),
        ({"colors": ["a", "b", "c", "d", "e"]}, "colors", "at most 4"),
        ({"quantity": 0}, "quantity", "at least 1"),
        ({"quantity": 1.5}, "quantity", "whole number"),
        ({"sku": "has space"}, "sku", "not written as it should be"),
        ({"zip_code": "ABC"}, "zip_code", "not written as it should be"),
        ({"shipping": {"weight_oz": 0}}, "shipping.weight_oz", "more than 0"),
        ({"shipping": {"cost": 0}}, "shipping.cost", "more than 0"),
        ({"shipping": {"payer": "nobody"}}, "shipping.payer", "must be one of"),
        ({"currency": "EUR"}, "currency", "must be one of"),
        ({"prize": 5}, "prize", "not a field we know"),
        ({"overrides": {"ebay": {"title": "x" * 500}}}, "overrides.ebay.title", "at most 200"),
        ({"overrides": {"ebay": {"price": 0}}}, "overrides.ebay.price", "more than 0"),
        ({"overrides": {"ebay": {"nonsense": 1}}}, "overrides.ebay.nonsense", "not a field we know"),
        ({"overrides": {"ebay": "x"}}, "overrides", "an object per marketplace"),
    ]
    for change, field, says in cases:
        error = error_of(api.client.post("/api/listings", json={**DRESS, **change}), 422, "invalid", field)
        assert says in error["message"], (change, error)
    missing = {name: value for name, value in DRESS.items() if name != "title"}
    assert (
        error_of(api.client.post("/api/listings", json=missing), 422, "invalid", "title")["message"]
        == "title is missing."
    )
    assert api.client.get("/api/listings").json()["listings"] == []


def test_all_that_is_wrong_is_told_at_once(api: Api) -> None:
    error = error_of(api.client.post("/api/listings", json={**DRESS, "title": "", "price": 0}), 422, "invalid")
    assert {detail["field"] for detail in error["details"]} == {"title", "price"}


def test_broken_json_numbers_and_unicode_are_no_crash(api: Api) -> None:
    head = {"Content-Type": "application/json"}
    error_of(api.client.post("/api/listings", content=b"{", headers=head), 400, "not_json")
    error_of(api.client.post("/api/listings", content=b"\xff\xfe", headers=head), 400)
    error_of(api.client.post("/api/listings", content=b"[" * 100_000, headers=head), 400)
    error_of(api.client.post("/api/listings", content=b"", headers=head), 422)
    error_of(api.client.post("/api/listings", content=b"[]", headers=head), 422)
    error_of(api.client.post("/api/listings", content=b"null", headers=head), 422)
    surrogate = b'{"title": "\\ud800", "description": "d", "price": 5, "condition": "good", "category": ["a"]}'
    error_of(api.client.post("/api/listings", content=surrogate, headers=head), 422, "invalid", "title")
    nan = b'{"title": "t", "description": "d", "price": NaN, "condition": "good", "category": ["a"]}'
    error_of(api.client.post("/api/listings", content=nan, headers=head), 422, "invalid", "price")
    digits = (
        b'{"title": "t", "description": "d", "price": ' + b"9" * 5000 + b', "condition": "good", "category": ["a"]}'
    )
    assert api.client.post("/api/listings", content=digits, headers=head).status_code in {400, 422}
    assert math.isfinite(len(api.client.get("/api/listings").json()["listings"]))


def test_any_text_a_person_can_type_is_kept_character_by_character(api: Api) -> None:
    for text in NASTY:
        sent: Json = {
            "title": text,
            "description": f"{text}\n{text}",
            "brand": text,
            "attributes": {text: text},
            "tags": [text],
        }
        listing = api.listing(photos=0, **sent)
        assert {name: listing[name] for name in sent} == sent


def test_a_title_of_two_hundred_characters_is_kept_whole(api: Api) -> None:
    assert api.listing(photos=0, title="x" * 200)["title"] == "x" * 200


def test_overrides_are_checked_kept_and_for_marketplaces_we_know(api: Api) -> None:
    listing = api.listing(photos=0, overrides={"ebay": {"title": "Other", "price": 50.5}})
    assert listing["overrides"] == {"ebay": {"title": "Other", "price": {"cents": 5050}}}
    row = api.store.get_listing(api.owner.user_id, listing["id"])
    assert row is not None
    ebay = ListingDraft.model_validate(row["body"]).for_marketplace("ebay")
    assert ebay.title == "Other" and str(ebay.price) == "50.50"
    error_of(api.client.post("/api/listings", json={**DRESS, "overrides": {"depop": {}}}), 422, "unknown_marketplace")


def test_a_listing_can_be_replaced_and_edited(api: Api) -> None:
    listing = api.listing()
    address = f"/api/listings/{listing['id']}"
    replaced = api.client.put(address, json={**DRESS, "title": "New", "brand": None}).json()
    assert replaced["title"] == "New" and replaced["brand"] is None
    assert replaced["photos"] == listing["photos"]
    edited = api.client.patch(address, json={"price": "12.50"}).json()
    assert edited["price"] == "12.50" and edited["title"] == "New"
    error_of(api.client.patch(address, json={"price": 0}), 422, "invalid", "price")
    error_of(api.client.patch(address, json={"id": "x"}), 422, "invalid", "id")
    error_of(api.client.patch(address, json=[]), 422)
    assert api.client.get(address).json()["price"] == "12.50"


def test_lists_go_page_by_page_newest_first(api: Api) -> None:
    ids = [api.listing(photos=0, title=f"number {n}")["id"] for n in range(5)]
    first = api.client.get("/api/listings?limit=3").json()
    assert [listing["id"] for listing in first["listings"]] == ids[:1:-1]
    rest = api.client.get("/api/listings", params={"limit": 3, "before": first["next_before"]}).json()
    assert [listing["id"] for listing in rest["listings"]] == ids[1::-1] and rest["next_before"] is None
    error_of(api.client.get("/api/listings?limit=0"), 422, "invalid", "limit")
    error_of(api.client.get("/api/listings?limit=x"), 422, "invalid", "limit")
    error_of(api.client.get("/api/listings?before=yesterday"), 422, "invalid", "before")


def test_strangers_see_nothing_and_change_nothing(api: Api) -> None:
    listing = api.listing()
    address, stranger = f"/api/listings/{listing['id']}", api.stranger()
    assert stranger.get("/api/listings").json()["listings"] == []
    for method, body in [("GET", None), ("PUT", DRESS), ("PATCH", {"price": 1}), ("DELETE", None)]:
        error_of(stranger.request(method, address, json=body), 404, "not_found")
    picture = f"{address}/photos/{listing['photos'][0]['id']}"
    error_of(stranger.get(picture), 404)
    error_of(stranger.delete(picture), 404)
    error_of(stranger.put(f"{address}/photos", json={"order": []}), 404)
    error_of(stranger.post(f"{address}/photos", files=[("photos", ("a.jpg", photo()))]), 404)
    error_of(stranger.post("/api/listings/post", json={"listingId": listing["id"], "marketplaces": ["ebay"]}), 404)
    assert api.client.get(address).json() == listing


def test_an_id_that_is_none_is_simply_not_there(api: Api) -> None:
    for name in ("nonsense", "00000000-0000-4000-8000-000000000000", "'; drop table listings; --", "%00", "x" * 300):
        error_of(api.client.get(f"/api/listings/{name}"), 404)


def test_a_deleted_listing_takes_its_photos_along(api: Api) -> None:
    listing = api.listing(photos=2)
    assert len(list(api.photo_dir.rglob("*.jpg"))) == 2
    assert api.client.delete(f"/api/listings/{listing['id']}").status_code == 204
    assert list(api.photo_dir.rglob("*.jpg")) == []
    error_of(api.client.get(f"/api/listings/{listing['id']}"), 404)


def test_a_listing_that_is_being_posted_cannot_be_deleted(api: Api) -> None:
    api.sign_in("ebay")
    listing = api.listing()
    job = api.post(listing["id"], "ebay")
    error_of(api.client.delete(f"/api/listings/{listing['id']}"), 409, "listing_busy")
    assert len(list(api.photo_dir.rglob("*.jpg"))) == 1
    assert api.client.delete(f"/api/jobs/{job['jobId']}").status_code == 200
    assert api.client.delete(f"/api/listings/{listing['id']}").status_code == 204
