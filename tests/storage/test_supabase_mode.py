"""A deployment that knows a Supabase project's address and key and a Redis, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from listing_worker.api.auth import make_verifier, token_hash
from listing_worker.api.errors import ApiError
from listing_worker.embedded.process import EmbeddedServer
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_photos, open_store
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.migrate import migrate
from listing_worker.storage.photos import PhotoMissing
from listing_worker.storage.supabase_photos import BUCKET, SupabasePhotos
from listing_worker.utils.crypto import KeyRing
from tests.fixtures.servers import database_on
from tests.storage.supabased import PUBLISHABLE_KEY, SERVICE_KEY, STORAGE, SupabaseServer

SECRET = "a-secret-of-the-tests-that-is-long-enough-to-be-taken"
SEALED = "s" * 80


@pytest.fixture(scope="module")
def project_url(postgres_server: EmbeddedServer) -> Iterator[str]:
    """A database as a project's: with a storage, then our migrations."""
    name = f"project_{uuid4().hex[:8]}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} strategy file_copy")
        url = database_on(postgres_server, name)
        with psycopg.connect(url, autocommit=True) as project:
            project.execute(STORAGE.encode())
        migrate(url)
        yield url
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def project(project_url: str) -> Iterator[SupabaseServer]:
    with SupabaseServer(project_url) as server:
        yield server


@pytest.fixture
def settings(project: SupabaseServer, redis_url: str) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        supabase_url=project.url,
        supabase_service_role_key=SecretStr(SERVICE_KEY),
        redis_url=SecretStr(redis_url),
    )


@pytest.fixture
def photos(settings: Settings) -> Iterator[SupabasePhotos]:
    with closing(open_photos(settings)) as opened:  # type: ignore[type-var]
        assert isinstance(opened, SupabasePhotos)
        yield opened


# ---- photos


def test_photos_lie_in_the_users_folder_and_come_back(photos: SupabasePhotos) -> None:
    user = str(uuid4())
    key = photos.put(user, "p1", b"\xff\xd8jpeg")
    assert key == f"{user}/p1.jpg"
    assert photos.open(key) == b"\xff\xd8jpeg"
    photos.put(user, "p1", b"other")
    assert photos.open(key) == b"other"
    photos.delete(key)
    photos.delete(key)
    with pytest.raises(PhotoMissing):
        photos.open(key)


@pytest.mark.parametrize("key", ["", "p1.jpg", "../x/p1.jpg", "u/../p1.jpg", "u/p1", "u/p1.jpg/", "u/p1.jpg\n"])
def test_what_is_no_key_is_not_asked_for(photos: SupabasePhotos, key: str) -> None:
    for act in (photos.open, photos.delete, lambda k: photos.link(k, 60)):
        with pytest.raises(PhotoMissing):
            act(key)


def test_a_link_shows_one_photo_to_whoever_has_it_and_runs_out(photos: SupabasePhotos) -> None:
    key = photos.put(str(uuid4()), "p1", b"jpeg")
    link = photos.link(key, 60)
    assert link is not None
    assert httpx.get(link).content == b"jpeg"
    assert httpx.get(link.replace("p1.jpg", "p2.jpg")).status_code == 400
    spent = photos.link(key, -1)
    assert spent is not None
    assert httpx.get(spent).status_code == 400


def test_sellers_read_their_own_folder_and_write_nowhere(project: SupabaseServer, photos: SupabasePhotos) -> None:
    me, other = str(uuid4()), str(uuid4())
    mine, theirs = photos.put(me, "p1", b"mine"), photos.put(other, "p1", b"theirs")
    headers = {"Authorization": f"Bearer {project.sign_in(me)}", "apikey": PUBLISHABLE_KEY}
    address = f"{project.url}/storage/v1/object/{BUCKET}"
    assert httpx.get(f"{address}/{mine}", headers=headers).content == b"mine"
    assert httpx.get(f"{address}/{theirs}", headers=headers).status_code == 400
    assert httpx.get(f"{address}/{mine}", headers={"apikey": PUBLISHABLE_KEY}).status_code == 400
    sent = httpx.post(f"{address}/{me}/p2.jpg", headers=headers, files={"file": ("p2.jpg", b"new", "image/jpeg")})
    assert sent.status_code == 400
    removed = httpx.request("DELETE", address, headers=headers, json={"prefixes": [mine]})
    assert removed.json() == []
    assert photos.open(mine) == b"mine"


