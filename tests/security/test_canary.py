"""A value hidden in the session cookies of every replica is nowhere to be found after a real run of the whole system.

The search is proved able to find: the same search over the same places finds values planted there.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis as redis_client

from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.embedded.system import PARENT_VARIABLE, RunningSystem, system
from listing_worker.models import Session
from listing_worker.sandbox.registry import SITES
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyList, seal
from tests.e2e.seller import signed_in_session

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def everything_stored(running: RunningSystem) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, every value in Redis, every file under the data directory: place and content."""
    assert running.settings.database_url is not None
    with psycopg.connect(running.settings.database_url.get_secret_value()) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(f"select t::text from {table} t"):  # type: ignore[arg-type]
                yield f"Postgres {table}", row.encode()
    with redis_client.Redis.from_url(running.settings.redis_address) as redis:
        for key in redis.scan_iter("*"):
            yield f"Redis {key.decode(errors='replace')}", key + b" " + whole_value(redis, key)
    for folder, _, names in os.walk(running.settings.data_dir):
        for name in names:
            path = Path(folder) / name
            if path.is_file():
                yield f"file {path}", path.read_bytes()


def whole_value(redis: redis_client.Redis, key: bytes) -> bytes:
    kind: Any = redis.type(key)
    read = {
        b"string": lambda: redis.get(key),
        b"hash": lambda: redis.hgetall(key),
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: redis.smembers(key),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"stream": lambda: redis.xrange(key),
    }[kind]
    return repr(read()).encode()


def places_of(needle: str, running: RunningSystem) -> set[str]:
    return {place for place, content in everything_stored(running) if needle.encode() in content}


def put_sealed(api: httpx.Client, keys: KeyList, user_id: str, session: Session) -> None:
    key = keys.keys[0]
    sealed = seal(
        key.public_key,
        session.model_dump_json().encode(),
        user_id=user_id,
        marketplace=session.marketplace,
        key_id=key.key_id,
    )
    body = {"key_id": key.key_id, "sealed": sealed, "captured_at": session.capturedAt.isoformat()}
    api.put(f"/api/sessions/{session.marketplace}", json=body).raise_for_status()


def post_everywhere(running: RunningSystem, sandbox: SandboxFile) -> dict[str, Any]:
    """Sessions, listing, photos, Post to All through the API; the settled job."""
    with httpx.Client(
        base_url=running.api_url,
        headers={"authorization": f"Bearer {running.owner_token}"},
        timeout=30,
        trust_env=False,
    ) as api:
        keys = KeyList.model_validate(api.get("/api/extension/keys").raise_for_status().json())
        for site in SITES:
            put_sealed(api, keys, running.owner_id, asyncio.run(signed_in_session(sandbox, site)))
        listing = api.post("/api/listings", json=demo_listing("canary")).raise_for_status().json()
        for photo in demo_photos():
            files = {"photos": ("p.jpg", photo, "image/jpeg")}
            api.post(f"/api/listings/{listing['id']}/photos", files=files).raise_for_status()
        body = {"listingId": listing["id"], "marketplaces": list(SITES)}
        job_id = api.post("/api/listings/post", json=body).raise_for_status().json()["jobId"]
        deadline = time.monotonic() + 150
        while True:
            job: dict[str, Any] = api.get(f"/api/jobs/{job_id}").raise_for_status().json()
            if job["status"] != "processing":
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.3)


def processes_of(data_dir: Path) -> list[str]:
    """Running processes that were told to work in this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(data_dir).encode() in told:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_no_cookie_leaves_the_attempt_and_no_process_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.delenv(PARENT_VARIABLE, raising=False)
    data_dir = tmp_path / "a folder with spaces"
    settings = Settings(_env_file=None, data_dir=data_dir, log_level="DEBUG")  # type: ignore[call-arg]
    with system(settings, port=0) as running:
        assert running.sandbox_file is not None
        sandbox = SandboxFile.read(running.sandbox_file)
        job = post_everywhere(running, sandbox)
        assert job["status"] == "completed", job
        canary = httpx.get(f"{sandbox.admin_url}/canary", trust_env=False).json()["canary"]
        assert places_of(canary, running) == set()

        plant(running, "planted-canary")
        found = places_of("planted-canary", running)
        assert {place.partition(" ")[0] for place in found} == {"Postgres", "Redis", "file"}
    assert processes_of(data_dir) == []


def plant(running: RunningSystem, needle: str) -> None:
    """Puts the value where a leak would: a reason in Postgres, an event in Redis, a line of a log."""
    assert running.settings.database_url is not None
    with psycopg.connect(running.settings.database_url.get_secret_value()) as connection:
        connection.execute(
            "update public.listing_automation_results set reason = jsonb_build_object('message', %s::text)",
            [needle],
        )
    with redis_client.Redis.from_url(running.settings.redis_address) as redis:
        redis.xadd("lw:events:x", {"data": needle})
    with (running.settings.data_dir / "logs" / "worker.log").open("a") as log:
        log.write(f"cookie {needle}\n")
