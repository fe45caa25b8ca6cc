"""Live progress: one Redis stream per job, so that a viewer resumes where it left off.

Events are for people watching; the result always comes from Postgres. Losing Redis loses events only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

KEEP_EVENTS = 1000
KEEP_SECONDS = 86_400


def stream_key(job_id: str) -> str:
    return f"lw:events:{job_id}"


class RedisEvents:
    """Writes and reads progress events; each is a small JSON object with at least `marketplace` and `step`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def publish(self, job_id: str, event: dict[str, Any]) -> None:
        """Appends; a Redis that is away loses the event and nothing else."""
        body = json.dumps({"at": datetime.now(UTC).isoformat(), **event}, ensure_ascii=False)
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.xadd(stream_key(job_id), {"data": body}, maxlen=KEEP_EVENTS, approximate=True)
            pipeline.expire(stream_key(job_id), KEEP_SECONDS)
            pipeline.execute()
        except RedisError:
            return

    def read(self, job_id: str, after: str = "0", block_ms: int | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events after the stream id `after`, oldest first: pairs of stream id and event.

        Waits up to `block_ms` for the first one if there is none yet. Raises redis.RedisError.
        """
        answer: Any = self._redis.xread({stream_key(job_id): after}, count=200, block=block_ms)
        streams = answer.items() if isinstance(answer, dict) else answer or []
        for _, entries in streams:
            for batch in entries if isinstance(entries, list) else [entries]:
                for event_id, fields in [batch] if isinstance(batch, tuple) else batch:
                    yield event_id.decode(), json.loads(fields[b"data"])
