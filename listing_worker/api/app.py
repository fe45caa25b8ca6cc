"""The web API, put together from resources that are passed in. Nothing here reads the environment or opens anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from fastapi import FastAPI
from redis.asyncio import Redis as LineRedis

from listing_worker import __version__
from listing_worker.api import (
    adopting,
    api_keys,
    archive,
    batches,
    categories,
    dead_letters,
    drift,
    errors,
    extension,
    health,
    inventory,
    inventory_report,
    jobs,
    listeners,
    listings,
    live_views,
    loose_photos,
    mails,
    metrics,
    notifications,
    operations,
    photo_links,
    photo_strip,
    preflight,
    recordings,
    research,
    screenshots,
    sessions,
    socket,
    transfer,
    webhooks,
)
from listing_worker.api.auth import Verifier, make_verifier
from listing_worker.api.examples import add_examples
from listing_worker.api.extension_id import EXTENSION_ID
from listing_worker.api.job_views import JobLane
from listing_worker.api.limiting import AddressLimit, Limiter
from listing_worker.api.middleware import BodyLimit, Cors, RequestLog, SafeHeaders
from listing_worker.api.owner import Owner
from listing_worker.api.ports import Events, Marketplaces, Ping, Queue, Resources
from listing_worker.api.post_lane import PostLane
from listing_worker.api.refusals import refusals
from listing_worker.api.seller_app import app_address
from listing_worker.api.web import pages
from listing_worker.settings import Settings
from listing_worker.storage.bucket_photos import BucketPhotos
from listing_worker.storage.photos import PhotoStore
from listing_worker.storage.store import Store
from listing_worker.utils.metrics import Observation

_DESCRIPTION = "Cross-lists one listing to every marketplace. Every error is {error: {code, message, field}}."


def create_app(
    settings: Settings,
    *,
    store: Store,
    photos: PhotoStore,
    queue: Queue,
    events: Events,
    marketplaces: Marketplaces,
    owner: Owner | None = None,
    verifier: Verifier | None = None,
    pings: Mapping[str, Ping] | None = None,
    workers: Callable[[], int] | None = None,
    observation: Observation | None = None,
    limiter: Limiter | None = None,
    connect_line: Callable[[], LineRedis] | None = None,
    bucket_photos: BucketPhotos | None = None,
) -> FastAPI:
    """The app. `owner` signs in where there is no Supabase; `pings` are further parts of `/health` (ports.Resources).

    `app.state.stopping` is a threading.Event; setting it ends event streams, so that a server can stop at once.
    Raises ConfigurationError for settings that would only fail later.
    """
    app_address(settings)
    app = FastAPI(
        title="Listing worker",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses=refusals(),
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours: utils/tracing.py, /metrics, utils/log.py
    )
    app.state.stopping = threading.Event()
    app.state.resources = Resources(
        settings=settings,
        store=store,
        photos=photos,
        queue=queue,
        events=events,
        marketplaces=marketplaces,
        verifier=verifier or make_verifier(settings, owner),
        owner=owner,
        pings=pings or {},
        workers=workers,
        observation=observation,
        limiter=limiter,
        connect_line=connect_line,
        bucket_photos=bucket_photos,
    )
    errors.install(app)
    for router in (
        live_views.router,  # before sessions: /sessions/uses is no marketplace
        sessions.router,
        extension.router,
        jobs.router,  # before listings: /listings/post is no listing id
        screenshots.router,
        recordings.router,
        socket.router,
        research.router,  # before listings
        preflight.router,
        categories.router,
        archive.router,
        transfer.router,  # before listings: neither import nor export is a listing id
        listings.router,
        loose_photos.router,
        operations.router,
        photo_strip.router,
        listeners.router,  # before webhooks: `listeners` is no webhook's id
        webhooks.router,
        notifications.router,
        api_keys.router,
        dead_letters.router,
        inventory.router,
        inventory_report.router,
        adopting.router,
        mails.router,
        batches.router,
        drift.router,
        health.router,
        metrics.router,
        photo_links.router,
    ):
        app.include_router(router)
    pages.install(app)
    add_examples(app)
    # the last one added is the outermost
    app.add_middleware(JobLane)
    app.add_middleware(PostLane)
    app.add_middleware(BodyLimit)
    if limiter is not None:
        app.add_middleware(AddressLimit, limiter=limiter)
    app.add_middleware(RequestLog)
    app.add_middleware(
        Cors,
        allow_origins=allowed_origins(settings),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "X-Scenario",
            "Accept",
        ],
        expose_headers=["ETag", "Retry-After", "X-Request-Id", "Idempotency-Replayed"],
        max_age=600,
    )
    app.add_middleware(SafeHeaders)
    return app


def extension_ids(settings: Settings) -> list[str]:
    """Our extension, and further builds of it that the operator names."""
    more = [name.strip() for name in settings.extension_ids.split(",")]
    return list(dict.fromkeys([EXTENSION_ID, *(name for name in more if name)]))


def allowed_origins(settings: Settings) -> list[str]:
    """Who may call from a browser: the extension, and the web origins that the operator names."""
    named = [origin.strip().rstrip("/") for origin in settings.allowed_origins.split(",")]
    return [f"chrome-extension://{name}" for name in extension_ids(settings)] + [name for name in named if name]
