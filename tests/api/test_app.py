"""The app as a whole: health, errors of one shape, documentation, pages, logs."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
import structlog

from listing_worker.api.ports import Resources
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.store import Store
from tests.api.conftest import Api, error_of


class AwayTransport:
    """A database that does not answer."""

    def call(self, function: str, parameters: Any) -> Any:
        raise StoreUnavailable("connection refused on 10.1.2.3 as user postgres")

    def ping(self) -> None:
        raise StoreUnavailable("connection refused")

    def close(self) -> None: ...


def change(api: Api, **resources: Any) -> None:
    now: Resources = api.app.state.resources
    api.app.state.resources = replace(now, **resources)


# ---- health -------------------------------------------------------------------------------------------------------


def test_health_has_the_seed_s_shape_and_names_the_parts(api: Api) -> None:
    change(api, pings={"queue": lambda: None}, workers=lambda: 2)
    body = api.anonymous.get("/health").json()
    assert body["status"] == "healthy" and body["service"] and body["workers"] == "active"
    assert set(body["parts"]) == {"database", "queue"} and body["parts"]["database"]["ok"] is True


def test_a_queue_that_is_away_makes_it_degraded_and_a_database_unhealthy(api: Api) -> None:
    def away() -> None:
        raise ConnectionError("redis://:secret@10.0.0.1 refused")

    change(api, pings={"queue": away}, workers=lambda: 0)
    answer = api.anonymous.get("/health")
    assert answer.status_code == 200 and answer.json()["status"] == "degraded" and answer.json()["workers"] == "none"
    assert "secret" not in answer.text
    change(api, store=Store(AwayTransport()))
    answer = api.anonymous.get("/health")
    assert answer.status_code == 503 and answer.json()["status"] == "unhealthy"


# ---- errors -------------------------------------------------------------------------------------------------------


def test_every_error_is_json_with_a_code_and_a_sentence(api: Api) -> None:
    error_of(api.client.get("/nothing/here"), 404, "not_found")
    error_of(api.client.get("/static/nothing.js"), 404, "not_found")
    answer = api.client.put("/health")
    error_of(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]
    error_of(api.client.post("/api/listings", content=b"a=b", headers={"Content-Type": "text/plain"}), 422)


def test_a_database_that_is_away_is_told_as_passing(api: Api) -> None:
    change(api, store=Store(AwayTransport()))
    answer = api.client.get("/api/listings")
    error_of(answer, 503, "unavailable")
    assert answer.headers["retry-after"] and "10.1.2.3" not in answer.text


def test_what_nobody_expected_is_logged_and_not_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("canary in an exception")

    monkeypatch.setattr(Store, "find_listings", broken)
    with structlog.testing.capture_logs() as lines:
        answer = api.client.get("/api/listings")
    error_of(answer, 500, "internal")
    assert "canary" not in answer.text
    assert answer.headers["x-request-id"]
    failed = [line for line in lines if line["log_level"] == "error"]
    assert len(failed) == 1 and failed[0]["exc_info"].args == ("canary in an exception",)


def test_no_answer_is_cached_or_sniffed(api: Api) -> None:
    for address in ("/api/listings", "/health", "/", "/sign-in", "/nothing"):
        headers = api.client.get(address, follow_redirects=False).headers
        assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == ("same-origin" if address == "/sign-in" else "no-referrer")


def test_each_request_is_one_line_without_its_query_or_token(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = api.client.get("/api/listings?token=canary")
    lines = [record.msg for record in caplog.records if "Answered" in str(record.msg)]
    assert len(lines) == 1
    line = lines[0]
    assert isinstance(line, dict)
    assert line["path"] == "/api/listings" and line["status"] == 200 and line["user"] == api.owner.user_id
    assert line["request"] == answer.headers["x-request-id"]
    assert "canary" not in caplog.text and api.client.headers["authorization"][7:] not in caplog.text


# ---- documentation ------------------------------------------------------------------------------------------------


def test_the_openapi_document_is_whole(api: Api) -> None:
    document = api.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in schemas
    operations = [op for methods in document["paths"].values() for op in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert {"/api/listings/post", "/api/v1/post", "/api/v1/jobs/{job_id}", "/api/sessions/sync"} <= set(
        document["paths"]
    )
    assert {"/api/sessions/validate", "/api/sessions/refresh", "/health"} <= set(document["paths"])
    upload = document["paths"]["/api/listings/{listing_id}/photos"]["post"]
    assert "multipart/form-data" in upload["requestBody"]["content"]
    for operation in operations:
        assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("ErrorOut")


# ---- pages --------------------------------------------------------------------------------------------------------


def test_pages_hold_no_data_and_run_only_our_own_scripts(api: Api) -> None:
    api.listing(title="secret title")
    for address in ("/", "/connect"):
        answer = api.anonymous.get(address)
        assert answer.status_code == 200 and "secret title" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert '<html lang="en">' in answer.text and "<h1>" in answer.text and "Skip to content" in answer.text
        assert "onclick" not in answer.text and "<script>" not in answer.text
    for name in ("session.js", "connect.js", "app.js", "app.css", "icon.svg", "vendor/LICENSES.txt"):
        assert api.anonymous.get(f"/static/{name}").status_code == 200


def test_the_connect_page_names_the_extension_and_the_marketplaces(api: Api) -> None:
    from listing_worker.api.extension_id import EXTENSION_ID

    page = api.anonymous.post("/sign-in", data={"token": api.owner.token(), "next": "/connect"}).text
    assert EXTENSION_ID in page and "https://poshmark.com/" in page and "eBay" in page
