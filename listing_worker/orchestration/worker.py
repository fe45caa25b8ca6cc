"""The worker: a supervisor that forks RQ workers and a reconciler, and keeps them running.

The supervisor opens no connection and starts no thread, so that forking from it is safe at any time. Each RQ worker
forks one work-horse per posting. Death goes downwards: a child asks the kernel to be killed with its parent
(PR_SET_PDEATHSIG), so no orphan goes on posting after its worker died (fact: runtime-stack §1.3, §1.6).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import structlog
from rq import Queue as RqQueue
from rq import Worker
from rq.executions import Execution
from rq.job import Job
from rq.worker import WorkerStatus

from listing_worker.agents.browsers import left_behind
from listing_worker.agents.browsers.open import cloud_of
from listing_worker.agents.registry import all_agents
from listing_worker.orchestration import job_processor, leftovers
from listing_worker.orchestration.queue import POST, QUEUE_NAME, ListedJob, PostingQueue, connect_redis
from listing_worker.orchestration.reconciler import Reconciler
from listing_worker.orchestration.spare import Message, Spare
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_store
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.processes import die_with_parent

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0
DRAIN_SECONDS = 25.0


class PostingWorker(Worker):
    """RQ's worker with a short lease, no remote commands, and a work-horse that drains on request."""

    job_class = ListedJob
    grace_seconds = 15
    max_connection_wait_time = 2.0
    log_result_lifespan = False
    spare: Spare | None = None
    spare_settings: Settings | None = None  # set: a work-horse with an open browser is kept ready

    def bootstrap(self, logging_level: str | None = None, date_format: str = "", log_format: str = "") -> None:
        """RQ's own, without its log handlers: they would bypass our redaction."""
        self.register_birth()  # type: ignore[no-untyped-call]  # rq is not fully typed
        self.subscribe()
        self.set_state(WorkerStatus.STARTED)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return int(self.job_monitoring_interval) + self.grace_seconds

    def subscribe(self) -> None:
        """No pub/sub commands: cancelling goes through Postgres, and whoever can write to Redis commands nothing."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed."""

    def fork_work_horse(self, job: Job, queue: object) -> None:
        self._parent_pid = os.getpid()
        if self.spare is not None and job.func_name == POST:
            spare, self.spare = self.spare, None
            if self._hand_over(spare, job):
                self._horse_pid = spare.pid
                return
            spare.dismiss()
        super().fork_work_horse(job, queue)  # type: ignore[arg-type]

    def execute_job(self, job: Job, queue: RqQueue) -> None:
        super().execute_job(job, queue)
        if self._horse_pid:
            leftovers.remove_of(self._horse_pid)
        self.keep_spare()

    def keep_spare(self) -> None:
        """Forks a work-horse that opens its browser now and waits; after each job, and when the worker starts."""
        if self.spare_settings is not None and self.spare is None and not self._stop_requested:
            self._parent_pid = os.getpid()
            self.spare = Spare.fork(self.spare_settings, self.setup_work_horse_signals, self._work_as_spare)

    def _hand_over(self, spare: Spare, job: Job) -> bool:
        execution = self.execution
        return execution is not None and spare.hand_over(Message(job.id, execution.id))

    def _work_as_spare(self, message: Message) -> None:
        """In the spare: fetches the job that was handed over, and goes on as RQ's own work-horse does."""
        job = ListedJob.fetch(message.job_id, connection=self.connection, serializer=self.serializer)
        execution = Execution.fetch(message.execution_id, job.id, connection=self.connection)
        execution._job = job
        self.execution = execution
        self.main_work_horse(job, self.queues[0])

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the worker tells its horse to drain; a group signal must not
        signal.signal(signal.SIGUSR1, job_processor.horse.on_drain_signal)
        die_with_parent(self._parent_pid)

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGUSR1)


