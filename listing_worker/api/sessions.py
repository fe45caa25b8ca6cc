"""Sessions: stored sealed, listed without their content, checked, deleted. Nothing here can open one.

`PUT /api/sessions/{marketplace}` is the extension's way (sealed where the session was captured). The first seed's
`POST /api/sessions/sync` stays: with a sealed body, or with a plain one if nobody can listen on the way; that one is
sealed on arrival with the worker's published public key and forgotten.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from redis.exceptions import RedisError

from listing_worker.api import schemas, shapes
from listing_worker.api.auth import User, Writer
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.extension import published_keys
from listing_worker.api.params import known_marketplace, known_marketplaces
from listing_worker.api.plain_session import read_plain
from listing_worker.api.ports import Resources, Wired
from listing_worker.storage import rows
from listing_worker.utils.crypto import seal

router = APIRouter(prefix="/api/sessions", tags=["sessions"])
log = structlog.get_logger(__name__)


@router.get("")
def list_sessions(caller: User, wired: Wired) -> schemas.SessionsOut:
    return schemas.SessionsOut(sessions=[shapes.session(row) for row in wired.store.list_sessions(caller.user_id)])


@router.post("/sync")
def sync_session(sync: schemas.SessionSync, request: Request, caller: Writer, wired: Wired) -> schemas.SyncedOut:
    """The first seed's route: a sealed body, or a plain one over TLS or from this machine."""
    marketplace = known_marketplace(wired, sync.marketplace)
    name = wired.marketplaces.display_name(marketplace)
    if not sync.isLoggedIn:
        raise invalid(f"This session is signed out. Sign in to {name} first.", "isLoggedIn", "not_signed_in")
    captured_at = sync.timestamp or datetime.now(UTC)
    if sync.sealed is not None:
        if sync.key_id is None:
            raise invalid("key_id is missing: which key is the session sealed with?", "key_id")
        key_id, sealed = sync.key_id, sync.sealed
    elif sync.cookies is not None:
        _refuse_listeners(request)
        key_id, sealed = _seal_plain(wired, caller.user_id, sync)
    else:
        raise invalid("The session is missing: send sealed and key_id, or cookies.", "sealed")
    row = _store_session(wired, caller.user_id, marketplace, key_id, sealed, captured_at, sync.userAgent)
    return schemas.SyncedOut(
        success=True,
        marketplace=marketplace,
        browserProfileId=row["browser_profile_id"],
        message="Session synced successfully",
    )


@router.get("/validate")
def validate_session(
    caller: User, wired: Wired, marketplace: Annotated[str | None, Query(max_length=40)] = None
) -> schemas.ValidatedOut:
    """How good the stored sessions are: of one marketplace, or of all."""
    return _validated(wired, caller.user_id, [marketplace] if marketplace else None)


@router.post("/validate")
def validate_sessions(names: schemas.SessionNames, caller: User, wired: Wired) -> schemas.ValidatedOut:
    """The same with the names in the body."""
    asked = [names.marketplace] if names.marketplace else names.marketplaces
    return _validated(wired, caller.user_id, asked)


@router.post("/refresh", status_code=202)
def refresh_session(asked: schemas.RefreshIn, caller: User, wired: Wired) -> schemas.RefreshedOut:
    """Distrusts the stored session until the extension has captured a fresh one, which it does when it sees this."""
    marketplace = known_marketplace(wired, asked.marketplace)
    name = wired.marketplaces.display_name(marketplace)
    for row in wired.store.list_sessions(caller.user_id):
        if row["marketplace"] == marketplace and row["status"] != "signed_out":
            wired.store.mark_session(caller.user_id, marketplace, row["version"], "signed_out", row["account"])
    return schemas.RefreshedOut(
        success=True,
        marketplace=marketplace,
        message=f"The extension captures {name} again as soon as your browser is open and signed in there.",
    )


@router.put("/{marketplace}")
def put_session(marketplace: str, session: schemas.SealedSessionIn, caller: Writer, wired: Wired) -> schemas.SessionOut:
    """Stores a session that the extension sealed. Postings that waited for a sign-in go on."""
    known_marketplace(wired, marketplace)
    return shapes.session(
        _store_session(
            wired,
            caller.user_id,
            marketplace,
            session.key_id,
            session.sealed,
            session.captured_at,
            session.user_agent,
        )
    )