def test_a_storage_that_is_away_or_not_set_up_says_so(project_url: str, project: SupabaseServer) -> None:
    with closing(SupabasePhotos("http://127.0.0.1:9", SERVICE_KEY)) as away, pytest.raises(StoreUnavailable):
        away.open("u/p.jpg")
    with (
        closing(SupabasePhotos(project.url, PUBLISHABLE_KEY)) as stranger,
        pytest.raises(ConfigurationError, match="refuses our key"),
    ):
        stranger.put("u", "p", b"x")
    with psycopg.connect(project_url, autocommit=True) as connection:
        connection.execute("update storage.buckets set id = 'elsewhere' where id = %s", [BUCKET])
        try:
            with (
                closing(SupabasePhotos(project.url, SERVICE_KEY)) as photos,
                pytest.raises(ConfigurationError, match="bucket") as caught,
            ):
                photos.put("u", "p", b"x")
        finally:
            connection.execute("update storage.buckets set id = %s where id = 'elsewhere'", [BUCKET])
    assert "migrate" in str(caught.value.action)


# ---- sign-in


def test_sellers_sign_in_with_the_projects_own_tokens(project: SupabaseServer, settings: Settings) -> None:
    verifier, user = make_verifier(settings, None), str(uuid4())
    assert verifier.user_id(project.sign_in(user)) == user
    with pytest.raises(ApiError) as expired:
        verifier.user_id(project.sign_in(user, seconds=-60))
    assert expired.value.code == "token_expired"
    for stranger in (SERVICE_KEY, PUBLISHABLE_KEY, project.user_token(user)):  # the last is HS256
        with pytest.raises(ApiError):
            verifier.user_id(stranger)


# ---- the extension, straight to the project


def _sync(project: SupabaseServer, token: str, **changes: Any) -> httpx.Response:
    body = {
        "p_device_token": token, "p_marketplace": "ebay", "p_key_id": KeyRing(SECRET).key_list().keys[0].key_id,
        "p_sealed": SEALED, "p_captured_at": datetime.now(UTC).isoformat(), "p_user_agent": "Chrome",
    }  # fmt: skip
    return httpx.post(
        f"{project.url}/rest/v1/rpc/sync_session_from_device",
        json={**body, **changes},
        headers={"apikey": PUBLISHABLE_KEY},
    )


def test_a_device_brings_a_sealed_session_straight_to_the_project(project: SupabaseServer, settings: Settings) -> None:
    user, token = str(uuid4()), "lwd_" + "t" * 43
    with closing(open_store(settings)) as store:
        store.publish_keys(KeyRing(SECRET).key_list().model_dump(mode="json"))
        store.create_pairing(user, token_hash(f"code {user}"), 60)
        device = store.redeem_pairing(token_hash(f"code {user}"), token_hash(token), "Chrome")
        assert device is not None
        listing = store.create_listing(user, {"title": "Dress"})
        blocked: Any = {"ebay": _sign_in_reason()}
        made = store.create_job(
            user, listing["id"], ["ebay"], blocked=blocked, idempotency_key=None, request_hash="h", max_attempts=4
        )
        assert made["job"]["postings"][0]["state"] == "action_required"

        answer = _sync(project, token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "unproven"
        assert SEALED not in answer.text
        assert user not in answer.text
        stored = store.get_session(user, "ebay")
        assert stored is not None
        assert stored["sealed"] == SEALED
        job = store.get_job(user, made["job"]["id"])
        assert job is not None
        assert job["postings"][0]["state"] == "queued", "what waited for the sign-in goes on"

        for changes, code in (
            ({"p_device_token": "lwd_" + "x" * 43}, "device_unknown"),
            ({"p_device_token": "anything"}, "device_unknown"),
            ({"p_device_token": None}, "device_unknown"),
            ({"p_key_id": "retired"}, "retired_key"),
            ({"p_sealed": "no base64url!" * 10}, "invalid_value"),
            ({"p_sealed": None}, "invalid_value"),
            ({"p_captured_at": "2020-01-01T00:00:00Z"}, "stale_session"),
        ):
            refused = _sync(project, token, **changes)
            assert refused.status_code == 400, changes
            assert refused.json()["message"] == code, changes
        assert store.revoke_device(user, device["id"])
        assert _sync(project, token).json()["message"] == "device_unknown"


def test_strangers_can_call_nothing_else(project: SupabaseServer, project_url: str) -> None:
    with psycopg.connect(project_url) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "select proname from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace"
                " and has_function_privilege('anon', oid, 'execute')"
            )
        ]
    assert names == ["sync_session_from_device"]
    refused = httpx.post(f"{project.url}/rest/v1/rpc/get_keys", json={}, headers={"apikey": PUBLISHABLE_KEY})
    assert refused.status_code == 401


def _sign_in_reason() -> Any:
    from listing_worker.models import Reason

    return Reason(code="sign_in", message="You are signed out.", action="Sign in")


def test_the_storage_migration_may_be_run_on_a_project_that_has_it(project_url: str) -> None:
    from listing_worker.storage.migrate import migrations_folder

    (file,) = migrations_folder().glob("*_photo_bucket.sql")
    with psycopg.connect(project_url, autocommit=True) as connection:
        connection.execute(re.sub(r"^--.*$", "", file.read_text(), flags=re.MULTILINE).encode())
