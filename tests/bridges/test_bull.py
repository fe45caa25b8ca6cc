"""Jobs of the first seed's Bull queue become ours: each once, none lost.

By default the queue is put back as a real run of npm's bullmq left it (`producer/recorded.json`); the slow test runs
npm's bullmq itself, where `make corpora` has fetched it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from bench.corpora import BULLMQ
from listing_worker.api.loose_photos import attach_copies
from listing_worker.bridges.bull import BullBridge
from listing_worker.models import ListingDraft
from listing_worker.storage.errors import StoreUnavailable
from tests.bridges.conftest import Json, Posts
from tests.bridges.test_sqs import failing

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent / "producer"
QUEUE = "listings"
KEEP = {"attempts": 3, "backoff": {"type": "exponential", "delay": 2000}, "removeOnFail": True}
JOBS: list[Json] = [
    {"name": "post", "opts": KEEP, "data": {"listingId": "LISTING", "marketplaces": ["mercari"], "jobId": "job_1"}},
    {"name": "post", "opts": KEEP, "data": {"listingId": "LISTING", "marketplaces": ["depop"], "jobId": "job_2"}},
    {"name": "post", "opts": KEEP, "data": {"listingId": "no-such-listing", "note": "canary-4f9c1d"}},
    {"name": "post", "opts": {}, "data": {"listingId": "LISTING", "marketplaces": ["ebay"], "jobId": "job_4"}},
]
DRESS = ListingDraft.model_validate(
    {
        "title": "Free People Floral Wrap Midi Dress",
        "description": "Worn twice, as new. Wrap style with a tie, lined.",
        "price": {"cents": 4800},
        "condition": "good",
        "category": ["Women", "Dresses", "Midi"],
    }
)


@pytest.fixture
def valkey(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(redis_url, decode_responses=True)


@pytest.fixture
def listing(posts: Posts) -> str:
    """A stored listing with a photo; the id that the recorded jobs name in its place is replaced by its own."""
    row = posts.store.create_listing(posts.owner.user_id, DRESS.model_dump(mode="json"))
    attach_copies(posts.wired, posts.owner.user_id, row["id"], [posts.upload()])
    return row["id"]


def put_back(valkey: redis.Redis, listing: str) -> None:
    """The keys as npm's bullmq made them."""
    keys: dict[str, Any] = json.loads((HERE / "recorded.json").read_text().replace("LISTING", listing))
    for key, (kind, value) in keys.items():
        match kind:
            case "string":
                valkey.set(key, value)
            case "hash":
                valkey.hset(key, mapping=value)
            case "list":
                valkey.rpush(key, *value)
            case "zset":
                valkey.zadd(key, value)
            case "stream":
                for fields in value:
                    valkey.xadd(key, fields)


def recorded(valkey: redis.Redis) -> Json:
    """The same, read from a Valkey where npm's bullmq has just added `JOBS`."""
    read: dict[str, Callable[[str], Any]] = {
        "string": lambda key: valkey.get(key),
        "hash": lambda key: valkey.hgetall(key),
        "list": lambda key: valkey.lrange(key, 0, -1),
        "zset": lambda key: dict(valkey.zrange(key, 0, -1, withscores=True)),  # type: ignore[arg-type]
        "stream": lambda key: [fields for _, fields in valkey.xrange(key)],
    }
    kinds = {key: str(valkey.type(key)) for key in sorted(valkey.scan_iter())}
    return {key: [kind, read[kind](key)] for key, kind in kinds.items()}


def bridged(posts: Posts, redis_url: str, done: Callable[[], bool], **options: Any) -> None:
    """Runs a bridge until `done`, then stops it."""

    async def run() -> None:
        bridge = BullBridge(posts.wired, redis_url, queue=QUEUE, prefix="bull", owner=posts.owner, **options)
        running = asyncio.ensure_future(bridge.run())
        await until(done)
        bridge.stop()
        async with asyncio.timeout(20):
            await running

    asyncio.run(run())


