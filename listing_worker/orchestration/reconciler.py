"""Recovery goes through the queue: whatever Postgres says is due is enqueued again, and that is all.

What is due includes the postings of dead workers: when the lease has run out, or at once for a process of this very
machine, which can be seen to be dead.

Runs beside every worker. A short Redis lock keeps the others quiet for one period; when Redis is away nothing can be
enqueued anyway, and duplicates are harmless because one claim wins.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from redis import Redis
from redis.exceptions import RedisError

from listing_worker.agents.registry import get_agent
from listing_worker.inventory.batches.advance import advance_open
from listing_worker.inventory.reposting import make_reposts
from listing_worker.inventory.watch import as_argument
from listing_worker.orchestration.queue import PostingQueue
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.store import Store
from listing_worker.utils.processes import is_dead, neighbourhood

log = structlog.get_logger(__name__)

LOCK_KEY = "lw:reconciler"
PURGE_SECONDS = 3600.0
ANNOUNCE_SECONDS = 60.0
EXPIRING_SECONDS = 86_400.0  # a seller hears a day before that a session ends


class Reconciler:
    """One pass enqueues due postings and webhooks, and now and then purges what has expired."""

    def __init__(
        self,
        store: Store,
        redis: Redis,
        queue: PostingQueue,
        every_seconds: float,
        watch_seconds: float = 0,
        escalate_seconds: float = 1800,
        max_attempts: int = 4,
    ) -> None:
        self._store = store
        self._redis = redis
        self._queue = queue
        self._every = every_seconds
        self._watch_seconds = watch_seconds
        self._escalate_seconds = escalate_seconds
        self._max_attempts = max_attempts
        self._purged_at = 0.0
        self._announced_at = 0.0

    def run_once(self) -> int:
        """How many ids were enqueued. Raises StoreUnavailable or redis.RedisError."""
        self._release_leases_of_the_dead()
        if not self._redis.set(LOCK_KEY, "1", nx=True, px=int(self._every * 900)):
            return 0
        self._announce_expiring_sessions()
        self._escalate()
        self._go_on_with_batches()
        postings, webhooks = self._store.due_postings(), self._store.due_webhooks()
        operations = self._store.due_operations()
        watches = [
            as_argument(due["user_id"], due["marketplace"]) for due in self._store.due_watches(self._watch_seconds)
        ]
        imports = [as_argument(due["user_id"], due["marketplace"]) for due in self._store.due_imports()]
        added = 0
        if postings or webhooks or operations or watches or imports:
            waiting = self._queue.waiting()
            added += sum(self._queue.enqueue_posting(each) for each in postings if each not in waiting)
            added += sum(self._queue.enqueue_operation(each) for each in operations if each not in waiting)
            added += sum(self._queue.enqueue_watch(each) for each in watches if each not in waiting)
            added += sum(self._queue.enqueue_import(each) for each in imports if each not in waiting)
            added += sum(self._queue.enqueue_webhook(each) for each in webhooks if each not in waiting)
        if added:
            log.info(
                "Enqueued what was due.",
                action="reconcile",
                postings=len(postings),
                webhooks=len(webhooks),
                operations=len(operations),
                watches=len(watches),
            )
        if time.monotonic() - self._purged_at > PURGE_SECONDS:
            self._purged_at = time.monotonic()
            self._store.purge_expired()
        return added

    def _announce_expiring_sessions(self) -> None:
        if time.monotonic() - self._announced_at > ANNOUNCE_SECONDS:
            self._announced_at = time.monotonic()
            self._store.announce_expiring_sessions(EXPIRING_SECONDS)

    def _escalate(self) -> None:
        for late in self._store.escalate_delists(self._escalate_seconds):
            log.warning(
                "A sold item is still on sale: the seller is told.",
                action="escalate",
                posting=late["posting_id"],
                marketplace=late["marketplace"],
                since=late["since"],
            )
        for question in self._store.ask_about_inventory(self._escalate_seconds):
            log.warning(
                f"The seller is asked: {question['reason']['message']}",
                action="escalate",
                marketplace=question["marketplace"],
                code=question["reason"]["code"],
                since=question["since"],
            )

    def _go_on_with_batches(self) -> None:
        """Reposts that are due become batches; open batches ask for their next rows, which are then due by
        themselves."""
        make_reposts(self._store, lambda name, kind: get_agent(name).can(kind))
        advance_open(self._store, self._max_attempts, lambda what, each: None)

    def _release_leases_of_the_dead(self) -> None:
        """A process of this machine that died is known to be dead at once; its lease need not run out."""
        for lease in self._store.held_leases(f"{neighbourhood()}:"):
            if is_dead(lease["owner"]) and self._store.release_lease(lease["posting_id"], lease["owner"]):
                log.warning("Released the lease of a dead worker.", action="release", posting=lease["posting_id"])
        for held in self._store.held_operations(f"{neighbourhood()}:"):
            if is_dead(held["owner"]) and self._store.release_operation(held["operation_id"], held["owner"]):
                log.warning("Released the lease of a dead worker.", action="release", operation=held["operation_id"])

    def run(self, wait: Callable[[float], bool]) -> None:
        """Passes until `wait(seconds)` answers True. An outage is logged once a minute and waited out."""
        complained = 0.0
        while not wait(self._every):
            try:
                self.run_once()
            except (StoreUnavailable, RedisError) as error:
                if time.monotonic() - complained > 60:
                    complained = time.monotonic()
                    log.warning(f"Cannot reach the stores: {error}", action="reconcile")
