"""Post to All, as the first seed has it: what can be posted is posted, and what cannot is named."""

from __future__ import annotations

import time

import redis.exceptions

from listing_worker.models import Reason
from tests.api.conftest import Api, Json, error_of, photo

ALL = ["poshmark", "ebay", "mercari"]


def states(api: Api, job_id: str) -> dict[str, str]:
    return {p["marketplace"]: p["state"] for p in api.client.get(f"/api/jobs/{job_id}").json()["postings"]}


def test_post_to_all_answers_in_the_seed_s_shape(api: Api) -> None:
    api.sign_in()
    listing = api.listing(photos=4)
    posted = api.post(listing["id"])
    assert posted["success"] is True
    assert posted["jobId"].startswith("job_")
    assert posted["message"] == "Listing job queued successfully"
    assert posted["marketplaces"] == ALL
    assert [result["marketplace"] for result in posted["automationResults"]] == ALL
    assert {result["status"] for result in posted["automationResults"]} == {"queued"}
    assert posted["missingSessions"] == [] and posted["alreadyPosted"] == []
    assert api.queue.enqueued == [result["id"] for result in posted["automationResults"]]


def test_without_names_it_is_all_marketplaces_and_repetitions_count_once(api: Api) -> None:
    api.sign_in()
    answer = api.client.post("/api/listings/post", json={"listingId": api.listing()["id"]})
    assert answer.json()["marketplaces"] == ALL
    posted = api.post(api.listing()["id"], "ebay", "ebay")
    assert posted["marketplaces"] == ["ebay"] and len(posted["automationResults"]) == 1


def test_a_missing_session_is_named_and_the_others_are_posted(api: Api) -> None:
    api.sign_in("poshmark", "ebay")
    posted = api.post(api.listing()["id"])
    assert posted["success"] is True and posted["missingSessions"] == ["mercari"]
    assert posted["message"] == "Queued for Poshmark and eBay. Sign in to Mercari; posting goes on by itself then."
    blocked = posted["automationResults"][2]
    assert blocked["status"] == "action_required" and blocked["reason"]["code"] == "sign_in"
    assert "Mercari" in blocked["reason"]["action"]
    assert len(api.queue.enqueued) == 2
    assert states(api, posted["jobId"]) == {"poshmark": "queued", "ebay": "queued", "mercari": "action_required"}


def test_without_any_session_the_job_waits_for_the_seller(api: Api) -> None:
    posted = api.post(api.listing()["id"])
    assert posted["success"] is False and posted["missingSessions"] == ALL and api.queue.enqueued == []
    assert "Sign in to Poshmark, eBay and Mercari" in posted["message"]


def test_a_listing_that_breaks_one_marketplace_s_rule_is_posted_to_the_others(api: Api) -> None:
    api.sign_in()
    reason = Reason(code="invalid", message="Poshmark takes whole dollars.", action="Edit the listing", field="price")
    api.marketplaces.refusals["poshmark"] = reason
    posted = api.post(api.listing(price="48.50")["id"])
    failed = posted["automationResults"][0]
    assert failed["status"] == "failed" and failed["reason"] == reason.model_dump()
    assert "Poshmark: Poshmark takes whole dollars." in posted["message"]
    assert states(api, posted["jobId"]) == {"poshmark": "failed", "ebay": "queued", "mercari": "queued"}
    assert len(api.queue.enqueued) == 2


def test_preflight_sees_the_listing_as_that_marketplace_gets_it(api: Api) -> None:
    api.sign_in()
    listing = api.listing(photos=2, overrides={"ebay": {"title": "For eBay"}})
    api.post(listing["id"])
    seen = dict(api.marketplaces.checked)
    assert seen["ebay"].title == "For eBay" and seen["mercari"].title == listing["title"]
    assert len(seen["ebay"].photos) == 2


def test_requests_that_cannot_be_meant_are_refused_with_the_field(api: Api) -> None:
    listing_id = api.listing()["id"]
    cases: list[tuple[Json, str, str]] = [
        ({"listingId": listing_id, "marketplaces": ["depop"]}, "unknown_marketplace", "marketplaces"),
        ({"listingId": listing_id, "marketplaces": ["ebay", "<script>"]}, "unknown_marketplace", "marketplaces"),
        ({"listingId": listing_id, "marketplaces": []}, "invalid", "marketplaces"),
        ({"listingId": listing_id, "marketplaces": "ebay"}, "invalid", "marketplaces"),
        ({"listingId": listing_id, "marketplaces": [5]}, "invalid", "marketplaces.0"),
        ({"marketplaces": ["ebay"]}, "invalid", "listingId"),
        ({"listingId": "a b"}, "invalid", "listingId"),
    ]
    for body, code, field in cases:
        error = error_of(api.client.post("/api/listings/post", json=body), 422, code, field)
        assert "<" not in error["message"]
        if code == "unknown_marketplace":
            assert "poshmark, ebay, mercari" in error["message"]
    missing = {"listingId": "00000000-0000-4000-8000-000000000000", "marketplaces": ["ebay"]}
    error_of(api.client.post("/api/listings/post", json=missing), 404, "not_found")
    assert api.client.get("/api/jobs").json()["jobs"] == []


