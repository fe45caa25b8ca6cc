"""Sessions come in sealed, are never shown, and let postings go on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis.exceptions
from fastapi.testclient import TestClient

from listing_worker.models import Session
from listing_worker.utils.crypto import KeyRing
from tests.api.conftest import Api, Json, error_of

CANARY = "canary-7f3a-cookie-value"


def opened(api: Api, marketplace: str) -> Session:
    """The stored session, opened as only the worker can."""
    row = api.store.get_session(api.owner.user_id, marketplace)
    assert row is not None
    plain = api.ring.open(
        user_id=api.owner.user_id, marketplace=marketplace, key_id=row["key_id"], sealed=row["sealed"]
    )
    return Session.model_validate_json(plain)


def seed_body(**changes: Any) -> Json:
    """The first seed's plain body, cookies as chrome.cookies gives them."""
    body: Json = {
        "marketplace": "poshmark",
        "cookies": [
            {
                "name": "jwt",
                "value": CANARY,
                "domain": ".poshmark.com",
                "hostOnly": False,
                "path": "/",
                "secure": True,
                "httpOnly": True,
                "sameSite": "no_restriction",
                "expirationDate": 1_900_000_000.5,
                "storeId": "0",
            },
            {"name": "ui", "value": "x", "domain": "poshmark.com", "hostOnly": True, "sameSite": "unspecified"},
            {"name": "ads", "value": "x", "domain": ".tracker.example"},
        ],
        "localStorage": {"theme": "dark"},
        "sessionStorage": {"https://poshmark.com": {"tab": "1"}, "https://evil.example": {"a": "b"}},
        "isLoggedIn": True,
        "timestamp": "2026-01-30T10:00:00Z",
        "userAgent": "Mozilla/5.0",
    }
    return {**body, **changes}


def test_a_sealed_session_is_stored_and_shown_without_its_content(api: Api) -> None:
    answer = api.client.put("/api/sessions/poshmark", json=api.sealed("poshmark", user_agent="Mozilla/5.0"))
    assert answer.status_code == 200
    session = answer.json()
    assert session["status"] == "unproven" and session["marketplace"] == "poshmark"
    assert session["browser_profile_id"].startswith("bp_poshmark_")
    assert "sealed" not in session
    assert api.client.get("/api/sessions").json() == {"sessions": [session]}
    assert api.stranger().get("/api/sessions").json() == {"sessions": []}


def test_a_session_under_a_key_we_do_not_have_is_sent_back_for_resealing(api: Api) -> None:
    other = KeyRing("another secret of more than thirty-two characters")
    body = api.sealed() | {"key_id": other.first_key_id}
    error_of(api.client.put("/api/sessions/poshmark", json=body), 409, "retired_key", "key_id")


def test_an_older_capture_never_replaces_a_newer_one(api: Api) -> None:
    api.sign_in("poshmark")
    old = api.sealed(captured_at=(datetime.now(UTC) - timedelta(hours=1)).isoformat())
    error_of(api.client.put("/api/sessions/poshmark", json=old), 409, "stale_session")


def test_a_computer_whose_clock_is_ahead_can_sync_and_does_not_shut_others_out(api: Api) -> None:
    ahead = api.sealed(captured_at=(datetime.now(UTC) + timedelta(days=3)).isoformat())
    assert api.client.put("/api/sessions/poshmark", json=ahead).status_code == 200
    assert api.client.put("/api/sessions/poshmark", json=api.sealed()).status_code == 200


def test_a_body_that_is_not_right_names_its_field(api: Api) -> None:
    cases: list[tuple[Json, str]] = [
        ({"sealed": "short"}, "sealed"),
        ({"sealed": "+" * 100}, "sealed"),
        ({"sealed": None}, "sealed"),
        ({"key_id": ""}, "key_id"),
        ({"key_id": "a b"}, "key_id"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"captured_at": "2026-01-30T10:00:00"}, "captured_at"),
        ({"user_agent": "x" * 600}, "user_agent"),
        ({"user_agent": "a\u0000b"}, "user_agent"),
    ]
    for change, field in cases:
        error_of(api.client.put("/api/sessions/poshmark", json=api.sealed() | change), 422, "invalid", field)


