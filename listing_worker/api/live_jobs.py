"""One reader for all viewers of this process: what happens to the jobs that somebody watches.

A thread reads the progress streams of all watched jobs in one Redis call and asks Postgres how they stand, once per
job however many watch it. What it finds goes to each viewer's own bounded queue; who falls too far behind is let go
and resumes with Last-Event-ID. The thread lives as long as there are viewers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import structlog
from redis.exceptions import RedisError, ResponseError

from listing_worker.api.shapes import job_out
from listing_worker.models import JobStatus
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreUnavailable

log = structlog.get_logger(__name__)

BLOCK_MS = 100  # one look at the streams; also how soon a job that begins to be watched is read along
LOOK_SECONDS = 0.3  # at most this often into Postgres while events come
IDLE_LOOK_SECONDS = 2.0  # and at least this often while none come
PING_SECONDS = 15.0  # proxies close silent connections
QUEUE_LIMIT = 2000  # things that a viewer may be behind

_LOOKS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="job-looks")

Steps = list[tuple[str, dict[str, Any]]]  # stream id and event, oldest first


class Streams(Protocol):
    """The progress streams, as far as they are read here. Both may raise redis.RedisError or OSError."""

    def read_many(self, cursors: Mapping[str, str], block_ms: int) -> Iterable[tuple[str, Steps]]:
        """Per job, pairs of stream id and event after its cursor; waits up to `block_ms` for the first."""

    def last_id(self, job_id: str) -> str:
        """The id of the newest event; "0" without any."""


class Jobs(Protocol):
    def get_job(self, user_id: str, job_id: str) -> rows.JobRow | None:
        """May raise StoreUnavailable."""


@dataclass(frozen=True)
class Seen:
    """One thing a viewer is told: a step (`progress`, with its stream id) or the job as Postgres has it (`snapshot`,
    `job`, `done`); `ping` when there was nothing to tell for a while. Shared by all viewers, so made into text once."""

    kind: Literal["snapshot", "progress", "job", "done", "ping"]
    job: rows.JobRow
    event: dict[str, Any] | None = None
    event_id: str | None = None

    @cached_property
    def data(self) -> str:
        """As JSON: the event, or the job."""
        document = self.event if self.kind == "progress" else job_out(self.job).model_dump(mode="json")
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class Viewer:
    """One who watches: what waits for it, in order. Only ever touched in its own event loop, `put` by way of it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ended = False
        self._waiting: deque[Seen] = deque()
        self._some = asyncio.Event()

    def put(self, seen: Seen | None) -> None:
        """None: nothing more will come."""
        if seen is None or len(self._waiting) >= QUEUE_LIMIT:
            self.ended = True
        elif not self.ended:
            self._waiting.append(seen)
        self._some.set()

    async def each(self) -> AsyncIterator[Seen]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self.ended:
                return
            self._some.clear()
            await self._some.wait()


@dataclass
class _Feed:
    """A watched job: how far its stream is read, how Postgres last had it, and who watches."""

    user_id: str
    job: rows.JobRow
    cursor: str
    viewers: set[Viewer] = field(default_factory=set)
    looked: float = field(default_factory=time.monotonic)
    spoken: float = field(default_factory=time.monotonic)
    outdated: bool = False  # a viewer knows the job otherwise: whatever Postgres says next is told
    look: Future[rows.JobRow | None] | None = None


