"""Preflight over the API, and posting exactly what it showed."""

from __future__ import annotations

from typing import Any

from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.demo.listing import demo_listing
from tests.api.conftest import Api, error_of, photo

LONG = " ".join(["Floral"] * 20)


def stored(api: Api, **changes: Any) -> str:
    """A listing with one photo that is large enough for every marketplace."""
    listing_id: str = api.listing(photos=0, **{**demo_listing("1"), **changes})["id"]
    files = [("photos", ("a.jpg", photo(size=(1000, 1000)), "image/jpeg"))]
    assert api.client.post(f"/api/listings/{listing_id}/photos", files=files).status_code == 201
    return listing_id


def looked(api: Api, listing_id: str, **body: Any) -> dict[str, Any]:
    answer = api.client.post(f"/api/listings/{listing_id}/preflight", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_preflight_tells_every_marketplace_and_stores_nothing(api: Api) -> None:
    listing_id = stored(api)
    before = api.client.get(f"/api/listings/{listing_id}").json()
    told = looked(api, listing_id)
    assert told["ready"] == list(told["marketplaces"]) == list(api.marketplaces.names())
    assert all(one["fingerprint"] for one in told["marketplaces"].values())
    assert api.client.get(f"/api/listings/{listing_id}").json() == before
    assert api.client.get("/api/jobs").json()["jobs"] == []


def test_only_the_asked_marketplaces_answer_and_unknown_ones_are_refused(api: Api) -> None:
    listing_id = stored(api)
    assert list(looked(api, listing_id, marketplaces=["ebay"])["marketplaces"]) == ["ebay"]
    answer = api.client.post(f"/api/listings/{listing_id}/preflight", json={"marketplaces": ["depop"]})
    error_of(answer, 422, "unknown_marketplace", "marketplaces")
    error_of(api.stranger().post(f"/api/listings/{listing_id}/preflight"), 404, "not_found")


def test_changes_are_shown_and_made_only_with_auto_fit(api: Api) -> None:
    api.marketplaces.preflight = RegisteredMarketplaces().preflight  # type: ignore[method-assign]
    api.sign_in()
    listing_id = stored(api, title=LONG)
    told = looked(api, listing_id)["marketplaces"]["poshmark"]
    assert not told["ready"] and told["ready_with_auto_fit"]
    (change,) = (one for one in told["findings"] if one["severity"] == "change")
    assert change["field"] == "title" and change["before"] == LONG and len(change["after"]) <= 80

    refused = api.post(listing_id, "poshmark")["automationResults"][0]
    assert refused["status"] == "failed" and refused["reason"]["field"] == "title"

    body = {"listingId": listing_id, "marketplaces": ["ebay"], "autoFit": True}
    accepted = api.client.post("/api/listings/post", json=body).json()
    assert accepted["automationResults"][0]["status"] == "queued"
    assert [one["field"] for one in accepted["changes"]["ebay"]] == ["title"]
    kept = api.client.get(f"/api/listings/{listing_id}").json()
    assert kept["auto_fit"] is True and kept["title"] == LONG


def test_a_post_that_names_fingerprints_is_refused_once_the_listing_differs(api: Api) -> None:
    api.sign_in()
    listing_id = stored(api)
    shown = looked(api, listing_id, marketplaces=["ebay"])["marketplaces"]["ebay"]["fingerprint"]
    body = {"listingId": listing_id, "marketplaces": ["ebay"], "fingerprints": {"ebay": shown}}
    api.client.patch(f"/api/listings/{listing_id}", json={"title": "Another title"})
    error_of(api.client.post("/api/listings/post", json=body), 409, "preflight_changed", "fingerprints.ebay")
    assert api.client.get("/api/jobs").json()["jobs"] == []
    body["fingerprints"] = {"ebay": looked(api, listing_id)["marketplaces"]["ebay"]["fingerprint"]}
    assert api.client.post("/api/listings/post", json=body).status_code == 202
