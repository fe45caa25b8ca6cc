"""Checkpoints: finished steps of a posting, in Redis, so that a later attempt can go on in the middle.

A checkpoint is advice, never the truth: what was published is decided by the ledger alone. It carries the recipe
version; a checkpoint of another version counts as absent, because its step may mean something else now.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

KEEP_SECONDS = 7 * 86_400


def checkpoint_key(posting_id: str) -> str:
    return f"lw:checkpoints:{posting_id}"


class RedisCheckpoints:
    """Implements `agents.base.Checkpoints`. Redis being away means no checkpoints, not a failed attempt."""

    def __init__(self, redis: Redis, posting_id: str, recipe_version: str) -> None:
        self._redis = redis
        self._key = checkpoint_key(posting_id)
        self._version = recipe_version

    async def load(self, step: str) -> dict[str, Any] | None:
        try:
            stored = await asyncio.to_thread(self._redis.hget, self._key, step)
        except RedisError:
            return None
        return _decode(stored, self._version)

    async def save(self, step: str, data: dict[str, Any]) -> None:
        def write() -> None:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.hset(self._key, step, _encode(data, self._version))
            pipeline.expire(self._key, KEEP_SECONDS)
            pipeline.execute()

        try:
            await asyncio.to_thread(write)
        except RedisError:
            return

    async def clear(self) -> None:
        """Forgets the posting's checkpoints; called once it has settled."""
        try:
            await asyncio.to_thread(self._redis.delete, self._key)
        except RedisError:
            return


class MemoryCheckpoints:
    """The in-memory twin, for tests and for filling forms outside a posting."""

    def __init__(self, recipe_version: str = "") -> None:
        self._version = recipe_version
        self._stored: dict[str, str] = {}

    async def load(self, step: str) -> dict[str, Any] | None:
        return _decode(self._stored.get(step), self._version)

    async def save(self, step: str, data: dict[str, Any]) -> None:
        self._stored[step] = _encode(data, self._version)

    async def clear(self) -> None:
        self._stored.clear()


def _encode(data: dict[str, Any], version: str) -> str:
    return json.dumps({"version": version, "data": data}, ensure_ascii=False)


def _decode(stored: Any, version: str) -> dict[str, Any] | None:
    if stored is None:
        return None
    try:
        document = json.loads(stored)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("version") != version:
        return None
    data = document.get("data")
    return data if isinstance(data, dict) else None
