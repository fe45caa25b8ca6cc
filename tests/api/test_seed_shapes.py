"""The answers of both seed documents, field by field: whoever wrote a client against them still understands ours."""

from __future__ import annotations

from typing import Any

from listing_worker.models import Intent
from tests.api.conftest import Api, Json, photo
from tests.api.test_jobs import publish

# ---- taken from the documents ----

POSTED = {
    "success": True,
    "jobId": "job_abc123xyz",
    "message": "Listing job queued successfully",
    "marketplaces": ["poshmark", "ebay", "mercari"],
    "automationResults": [],
}
SYNCED = {
    "success": True,
    "marketplace": "poshmark",
    "browserProfileId": "bp_poshmark_xyz123",
    "message": "Session synced successfully",
}
HEALTH = {"status": "healthy", "service": "seller-crosspost-service", "workers": "active"}
ACCEPTED = {
    "job_id": "job_abc123def",
    "status": "processing",
    "created_at": "2025-10-24T18:00:00Z",
    "marketplace_jobs": [{"marketplace": "ebay", "job_id": "ebay_xyz123", "status": "queued"}],
    "estimated_completion": "2-5 minutes",
}
COMPLETED = {
    "job_id": "job_abc123def",
    "status": "completed",
    "created_at": "2025-10-24T18:00:00Z",
    "completed_at": "2025-10-24T18:02:30Z",
    "marketplace_results": [
        {
            "marketplace": "ebay",
            "status": "live",
            "listing_id": "123456789",
            "confirmation_link": "https://ebay.com/itm/123456789",
            "posted_at": "2025-10-24T18:01:45Z",
        }
    ],
}
PARTIAL = {
    "job_id": "job_123",
    "status": "partial_success",
    "success_count": 2,
    "failure_count": 1,
    "marketplace_results": [
        {"marketplace": "ebay", "status": "live"},
        {"marketplace": "facebook", "status": "failed", "error": "Invalid category"},
    ],
}
CANCELLED = {"job_id": "job_abc123def", "status": "cancelled", "cancelled_at": "2025-10-24T18:01:00Z"}
SPEC = {
    "title": "iPhone 13, 128GB, Blue, Good Condition",
    "description": "Gently used iPhone 13 in excellent working condition...",
    "price": 650.00,
    "currency": "USD",
    "condition": "good",
    "category": "Electronics > Smartphones",
    "attributes": {"brand": "Apple", "model": "iPhone 13", "storage": "128GB", "color": "Blue"},
    "target_marketplaces": ["ebay", "mercari"],
    "shipping_options": ["local_pickup", "shipping"],
    "location": {"city": "San Jose", "state": "CA", "zip": "95112"},
}


def like(answer: Any, shape: Any, path: str = "") -> None:
    """Every field of `shape` is in `answer`, of the same JSON type, list items likewise."""
    if isinstance(shape, dict):
        assert isinstance(answer, dict), path
        missing = set(shape) - set(answer)
        assert not missing, f"{path}: {missing}"
        for name, value in shape.items():
            like(answer[name], value, f"{path}.{name}")
    elif isinstance(shape, list):
        assert isinstance(answer, list), path
        for wanted, given in zip(shape, answer, strict=False):
            like(given, wanted, f"{path}[]")
    else:
        assert type(answer) is type(shape), f"{path}: {answer!r}"


def by_spec(api: Api) -> Json:
    files = [("photos", (f"{n}.jpg", photo(n), "image/jpeg")) for n in range(2)]
    keys = [each["id"] for each in api.client.post("/api/photos", files=files).json()["photos"]]
    body = {"listing_spec": {**SPEC, "media_s3_keys": keys}, "session_id": "session_abc"}
    answer = api.client.post("/api/v1/post", json=body)
    assert answer.status_code == 202, answer.text
    posted: Json = answer.json()
    return posted


def test_post_to_all(api: Api) -> None:
    api.sign_in()
    answer = api.client.post("/api/listings/post", json={"listingId": api.listing()["id"]}).json()
    like(answer, POSTED)
    assert answer["message"] == POSTED["message"] and answer["marketplaces"] == POSTED["marketplaces"]
    assert answer["jobId"].startswith("job_") and len(answer["automationResults"]) == 3


def test_session_sync(api: Api) -> None:
    body = {"marketplace": "poshmark", **{k: v for k, v in api.sealed().items() if k != "captured_at"}}
    answer = api.client.post("/api/sessions/sync", json=body).json()
    like(answer, SYNCED)
    assert answer["message"] == SYNCED["message"] and answer["browserProfileId"].startswith("bp_poshmark_")


def test_health(api: Api) -> None:
    answer = api.anonymous.get("/health").json()
    like(answer, HEALTH)
    assert answer["status"] == "healthy"


def test_a_job_accepted_completed_partly_done_and_cancelled(api: Api) -> None:
    api.sign_in()
    accepted = by_spec(api)
    like(accepted, ACCEPTED)
    assert accepted["status"] == "processing" and len(accepted["marketplace_jobs"]) == 2
    ebay, mercari = (each["job_id"] for each in accepted["marketplace_jobs"])
    publish(api, ebay)
    claim = api.store.claim_posting(mercari, "w", 30)
    refused: Any = {
        "state": "failed",
        "reason": {"code": "refused", "message": "Invalid category", "action": None, "field": "category"},
    }
    api.store.finish_posting(mercari, claim["posting"]["fence"], refused)
    partial = api.client.get(f"/api/v1/jobs/{accepted['job_id']}").json()
    like(partial, PARTIAL)
    assert (partial["status"], partial["success_count"], partial["failure_count"]) == ("partial_success", 1, 1)
    assert partial["marketplace_results"][1]["error"] == "Invalid category"

    api.client.post(f"/api/v1/jobs/{accepted['job_id']}/postings/mercari/retry")
    claim = api.store.claim_posting(mercari, "w", 30)
    api.store.record_intent(
        mercari, claim["posting"]["fence"], Intent(fingerprint="f", title="t", price_cents=1, photo_count=1)
    )
    proof = {
        "kind": "response",
        "external_id": "m1",
        "url": "https://www.mercari.com/us/item/m1/",
        "at": "2026-01-30T10:00:00Z",
    }
    done: Any = {"state": "live", "proof": proof, "external_id": "m1", "url": proof["url"], "reason": None}
    api.store.finish_posting(mercari, claim["posting"]["fence"], done)
    completed = api.client.get(f"/api/v1/jobs/{accepted['job_id']}").json()
    like(completed, COMPLETED)
    assert completed["status"] == "completed"

    cancelled = api.client.delete(f"/api/v1/jobs/{by_spec(api)['job_id']}").json()
    like(cancelled, CANCELLED)
    assert cancelled["status"] == "cancelled"