def test_a_listing_without_photos_is_not_posted(api: Api) -> None:
    api.sign_in()
    body = {"listingId": api.listing(photos=0)["id"], "marketplaces": ["ebay"]}
    error_of(api.client.post("/api/listings/post", json=body), 422, "no_photos", "photos")


def test_the_same_key_gives_the_same_job(api: Api) -> None:
    api.sign_in()
    listing = api.listing()
    first = api.post(listing["id"], **{"Idempotency-Key": "press-1"})
    again = api.client.post(
        "/api/listings/post",
        json={"listingId": listing["id"], "marketplaces": ALL[::-1]},
        headers={"Idempotency-Key": "press-1"},
    )
    assert again.status_code == 202 and again.json()["jobId"] == first["jobId"]
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["automationResults"] == first["automationResults"]
    other = {"listingId": listing["id"], "marketplaces": ["ebay"]}
    conflict = api.client.post("/api/listings/post", json=other, headers={"Idempotency-Key": "press-1"})
    error_of(conflict, 409, "idempotency_conflict")
    assert len(api.client.get("/api/jobs").json()["jobs"]) == 1


def test_a_key_that_cannot_be_one_is_refused(api: Api) -> None:
    body = {"listingId": api.listing()["id"]}
    for key in ("", "a b", "x" * 300, "é"):
        answer = api.client.post("/api/listings/post", json=body, headers={"Idempotency-Key": key.encode()})
        error_of(answer, 422, "invalid", "Idempotency-Key")


def test_pressing_twice_does_not_post_twice(api: Api) -> None:
    api.sign_in()
    listing = api.listing()
    first = api.post(listing["id"])
    second = api.post(listing["id"])
    assert second["automationResults"] == [] and second["success"] is True
    assert [r["id"] for r in second["alreadyPosted"]] == [r["id"] for r in first["automationResults"]]
    assert "Already posted, or on the way, on Poshmark, eBay and Mercari." in second["message"]


def test_pressing_again_after_signing_in_moves_the_waiting_posting(api: Api) -> None:
    listing = api.listing()
    waiting = api.post(listing["id"], "ebay")["automationResults"][0]
    api.store.put_session(  # as if the API had died before it could requeue
        api.owner.user_id, "ebay", api.ring.first_key_id, "A" * 80, "2026-01-30T10:00:00Z", 7
    )
    posted = api.post(listing["id"], "ebay")
    assert [r["status"] for r in posted["alreadyPosted"]] == ["queued"]
    assert api.queue.enqueued == [waiting["id"]]


def test_a_queue_that_is_away_loses_nothing(api: Api) -> None:
    api.sign_in()
    api.queue.error = redis.exceptions.ConnectionError("away")
    posted = api.post(api.listing()["id"])
    assert posted["success"] is True
    assert sorted(api.store.due_postings()) == sorted(r["id"] for r in posted["automationResults"])


def test_post_to_all_answers_within_a_tenth_of_a_second(api: Api) -> None:
    """The best of a few, so that a busy machine does not fail it; the demo prints the single one."""
    api.sign_in()
    took = []
    for _ in range(5):
        listing = api.listing(photos=4)
        began = time.perf_counter()
        api.post(listing["id"])
        took.append(time.perf_counter() - began)
    assert min(took) < 0.1


def test_a_job_is_shown_to_its_owner_only(api: Api) -> None:
    api.sign_in("ebay")
    job_id = api.post(api.listing()["id"], "ebay")["jobId"]
    job = api.client.get(f"/api/jobs/{job_id}").json()
    assert job["status"] == "processing" and job["completed_at"] is None
    assert "intent" not in job["postings"][0] and "fence" not in job["postings"][0]
    assert [j["id"] for j in api.client.get("/api/jobs").json()["jobs"]] == [job_id]
    stranger = api.stranger()
    assert stranger.get("/api/jobs").json()["jobs"] == []
    for method, address in [
        ("GET", f"/api/jobs/{job_id}"),
        ("DELETE", f"/api/jobs/{job_id}"),
        ("GET", f"/api/v1/jobs/{job_id}"),
        ("DELETE", f"/api/v1/jobs/{job_id}"),
        ("GET", f"/api/jobs/{job_id}/events"),
        ("POST", f"/api/postings/{job['postings'][0]['id']}/retry"),
    ]:
        error_of(stranger.request(method, address), 404, "not_found")
    for nonsense in ("job_x", "a%00b", "..", "%2e%2e"):
        assert api.client.get(f"/api/jobs/{nonsense}/events").status_code == 404


