"""Writes that may be repeated, versions, pages, and posting at a chosen time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.conftest import DRESS, Api, error_of, photo


def test_a_repeated_create_gives_the_first_answer(api: Api) -> None:
    key = {"Idempotency-Key": "abc"}
    first = api.client.post("/api/listings", json=DRESS, headers=key)
    again = api.client.post("/api/listings", json=DRESS, headers=key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert len(api.client.get("/api/listings").json()["listings"]) == 1
    other = {**DRESS, "title": "Another"}
    error_of(api.client.post("/api/listings", json=other, headers=key), 409, "idempotency_conflict")
    assert api.stranger().post("/api/listings", json=DRESS, headers=key).json()["id"] != first.json()["id"]


def test_a_refused_create_may_be_corrected_under_the_same_key(api: Api) -> None:
    key = {"Idempotency-Key": "abc"}
    error_of(api.client.post("/api/listings", json={**DRESS, "price": -1}, headers=key), 422)
    assert api.client.post("/api/listings", json=DRESS, headers=key).status_code == 201


def test_every_creating_write_takes_the_key_and_no_secret_is_kept(api: Api) -> None:
    files = [("photos", ("a.jpg", photo(), "image/jpeg"))]
    key = {"Idempotency-Key": "p"}
    first = api.client.post("/api/photos", files=files, headers=key).json()
    assert api.client.post("/api/photos", files=files, headers=key).json() == first
    key = {"Idempotency-Key": "k"}
    body = {"name": "n", "scopes": ["jobs:read"]}
    made = api.client.post("/api/keys", json=body, headers=key).json()
    again = api.client.post("/api/keys", json=body, headers=key).json()
    assert made["key"] and again["key"] is None and again["id"] == made["id"]
    documented = api.app.openapi()["paths"]
    for path in ("/api/listings", "/api/photos", "/api/keys", "/api/webhooks", "/api/listings/{listing_id}/photos"):
        names = {p["name"].lower() for p in documented[path]["post"]["parameters"]}
        assert "idempotency-key" in names, path


def test_a_change_over_another_version_is_refused(api: Api) -> None:
    created = api.client.post("/api/listings", json=DRESS)
    path, version = f"/api/listings/{created.json()['id']}", created.headers["etag"]
    assert api.client.get(path).headers["etag"] == version
    changed = api.client.patch(path, json={"title": "B"}, headers={"If-Match": version})
    assert changed.status_code == 200 and changed.headers["etag"] != version
    error_of(api.client.patch(path, json={"title": "C"}, headers={"If-Match": version}), 412, "changed_meanwhile")
    error_of(api.client.put(path, json=DRESS, headers={"If-Match": '"nonsense"'}), 412, "changed_meanwhile")
    assert api.client.get(path).json()["title"] == "B"
    assert api.client.put(path, json=DRESS, headers={"If-Match": "*"}).status_code == 200
    both = f'"x", {api.client.get(path).headers["etag"]}'
    assert api.client.patch(path, json={"title": "D"}, headers={"If-Match": both}).status_code == 200


def test_lists_are_walked_by_cursor(api: Api) -> None:
    made = [api.listing(0, title=f"t{n}")["id"] for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = api.client.get(f"/api/listings?limit=2{cursor}").json()
        seen += [each["id"] for each in page["listings"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
    assert [each["title"] for each in api.client.get("/api/listings?q=T3").json()["listings"]] == ["t3"]
    for nonsense in ("x", "MjAyNnwx", "🌸", "MDAwMS0wMS0wMVQwMDowMDowMCswMDowMHxh"):
        answer = api.client.get("/api/jobs", params={"cursor": nonsense})
        assert answer.status_code in {200, 422}
        if answer.status_code == 422:
            error_of(answer, 422, "bad_cursor", "cursor")


def test_posting_waits_for_the_chosen_time(api: Api) -> None:
    api.sign_in("ebay")
    listing = api.listing()
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    body = {"listingId": listing["id"], "marketplaces": ["ebay", "mercari"], "publishAt": at}
    posted = api.client.post("/api/listings/post", json=body)
    assert posted.status_code == 202
    ebay, mercari = api.client.get(f"/api/jobs/{posted.json()['jobId']}").json()["postings"]
    assert ebay["state"] == "waiting" and ebay["reason"]["code"] == "scheduled"
    assert abs(datetime.fromisoformat(ebay["not_before"]) - datetime.fromisoformat(at)) < timedelta(seconds=1)
    assert mercari["state"] == "action_required"
    assert not api.store.claim_posting(ebay["id"], "worker", 10)["claimed"]
    too_far = {**body, "publishAt": "9999-12-31T23:59:59Z"}
    error_of(api.client.post("/api/listings/post", json=too_far), 422, field="publishAt")
    past = {**body, "listingId": api.listing()["id"], "publishAt": "0001-01-01T00:00:00+05:00"}
    job = api.client.post("/api/listings/post", json=past).json()["jobId"]
    assert api.client.get(f"/api/jobs/{job}").json()["postings"][0]["state"] == "queued"


def test_one_marketplace_of_a_job_is_tried_again(api: Api) -> None:
    api.sign_in("ebay", "mercari")
    job_id = api.post(api.listing()["id"], "ebay", "mercari")["jobId"]
    path = f"/api/v1/jobs/{job_id}/postings"
    error_of(api.client.post(f"{path}/ebay/retry"), 409, "not_retryable")
    api.client.delete(f"/api/jobs/{job_id}")
    answer = api.client.post(f"{path}/ebay/retry")
    assert answer.status_code == 202 and answer.json()["state"] == "queued"
    states = {p["marketplace"]: p["state"] for p in api.client.get(f"/api/jobs/{job_id}").json()["postings"]}
    assert states == {"ebay": "queued", "mercari": "cancelled"}
    error_of(api.client.post(f"{path}/poshmark/retry"), 404)
    error_of(api.stranger().post(f"{path}/mercari/retry"), 404)
