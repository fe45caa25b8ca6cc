"""How long a job's progress is kept."""

from __future__ import annotations

import uuid

from redis import Redis

from listing_worker.orchestration.events import KEEP_SECONDS, KEEP_SETTLED_SECONDS, RedisEvents, stream_key


def test_progress_is_kept_while_a_job_goes_on_and_not_for_long_after_it_has_settled(redis_url: str) -> None:
    job = uuid.uuid4().hex
    with Redis.from_url(redis_url) as redis:
        events = RedisEvents(redis)
        events.publish(job, {"step": "fill"})
        assert KEEP_SETTLED_SECONDS < redis.ttl(stream_key(job)) <= KEEP_SECONDS
        events.publish(job, {"step": "finished", "job_settled": True})
        assert 0 < redis.ttl(stream_key(job)) <= KEEP_SETTLED_SECONDS
        assert [event["step"] for _, event in events.read(job)] == ["fill", "finished"]
        events.publish(job, {"step": "fill", "job_settled": False})  # tried again
        assert redis.ttl(stream_key(job)) > KEEP_SETTLED_SECONDS
        redis.delete(stream_key(job))