async def until(done: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - what is waited for happens in Valkey
            await asyncio.sleep(0.05)


def ended(valkey: redis.Redis, count: int) -> Callable[[], bool]:
    """So many of the queue's jobs are completed or failed."""
    keys = (f"bull:{QUEUE}:completed", f"bull:{QUEUE}:failed")
    return lambda: sum(int(valkey.zcard(key)) for key in keys) >= count  # type: ignore[arg-type]


def judge(posts: Posts, valkey: redis.Redis) -> None:
    """What must have come of `JOBS`."""
    assert set(valkey.zrange(f"bull:{QUEUE}:completed", 0, -1)) == {"1", "4"}  # type: ignore[arg-type]
    # kept although their opts say removeOnFail, and not tried three times
    assert set(valkey.zrange(f"bull:{QUEUE}:failed", 0, -1)) == {"2", "3"}  # type: ignore[arg-type]
    unknown, missing = (valkey.hgetall(f"bull:{QUEUE}:{number}") for number in (2, 3))
    assert "unknown_marketplace" in unknown["failedReason"] and "depop" in unknown["failedReason"]  # type: ignore[index]
    assert "There is no such listing" in missing["failedReason"]  # type: ignore[index]
    assert unknown["atm"] == missing["atm"] == "1"  # type: ignore[index]
    jobs = {job["id"]: [p["marketplace"] for p in job["postings"]] for job in posts.jobs()}
    assert sorted(jobs.values()) == [["ebay"], ["mercari"]]
    answers = [json.loads(str(valkey.hget(f"bull:{QUEUE}:{number}", "returnvalue"))) for number in (1, 4)]
    assert {answer["jobId"] for answer in answers} == set(jobs) and all(answer["created"] for answer in answers)


def test_recorded_jobs_become_ours_and_bad_ones_stay_with_their_reason(
    posts: Posts, redis_url: str, valkey: redis.Redis, listing: str, lines: Any
) -> None:
    put_back(valkey, listing)
    bridged(posts, redis_url, ended(valkey, 4))
    judge(posts, valkey)
    assert "canary-4f9c1d" not in lines.getvalue()


def test_a_job_that_comes_again_is_the_same_job(
    posts: Posts, redis_url: str, valkey: redis.Redis, listing: str
) -> None:
    """As after a bridge that died between our job and Bull's completion."""
    put_back(valkey, listing)
    bridged(posts, redis_url, ended(valkey, 4))
    for key in valkey.scan_iter("bull:*"):
        valkey.delete(key)
    put_back(valkey, listing)
    bridged(posts, redis_url, ended(valkey, 4))
    assert len(posts.jobs()) == 2
    assert json.loads(str(valkey.hget(f"bull:{QUEUE}:1", "returnvalue")))["created"] is False


@pytest.mark.slow
def test_while_the_database_is_away_jobs_wait_and_are_put_back_at_a_stop(
    posts: Posts, redis_url: str, valkey: redis.Redis, listing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(valkey, listing)
    away = StoreUnavailable("The database does not answer.")
    tries = failing(monkeypatch, posts, "get_listing", away, times=1000)
    bridged(posts, redis_url, lambda: len(tries) >= 4, lock_seconds=2)
    monkeypatch.undo()
    assert not ended(valkey, 2)() and posts.jobs() == []
    bridged(posts, redis_url, ended(valkey, 4))
    judge(posts, valkey)


@pytest.mark.slow
@pytest.mark.skipif(not BULLMQ.is_dir() or shutil.which("node") is None, reason="make corpora fetches npm's bullmq")
def test_jobs_of_npm_s_bullmq_become_ours(posts: Posts, redis_url: str, valkey: redis.Redis, listing: str) -> None:
    add(redis_url, json.loads(json.dumps(JOBS).replace("LISTING", listing)))
    bridged(posts, redis_url, ended(valkey, 4))
    judge(posts, valkey)


def add(redis_url: str, jobs: list[Json]) -> None:
    """By npm's bullmq."""
    script = BULLMQ / "add.mjs"
    shutil.copy(HERE / "add.mjs", script)
    command = ["node", str(script), urlsplit(redis_url).path, QUEUE]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout) == ["1", "2", "3", "4"], done.stderr


@pytest.mark.slow
def test_the_command_serves_the_queue_until_it_is_told_to_stop(
    posts: Posts, redis_url: str, valkey: redis.Redis, listing: str, database_url: str, tmp_path: Path
) -> None:
    put_back(valkey, listing)
    env = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BULL_QUEUE": QUEUE,
        "SESSION_SECRET": "a test secret of more than thirty-two characters",
    }
    with (tmp_path / "bridge.log").open("w") as output:
        command = [sys.executable, str(ROOT / "main.py"), "bridge", "bull"]
        bridge = subprocess.Popen(command, env=env, stdout=output, stderr=output, cwd=tmp_path)
        try:
            asyncio.run(until(ended(valkey, 4), seconds=60))
            bridge.terminate()
            assert bridge.wait(20) == 0, (tmp_path / "bridge.log").read_text()
        finally:
            bridge.kill()
            bridge.wait()
    judge(posts, valkey)
    assert "canary-4f9c1d" not in (tmp_path / "bridge.log").read_text()
