"""The second seed's service: a listing and its job in one request."""

from __future__ import annotations

from typing import Any

from listing_worker.models import Reason
from tests.api.conftest import Api, Json, error_of, photo
from tests.api.test_jobs import publish


def uploaded(api: Api, count: int = 2) -> list[str]:
    files = [("photos", (f"{n}.jpg", photo(n), "image/jpeg")) for n in range(count)]
    answer = api.client.post("/api/photos", files=files)
    assert answer.status_code == 201, answer.text
    return [entry["id"] for entry in answer.json()["photos"]]


def spec(api: Api, **changes: Any) -> Json:
    base: Json = {
        "title": "iPhone 13, 128GB, Blue, Good Condition",
        "description": "Gently used iPhone 13 in excellent working condition, with its box.",
        "price": 650.00,
        "currency": "USD",
        "condition": "good",
        "category": "Electronics > Smartphones",
        "attributes": {"brand": "Apple", "model": "iPhone 13", "storage": "128GB", "color": "Blue"},
        "media_s3_keys": changes.pop("media_s3_keys", None) or uploaded(api),
        "target_marketplaces": ["ebay", "mercari"],
        "shipping_options": ["local_pickup", "shipping"],
        "location": {"city": "San Jose", "state": "CA", "zip": "95112"},
    }
    return {"listing_spec": {**base, **changes}, "session_id": "session_abc"}


def test_a_spec_becomes_a_listing_and_a_job(api: Api) -> None:
    api.sign_in()
    answer = api.client.post("/api/v1/post", json=spec(api) | {"user_id": api.owner.user_id})
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["status"] == "processing" and body["job_id"].startswith("job_") and body["estimated_completion"]
    assert [(job["marketplace"], job["status"]) for job in body["marketplace_jobs"]] == [
        ("ebay", "queued"),
        ("mercari", "queued"),
    ]
    assert api.queue.enqueued == [job["job_id"] for job in body["marketplace_jobs"]]
    listing = api.client.get(f"/api/listings/{body['listing_id']}").json()
    assert listing["brand"] == "Apple" and listing["colors"] == ["Blue"] and listing["zip_code"] == "95112"
    assert listing["category"] == ["Electronics", "Smartphones"] and listing["price"] == "650.00"
    assert listing["attributes"] == {"model": "iPhone 13", "storage": "128GB"}
    assert len(listing["photos"]) == 2


def test_a_listing_has_its_own_copies_of_the_photos(api: Api) -> None:
    api.sign_in()
    media = uploaded(api)
    one = api.client.post("/api/v1/post", json=spec(api, media_s3_keys=media)).json()
    two = api.client.post("/api/v1/post", json=spec(api, media_s3_keys=media[::-1])).json()
    first = api.client.get(f"/api/listings/{one['listing_id']}").json()["photos"]
    second = api.client.get(f"/api/listings/{two['listing_id']}").json()["photos"]
    assert [p["sha256"] for p in first] == [p["sha256"] for p in second][::-1]
    assert not {p["id"] for p in first} & {p["id"] for p in second}


def test_the_job_is_told_in_the_seed_s_words(api: Api) -> None:
    api.sign_in("ebay")
    body = api.client.post("/api/v1/post", json=spec(api)).json()
    ebay = body["marketplace_jobs"][0]["job_id"]
    publish(api, ebay)
    job = api.client.get(f"/api/v1/jobs/{body['job_id']}").json()
    assert job["status"] == "partial_success" and job["success_count"] == 1 and job["failure_count"] == 1
    assert job["completed_at"]
    live, waiting = job["marketplace_results"]
    assert live["status"] == "live" and live["listing_id"] == "1234" and live["posted_at"]
    assert live["confirmation_link"] == "https://www.ebay.com/itm/1234"
    assert waiting["status"] == "action_required" and "Sign in to Mercari" in waiting["message"]


def test_a_failure_says_why(api: Api) -> None:
    api.sign_in()
    api.marketplaces.refusals["ebay"] = Reason(code="invalid", message="Invalid category.", field="category")
    body = api.client.post("/api/v1/post", json=spec(api)).json()
    job = api.client.get(f"/api/v1/jobs/{body['job_id']}").json()
    assert job["marketplace_results"][0]["status"] == "failed"
    assert job["marketplace_results"][0]["error"] == "Invalid category."
    assert job["status"] == "processing"


