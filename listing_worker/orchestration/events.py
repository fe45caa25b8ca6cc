"""Live progress: one Redis stream per job, so that a viewer resumes where it left off.

Events are for people watching; the result always comes from Postgres. Losing Redis loses events only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

KEEP_EVENTS = 1000
KEEP_SECONDS = 86_400
KEEP_SETTLED_SECONDS = 900  # once its job has settled: who comes later is told how it ended, by Postgres
PAGE = 200  # events of one read

Events = list[tuple[str, dict[str, Any]]]


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
            keep = KEEP_SETTLED_SECONDS if event.get("job_settled") else KEEP_SECONDS
            pipeline.expire(stream_key(job_id), keep)
            pipeline.execute()
        except RedisError:
            return

    def read(self, job_id: str, after: str = "0", block_ms: int | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events after the stream id `after`, oldest first: pairs of stream id and event.

        Waits up to `block_ms` for the first one if there is none yet. Raises redis.RedisError.
        """
        for _, events in self.read_many({job_id: after}, block_ms):
            yield from events

    def read_many(self, cursors: Mapping[str, str], block_ms: int | None) -> Iterator[tuple[str, Events]]:
        """The same for several jobs at once, each after its own id: pairs of job id and its new events, never empty."""
        jobs = {stream_key(job_id).encode(): job_id for job_id in cursors}
        asked: dict[Any, Any] = {stream_key(job_id): after for job_id, after in cursors.items()}
        answer: Any = self._redis.xread(asked, count=PAGE, block=block_ms)
        for key, entries in answer.items() if isinstance(answer, dict) else answer or []:
            found: Events = []
            for batch in entries if isinstance(entries, list) else [entries]:
                for event_id, fields in [batch] if isinstance(batch, tuple) else batch:
                    found.append((event_id.decode(), json.loads(fields[b"data"])))
            if found:
                yield jobs[key], found

    def last_id(self, job_id: str) -> str:
        """The id of the newest event; "0" without any. Raises redis.RedisError."""
        newest: Any = self._redis.xrevrange(stream_key(job_id), count=1)
        return str(newest[0][0].decode()) if newest else "0"
