"""The wake-up queue: what is written past RQ is what RQ writes, and nothing waits twice."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis
from rq.utils import utcparse

from listing_worker.orchestration import queue as queue_module
from listing_worker.orchestration.queue import PostingQueue


def written(queue: PostingQueue, redis: Redis) -> list[dict[str, Any]]:
    """The jobs that wait, first one first, as RQ keeps them."""
    jobs = [queue.rq.fetch_job(job_id) for job_id in queue.rq.get_job_ids()]
    assert all(job is not None for job in jobs)
    return [{"id": job.id, "args": job.args, "raw": redis.hgetall(job.key), "ttl": redis.ttl(job.key)} for job in jobs]  # type: ignore[union-attr]


def test_later_jobs_are_written_as_rq_writes_the_first(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    queue = PostingQueue(redis, 60)
    assert queue.enqueue_posting("a") and queue.enqueue_posting("b")
    first, second = written(queue, redis)
    assert (first["args"], second["args"]) == (["a"], ["b"]) and first["ttl"] == second["ttl"]
    assert first["raw"].keys() == second["raw"].keys()
    of_each = {b"data", b"created_at", b"enqueued_at"}
    assert {k: v for k, v in first["raw"].items() if k not in of_each} == {
        k: v for k, v in second["raw"].items() if k not in of_each
    }
    apart = utcparse(second["raw"][b"enqueued_at"].decode()) - utcparse(first["raw"][b"enqueued_at"].decode())
    assert 0 <= apart.total_seconds() < 60
    job = queue.rq.fetch_job(second["id"])
    assert job is not None and job.func_name.endswith("job_processor.post") and job.timeout == 120
    redis.close()


def test_several_are_woken_by_one_message_each_once(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "REPEAT_SECONDS", 10**9)
    redis = Redis.from_url(redis_url)
    queue = PostingQueue(redis, 60)
    assert queue.enqueue_postings(["a", "b"]) == 2  # the first by RQ
    assert queue.enqueue_postings(["b", "c", "d"]) == 2
    assert queue.enqueue_postings([]) == 0
    jobs = [queue.rq.fetch_job(job_id) for job_id in queue.rq.get_job_ids()]
    assert [(job.func_name.rpartition(".")[2], job.args, job.timeout) for job in jobs if job is not None] == [
        ("post", [name], 120) for name in "abcd"
    ]
    redis.close()


def test_what_waits_is_not_written_again_and_what_is_urgent_goes_first(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    queue = PostingQueue(redis, 60)
    for fence in range(2):  # by RQ the first time, past it the second
        queue._enqueue("x.operate", {f"op-{fence}": f"one-{fence}"})
        queue._enqueue("x.operate", {f"urgent-{fence}": f"two-{fence}"}, at_front=True)
    assert not all(queue._enqueue("x.operate", {"op-1": "one-1"}) for _ in range(2))
    waiting = [job_id.rpartition("-")[0] for job_id in queue.rq.get_job_ids()]
    assert waiting[:4] == ["urgent-1", "urgent-0", "op-0", "op-1"]
    assert redis.smembers(queue.rq.redis_queues_keys) == {queue.rq.key.encode()}
    redis.close()
