"""The wake-up signal: RQ on Redis, JSON payloads, one queue, and nothing runs that is not on the list.

Losing the queue loses time, never work: Postgres knows what is due and the reconciler enqueues it again. A Redis
writer must not be able to run code of his choice, so a job's function and callbacks are checked against an allow-list
(fact: runtime-stack §1.6; JSON alone does not help, RQ imports any dotted path).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from redis import Redis
from rq import Queue as RqQueue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.utils import now, utcformat

from listing_worker.utils import tracing

QUEUE_NAME = "postings"
POST = "listing_worker.orchestration.job_processor.post"
DELIVER = "listing_worker.orchestration.job_processor.deliver"
OPERATE = "listing_worker.orchestration.job_processor.operate"
WATCH = "listing_worker.orchestration.job_processor.watch"
IMPORT = "listing_worker.orchestration.job_processor.read_account"
ALLOWED = frozenset({POST, DELIVER, OPERATE, WATCH, IMPORT})

TRACE = "traceparent"  # in a job's meta

# A posting whose wake-up was lost (worker died between pop and claim) gets a new job id after this many seconds;
# a second delivery in between is harmless, because only one claim succeeds.
REPEAT_SECONDS = 10


_OF_EACH = ("data", "created_at", "enqueued_at")
# The very steps of RQ's own script for unique jobs (rq/scripts.py), for several of them, with the fields in common as
# one argument. Keys: the queue, the set of queues, the jobs; arguments: how to push, the time, the fields in common,
# and of each job its id and data.
_ALIKE = """
local added, common = 0, cjson.decode(ARGV[3])
redis.call('SADD', KEYS[2], KEYS[1])
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    redis.call('HSET', KEYS[i], 'data', ARGV[2 * i - 1], 'created_at', ARGV[2], 'enqueued_at', ARGV[2])
    redis.call('HSET', KEYS[i], unpack(common))
    redis.call(ARGV[1], KEYS[1], ARGV[2 * i - 2])
    added = added + 1
  end
end
return added
"""


def connect_redis(url: str) -> Redis:
    """A client for `redis://`, `rediss://` and `unix://` addresses; connections open on first use."""
    return Redis.from_url(url, health_check_interval=30, socket_connect_timeout=5)


class ListedJob(Job):
    """A job that only ever runs functions on the allow-list, and no callbacks or webhooks at all."""

    def _check(self) -> None:
        if self.func_name not in ALLOWED:
            raise PermissionError(f"{self.func_name!r} is not a task of this worker")
        if self._instance or self._success_callback_name or self._failure_callback_name or self._stopped_callback_name:
            raise PermissionError("this worker's jobs have no instances and no callbacks")

    @property
    def func(self) -> Callable[..., Any] | None:
        self._check()
        return super().func  # type: ignore[no-any-return]

    @property
    def success_callback(self) -> None:
        self._check()

    @property
    def failure_callback(self) -> None:
        self._check()

    @property
    def stopped_callback(self) -> None:
        self._check()


def _trace() -> dict[str, str]:
    """What a job carries so that its spans belong to the trace of who enqueued it. It commands nothing."""
    traceparent = tracing.carried()
    return {} if traceparent is None else {TRACE: traceparent}


class PostingQueue:
    """Enqueues postings, operations and webhook deliveries by id; an id that already waits is not enqueued twice."""

    def __init__(self, redis: Redis, attempt_seconds: float = 600) -> None:
        self._redis = redis
        self._timeout = int(attempt_seconds) + 60
        self.rq = RqQueue(QUEUE_NAME, connection=redis, serializer="json", job_class=ListedJob)
        self._same: dict[str, str] = {}  # by function: the fields that all its jobs have in common
        self._alike = redis.register_script(_ALIKE)

    def enqueue_posting(self, posting_id: str, fence: int = 0) -> bool:
        """True if a job was added. `fence` and a coarse clock make the id: the same wake-up is not queued twice,
        a later one is not blocked by the ghost of a lost one."""
        return bool(self._enqueue(POST, {f"post-{posting_id}-{fence}": posting_id}))

    def enqueue_postings(self, posting_ids: Iterable[str]) -> int:
        """The same for several that were just made; how many jobs were added."""
        return self._enqueue(POST, {f"post-{each}-0": each for each in posting_ids})

    def enqueue_operation(self, operation_id: str, *, urgent: bool = False) -> bool:
        """`urgent`: before the postings that wait, for what must not stay on sale."""
        return bool(self._enqueue(OPERATE, {f"op-{operation_id}": operation_id}, at_front=urgent))

    def enqueue_watch(self, account: str) -> bool:
        """`account` as inventory.watch.as_argument names it."""
        return bool(self._enqueue(WATCH, {f"watch-{account}": account}))

    def enqueue_import(self, account: str) -> bool:
        """`account` as inventory.watch.as_argument names it."""
        return bool(self._enqueue(IMPORT, {f"import-{account}": account}))

    def enqueue_webhook(self, webhook_id: str) -> bool:
        """Deliveries are short and go first."""
        return bool(self._enqueue(DELIVER, {f"hook-{webhook_id}": webhook_id}, at_front=True))

    def waiting(self) -> set[str]:
        """Ids of postings and webhooks that already wait in the queue."""
        return {"-".join(job_id.split("-")[1:6]) for job_id in self.rq.get_job_ids()}

    def depth(self) -> int:
        return int(self.rq.count)

    def ping(self) -> None:
        self._redis.ping()

    def _enqueue(self, function: str, arguments: Mapping[str, str], *, at_front: bool = False) -> int:
        """How many of these jobs were added: `arguments` by job id."""
        period = int(time.time() // REPEAT_SECONDS)
        waiting = {f"{job_id}-{period}": argument for job_id, argument in arguments.items()}
        trace = _trace()
        added = 0
        while waiting and (trace or function not in self._same):  # what is traced is never alike
            job_id = next(iter(waiting))
            added += self._enqueue_by_rq(function, waiting.pop(job_id), job_id, trace, at_front=at_front)
        return added + (self._enqueue_alike(function, waiting, at_front=at_front) if waiting else 0)

    def _enqueue_by_rq(
        self, function: str, argument: str, job_id: str, trace: dict[str, str], *, at_front: bool
    ) -> bool:
        try:
            job = self.rq.enqueue_call(
                function,
                args=(argument,),
                job_id=job_id,
                unique=True,
                timeout=self._timeout,
                result_ttl=0,
                failure_ttl=3600,
                description=function.rpartition(".")[2],
                meta=trace,
                at_front=at_front,
            )
        except DuplicateJobError:
            return False
        if trace:
            return True
        shared = {name: value for name, value in job.to_dict().items() if name not in _OF_EACH and value is not None}
        texts = [text if isinstance(text, str) else str(text) for pair in shared.items() for text in pair]
        self._same[function] = json.dumps(texts)
        return True

    def _enqueue_alike(self, function: str, arguments: Mapping[str, str], *, at_front: bool) -> int:
        """As RQ does it, which takes many times as long: the first job of each kind goes through RQ, and the others
        are written like it, all but what is of each. Their data are not compressed (rq.job reads both): to press a
        hundred bytes took 50 µs."""
        keys = [self.rq.key, self.rq.redis_queues_keys, *map(ListedJob.key_for, arguments)]
        values: list[str | bytes] = ["LPUSH" if at_front else "RPUSH", utcformat(now()), self._same[function]]
        for job_id, argument in arguments.items():
            values += [job_id, json.dumps([function, None, [argument], {}])]
        return int(self._alike(keys=keys, args=values))
