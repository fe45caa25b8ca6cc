"""Live progress as server-sent events.

    event: snapshot   the whole job from Postgres, on every connection
    event: progress   one step of one posting, with its stream id as `id:`; a reconnect resumes after it
    event: job        the whole job again, whenever Postgres knows something new
    event: done       the whole job, settled; then the stream ends

Postgres decides when a job has ended. Losing Redis loses `progress` events and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from listing_worker.api.ports import Resources
from listing_worker.api.shapes import job_out
from listing_worker.models import JobStatus
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreUnavailable

BLOCK_MS = 500  # one look at the stream; also how soon a stopping server lets go
LOOK_SECONDS = 0.3  # at most this often into Postgres while events come
IDLE_LOOK_SECONDS = 2.0  # and at least this often while none come
PING_SECONDS = 15.0  # proxies close silent connections
PING = ": still here\n\n"
_STREAM_ID = re.compile(r"\d{1,20}(-\d{1,20})?")

# Waiting reads must not use up the threads that answer requests. Threads start on demand.
_READERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="events")


@dataclass(frozen=True)
class Seen:
    """One thing a viewer is told: a step (`progress`, with its stream id) or the job as Postgres has it (`snapshot`,
    `job`, `done`); `ping` when there was nothing to tell for a while."""

    kind: Literal["snapshot", "progress", "job", "done", "ping"]
    job: rows.JobRow
    event: dict[str, Any] | None = None
    event_id: str | None = None


async def watch(
    wired: Resources, user_id: str, job: rows.JobRow, after: str | None, stopping: threading.Event
) -> AsyncIterator[Seen]:
    """What one viewer sees, from `after` on (None: from the first event that is kept)."""
    cursor = after if after and _STREAM_ID.fullmatch(after) else "0"
    yield Seen("snapshot", job)
    looked = spoken = time.monotonic()
    while not stopping.is_set():
        settled = job["status"] != JobStatus.PROCESSING
        for event_id, event in await _read(wired, job["id"], cursor, None if settled else BLOCK_MS):
            cursor = event_id
            spoken = time.monotonic()
            yield Seen("progress", job, event, event_id)
        if settled:
            yield Seen("done", job)
            return
        now = time.monotonic()
        if now - looked >= (LOOK_SECONDS if spoken > looked else IDLE_LOOK_SECONDS):
            looked = now
            fresh = await _look(wired, user_id, job)
            if fresh != job:
                job, spoken = fresh, now
                yield Seen("job", job)
        if now - spoken >= PING_SECONDS:
            spoken = now
            yield Seen("ping", job)


async def follow(
    wired: Resources, user_id: str, job: rows.JobRow, after: str | None, stopping: threading.Event
) -> AsyncIterator[str]:
    """The same as the text of an event stream."""
    yield "retry: 2000\n\n"
    async for seen in watch(wired, user_id, job, after, stopping):
        match seen.kind:
            case "progress":
                yield sse(seen.kind, _json(seen.event), seen.event_id)
            case "ping":
                yield PING
            case _:
                yield sse(seen.kind, _json(job_out(seen.job).model_dump(mode="json")))


async def _read(wired: Resources, job_id: str, cursor: str, block_ms: int | None) -> list[tuple[str, dict[str, Any]]]:
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_READERS, lambda: list(wired.events.read(job_id, cursor, block_ms)))
    except (RedisError, OSError):
        await asyncio.sleep(BLOCK_MS / 1000)  # as long as a look would have taken
        return []


async def _look(wired: Resources, user_id: str, job: rows.JobRow) -> rows.JobRow:
    try:
        return await run_in_threadpool(wired.store.get_job, user_id, job["id"]) or job
    except StoreUnavailable:
        return job


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def sse(name: str, data: str, event_id: str | None = None) -> str:
    """One server-sent event; lines of `data` are kept."""
    head = f"id: {event_id}\n" if event_id else ""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"{head}event: {name}\n{lines}\n"
