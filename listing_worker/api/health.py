"""Is the API able to work? In the second seed's shape, with the parts named. No sign-in, so nothing in detail."""

from __future__ import annotations

import time
from typing import Any

import structlog
from fastapi import APIRouter, Response

from listing_worker import __version__
from listing_worker.api import schemas
from listing_worker.api.errors import not_found
from listing_worker.api.ports import Ping, Wired

router = APIRouter(tags=["health"])
log = structlog.get_logger(__name__)

SERVICE = "listing-worker"
VITAL = "database"  # without it nothing can be accepted; without the others work waits


@router.get("/health", responses={503: {"model": schemas.HealthOut}})
def health(response: Response, wired: Wired) -> schemas.HealthOut:
    """healthy; degraded: a part is away, and work is accepted but waits; unhealthy (503): the database is away."""
    parts = {VITAL: _part(VITAL, wired.store.ping)}
    parts |= {name: _part(name, ping) for name, ping in wired.pings.items()}
    status = "healthy" if all(part.ok for part in parts.values()) else "degraded"
    if not parts[VITAL].ok:
        status = "unhealthy"
        response.status_code = 503
    return schemas.HealthOut(
        status=status, service=SERVICE, workers=_workers(wired.workers), parts=parts, version=__version__
    )


@router.get("/.well-known/jwks.json")
def jwks(response: Response, wired: Wired) -> dict[str, Any]:
    """The public key of the embedded owner's tokens. 404 where Supabase signs people in."""
    if wired.owner is None:
        raise not_found("key set")
    response.headers["Cache-Control"] = "public, max-age=600"
    return wired.owner.jwks


def _part(name: str, ping: Ping) -> schemas.PartOut:
    began = time.perf_counter()
    try:
        ping()
        ok = True
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, the answer is "not ok"
        log.warning("A part does not answer.", part=name, error=type(error).__name__)
        ok = False
    return schemas.PartOut(ok=ok, milliseconds=round((time.perf_counter() - began) * 1000))


def _workers(count: Any) -> str:
    if count is None:
        return "unknown"
    try:
        return "active" if count() > 0 else "none"
    except Exception:  # noqa: BLE001 - counting is a courtesy
        return "unknown"
