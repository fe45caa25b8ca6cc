"""Redis: does it answer, is it new enough, and does it keep what it was given?"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from redis import Redis

from listing_worker.checks.finding import Finding, advice, fine, wrong
from listing_worker.orchestration.queue import connect_redis
from listing_worker.settings import Settings

PART = "redis"
OLDEST = (6, 2)  # streams with ids, SET with GET and PX: what RQ 3 and we use
SLOW_MILLISECONDS = 50
CLOCK_SECONDS = 5.0
UNREACHABLE = "Check REDIS_URL: host, port, password, and rediss:// where the server wants TLS"


def check_redis(settings: Settings) -> Iterable[Finding]:
    """Raises redis.RedisError when it does not answer."""
    redis = connect_redis(settings.redis_address)
    try:
        redis.ping()
        began = time.perf_counter()
        redis.ping()
        milliseconds = (time.perf_counter() - began) * 1000
        # INFO, not CONFIG: hosted servers forbid the latter
        info: dict[str, Any] = redis.info("everything")
        yield _version(info)
        yield _policy(info)
        yield _persistence(info)
        yield _distance(milliseconds)
        yield _clock(redis)
    finally:
        redis.close()


def _version(info: dict[str, Any]) -> Finding:
    name, number = "Redis", str(info.get("redis_version", "0"))
    if "valkey_version" in info:
        name, number = "Valkey", str(info["valkey_version"])
    found = f"{name} {number}"
    if tuple(int(part) for part in number.split(".")[:2] if part.isdigit()) < OLDEST:
        return wrong(PART, found, "Use Redis 6.2 or newer, or any Valkey")
    return fine(PART, found)


def _policy(info: dict[str, Any]) -> Finding:
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy == "noeviction" or int(info.get("maxmemory", 0) or 0) == 0:
        return fine(PART, f"keeps what it is given (maxmemory-policy {policy})")
    if policy.startswith("volatile"):
        return advice(
            PART,
            f"maxmemory-policy is {policy}: checkpoints and progress can vanish when memory is short",
            "Set maxmemory-policy to noeviction",
        )
    return wrong(
        PART,
        f"maxmemory-policy is {policy}: queued work is thrown away when memory is short",
        "Set maxmemory-policy to noeviction",
    )


def _persistence(info: dict[str, Any]) -> Finding:
    if int(info.get("aof_enabled", 0) or 0):
        return fine(PART, "writes survive a restart (append-only file)")
    return advice(
        PART,
        "nothing or little survives a restart; postings are found again in the database, progress streams are not",
        "Switch the append-only file on (appendonly yes), if the provider lets you",
    )


def _distance(milliseconds: float) -> Finding:
    found = f"answers in {milliseconds:.1f} ms"
    if milliseconds > SLOW_MILLISECONDS:
        return advice(PART, found, "Run worker, API and Redis in the same region")
    return fine(PART, found)


def _clock(redis: Redis) -> Finding:
    seconds, microseconds = redis.time()
    off = time.time() - (seconds + microseconds / 1e6)
    if abs(off) > CLOCK_SECONDS:
        return advice("clock", f"this machine is {off:+.1f} s off Redis", "Synchronise the clocks (chrony, ntpd)")
    return fine("clock", f"{off:+.2f} s off Redis")
