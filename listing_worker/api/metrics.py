"""For those who watch: `/metrics` in Prometheus' format, and `/api/status`, the state of each marketplace's form.

Metrics are counts without names. Still they are not for everybody: with METRICS_TOKEN they ask for it, without it they
answer only callers on this machine or in the private network, and never through a proxy.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from listing_worker.api import schemas
from listing_worker.api.errors import not_found
from listing_worker.api.ports import Wired
from listing_worker.utils.metrics import WINDOW_SECONDS

router = APIRouter(tags=["health"])

_FORMAT = "text/plain; version=1.0.0; charset=utf-8"


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(
    request: Request, wired: Wired, authorization: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Response:
    """Prometheus metrics. 404 for those they are not for."""
    if wired.observation is None or not _may_see(request, wired, authorization):
        raise not_found("page")
    return Response(wired.observation.text(), media_type=_FORMAT)


@router.get("/api/status")
def form_status(wired: Wired) -> schemas.FormsOut:
    """How long ago each marketplace's recipe was last proven by a live listing. No sign-in, nothing of anybody's."""
    if wired.observation is None:
        raise not_found("page")
    facts = wired.observation.facts()
    success = {row["marketplace"]: row for row in facts["success"]}
    forms = []
    for name in wired.marketplaces.names():
        seconds, row = facts["last_live"].get(name), success.get(name)
        shown = wired.marketplaces.display_name(name)
        forms.append(
            schemas.FormOut(
                marketplace=name,
                last_proven_seconds=None if seconds is None else round(seconds),
                success_ratio=row["posted"] / row["ended"] if row and row["ended"] else None,
                ended=row["ended"] if row else 0,
                message=f"{shown}: recipe last proven {_ago(seconds)}.",
            )
        )
    return schemas.FormsOut(window_seconds=round(WINDOW_SECONDS), forms=forms)


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "never yet"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def _may_see(request: Request, wired: Wired, authorization: str | None) -> bool:
    token = wired.settings.metrics_token
    if token is not None:
        given = (authorization or "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_private
    except ValueError:
        return False
