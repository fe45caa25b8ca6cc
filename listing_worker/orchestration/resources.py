"""What a work-horse needs, built once where the process starts and passed on."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from listing_worker.orchestration.events import RedisEvents
from listing_worker.orchestration.pacing import RedisPacing
from listing_worker.orchestration.queue import PostingQueue, connect_redis
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_photos, open_store
from listing_worker.storage.photos import PhotoStore
from listing_worker.storage.store import Store
from listing_worker.utils.crypto import KeyRing


@dataclass
class Resources:
    """Open connections of one process. Never shared across a fork: a work-horse builds its own."""

    settings: Settings
    ring: KeyRing
    store: Store
    redis: Redis
    queue: PostingQueue
    events: RedisEvents
    photos: PhotoStore
    pacing: RedisPacing

    @classmethod
    def open(cls, settings: Settings, ring: KeyRing) -> Resources:
        redis = connect_redis(settings.redis_address)
        store = open_store(settings)
        return cls(
            settings=settings,
            ring=ring,
            store=store,
            redis=redis,
            queue=PostingQueue(redis, settings.longest_attempt_seconds),
            events=RedisEvents(redis),
            photos=open_photos(settings),
            pacing=RedisPacing(redis, store.intents_since),
        )

    def close(self) -> None:
        self.store.close()
        self.redis.close()