@router.delete("/{marketplace}", status_code=204)
def delete_session(marketplace: str, caller: Writer, wired: Wired) -> None:
    known_marketplace(wired, marketplace)
    if not wired.store.delete_session(caller.user_id, marketplace):
        raise not_found("session")


# ---- shared with the other routers --------------------------------------------------------------------------------


def usable(row: rows.SessionRow) -> bool:
    """Whether an attempt may begin with this session: not signed out, not expired."""
    return row["status"] != "signed_out" and datetime.fromisoformat(row["expires_at"]) > datetime.now(UTC)


def signed_in_to(sessions: Sequence[rows.SessionRow]) -> frozenset[str]:
    """The marketplaces where an attempt may begin, of one user's sessions."""
    return frozenset(row["marketplace"] for row in sessions if usable(row))


def wake(wired: Resources, posting_ids: Sequence[str]) -> None:
    """Tells the workers; a queue that is away costs time only, because the reconciler looks into Postgres."""
    if not posting_ids:
        return
    try:
        wired.queue.enqueue_postings(posting_ids)
    except (RedisError, OSError) as error:
        log.warning("The queue is away; the reconciler finds the postings.", postings=posting_ids, error=str(error))


# ---- ours ---------------------------------------------------------------------------------------------------------


def _store_session(
    wired: Resources,
    user_id: str,
    marketplace: str,
    key_id: str,
    sealed: str,
    captured_at: datetime,
    user_agent: str,
) -> rows.SessionRow:
    if all(key["key_id"] != key_id for key in published_keys(wired)["keys"]):
        raise ApiError(
            409, "retired_key", "This key is not used any more. Fetch the keys and capture again.", field="key_id"
        )
    row = wired.store.put_session(
        user_id,
        marketplace,
        key_id,
        sealed,
        captured_at.astimezone(UTC).isoformat(),
        wired.settings.session_days,
        user_agent,
    )
    wake(wired, wired.store.requeue_signed_in(user_id, marketplace))
    return row


def _seal_plain(wired: Resources, user_id: str, sync: schemas.SessionSync) -> tuple[str, str]:
    session = read_plain(sync, wired.marketplaces.home_url(sync.marketplace))
    key = published_keys(wired)["keys"][0]
    sealed = seal(
        key["public_key"],
        session.model_dump_json().encode(),
        user_id=user_id,
        marketplace=sync.marketplace,
        key_id=key["key_id"],
    )
    return key["key_id"], sealed


def _refuse_listeners(request: Request) -> None:
    """A plain session is taken over TLS, or from a process on this machine."""
    if request.url.scheme == "https":
        return
    host = request.client.host if request.client else ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    # a proxy that forwards for others without our trusting it speaks for a stranger
    if not loopback or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        raise ApiError(
            403,
            "plain_session_refused",
            "A session that is not sealed is only taken over https. Seal it, or use https.",
            field="cookies",
        )


def _validated(wired: Resources, user_id: str, asked: list[str] | None) -> schemas.ValidatedOut:
    names = known_marketplaces(wired, asked) if asked else list(wired.marketplaces.names())
    stored = {row["marketplace"]: row for row in wired.store.list_sessions(user_id)}
    checks = [_check(stored.get(name), name, wired.marketplaces.display_name) for name in names]
    return schemas.ValidatedOut(success=all(check.isValid for check in checks), sessions=checks)


def _check(row: rows.SessionRow | None, marketplace: str, display_name: Callable[[str], str]) -> schemas.SessionCheck:
    name = display_name(marketplace)
    valid = row is not None and usable(row)
    if row is None:
        status, message = "missing", f"Sign in to {name} in the browser with the extension."
    elif not valid:
        status = "signed_out" if row["status"] == "signed_out" else "expired"
        message = f"Sign in to {name} again; the extension syncs by itself."
    else:
        status = row["status"]
        message = f"Signed in to {name}." if status == "active" else f"Not tried yet since the last sync with {name}."
    return schemas.SessionCheck(
        marketplace=marketplace,
        isValid=valid,
        status=status,
        needsRefresh=not valid,
        account=row["account"] if row else None,
        capturedAt=row["captured_at"] if row else None,
        expiresAt=row["expires_at"] if row else None,
        browserProfileId=row["browser_profile_id"] if row else None,
        message=message,
    )
