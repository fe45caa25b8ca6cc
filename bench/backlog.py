"""Ten thousand postings that wait: enqueuing, claiming, finding what is due, and the memory they take."""

from __future__ import annotations

import time
import uuid
from typing import Any

import psycopg

from bench.figures import Result
from bench.place import Place
from listing_worker.orchestration.queue import PostingQueue
from listing_worker.orchestration.reconciler import LOCK_KEY, Reconciler

CLAIMS = 40


def measure_backlog(place: Place, result: Result, many: int = 10_000) -> None:
    """Claim time with ten and with `many` waiting, each posting another seller's."""
    resources = place.resources
    settings = resources.settings
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute("truncate public.listings, public.jobs cascade")
        resources.redis.flushall()
        few = _waiting(connection, 10 + CLAIMS)
        claim_few = _claims(place, few[:CLAIMS])
        redis_before = _redis_bytes(place)
        ids = _waiting(connection, many)
        connection.execute("analyze public.listing_automation_results")
        queue = PostingQueue(resources.redis, settings.longest_attempt_seconds)
        began = time.perf_counter()
        for posting_id in ids:
            queue.enqueue_posting(posting_id)
        enqueue = time.perf_counter() - began
        redis_bytes = _redis_bytes(place) - redis_before
        claim_many = _claims(place, ids[:CLAIMS])
        reconciler = Reconciler(resources.store, resources.redis, queue, 2)
        passes = []
        for _ in range(5):
            resources.redis.delete(LOCK_KEY)
            began = time.perf_counter()
            reconciler.run_once()
            passes.append((time.perf_counter() - began) * 1000)
        row = connection.execute("select pg_total_relation_size('public.listing_automation_results')").fetchone()
        size = row[0] if row else 0
        connection.execute("truncate public.listings, public.jobs cascade")  # nobody is to work on them
        resources.redis.flushall()
    result.add("backlog", f"enqueued per second ({many:,} postings)", "/s", [many / enqueue])
    result.add("backlog", "claim with 10 waiting", "ms", claim_few)
    slow = result.add("backlog", f"claim with {many:,} waiting", "ms", claim_many)
    ratio = slow.median / sorted(claim_few)[len(claim_few) // 2]
    result.add("backlog", f"claim with {many:,} ÷ with 10", "×", [ratio], goal=1.5)
    result.add("backlog", f"one pass of the reconciler with {many:,} waiting", "ms", passes)
    result.add("backlog", "Redis per waiting posting", "bytes", [redis_bytes / many])
    result.add("backlog", "Postgres per posting, indexes included", "bytes", [size / many])


def _waiting(connection: psycopg.Connection[Any], count: int) -> list[str]:
    """Postings of as many sellers, queued; straight into the tables, because creating them is not what is measured."""
    listing = uuid.uuid4().hex[:8]
    rows = connection.execute(
        """
        with l as (
          insert into public.listings (user_id, body) select gen_random_uuid(), jsonb_build_object('title', %s::text)
          from generate_series(1, %s) returning id, user_id),
        j as (
          insert into public.jobs (user_id, listing_id, request_hash) select user_id, id, 'bench' from l
          returning id, user_id, listing_id)
        insert into public.listing_automation_results (job_id, listing_id, user_id, marketplace, max_attempts, state)
        select id, listing_id, user_id, 'mercari', 4, 'queued' from j returning id
        """,
        [listing, count],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _claims(place: Place, ids: list[str]) -> list[float]:
    found = []
    for posting_id in ids:
        began = time.perf_counter()
        claim = place.resources.store.claim_posting(posting_id, "bench", 30)
        found.append((time.perf_counter() - began) * 1000)
        assert claim["claimed"]
    return found


def _redis_bytes(place: Place) -> int:
    info: dict[str, Any] = place.resources.redis.info("memory")
    return int(info["used_memory"])
