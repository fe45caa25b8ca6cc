"""Pairing: one code, once, for one device that can be sent away again."""

from __future__ import annotations

import re
from hashlib import sha256

from listing_worker.storage.store import Store
from listing_worker.utils.crypto import KeyList
from tests.api.conftest import Api, error_of


def test_a_code_becomes_a_device_token_once(api: Api) -> None:
    pairing = api.client.post("/api/extension/pairings")
    assert pairing.status_code == 201
    assert set(pairing.json()) == {"code", "expires_at"} and len(pairing.json()["code"]) >= 22
    asked = {"code": pairing.json()["code"], "device": "Chrome on Linux"}
    answer = api.anonymous.post("/api/extension/token", json=asked)
    assert answer.status_code == 200
    assert re.fullmatch(r"lwd_[A-Za-z0-9_-]{43}", answer.json()["token"])
    assert answer.json()["user_id"] == api.owner.user_id
    KeyList.model_validate(answer.json()["keys"]).verify()
    error_of(api.anonymous.post("/api/extension/token", json=asked), 400, "pairing_invalid", "code")


def test_a_wrong_code_gives_nothing(api: Api) -> None:
    error_of(api.anonymous.post("/api/extension/token", json={"code": "guess", "device": "x"}), 400, "pairing_invalid")
    error_of(api.anonymous.post("/api/extension/token", json={"device": "x"}), 422, "invalid", "code")


def test_the_database_knows_hashes_only(api: Api, database_url: str) -> None:
    import psycopg

    token = api.device_token()
    with psycopg.connect(database_url) as connection:
        stored = [row[0] for row in connection.execute("select token_hash from devices")]
    assert stored == [sha256(token.encode()).hexdigest()]


def test_keys_are_public_and_signed(api: Api) -> None:
    answer = api.anonymous.get("/api/extension/keys")
    assert answer.json() == api.ring.key_list().model_dump(mode="json")


def test_before_a_worker_has_started_there_is_no_key_and_no_code_is_wasted(api: Api, store: Store) -> None:
    code = api.client.post("/api/extension/pairings").json()["code"]
    store.publish_keys({})
    error_of(api.anonymous.get("/api/extension/keys"), 503, "no_keys")
    error_of(api.anonymous.post("/api/extension/token", json={"code": code}), 503, "no_keys")
    store.publish_keys(api.ring.key_list().model_dump(mode="json"))
    assert api.anonymous.post("/api/extension/token", json={"code": code}).status_code == 200


def test_status_tells_how_each_session_stands_without_its_content(api: Api) -> None:
    api.sign_in("poshmark")
    status = api.as_user(api.device_token()).get("/api/extension/status").json()
    assert status["user_id"] == api.owner.user_id
    assert [session["marketplace"] for session in status["sessions"]] == ["poshmark"]
    assert status["sessions"][0]["status"] == "unproven"
    assert "sealed" not in status["sessions"][0]


def test_a_revoked_device_is_out_at_once(api: Api) -> None:
    token = api.device_token()
    devices = api.client.get("/api/extension/devices").json()["devices"]
    assert [device["name"] for device in devices] == ["Chrome on Linux"]
    error_of(api.stranger().delete(f"/api/extension/devices/{devices[0]['id']}"), 404)
    assert api.client.delete(f"/api/extension/devices/{devices[0]['id']}").status_code == 204
    error_of(api.as_user(token).get("/api/extension/status"), 401, "device_unknown")
    assert api.client.get("/api/extension/devices").json() == {"devices": []}
    error_of(api.client.delete("/api/extension/devices/nonsense"), 404)


def test_the_extension_s_origin_may_call_and_others_may_not(api: Api) -> None:
    from listing_worker.api.extension_id import EXTENSION_ORIGIN

    ask = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = api.anonymous.options("/api/sessions/poshmark", headers={"Origin": EXTENSION_ORIGIN, **ask})
    assert allowed.headers["access-control-allow-origin"] == EXTENSION_ORIGIN
    assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://evil.example", "chrome-extension://" + "a" * 32, "null"):
        refused = api.anonymous.options("/api/sessions/poshmark", headers={"Origin": origin, **ask})
        assert "access-control-allow-origin" not in refused.headers
    error = api.anonymous.get("/api/listings", headers={"Origin": EXTENSION_ORIGIN})
    assert error.headers["access-control-allow-origin"] == EXTENSION_ORIGIN  # so that it can read why


def test_answers_differ_by_origin_and_say_so_to_caches(api: Api) -> None:
    from listing_worker.api.extension_id import EXTENSION_ORIGIN

    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": EXTENSION_ORIGIN}):
        for answer in (api.client.get("/api/listings", headers=headers), api.anonymous.get("/health", headers=headers)):
            assert answer.headers.get_list("vary") == ["Origin"], headers


def test_further_origins_are_the_operator_s_to_name(make_api) -> None:  # type: ignore[no-untyped-def]
    api = make_api(allowed_origins="https://app.example/, https://b.example", extension_ids="b" * 32)
    for origin in ("https://app.example", "https://b.example", "chrome-extension://" + "b" * 32):
        assert api.anonymous.get("/health", headers={"Origin": origin}).headers["access-control-allow-origin"] == origin
