"""What an operator watches, as Prometheus metrics: read from Postgres and Redis when somebody asks.

Nothing is counted in memory: work-horses live for one posting, and a counter in each would be lost with it or leave a
file behind (fact: runtime-stack §10). Values that are "within the window" cover the last `WINDOW_SECONDS`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError

from listing_worker import __version__
from listing_worker.orchestration.queue import QUEUE_NAME, ListedJob
from listing_worker.storage.errors import StoreError
from listing_worker.storage.store import Store

WINDOW_SECONDS = 3600.0
KEEP_SECONDS = 5.0  # asked more often, the last answer is given again
PREFIX = "listing_worker"


@dataclass(frozen=True)
class QueueLook:
    """One queue in Redis. `oldest` is the age in seconds of what waits longest."""

    name: str
    depth: int
    oldest: float


class Observation(Collector):
    """Collects on request. A part that is away is shown as such and takes nothing else with it."""

    def __init__(self, store: Store, redis: Redis, queues: Iterable[str] = (QUEUE_NAME,)) -> None:
        self._store = store
        self._redis = redis
        self._queues = tuple(queues)
        self._lock = Lock()
        self._kept: tuple[float, bytes] | None = None
        self._facts: tuple[float, dict[str, Any]] | None = None

    def text(self) -> bytes:
        """The exposition, at most `KEEP_SECONDS` old."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > KEEP_SECONDS:
                registry = CollectorRegistry(auto_describe=False)
                registry.register(self)
                self._kept = (time.monotonic(), generate_latest(registry))
            return self._kept[1]

    def facts(self) -> dict[str, Any]:
        """What the database says, at most `KEEP_SECONDS` old. Raises StoreError."""
        if self._facts is None or time.monotonic() - self._facts[0] > KEEP_SECONDS:
            self._facts = (time.monotonic(), self._store.metrics(WINDOW_SECONDS))
        return self._facts[1]

    def describe(self) -> Iterable[Metric]:
        return []  # nothing is asked at registration

    def collect(self) -> Iterator[Metric]:
        build = gauge("build_info", "Which version answers.", ["version"])
        build.add_metric([__version__], 1)
        yield build
        up = gauge("up", "Whether a part answers.", ["part"])
        for part, collect in (("redis", self._of_redis), ("database", self._of_database)):
            try:
                yield from list(collect())
                up.add_metric([part], 1)
            except (RedisError, StoreError):
                up.add_metric([part], 0)
        yield up

    # ---- Redis

    def _of_redis(self) -> Iterator[Metric]:
        depth = gauge("queue_depth", "Jobs that wait in the queue (QueueDepth).", ["queue"])
        oldest = gauge("queue_oldest_seconds", "How long the longest waiting job has waited.", ["queue"])
        for name in self._queues:
            look = self._look(name)
            depth.add_metric([name], look.depth)
            oldest.add_metric([name], look.oldest)
        workers = gauge("workers", "Worker processes that report.", ["state"])
        states = [str(worker.get_state()) for worker in Worker.all(connection=self._redis)]
        for state in sorted({"idle", "busy", *states}):
            workers.add_metric([state], states.count(state))
        yield from (depth, oldest, workers)

    def _look(self, name: str) -> QueueLook:
        queue = Queue(name, connection=self._redis, serializer="json", job_class=ListedJob)
        first = queue.get_job_ids(0, 1)
        oldest = 0.0
        if first:
            try:
                job = ListedJob.fetch(first[0], connection=self._redis, serializer="json")
                if job.enqueued_at is not None:
                    oldest = max(0.0, time.time() - job.enqueued_at.timestamp())
            except NoSuchJobError:
                pass  # taken meanwhile
        return QueueLook(name, int(queue.count), oldest)

    # ---- Postgres

    def _of_database(self) -> Iterator[Metric]:
        facts = self.facts()
        created = CounterMetricFamily(f"{PREFIX}_jobs_created", "Jobs ever created (JobsCreated).")
        created.add_metric([], facts["jobs_created"])
        yield created
        yield by_name("jobs", "Jobs of the window (JobsCompleted, JobsFailed).", "status", facts["jobs"])
        yield rows_of("postings", "Postings that move or wait for a person, and ended ones of the window.",
                      ("marketplace", "state"), facts["postings"], "number")  # fmt: skip
        yield from _success(facts["success"])
        yield from _processing(facts["processing"])
        yield by_name("oldest_moving_seconds", "Age of the posting that has been due or running for longest.",
                      "marketplace", facts["oldest_moving"])  # fmt: skip
        yield single("due_postings", "Postings that somebody should take now.", facts["due"]["number"])
        yield single("due_oldest_seconds", "How long the first of them has been due.", facts["due"]["oldest"])
        yield by_name("leases", "Attempts that run now.", "marketplace", facts["leases"])
        labels = ("marketplace", "outcome", "reason")
        yield rows_of("attempts", "Attempts of the window by how they ended.", labels, facts["attempts"], "number")
        yield rows_of("attempt_seconds", "Seconds that they took.", labels, facts["attempts"], "seconds")
        yield by_name("model_calls", "Calls of a model in the window.", "marketplace", facts["model_calls"])
        yield by_name("model_dollars", "What they cost, where told.", "marketplace", facts["model_dollars"])
        yield rows_of("learned_locators", "Locators that heals found, by the tier that found them.",
                      ("marketplace", "tier", "state"), facts["locators"], "number")  # fmt: skip
        for name, meaning, key in (
            ("browser_starts", "Browsers opened in the window.", "number"),
            ("browser_seconds", "How long they were open.", "seconds"),
            ("browser_dollars", "What they cost, where told.", "dollars"),
        ):
            yield rows_of(name, meaning, ("provider",), facts["browsers"], key)
        webhooks = facts["webhooks"]
        yield single("webhooks_waiting", "Webhooks not delivered yet.", webhooks["waiting"])
        yield single("webhooks_oldest_due_seconds", "How long the first has been due.", webhooks["oldest_due"])
        dead = gauge("dead_letters", "What gave up, and nobody has replaced or put aside.", ["kind"])
        dead.add_metric(["posting"], facts["dead_postings"])
        dead.add_metric(["webhook"], webhooks["dead"])
        yield dead
        yield rows_of("sessions", "Stored sessions.", ("marketplace", "status"), facts["sessions"], "number")
        yield rows_of("sessions_expiring", "Those that run out within a day.", ("marketplace", "status"),
                      facts["sessions"], "expiring")  # fmt: skip
        yield by_name("last_live_seconds", "Since the last proven posting: whether the recipe works.", "marketplace",
                      facts["last_live"])  # fmt: skip


