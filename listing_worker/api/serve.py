"""Runs the API: opens its resources from the settings, serves until told to stop, closes them."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable
from socket import socket
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis as LineRedis
from rq import Worker

from listing_worker.api.app import create_app
from listing_worker.api.limiting import RateLimits
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import ensure_owner
from listing_worker.orchestration.events import RedisEvents
from listing_worker.orchestration.queue import PostingQueue, connect_redis
from listing_worker.settings import Settings
from listing_worker.storage.bucket_photos import open_bucket_photos
from listing_worker.storage.connect import open_photos, open_store
from listing_worker.utils import tracing, trouble
from listing_worker.utils.metrics import Observation

log = structlog.get_logger(__name__)

YOUNG = 20_000  # objects that outlive their making, before the collector looks at the young ones; Python's own: 700
STOP_SECONDS = 10  # requests that run get this long after SIGTERM


class Server(uvicorn.Server):
    """uvicorn, which tells our event streams that it stops, and somebody that it has started."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[int], None] | None) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stops in order; a second Ctrl-C at once. Unlike uvicorn's own, it does not send itself the signal again at
        the end: our caller still has servers to stop."""
        self._app.state.stopping.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            log.info("The API answers.", host=self.config.host, port=port)
            if self._ready is not None:
                self._ready(port)


def make_server(app: FastAPI, *, host: str, port: int, ready: Callable[[int], None] | None = None) -> Server:
    """A server for `app`; port 0 picks a free one, which `ready` is told once it answers."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # our own logging (utils/log.py) has the one format and the one redaction
        access_log=False,  # api/middleware.py writes a line per request
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        lifespan="off",
    )
    return Server(config, app, ready)


def _settle_in(marketplaces: RegisteredMarketplaces) -> None:
    """Loads what no seller shall wait for. All of that stays for the life of the process, so the garbage collector is
    told not to walk through it again and again: that took more than a tenth of a second, in which nobody was answered.
    What requests make is freed by itself but for rare cycles, so it is looked through less often, too.
    """
    marketplaces.warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def run_api(settings: Settings, ready: Callable[[int], None] | None = None) -> None:
    """Serves on `settings.host`:`settings.port` until SIGTERM or Ctrl-C; `ready` gets the port once it answers.

    Expects addresses of Postgres and Redis in `settings` (in embedded mode they are filled in by whoever started the
    private servers). Behind a proxy, name it in FORWARDED_ALLOW_IPS, or requests look unencrypted.
    """
    if settings.session_encryption_key is not None and settings.supabase_url:
        log.warning(
            "The API can see SESSION_ENCRYPTION_KEY and has no use for it. Set it for the worker only: whoever takes "
            "over the API could open every session otherwise."
        )
    owner = None if settings.supabase_url else ensure_owner(settings.data_dir)
    traced = tracing.start(settings, "api")
    trouble.start(settings, "api")
    redis = connect_redis(settings.redis_address)
    store = open_store(settings)
    marketplaces = RegisteredMarketplaces()
    warm_up = threading.Thread(target=_settle_in, args=(marketplaces,), name="warm-up")
    warm_up.start()
    try:
        queue = PostingQueue(redis, settings.longest_attempt_seconds)
        app = create_app(
            settings,
            store=store,
            photos=open_photos(settings),
            bucket_photos=open_bucket_photos(settings),
            queue=queue,
            events=RedisEvents(redis),
            marketplaces=marketplaces,
            owner=owner,
            pings={"queue": queue.ping},
            workers=lambda: len(Worker.all(connection=redis)),
            observation=Observation(store, redis),
            connect_line=lambda: LineRedis.from_url(settings.redis_address, socket_connect_timeout=5),
            limiter=RateLimits(
                caller=settings.api_rate_limit,
                address=settings.address_rate_limit,
                guess=settings.guess_rate_limit,
                redis_url=settings.redis_address,
            ),
        )
        make_server(app, host=settings.host, port=settings.port, ready=ready).run()
    finally:
        warm_up.join()
        store.close()
        redis.close()
        trouble.flush()
        if traced:
            tracing.stop()
