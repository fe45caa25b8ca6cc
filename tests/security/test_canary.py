"""A value hidden in the session cookies of every replica is nowhere to be found after a real run of the whole system.

The search is proved able to find: the same search over the same places finds values planted there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis as redis_client
from rich.console import Console

from listing_worker.demo.receiver import Receiver
from listing_worker.demo.run import Demo, private_webhooks_allowed
from listing_worker.demo.show import Progress
from listing_worker.embedded.system import PARENT_VARIABLE, RunningSystem, system
from listing_worker.sandbox.registry import SHOWN
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings

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
        b"none": lambda: "",  # it expired in between
    }[kind]
    return repr(read()).encode()


def places_of(needle: str, running: RunningSystem) -> set[str]:
    return {place for place, content in everything_stored(running) if needle.encode() in content}


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


def test_the_main_job_leaves_no_cookie_and_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make demo` but for its timing of single postings, in a folder with spaces; the search; what still runs."""
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.delenv(PARENT_VARIABLE, raising=False)
    data_dir = tmp_path / "a folder with spaces"
    folder = data_dir / "demo"
    folder.mkdir(parents=True)
    settings = Settings(_env_file=None, data_dir=data_dir, log_level="DEBUG")  # type: ignore[call-arg]
    progress = Progress(Console(file=StringIO()), quiet=True)
    with Receiver() as receiver, private_webhooks_allowed(), system(settings, port=0) as running:
        assert running.sandbox_file is not None
        sandbox = SandboxFile.read(running.sandbox_file)
        result = Demo(running, settings, receiver, progress, folder).run(time_alone=False)
        assert result.ok, result
        assert [(each.publish_requests, each.model_calls) for each in result.postings] == [(1, 0)] * len(SHOWN)
        assert {path.name for path in folder.iterdir()} == {f"{s}-{p}.jpg" for s in SHOWN for p in ("filled", "live")}

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