def test_an_unknown_marketplace_is_named_with_the_known_ones(api: Api) -> None:
    error = error_of(api.client.put("/api/sessions/depop", json=api.sealed()), 422, "unknown_marketplace")
    assert "depop" in error["message"] and "poshmark, ebay, mercari" in error["message"]
    error_of(api.client.delete("/api/sessions/depop"), 422, "unknown_marketplace")


def test_a_session_can_be_forgotten_once(api: Api) -> None:
    api.sign_in("ebay")
    error_of(api.stranger().delete("/api/sessions/ebay"), 404)
    assert api.client.delete("/api/sessions/ebay").status_code == 204
    error_of(api.client.delete("/api/sessions/ebay"), 404, "not_found")


def test_a_fresh_session_lets_waiting_postings_go_on(api: Api) -> None:
    api.sign_in("ebay")
    posted = api.post(api.listing()["id"], "ebay", "mercari")
    mercari = next(result for result in posted["automationResults"] if result["marketplace"] == "mercari")
    assert mercari["status"] == "action_required" and mercari["id"] not in api.queue.enqueued
    api.sign_in("mercari")
    assert api.queue.enqueued[-1] == mercari["id"]
    job = api.client.get(f"/api/jobs/{posted['jobId']}").json()
    assert {p["marketplace"]: p["state"] for p in job["postings"]} == {"ebay": "queued", "mercari": "queued"}


def test_a_queue_that_is_away_does_not_lose_the_session(api: Api) -> None:
    api.post(api.listing()["id"], "mercari")
    api.queue.error = redis.exceptions.ConnectionError("away")
    api.sign_in("mercari")
    assert len(api.store.due_postings()) == 1  # what the reconciler looks at


# ---- the first seed's routes --------------------------------------------------------------------------------------


def loopback(api: Api, scheme: str = "http", host: str = "127.0.0.1") -> TestClient:
    return TestClient(
        api.app,
        base_url=f"{scheme}://testserver",
        headers={"Authorization": f"Bearer {api.owner.token()}"},
        client=(host, 50000),
        raise_server_exceptions=False,
    )


def test_a_plain_session_is_sealed_on_arrival(api: Api, database_url: str) -> None:
    answer = loopback(api).post("/api/sessions/sync", json=seed_body())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"success", "marketplace", "browserProfileId", "message"}
    assert body["success"] is True and body["browserProfileId"].startswith("bp_poshmark_")
    session = opened(api, "poshmark")
    assert session.capturedAt == datetime(2026, 1, 30, 10, tzinfo=UTC)
    cookies = {cookie.name: cookie for cookie in session.cookies}
    assert set(cookies) == {"jwt", "ui"}  # nobody else's cookies
    assert cookies["jwt"].value == CANARY and cookies["jwt"].sameSite == "None"
    assert cookies["jwt"].domain == ".poshmark.com" and cookies["jwt"].expires == 1_900_000_000.5
    assert cookies["ui"].domain == "poshmark.com" and cookies["ui"].sameSite is None and cookies["ui"].expires == -1
    assert [origin.origin for origin in session.origins] == ["https://poshmark.com"]
    assert session.origins[0].localStorage == {"theme": "dark"}
    assert session.origins[0].sessionStorage == {"tab": "1"}
    row = api.store.get_session(api.owner.user_id, "poshmark")
    assert CANARY not in json.dumps(row)


def test_cookies_as_the_devtools_protocol_writes_them_are_taken_too(api: Api) -> None:
    cookie = {
        "name": "a",
        "value": "b",
        "domain": "www.poshmark.com",
        "expires": -1,
        "sameSite": "Lax",
        "partitionKey": {"topLevelSite": "https://poshmark.com", "hasCrossSiteAncestor": False},
    }
    assert loopback(api).post("/api/sessions/sync", json=seed_body(cookies=[cookie])).status_code == 200
    kept = opened(api, "poshmark").cookies[0]
    assert kept.domain == "www.poshmark.com" and kept.sameSite == "Lax"
    assert kept.partitionKey == {"topLevelSite": "https://poshmark.com", "hasCrossSiteAncestor": False}


def test_a_plain_session_is_taken_over_https_from_anywhere(api: Api) -> None:
    assert loopback(api, "https", "203.0.113.5").post("/api/sessions/sync", json=seed_body()).status_code == 200
    assert loopback(api, host="::1").post("/api/sessions/sync", json=seed_body()).status_code == 200