def test_a_job_is_cancelled_in_the_seed_s_shape(api: Api) -> None:
    api.sign_in()
    job_id = api.client.post("/api/v1/post", json=spec(api)).json()["job_id"]
    cancelled = api.client.delete(f"/api/v1/jobs/{job_id}").json()
    assert cancelled["job_id"] == job_id and cancelled["status"] == "cancelled" and cancelled["cancelled_at"]


def test_what_is_wrong_is_named_as_the_seed_names_it_and_leaves_nothing_behind(api: Api) -> None:
    media = uploaded(api)
    stored = len(list(api.photo_dir.rglob("*.jpg")))
    cases: list[tuple[Json, str, str]] = [
        ({"price": 0}, "invalid", "listing_spec.price"),
        ({"price": -1}, "invalid", "listing_spec.price"),
        ({"price": 1.234}, "invalid", "listing_spec.price"),
        ({"price": None}, "invalid", "listing_spec.price"),
        ({"title": ""}, "invalid", "listing_spec.title"),
        ({"title": "x" * 500}, "invalid", "listing_spec.title"),
        ({"condition": "mint"}, "invalid", "listing_spec.condition"),
        ({"category": " > "}, "invalid", "listing_spec.category"),
        ({"currency": "EUR"}, "invalid", "listing_spec.currency"),
        ({"location": {"zip": "ABC"}}, "invalid", "listing_spec.location.zip"),
        ({"target_marketplaces": ["depop"]}, "unknown_marketplace", "listing_spec.target_marketplaces"),
        ({"target_marketplaces": []}, "invalid", "listing_spec.target_marketplaces"),
        ({"shipping_options": ["local_pickup"]}, "invalid", "listing_spec.shipping_options"),
        ({"media_s3_keys": ["s3://bucket/a.jpg"]}, "invalid", "listing_spec.media_s3_keys[0]"),
        ({"media_s3_keys": [media[0], "unknown"]}, "invalid", "listing_spec.media_s3_keys[1]"),
        ({"media_s3_keys": ["../../owner"]}, "invalid", "listing_spec.media_s3_keys[0]"),
    ]
    for change, code, field in cases:
        body = spec(api, **{"media_s3_keys": media, **change})
        error_of(api.client.post("/api/v1/post", json=body), 422, code, field)
    empty = spec(api, media_s3_keys=media)
    empty["listing_spec"]["media_s3_keys"] = []
    error_of(api.client.post("/api/v1/post", json=empty), 422, "no_photos", "listing_spec.media_s3_keys")
    other = spec(api, media_s3_keys=media) | {"user_id": "user_123"}
    error_of(api.client.post("/api/v1/post", json=other), 403, "other_user", "user_id")
    error_of(api.client.post("/api/v1/post", json={}), 422, "invalid", "listing_spec")
    assert api.client.get("/api/listings").json()["listings"] == []
    assert len(list(api.photo_dir.rglob("*.jpg"))) == stored


def test_a_stranger_s_photo_cannot_be_named(api: Api) -> None:
    media = uploaded(api)
    stranger = api.stranger()
    error_of(stranger.post("/api/v1/post", json=spec(api, media_s3_keys=media)), 422, "invalid")


def test_the_same_key_makes_one_listing_and_one_job(api: Api) -> None:
    api.sign_in()
    body = spec(api)
    key = {"Idempotency-Key": "order-7"}
    first = api.client.post("/api/v1/post", json=body, headers=key).json()
    photos = len(list(api.photo_dir.rglob("*.jpg")))
    again = api.client.post("/api/v1/post", json=body, headers=key)
    assert again.json()["job_id"] == first["job_id"] and again.json()["listing_id"] == first["listing_id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.client.get("/api/listings").json()["listings"]) == 1
    assert len(list(api.photo_dir.rglob("*.jpg"))) == photos
    changed = spec(api, media_s3_keys=body["listing_spec"]["media_s3_keys"], price=1)
    error_of(api.client.post("/api/v1/post", json=changed, headers=key), 409, "idempotency_conflict")
    assert len(api.client.get("/api/listings").json()["listings"]) == 1
