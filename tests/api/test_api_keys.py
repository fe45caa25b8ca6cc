"""API keys: shown once, kept as a hash, good for their scopes alone, gone when revoked."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from listing_worker.api.scopes import Scope, needed
from tests.api.conftest import DRESS, Api, error_of


def key_with(api: Api, *scopes: str) -> tuple[str, TestClient]:
    made = api.client.post("/api/keys", json={"name": "sync", "scopes": list(scopes)})
    assert made.status_code == 201
    return made.json()["id"], api.as_user(made.json()["key"])


def test_a_key_is_shown_once_and_kept_as_a_hash(api: Api) -> None:
    made = api.client.post("/api/keys", json={"name": "sync", "scopes": ["jobs:read"]}).json()
    assert made["key"].startswith("lwk_") and len(made["key"]) == 47 and made["key"].startswith(made["hint"])
    listed = api.client.get("/api/keys")
    assert made["key"] not in listed.text and listed.json()["keys"][0]["last_used_at"] is None
    api.as_user(made["key"]).get("/api/jobs")
    assert api.client.get("/api/keys").json()["keys"][0]["last_used_at"] is not None


def test_a_key_does_what_its_scopes_say_and_nothing_else(api: Api) -> None:
    _, client = key_with(api, "listings:read", "listings:write")
    listing = client.post("/api/listings", json=DRESS)
    assert listing.status_code == 201
    assert client.get(f"/api/listings/{listing.json()['id']}").status_code == 200
    body = {"listingId": listing.json()["id"], "marketplaces": ["ebay"]}
    error_of(client.post("/api/listings/post", json=body), 403, "scope_missing")
    error_of(client.get("/api/jobs"), 403, "scope_missing")
    for method, path in (("GET", "/api/keys"), ("POST", "/api/extension/pairings"), ("DELETE", "/api/sessions/ebay")):
        error_of(client.request(method, path), 403, "key_may_not")


def test_a_revoked_key_stops_at_once(api: Api) -> None:
    key_id, client = key_with(api, "jobs:read")
    assert client.get("/api/jobs").status_code == 200
    assert api.client.delete(f"/api/keys/{key_id}").status_code == 204
    error_of(client.get("/api/jobs"), 401, "key_unknown")
    error_of(api.client.delete(f"/api/keys/{key_id}"), 404)
    error_of(api.as_user("lwk_" + "a" * 43).get("/api/jobs"), 401, "key_unknown")


@pytest.mark.parametrize(
    "body", [{"name": "x", "scopes": []}, {"name": "", "scopes": ["jobs:read"]}, {"name": "x", "scopes": ["all"]}]
)
def test_a_key_without_name_or_scope_is_refused(api: Api, body: dict[str, object]) -> None:
    error_of(api.client.post("/api/keys", json=body), 422)


def test_every_route_is_a_person_s_or_has_a_scope(api: Api) -> None:
    """A new route is open to no key until somebody says which scope it needs."""
    allowed = {
        (method, path)
        for path, methods in api.app.openapi()["paths"].items()
        for method in (m.upper() for m in methods)
        if needed(method, path.replace("{", "").replace("}", "")) is not None
    }
    assert ("POST", "/api/listings/post") in allowed and ("GET", "/api/jobs/{job_id}/events") in allowed
    assert not {p for _, p in allowed if p.startswith(("/api/keys", "/api/extension", "/.well-known", "/health"))}
    assert not {(m, p) for m, p in allowed if p.startswith("/api/sessions") and "validate" not in p and m != "GET"}
    assert len(Scope) == 8
