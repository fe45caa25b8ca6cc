"""The editor without a browser: what is typed becomes the listing, and nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

from listing_worker.api.auth import csrf_token
from listing_worker.models import Reason
from tests.api.conftest import Api, photo
from tests.api.web.test_signin import csrf_of, signed_in

TYPED = {
    "title": "Wool coat",
    "description": "Warm.",
    "price": "80",
    "condition": "good",
    "category": "Women > Jackets & Coats",
    "colors": "Grey, Black",
    "attributes": "Material: Wool\nLining",
    "weight_lb": "2",
    "weight_oz": "3",
    "o.ebay.title": "Wool coat, size M, grey",
    "o.ebay.price": "85.50",
}


def uploaded(api: Api, n: int) -> list[str]:
    files = [("photos", (f"{k}.jpg", photo(k), "image/jpeg")) for k in range(n)]
    return [each["id"] for each in api.client.post("/api/photos", files=files).json()["photos"]]


def created(api: Api, **changes: Any) -> dict[str, Any]:
    client = signed_in(api)
    data = {**TYPED, "photo": uploaded(api, 2), "csrf": csrf_of(client), **changes}
    answer = client.post("/listings/new", data=data)
    assert answer.status_code == 303, answer.text
    listing: dict[str, Any] = api.client.get("/api/listings").json()["listings"][0]
    return listing


def test_what_was_typed_becomes_a_listing_with_its_photos(api: Api) -> None:
    listing = created(api)
    assert listing["title"] == "Wool coat" and listing["price"] == "80.00"
    assert listing["category"] == ["Women", "Jackets & Coats"] and listing["colors"] == ["Grey", "Black"]
    assert listing["attributes"] == {"Material": "Wool", "Lining": ""}
    assert listing["shipping"]["weight_oz"] == 35
    assert listing["overrides"] == {
        "ebay": {"title": "Wool coat, size M, grey", "price": {"cents": 8550, "currency": "USD"}}
    } or listing["overrides"]["ebay"]["price"] == {"cents": 8550}
    assert len(listing["photos"]) == 2


def test_what_is_wrong_is_named_and_everything_typed_stays(api: Api) -> None:
    client = signed_in(api)
    ids = uploaded(api, 1)
    data = {**TYPED, "price": "1.234", "photo": ids, "csrf": csrf_of(client)}
    answer = client.post("/listings/new", data=data)
    assert answer.status_code == 422
    assert "Wool coat, size M, grey" in answer.text and ids[0] in answer.text and "1.234" in answer.text
    assert 'id="price-wrong"' in answer.text
    assert api.client.get("/api/listings").json()["listings"] == []


def test_photos_are_reordered_removed_and_added_by_saving(api: Api) -> None:
    listing = created(api)
    first, second = (each["id"] for each in listing["photos"])
    client = signed_in(api)
    turned = api.client.post(f"/api/photos/{first}/rotate").json()["id"]
    data = {**TYPED, "photo": [second, turned], "version": listing["updated_at"], "csrf": csrf_of(client)}
    assert client.post(f"/listings/{listing['id']}", data=data).status_code == 303
    now = api.client.get(f"/api/listings/{listing['id']}").json()
    assert now["photos"][0]["id"] == second and len(now["photos"]) == 2
    assert now["photos"][1]["width"] == 48 and now["photos"][1]["height"] == 64


def test_saving_over_somebody_else_s_change_is_refused_and_loses_nothing(api: Api) -> None:
    listing = created(api)
    api.client.patch(f"/api/listings/{listing['id']}", json={"title": "Changed elsewhere"})
    client = signed_in(api)
    photos = [each["id"] for each in listing["photos"]]
    data = {**TYPED, "title": "Mine", "photo": photos, "version": listing["updated_at"], "csrf": csrf_of(client)}
    answer = client.post(f"/listings/{listing['id']}", data=data)
    assert answer.status_code == 412 and "changed this listing meanwhile" in answer.text and "Mine" in answer.text
    assert api.client.get(f"/api/listings/{listing['id']}").json()["title"] == "Changed elsewhere"


def test_overrides_that_the_editor_does_not_show_are_kept(api: Api) -> None:
    listing = created(api)
    overrides = {"ebay": {"title": "T", "size": "L"}, "mercari": {"brand": "B"}}
    listing = api.client.patch(f"/api/listings/{listing['id']}", json={"overrides": overrides}).json()
    client = signed_in(api)
    photos = [each["id"] for each in listing["photos"]]
    data = {**TYPED, "photo": photos, "version": listing["updated_at"], "csrf": csrf_of(client)}
    assert client.post(f"/listings/{listing['id']}", data=data).status_code == 303
    now = api.client.get(f"/api/listings/{listing['id']}").json()["overrides"]
    assert now["ebay"]["size"] == "L" and now["mercari"] == {"brand": "B"}


def test_saving_with_a_failed_posting_in_hand_tries_it_again(api: Api) -> None:
    api.sign_in("ebay")
    listing = created(api)
    api.marketplaces.refusals["ebay"] = Reason(code="invalid", message="Too long.", field="title")
    job = api.post(listing["id"], "ebay")
    posting = job["automationResults"][0]["id"]
    client = signed_in(api)
    photos = [each["id"] for each in listing["photos"]]
    data = {**TYPED, "title": "Short", "photo": photos, "version": listing["updated_at"], "retry": posting}
    answer = client.post(f"/listings/{listing['id']}", data={**data, "csrf": csrf_of(client)})
    assert answer.status_code == 303 and answer.headers["location"] == f"/jobs/{job['jobId']}"
    assert api.client.get(f"/api/jobs/{job['jobId']}").json()["postings"][0]["state"] == "queued"


def test_a_photo_of_somebody_else_cannot_be_named(api: Api) -> None:
    stranger = api.stranger()
    theirs = stranger.post("/api/photos", files=[("photos", ("a.jpg", photo(), "image/jpeg"))]).json()["photos"][0]
    client = signed_in(api)
    answer = client.post("/listings/new", data={**TYPED, "photo": theirs["id"], "csrf": csrf_of(client)})
    assert answer.status_code == 404
    assert api.client.get("/api/listings").json()["listings"] == []


def test_posting_twice_by_the_same_press_makes_one_job(api: Api) -> None:
    api.sign_in()
    listing = created(api)
    client = signed_in(api)
    data = {"listing": listing["id"], "marketplace": ["ebay"], "press": "ab12", "csrf": csrf_of(client)}
    first, second = client.post("/post", data=data), client.post("/post", data=data)
    assert first.headers["location"] == second.headers["location"]
    assert len(api.client.get("/api/jobs").json()["jobs"]) == 1


def test_a_small_photo_is_small_and_may_be_kept(api: Api) -> None:
    photo_id = uploaded(api, 1)[0]
    answer = api.client.get(f"/api/photos/{photo_id}?width=64")
    assert answer.headers["content-type"] == "image/jpeg" and "immutable" in answer.headers["cache-control"]
    again = api.client.get(f"/api/photos/{photo_id}?width=64", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and csrf_token("x") != csrf_token("y")