class LiveJobs:
    """Who watches what in this process. Threads and event loops may share it."""

    def __init__(self, streams: Streams, jobs: Jobs) -> None:
        self._streams = streams
        self._jobs = jobs
        self._lock = threading.Lock()
        self._feeds: dict[str, _Feed] = {}
        self._reader: threading.Thread | None = None
        self._stopping: threading.Event = threading.Event()

    @contextlib.asynccontextmanager
    async def viewer(self, user_id: str, job: rows.JobRow, stopping: threading.Event) -> AsyncIterator[Viewer]:
        """Everything about `job` from now on, until left. What came before is the caller's to read afterwards."""
        viewer = Viewer()
        newest = "0" if job["id"] in self._feeds else await asyncio.to_thread(self._newest, job["id"])
        with self._lock:
            self._stopping = stopping
            feed = self._feeds.setdefault(job["id"], _Feed(user_id, job, newest))
            feed.viewers.add(viewer)
            feed.outdated = feed.outdated or feed.job != job
            if self._reader is None:
                self._reader = threading.Thread(target=self._run, name="live-jobs", daemon=True)
                self._reader.start()
        try:
            yield viewer
        finally:
            with self._lock:
                feed.viewers.discard(viewer)

    def _newest(self, job_id: str) -> str:
        try:
            return self._streams.last_id(job_id)
        except (RedisError, OSError):
            return "0"  # everything is told, and viewers drop what they know

    # ---- the reader's thread

    def _run(self) -> None:
        try:
            self._read_on()
        finally:
            with self._lock:
                lost = self._feeds if self._reader is threading.current_thread() else {}
                if lost:  # an error that nobody expected: viewers are let go and come again
                    self._feeds, self._reader = {}, None
            for feed in lost.values():
                self._tell(feed, None)

    def _read_on(self) -> None:
        while feeds := self._watched():
            if self._stopping.is_set():
                for feed in feeds.values():
                    self._tell(feed, None)
                self._stopping.wait(BLOCK_MS / 1000)
                continue
            for job_id, events in self._events({job_id: feed.cursor for job_id, feed in feeds.items()}):
                feed = feeds[job_id]
                feed.cursor = events[-1][0]
                self._tell(feed, *(Seen("progress", feed.job, event, event_id) for event_id, event in events))
            now = time.monotonic()
            for feed in feeds.values():
                self._look(feed, now)
                if now - feed.spoken >= PING_SECONDS:
                    self._tell(feed, Seen("ping", feed.job))

    def _watched(self) -> dict[str, _Feed]:
        """The jobs that somebody watches; the thread has ended when it is told that there are none."""
        with self._lock:
            self._feeds = {job_id: feed for job_id, feed in self._feeds.items() if feed.viewers}
            if not self._feeds:
                self._reader = None
            return dict(self._feeds)

    def _events(self, cursors: dict[str, str], block_ms: int = BLOCK_MS) -> list[tuple[str, Steps]]:
        try:
            return list(self._streams.read_many(cursors, block_ms))
        except ResponseError:  # one of the streams is none: the others are not to suffer from it
            self._stopping.wait(block_ms / 1000)
            if len(cursors) == 1:
                return []
            return [found for job_id, after in cursors.items() for found in self._events({job_id: after}, 1)]
        except (RedisError, OSError, ValueError):  # ValueError: the connection was closed under the read
            self._stopping.wait(BLOCK_MS / 1000)  # as long as a look would have taken
            return []

    def _look(self, feed: _Feed, now: float) -> None:
        """Tells how the job stands if that is new. A settled job's stream is read to its end before that is told."""
        if feed.look is None:
            if feed.outdated or now - feed.looked >= (LOOK_SECONDS if feed.spoken > feed.looked else IDLE_LOOK_SECONDS):
                feed.looked = now
                feed.look = _LOOKS.submit(self._jobs.get_job, feed.user_id, feed.job["id"])
            return
        if not feed.look.done():
            return
        found, feed.look = feed.look, None
        try:
            fresh = found.result()
        except StoreUnavailable:
            return
        if fresh is None or (fresh == feed.job and not feed.outdated):
            return
        feed.job, feed.outdated = fresh, False
        self._tell(feed, Seen("job", fresh))
        if fresh["status"] != JobStatus.PROCESSING:
            for _, events in self._events({fresh["id"]: feed.cursor}, 1):
                feed.cursor = events[-1][0]
                self._tell(feed, *(Seen("progress", fresh, event, event_id) for event_id, event in events))
            self._tell(feed, Seen("done", fresh), None)

    def _tell(self, feed: _Feed, *things: Seen | None) -> None:
        """Into the queues of all viewers, one wake-up per event loop."""
        feed.spoken = time.monotonic()
        with self._lock:
            viewers = list(feed.viewers)
        loops: dict[asyncio.AbstractEventLoop, list[Viewer]] = {}
        for viewer in viewers:
            loops.setdefault(viewer.loop, []).append(viewer)
        for loop, theirs in loops.items():
            try:
                loop.call_soon_threadsafe(_put, theirs, things)
            except RuntimeError:  # the loop is closed: nobody is left in it
                with self._lock:
                    feed.viewers.difference_update(theirs)


def _put(viewers: list[Viewer], things: tuple[Seen | None, ...]) -> None:
    for viewer in viewers:
        for seen in things:
            viewer.put(seen)
