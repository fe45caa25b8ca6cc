"""Every route, walked with another user's token: nobody reads, changes or learns of what is somebody else's."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.conftest import DRESS, Api
from tests.api.test_jobs import publish

# need no sign-in, or have a secret of their own
OPEN = {
    "/health",
    "/metrics",
    "/api/status",
    "/.well-known/jwks.json",
    "/api/extension/keys",
    "/api/extension/token",
}


def things_of(api: Api) -> dict[str, str]:
    """One of everything that a user can have, by the name of the path parameter."""
    api.sign_in()
    listing = api.listing()
    job = api.post(listing["id"])
    posting = job["automationResults"][0]["id"]
    publish(api, posting)
    code = api.client.post("/api/extension/pairings").json()["code"]
    api.anonymous.post("/api/extension/token", json={"code": code, "device": "Canary"})
    hook = api.client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/canary"}).json()
    key = api.client.post("/api/keys", json={"name": "canary", "scopes": ["jobs:read"]}).json()
    listener = api.client.post("/api/webhooks/listeners", json={"events": ["posting.sold"]}).json()
    told = api.client.post("/api/notifications", json={"to": "canary@example.org", "events": ["posting.sold"]}).json()
    dry = api.store.request_dry_run(api.owner.user_id, listing["id"], "ebay", 3)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    batch = {"what": "post", "listings": [api.listing()["id"]], "marketplaces": ["ebay"], "at": tomorrow}
    return {
        "listing_id": listing["id"],
        "photo_id": listing["photos"][0]["id"],
        "job_id": job["jobId"],
        "posting_id": posting,
        "device_id": api.client.get("/api/extension/devices").json()["devices"][0]["id"],
        "endpoint_id": hook["id"],
        "key_id": key["id"],
        "listener_id": listener["id"],
        "notification_id": told["id"],
        "operation_id": dry["operation"]["id"],
        "found_id": found(api),
        "batch_id": api.client.post("/api/bulk", json=batch).json()["id"],
        "marketplace": "ebay",
        "name": "filled",
        "picture": "filled",
        "delivery_id": "msg_" + "0" * 32,
    }


def found(api: Api) -> str:
    """A listing that was read in the seller's account and is not ours yet."""
    me, store = api.owner.user_id, api.store
    store.request_import(me, ["ebay"])
    claim = store.claim_import(me, "ebay", "worker", 30)
    there = {"external_id": "canary-1", "url": "https://www.ebay.com/itm/canary-1", "title": "canary", "price_cents": 1}
    store.put_found(me, "ebay", claim["fence"], [there], complete=True)
    store.finish_import(me, "ebay", claim["fence"], {"seen": 1}, None)
    return str(store.list_found(me)[0]["id"])


def bodies(things: dict[str, str]) -> dict[str, Any]:
    return {
        "/api/listings/post": {"listingId": things["listing_id"], "marketplaces": ["ebay"]},
        "/api/listings/{listing_id}/photos": {"order": [things["photo_id"]]},
    }


def routes(api: Api) -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, methods in api.app.openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    ]


@pytest.fixture
def owned(make_api: Any) -> tuple[Api, dict[str, str]]:
    api: Api = make_api(allow_private_webhooks=True)
    return api, things_of(api)


def test_without_a_sign_in_every_route_is_closed(owned: tuple[Api, dict[str, str]]) -> None:
    api, things = owned
    for method, path in routes(api):
        address = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: things.get(m[1], "x"), path)
        answer = api.anonymous.request(method, address, json={})
        assert answer.status_code == 401, (method, path, answer.status_code, answer.text)


def test_another_user_reaches_nothing_of_mine_by_any_route(owned: tuple[Api, dict[str, str]]) -> None:
    api, things = owned
    stranger = api.stranger()
    before = snapshot(api)
    mine = [value for name, value in things.items() if name not in {"marketplace", "name", "picture", "delivery_id"}]
    mine += [DRESS["title"][:20], "canary", "1234"]
    for method, path in routes(api):
        names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        assert set(names) <= set(things), f"{path}: say in things_of what a {names} is"
        address = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: things[m[1]], path)
        answer = stranger.request(method, address, json=bodies(things).get(path, {}))
        named = [name for name in names if name not in {"marketplace", "name", "picture"}]
        if named:
            assert answer.status_code in {404, 405, 422, 415}, (method, path, answer.status_code, answer.text[:300])
        shown = answer.text
        for secret in mine:
            assert secret not in shown, (method, path, secret)
    assert snapshot(api) == before


def snapshot(api: Api) -> str:
    """What the owner sees; a stranger's walk must leave it as it is."""
    paths = ("/api/listings", "/api/jobs", "/api/sessions", "/api/webhooks", "/api/extension/devices")
    return json.dumps([api.client.get(path).json() for path in paths], sort_keys=True)
