"""Importing, answering, adopting, linking and unlinking over HTTP; what links itself, on the real store."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.registry import get_agent
from listing_worker.inventory.adopting.linking import link_what_is_sure
from listing_worker.inventory.matching.pictures import Shot
from listing_worker.storage.photos import FolderPhotos
from tests.api.conftest import Api, error_of
from tests.utils.test_likeness import encoded, scene

TITLE = "Free People Floral Wrap Midi Dress Boho Blue Size M"


def found(
    api: Api, site: str, external_id: str, title: str = TITLE, cents: int = 4800, seed: int = 1, **details: Any
) -> str:
    """As if the account's list and the listing's page had been read."""
    user = api.owner.user_id
    api.store.request_import(user, [site])
    claim = api.store.claim_import(user, site, "worker", 30)
    rows = [
        {"external_id": row["external_id"], "url": row["url"], "title": row["title"], "price_cents": row["price_cents"]}
        for row in api.store.list_found(user, "all")
        if row["marketplace"] == site
    ]
    new = {"external_id": external_id, "url": f"https://{site}.example/{external_id}", "title": title}
    put = api.store.put_found(user, site, claim["fence"], [*rows, {**new, "price_cents": 4800}], complete=True)
    for unread in put["unread"]:
        prints = [Shot.of(encoded(scene(each, (180, 240)))).text for each in (seed, seed + 50) if seed]
        api.store.note_found(user, unread["id"], {"prints": prints, "photos": []})
    api.store.finish_import(user, site, claim["fence"], {"seen": 1}, None)
    return next(row["id"] for row in api.store.list_found(user, "all") if row["external_id"] == external_id)


def link_now(api: Api) -> int:
    return link_what_is_sure(api.store, FolderPhotos(api.photo_dir), api.owner.user_id).linked


NEEDED = {"condition": "good", "category": ["Women", "Dresses", "Midi"], "description": "Worn twice."}


def test_two_that_are_certainly_one_become_one_listing_when_one_is_adopted(api: Api) -> None:
    here = found(api, "ebay", "111111111111")
    found(api, "poshmark", "a" * 24, seed=1)
    assert link_now(api) == 0 and link_now(api) == 0
    assert api.client.get("/api/inventory/matches").json() == {"questions": []}
    error_of(api.client.post(f"/api/inventory/found/{here}/adopt", json={}), 422, "missing", "description")
    adopted = api.client.post(f"/api/inventory/found/{here}/adopt", json={"listing": NEEDED})
    assert adopted.status_code == 200, adopted.text
    assert sorted(each["marketplace"] for each in adopted.json()["postings"]) == ["ebay", "poshmark"]
    assert api.client.get("/api/inventory/found").json() == {"found": []}
    assert link_now(api) == 0
    body = api.client.get(f"/api/listings/{adopted.json()['listing_id']}").json()
    assert (body["title"], body["price"]) == (TITLE, "48.00")


def test_what_is_not_certain_is_asked_and_the_answer_kept(api: Api) -> None:
    one, other = (
        found(api, "ebay", "111111111111"),
        found(api, "poshmark", "a" * 24, "Free People floral midi dress boho blue", seed=0),
    )
    assert link_now(api) == 0
    [question] = api.client.get("/api/inventory/matches").json()["questions"]
    assert {question["one"]["key"], question["other"]["key"]} == {f"found:{one}", f"found:{other}"}
    body = {"one": question["one"]["key"], "other": question["other"]["key"], "same": False}
    assert api.client.post("/api/inventory/matches/answer", json=body).status_code == 200
    link_now(api)
    assert api.client.get("/api/inventory/matches").json()["questions"] == []
    error_of(api.stranger().post("/api/inventory/matches/answer", json=body), 422, "not_found")


def test_a_question_answered_yes_links_to_our_listing_and_unlinking_holds(api: Api) -> None:
    listing = api.listing(title=TITLE, sku=None)
    one = found(api, "ebay", "111111111111", "Floral wrap midi dress")
    link_now(api)
    body = {"one": f"found:{one}", "other": f"listing:{listing['id']}", "same": True}
    assert api.client.post("/api/inventory/matches/answer", json=body).json()["message"] == "Noted. 1 linked."
    [row] = api.client.get("/api/inventory/found", params={"which": "linked"}).json()["found"]
    assert row["listing_id"] == listing["id"]
    unlinked = api.client.post(f"/api/postings/{row['posting_id']}/unlink")
    assert unlinked.json()["state"] == "cancelled"
    link_now(api)
    assert [each["id"] for each in api.client.get("/api/inventory/found").json()["found"]] == [one]


def test_a_link_by_hand_waits_until_the_sellers_own_list_shows_it(api: Api) -> None:
    listing = api.listing()
    url = "https://www.ebay.com/itm/Some-Dress/123456789012?hash=x"
    answer = api.client.post(f"/api/listings/{listing['id']}/link", json={"url": url})
    assert answer.json()["linked"] is False
    assert [each["done"] for each in api.client.get("/api/inventory/imports").json()["imports"]] == [False]
    found(api, "ebay", "123456789012", "Another title", seed=7)
    assert link_now(api) == 1
    again = api.client.post(f"/api/listings/{listing['id']}/link", json={"url": "ebay.com/itm/123456789012"}).json()
    assert again["linked"] is True and again["posting"]["external_id"] == "123456789012"
    bad = api.client.post(f"/api/listings/{listing['id']}/link", json={"url": "https://elsewhere.example/1"})
    error_of(bad, 422, field="url")


def test_an_import_needs_a_sign_in_and_reads_all_signed_in_accounts(api: Api) -> None:
    error_of(api.client.post("/api/inventory/import", json={}), 409, "sign_in")
    api.sign_in("ebay", "mercari")
    answer = api.client.post("/api/inventory/import", json={})
    assert answer.status_code == 202
    assert [each["marketplace"] for each in answer.json()["imports"]] == ["ebay", "mercari"]
    assert error_of(api.client.post("/api/inventory/import", json={"marketplaces": ["nowhere"]}), 422)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://poshmark.com/listing/Dress-8-0123456789abcdef01234567", ("poshmark", "0123456789abcdef01234567")),
        ("https://poshmark.com/listing/0123456789abcdef01234567", ("poshmark", "0123456789abcdef01234567")),
        ("https://www.ebay.com/itm/123456789012", ("ebay", "123456789012")),
        ("https://www.mercari.com/us/item/m12345678901/", ("mercari", "m12345678901")),
        ("https://www.facebook.com/marketplace/item/1234567890123/", ("facebook", "1234567890123")),
        ("https://ebay.com.evil.example/itm/123456789012", None),
        ("https://poshmark.com/closet/somebody", None),
        ("https://[bad", None),
        ("javascript://www.ebay.com/itm/123456789012", None),
    ],
)  # fmt: skip
def test_addresses_name_a_listing_or_nothing(api: Api, url: str, named: tuple[str, str] | None) -> None:
    assert api.marketplaces.listing_at(url) == named


def test_every_marketplace_understands_its_own_listings_address(api: Api) -> None:
    for name in ("poshmark", "ebay", "mercari", "facebook"):
        external_id = {"poshmark": "f" * 24, "mercari": "m" + "1" * 11}.get(name, "123456789012")
        url = get_agent(name).recipe.publication.listing_url.replace("{id}", external_id)  # type: ignore[attr-defined]
        assert api.marketplaces.listing_at(url) == (name, external_id)
