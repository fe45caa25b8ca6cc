"""Live progress of one job: as server-sent events, and (`socket.py`) over a WebSocket.

    snapshot   the whole job from Postgres, on every connection
    progress   one step of one posting, with its stream id as `id:`; a reconnect resumes after it
    job        the whole job again, whenever Postgres knows something new
    done       the whole job, settled; then the stream ends

Postgres decides when a job has ended. Losing Redis loses `progress` events and nothing else.
"""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from listing_worker.api.live_jobs import Seen
from listing_worker.api.ports import Resources
from listing_worker.models import JobStatus
from listing_worker.storage import rows

PING = ": still here\n\n"
_STREAM_ID = re.compile(r"\d{1,20}(-\d{1,20})?")


async def watch(
    wired: Resources, user_id: str, job: rows.JobRow, after: str | None, stopping: threading.Event
) -> AsyncIterator[Seen]:
    """What one viewer sees, from `after` on (None: from the first event that is kept), each step once and in order."""
    cursor = after if after and _STREAM_ID.fullmatch(after) else "0"
    yield Seen("snapshot", job)
    if job["status"] != JobStatus.PROCESSING:
        async for seen in _kept(wired, job, cursor):
            yield seen
        yield Seen("done", job)
        return
    async with wired.live.viewer(user_id, job, stopping) as viewer:
        async for seen in _kept(wired, job, cursor):
            cursor = seen.event_id or cursor
            yield seen
        last = _order(cursor)
        async for seen in viewer.each():
            if seen.event_id is not None:
                if _order(seen.event_id) <= last:
                    continue  # it was among the kept ones
                last = _order(seen.event_id)
            yield seen


async def follow(
    wired: Resources, user_id: str, job: rows.JobRow, after: str | None, stopping: threading.Event
) -> AsyncIterator[str]:
    """The same as the text of an event stream."""
    yield "retry: 2000\n\n"
    async for seen in watch(wired, user_id, job, after, stopping):
        yield PING if seen.kind == "ping" else sse(seen.kind, seen.data, seen.event_id)


def sse(name: str, data: str, event_id: str | None = None) -> str:
    """One server-sent event; lines of `data` are kept."""
    head = f"id: {event_id}\n" if event_id else ""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"{head}event: {name}\n{lines}\n"


async def _kept(wired: Resources, job: rows.JobRow, cursor: str) -> AsyncIterator[Seen]:
    """The steps after `cursor` that the stream holds now, page by page."""
    while page := await run_in_threadpool(_read, wired, job["id"], cursor):
        for event_id, event in page:
            cursor = event_id
            yield Seen("progress", job, event, event_id)


def _read(wired: Resources, job_id: str, cursor: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        return list(wired.events.read(job_id, cursor))
    except (RedisError, OSError):
        return []


def _order(event_id: str) -> tuple[int, int]:
    first, _, second = event_id.partition("-")
    return int(first), int(second or 0)
