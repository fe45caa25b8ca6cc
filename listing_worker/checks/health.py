"""Is what runs in this container alive? For HEALTHCHECK and liveness probes: quick, and quiet about details.

A worker counts as alive by its own heartbeat in Redis, an API by its answer. A Redis that is away does not make a
worker unhealthy: starting it again would not help.
"""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import httpx
from redis.exceptions import RedisError
from rq import Worker

from listing_worker.checks.finding import Finding, advice, fine, wrong
from listing_worker.orchestration.queue import connect_redis
from listing_worker.settings import Settings

SILENT = timedelta(seconds=90)  # RQ's workers report at least every 60 s while idle, every 5 s while working


def api_health(settings: Settings) -> Finding | None:
    """None if nothing listens on the API's port."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{settings.port}/health", timeout=5, trust_env=False)
    except httpx.ConnectError:
        return None
    except httpx.HTTPError as error:
        return wrong("api", f"does not answer ({type(error).__name__})", "Look into its log")
    status = str(answer.json().get("status", "unknown")) if answer.status_code in {200, 503} else "unknown"
    if answer.is_success:
        return fine("api", status)
    return wrong("api", status, "Look into `listing-worker doctor`")


def worker_health(settings: Settings) -> Finding:
    """Whether a worker process of this host has been heard of lately."""
    if settings.redis_url is None:
        return advice("worker", "runs on private servers; nothing to ask", "Look at the terminal it runs in")
    redis = connect_redis(settings.redis_address)
    try:
        workers = [worker for worker in Worker.all(connection=redis) if worker.hostname == socket.gethostname()]
    except RedisError as error:
        return advice("worker", f"Redis does not answer ({type(error).__name__})", "Restarting this would not help")
    finally:
        redis.close()
    now = datetime.now(UTC)
    heard = [w.last_heartbeat for w in workers if w.last_heartbeat is not None]
    fresh = [at for at in heard if now - at.replace(tzinfo=at.tzinfo or UTC) < SILENT]
    if not fresh:
        return wrong("worker", "no worker process of this host has reported lately", "Look into its log")
    return fine("worker", f"{len(fresh)} processes report")
