"""From a Bull queue (BullMQ), as the seller's web app keeps it: its jobs become ours, by BullMQ's own Python worker.

- The same Bull job again is the same job here: queue, id and time of the Bull job are the idempotency key.
- A Bull job that can never be one of ours fails at once, with the reason as its `failedReason`, and stays in the
  queue's failed set whatever its `removeOnFail` says: Bull's place for dead letters, where it is tried again from.
- While something of ours is away, the Bull job in hand waits with us, its lock renewed. Told to stop, we put it back.
- What nobody expected counts as a failed try: Bull tries again as the job's `attempts` and `backoff` say.

A Bull job is completed when our job is in the database; what comes of it is told by webhook. Its return value has our
job's id: `{"jobId": "job_…", "created": true, "message": "…"}`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog
from bullmq import Job, Worker
from bullmq.custom_errors import DelayedError, UnrecoverableError

from listing_worker.api.owner import Owner
from listing_worker.api.ports import Resources
from listing_worker.bridges.messages import BadMessage, read_order
from listing_worker.bridges.orders import NotNow, Taken, take
from listing_worker.utils import tracing, trouble
from listing_worker.utils.redact import redact_text

log = structlog.get_logger(__name__)

CONCURRENCY = 4
LOCK_SECONDS = 60.0
STALLED_TIMES = 100  # a bridge that was killed is no fault of the job
LONGEST_WAIT = 30.0  # between two tries while something of ours is away


class UnexpectedError(Exception):
    """What Bull is told of an error of ours: its kind alone. The log has the rest, with secrets removed."""


class BullBridge:
    """Takes the jobs of one queue until it is told to stop. `connection` is a Redis address."""

    def __init__(
        self,
        wired: Resources,
        connection: str,
        *,
        queue: str,
        prefix: str,
        owner: Owner | None,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._wired = wired
        self._owner = owner
        self._queue = queue
        self._connection = connection
        self._options = {
            "prefix": prefix,
            "autorun": False,
            "concurrency": CONCURRENCY,
            "lockDuration": int(lock_seconds * 1000),
            "stalledInterval": int(lock_seconds * 500),
            "maxStalledCount": STALLED_TIMES,
        }
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """`run` returns when no job is in hand any more. Call it in the loop's own thread."""
        self._stop.set()

    async def run(self) -> None:
        worker = Worker(self._queue, self._process, {"connection": self._connection, **self._options})
        worker.on("error", self._told)
        working = asyncio.ensure_future(worker.run())
        log.info("The bridge takes jobs.", action="start", queue=self._queue)
        try:
            stopping = asyncio.ensure_future(self._stop.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            await worker.close()
            await working
        log.info("The bridge has stopped.", action="stop")

    async def _process(self, job: Job, token: str) -> dict[str, Any]:
        """BullMQ's processor: its answer completes the job, what it raises fails it or puts it back."""
        told = {"queue": self._queue, "message": str(job.id)}
        parent = job.data.get("traceparent") if isinstance(job.data, dict) else None
        try:
            with tracing.span("message", parent if isinstance(parent, str) else None, **told):
                taken = await self._taken(job)
        except BadMessage as bad:
            log.warning(f"A job was put to the failed ones: {bad.message}", code=bad.code, field=bad.field, **told)
            job.opts["removeOnFail"] = False
            where = f" ({bad.field})" if bad.field else ""
            raise UnrecoverableError(redact_text(f"{bad.code}: {bad.message}{where}")) from None
        except NotNow:
            await job.moveToDelayed(int(time.time() * 1000), token)  # told to stop meanwhile
            raise DelayedError from None
        except Exception as error:  # the one place of the bridge: told, and the job is kept
            log.exception("A job could not be taken.", **told)
            trouble.report(error)
            job.opts["removeOnFail"] = False
            raise UnexpectedError(f"unexpected: {type(error).__name__}. The bridge's log has it.") from None
        log.info("Took a job.", job=taken.job_id, repeated=not taken.created, **told)
        return {"jobId": taken.job_id, "created": taken.created, "message": taken.sentence}

    async def _taken(self, job: Job) -> Taken:
        """Waits while something of ours is away. Raises BadMessage, and NotNow only when told to stop."""
        key = f"bull:{self._queue}:{job.id}:{job.timestamp}"
        order = read_order(self._wired, job.data, key=key, owner=self._owner)
        wait = 1.0
        while True:
            try:
                return await asyncio.to_thread(take, self._wired, order)
            except NotNow as error:
                told = {"message": job.id, "todo": error.action, "seconds": wait}
                log.warning(f"A job waits: {error.message}", **told)
                try:
                    async with asyncio.timeout(wait):
                        await self._stop.wait()
                except TimeoutError:
                    wait = min(LONGEST_WAIT, wait * 2)
                else:
                    raise

    def _told(self, error: BaseException, *_: object) -> None:
        log.warning("The queue does not answer.", queue=self._queue, error=redact_text(str(error)))