def test_a_job_can_be_cancelled_before_it_is_published(api: Api) -> None:
    api.sign_in("poshmark", "ebay")
    posted = api.post(api.listing()["id"])
    job = api.client.delete(f"/api/jobs/{posted['jobId']}").json()
    assert job["status"] == "cancelled" and {p["state"] for p in job["postings"]} == {"cancelled"}
    assert api.client.delete(f"/api/jobs/{posted['jobId']}").status_code == 200  # asking twice is harmless


def test_what_is_published_is_not_cancelled(api: Api) -> None:
    api.sign_in("ebay")
    posted = api.post(api.listing()["id"], "ebay")
    publish(api, posted["automationResults"][0]["id"])
    error_of(api.client.delete(f"/api/jobs/{posted['jobId']}"), 409, "not_cancellable")
    job = api.client.get(f"/api/jobs/{posted['jobId']}").json()
    assert job["status"] == "completed" and job["postings"][0]["url"] == "https://www.ebay.com/itm/1234"


def test_what_is_being_published_is_too_late_to_cancel_and_the_rest_is_cancelled(api: Api) -> None:
    api.sign_in("ebay", "mercari")
    alone = api.post(api.listing()["id"], "ebay")
    press(api, alone["automationResults"][0]["id"])
    error = error_of(api.client.delete(f"/api/jobs/{alone['jobId']}"), 409, "too_late")
    assert error["message"].startswith("Too late for eBay: being published.")
    both = api.post(api.listing()["id"], "mercari", "poshmark")
    press(api, both["automationResults"][0]["id"])
    answer = api.client.delete(f"/api/v1/jobs/{both['jobId']}").json()
    assert "Too late for Mercari" in answer["message"]
    assert states(api, both["jobId"]) == {"mercari": "publishing", "poshmark": "cancelled"}


def press(api: Api, posting_id: str) -> int:
    """Plays the worker up to the intent; the fence."""
    from listing_worker.models import Intent

    fence = api.store.claim_posting(posting_id, "test", 60)["posting"]["fence"]
    intent = Intent(fingerprint="f", title="t", price_cents=4800, photo_count=1)
    assert api.store.record_intent(posting_id, fence, intent)
    return fence


def publish(api: Api, posting_id: str) -> None:
    """Plays the worker: the posting becomes live."""
    fence = press(api, posting_id)
    url = "https://www.ebay.com/itm/1234"
    proof = {"kind": "response", "external_id": "1234", "url": url, "at": "2026-01-30T10:00:00Z"}
    done = api.store.finish_posting(
        posting_id, fence, {"state": "live", "proof": proof, "external_id": "1234", "url": url, "reason": None}
    )
    assert done["finished"]


def test_a_failed_posting_is_tried_again_by_hand(api: Api) -> None:
    api.sign_in("ebay")
    api.marketplaces.refusals["ebay"] = Reason(code="invalid", message="Too long.", field="title")
    posting = api.post(api.listing()["id"], "ebay")["automationResults"][0]
    answer = api.client.post(f"/api/postings/{posting['id']}/retry")
    assert answer.status_code == 202 and answer.json()["state"] == "queued"
    assert api.queue.enqueued == [posting["id"]]
    error_of(api.client.post(f"/api/postings/{posting['id']}/retry"), 409, "not_retryable")
    error_of(api.client.post("/api/postings/nonsense/retry"), 404)


def test_the_worker_s_pictures_are_shown_to_the_seller_alone(api: Api) -> None:
    api.sign_in("ebay")
    posting_id = api.post(api.listing()["id"], "ebay")["automationResults"][0]["id"]
    address = f"/api/postings/{posting_id}/screenshots/filled"
    error_of(api.client.get(address), 404, "not_found")
    api.app.state.resources.photos.put(api.owner.user_id, f"{posting_id}-filled", photo())
    answer = api.client.get(address)
    assert answer.headers["content-type"] == "image/jpeg" and answer.content == photo()
    error_of(api.stranger().get(address), 404, "not_found")
    error_of(api.client.get(f"/api/postings/{posting_id}/screenshots/..%2f..%2fowner"), 404)
    error_of(api.client.get("/api/postings/nonsense/screenshots/filled"), 404)
