"""Attempts that wait for their seller, and what their sessions were used for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.params import Limit, known_marketplace
from listing_worker.api.ports import Wired

router = APIRouter(prefix="/api")


@router.get("/live-views", tags=["jobs"])
def list_live_views(caller: User, wired: Wired) -> schemas.LiveViewsOut:
    """Postings whose marketplace asks for the seller right now, with the page on which they may answer it."""
    rows = wired.store.list_live_views(caller.user_id)
    return schemas.LiveViewsOut(
        live_views=[schemas.LiveViewOut(**row, page=f"/postings/{row['posting_id']}/continue") for row in rows]
    )


@router.get("/sessions/uses", tags=["sessions"])
def list_session_uses(
    caller: User,
    wired: Wired,
    marketplace: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
) -> schemas.SessionUsesOut:
    """Every time a stored session was opened: for what, for which attempt, when. Newest first; the newest 500 are
    kept per marketplace, also when the session itself was forgotten."""
    if marketplace is not None:
        known_marketplace(wired, marketplace)
    rows = wired.store.list_session_uses(caller.user_id, marketplace, limit)
    return schemas.SessionUsesOut(uses=[schemas.SessionUseOut.model_validate(row) for row in rows])
