"""What a bridge needs to post, opened from the settings as the API opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from listing_worker.api.auth import make_verifier
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import ensure_owner
from listing_worker.api.ports import Resources
from listing_worker.orchestration.events import RedisEvents
from listing_worker.orchestration.queue import PostingQueue, connect_redis
from listing_worker.settings import Settings
from listing_worker.storage.bucket_photos import open_bucket_photos
from listing_worker.storage.connect import open_photos, open_store
from listing_worker.utils import tracing, trouble


@contextmanager
def open_resources(settings: Settings) -> Iterator[Resources]:
    """Closed when the block ends. Raises ConfigurationError."""
    owner = None if settings.supabase_url else ensure_owner(settings.data_dir)
    traced = tracing.start(settings, "bridge")
    trouble.start(settings, "bridge")
    redis = connect_redis(settings.redis_address)
    store = open_store(settings)
    try:
        yield Resources(
            settings=settings,
            store=store,
            photos=open_photos(settings),
            queue=PostingQueue(redis, settings.longest_attempt_seconds),
            events=RedisEvents(redis),
            marketplaces=RegisteredMarketplaces(),
            verifier=make_verifier(settings, owner),
            owner=owner,
            bucket_photos=open_bucket_photos(settings),
        )
    finally:
        store.close()
        redis.close()
        trouble.flush()
        if traced:
            tracing.stop()