def test_a_plain_session_is_refused_where_somebody_could_listen(api: Api) -> None:
    for host in ("203.0.113.5", "192.168.1.4", "testclient"):
        answer = loopback(api, host=host).post("/api/sessions/sync", json=seed_body())
        error_of(answer, 403, "plain_session_refused", "cookies")
        assert CANARY not in answer.text
        assert api.store.get_session(api.owner.user_id, "poshmark") is None


def test_a_proxy_on_this_machine_does_not_make_strangers_local(api: Api) -> None:
    answer = loopback(api).post("/api/sessions/sync", json=seed_body(), headers={"X-Forwarded-For": "203.0.113.5"})
    error_of(answer, 403, "plain_session_refused")


def test_sync_takes_a_sealed_body_from_anywhere(api: Api) -> None:
    sealed = api.sealed("poshmark")
    body = {"marketplace": "poshmark", "key_id": sealed["key_id"], "sealed": sealed["sealed"], "isLoggedIn": True}
    assert api.client.post("/api/sessions/sync", json=body).status_code == 200
    del body["key_id"]
    error_of(api.client.post("/api/sessions/sync", json=body), 422, "invalid", "key_id")


def test_what_is_wrong_with_a_plain_session_is_told_without_repeating_it(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    cases: list[tuple[Json, str, str | None]] = [
        ({"isLoggedIn": False}, "not_signed_in", "isLoggedIn"),
        ({"cookies": []}, "invalid", "cookies"),
        ({"cookies": None}, "invalid", "sealed"),
        ({"cookies": [{"value": CANARY, "domain": ".poshmark.com", "name": 5}]}, "invalid", "cookies[0]"),
        ({"cookies": [{"name": "a", "value": CANARY}]}, "invalid", "cookies[0]"),
        ({"cookies": [CANARY]}, "invalid", "cookies.0"),
        ({"cookies": CANARY}, "invalid", "cookies"),
        ({"cookies": [{"name": "a", "value": CANARY + "\u0001", "domain": "poshmark.com"}]}, "invalid", None),
        ({"localStorage": {"a": [CANARY]}}, "invalid", "localStorage"),
        ({"timestamp": CANARY}, "invalid", "timestamp"),
        ({"marketplace": "depop"}, "unknown_marketplace", "marketplace"),
        ({"marketplace": None}, "invalid", "marketplace"),
    ]
    client = loopback(api)
    for change, code, field in cases:
        answer = client.post("/api/sessions/sync", json=seed_body(**change))
        error_of(answer, 422, code, field)
        assert CANARY not in answer.text and CANARY not in caplog.text


def test_validate_tells_how_good_each_session_is(api: Api) -> None:
    api.sign_in("poshmark", "ebay")
    version = api.store.list_sessions(api.owner.user_id)[0]["version"]
    assert api.store.mark_session(api.owner.user_id, "ebay", version, "signed_out", None)
    answer = api.client.get("/api/sessions/validate").json()
    assert answer["success"] is False
    found = {check["marketplace"]: check for check in answer["sessions"]}
    assert [found[name]["status"] for name in ("poshmark", "ebay", "mercari")] == ["unproven", "signed_out", "missing"]
    assert [found[name]["isValid"] for name in ("poshmark", "ebay", "mercari")] == [True, False, False]
    assert found["mercari"]["needsRefresh"] and "Sign in to Mercari" in found["mercari"]["message"]
    one = api.client.post("/api/sessions/validate", json={"marketplace": "poshmark"}).json()
    assert one["success"] is True and len(one["sessions"]) == 1
    assert api.client.get("/api/sessions/validate?marketplace=poshmark").json() == one
    error_of(api.client.get("/api/sessions/validate?marketplace=depop"), 422, "unknown_marketplace")


def test_refresh_has_the_session_captured_again(api: Api) -> None:
    api.sign_in("poshmark")
    answer = api.client.post("/api/sessions/refresh", json={"marketplace": "poshmark"})
    assert answer.status_code == 202 and answer.json()["success"] is True
    status = api.as_user(api.device_token()).get("/api/extension/status").json()
    assert status["sessions"][0]["status"] == "signed_out"  # what the extension looks at
    posted = api.post(api.listing()["id"], "poshmark")
    assert posted["missingSessions"] == ["poshmark"]
    api.sign_in("poshmark")
    assert api.queue.enqueued == [posted["automationResults"][0]["id"]]