def _success(found: list[dict[str, Any]]) -> Iterator[Metric]:
    ratio = gauge(
        "marketplace_success_ratio", "Posted of all ended in the window (MarketplaceSuccess).", ["marketplace"]
    )
    ended = gauge("marketplace_ended", "How many that ratio is about.", ["marketplace"])
    for row in found:
        ended.add_metric([row["marketplace"]], row["ended"])
        if row["ended"]:
            ratio.add_metric([row["marketplace"]], row["posted"] / row["ended"])
    yield from (ratio, ended)


def _processing(found: list[dict[str, Any]]) -> Iterator[Metric]:
    seconds = gauge(
        "processing_seconds", "From Post to All to live, in the window (ProcessingTime).", ["marketplace", "quantile"]
    )
    for row in found:
        for quantile, key in (("0.5", "median"), ("0.95", "high"), ("1", "longest")):
            seconds.add_metric([row["marketplace"], quantile], row[key])
    yield seconds


def gauge(name: str, meaning: str, labels: Iterable[str] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", meaning, labels=list(labels))


def single(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", meaning, value=float(value))


def by_name(name: str, meaning: str, label: str, found: dict[str, Any]) -> GaugeMetricFamily:
    metric = gauge(name, meaning, [label])
    for key, value in sorted(found.items()):
        metric.add_metric([key], float(value))
    return metric


def rows_of(
    name: str, meaning: str, labels: tuple[str, ...], found: list[dict[str, Any]], value: str
) -> GaugeMetricFamily:
    metric = gauge(name, meaning, labels)
    for row in found:
        metric.add_metric([str(row[label]) for label in labels], float(row[value]))
    return metric