def run_rq_worker(settings: Settings) -> None:
    """Works on the queue until SIGTERM."""
    redis = connect_redis(settings.redis_address)
    queue = PostingQueue(redis, settings.longest_attempt_seconds)
    worker = PostingWorker(
        [queue.rq],
        connection=redis,
        serializer="json",
        job_class=ListedJob,
        job_monitoring_interval=5,
        maintenance_interval=60,
        log_job_description=False,
    )
    leftovers.remove_older_than(settings.longest_attempt_seconds + 120)
    if settings.warm_browser and settings.browser_provider == "local":
        worker.spare_settings = settings
        worker.keep_spare()
    worker.work()


def run_reconciler(settings: Settings) -> None:
    """Passes until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    redis = connect_redis(settings.redis_address)
    store = open_store(settings)
    try:
        queue = PostingQueue(redis, settings.longest_attempt_seconds)
        Reconciler(
            store,
            redis,
            queue,
            settings.reconcile_every_seconds,
            settings.watch_seconds,
            settings.escalate_minutes * 60,
            settings.max_retries + 1,
        ).run(stop.wait)
    finally:
        store.close()
        redis.close()


def run_browser_janitor(settings: Settings) -> None:
    """Gives rented browsers back whose worker died, until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    cloud = cloud_of(settings)
    if cloud is not None:
        left_behind.run(cloud, settings.longest_attempt_seconds + 120, stop.wait)


def publish_keys(settings: Settings, ring: KeyRing) -> None:
    """Publishes the signed key list, so that extension and API can seal for this worker. Waits for the database."""
    store = open_store(settings)
    try:
        for attempt in range(30):
            try:
                store.publish_keys(ring.key_list().model_dump(mode="json"))
                return
            except StoreUnavailable:
                if attempt == 29:
                    raise
                time.sleep(1)
    finally:
        store.close()


class Supervisor:
    """Forks the children, restarts those that die, and drains them all on SIGTERM or Ctrl-C."""

    def __init__(self, settings: Settings, ring: KeyRing) -> None:
        self._settings = settings
        self._ring = ring
        self._children: dict[int, tuple[str, Callable[[Settings], None]]] = {}
        self._stopping = False
        self._urgent = False

    def run(self) -> None:
        """Returns when all children have ended after a signal."""
        all_agents()  # loaded once here, not in every work-horse
        job_processor.horse.settings, job_processor.horse.ring = self._settings, self._ring
        self._in_child("keys", lambda settings: publish_keys(settings, self._ring), wait=True)
        for number in range(self._settings.worker_concurrency):
            self._in_child(f"worker-{number + 1}", run_rq_worker)
        self._in_child("reconciler", run_reconciler)
        if cloud_of(self._settings) is not None:  # which also says at once when its key is missing
            self._in_child("browser-janitor", run_browser_janitor)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        log.info("Worker is ready.", action="start", concurrency=self._settings.worker_concurrency, queue=QUEUE_NAME)
        while self._children:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            name, body = self._children.pop(pid, ("", None))
            if body is None or self._stopping:
                continue
            log.warning("A worker process ended; starting another.", action="restart", process=name, status=status)
            time.sleep(RESTART_SECONDS)
            if not self._stopping:
                self._in_child(name, body)
        log.info("Worker has stopped.", action="stop")

    def _in_child(self, name: str, body: Callable[[Settings], None], *, wait: bool = False) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the supervisor passes it on
                die_with_parent(parent)
                body(self._settings)
                code = 0
            except BaseException:
                log.exception("A worker process failed.", action="child", process=name)
            finally:
                os._exit(code)
        if wait:
            _, status = os.waitpid(pid, 0)
            if status != 0:
                raise SystemExit(f"The {name} step failed; see the log above.")
            return
        self._children[pid] = (name, body)

    def _on_signal(self, _: int, __: FrameType | None) -> None:
        """First signal: drain. Second: kill; the ledger makes that safe."""
        self._urgent, self._stopping = self._stopping, True
        number = signal.SIGKILL if self._urgent else signal.SIGTERM
        for pid in list(self._children):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if not self._urgent:
            signal.signal(signal.SIGALRM, lambda *_: self._on_signal(signal.SIGALRM, None))
            signal.setitimer(signal.ITIMER_REAL, DRAIN_SECONDS)
