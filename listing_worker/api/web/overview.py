"""Home, and how each marketplace stands for a seller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.errors import not_found
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.schemas import RefreshIn
from listing_worker.api.sessions import refresh_session, usable
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.api.web.states import JOB_TONES, NEEDS_SELLER, SESSION_LOOKS, Look, fix_of
from listing_worker.storage import rows
from listing_worker.storage.finding import PostingCount
from listing_worker.storage.live_view_calls import SessionUse

router = APIRouter(include_in_schema=False)
USES_SHOWN = 12


@dataclass(frozen=True)
class Standing:
    """One marketplace for one seller: its session, and how many postings are live there."""

    name: str
    display_name: str
    home_url: str
    status: str
    look: Look
    session: rows.SessionRow | None
    live: int
    terms: str

    @property
    def connected(self) -> bool:
        return self.status in {"active", "unproven"}


def standings(wired: Resources, user_id: str, counts: list[PostingCount]) -> list[Standing]:
    """Every marketplace there is, in the order in which people see them."""
    sessions = {row["marketplace"]: row for row in wired.store.list_sessions(user_id)}
    live = {row["marketplace"]: row["count"] for row in counts if row["state"] == "live"}
    found = []
    for name in wired.marketplaces.names():
        session = sessions.get(name)
        status = _status(session)
        found.append(
            Standing(
                name=name,
                display_name=wired.marketplaces.display_name(name),
                home_url=wired.marketplaces.home_url(name),
                status=status,
                look=SESSION_LOOKS[status],
                session=session,
                live=live.get(name, 0),
                terms=wired.marketplaces.terms(name),
            )
        )
    return found


def _status(session: rows.SessionRow | None) -> str:
    if session is None:
        return "missing"
    if session["status"] == "signed_out":
        return "signed_out"
    if not usable(session) or datetime.fromisoformat(session["expires_at"]) <= datetime.now(UTC):
        return "expired"
    return session["status"]


@router.get("/")
def home(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    """Three steps for a beginner; what needs the seller, and the last jobs, for everybody else."""
    counts = wired.store.count_postings(caller.user_id)
    sites = standings(wired, caller.user_id, counts)
    needing = wired.store.list_postings(caller.user_id, NEEDS_SELLER[:1], limit=5)
    return page(
        request,
        wired,
        caller,
        "home.html",
        counts=counts,
        sites=sites,
        connected=sum(site.connected for site in sites),
        listings=wired.store.find_listings(caller.user_id, limit=4),
        live=sum(row["count"] for row in counts if row["state"] in {"live", "pending_review", "sold"}),
        waiting=needing,
        paused=[each for each in wired.store.list_batches(caller.user_id) if each["state"] in {"rehearsed", "paused"}],
        names=display_names(wired),
        fix_of=fix_of,
        jobs=wired.store.jobs_page(caller.user_id, limit=6),
        job_tones=JOB_TONES,
    )


@router.get("/marketplaces")
def show_marketplaces(request: Request, caller: Seller, wired: Wired, said: str = "") -> HTMLResponse:
    """A card per site: signed in as, proven when, good until about when; sync, forget."""
    counts = wired.store.count_postings(caller.user_id)
    return page(
        request,
        wired,
        caller,
        "marketplaces.html",
        counts=counts,
        sites=standings(wired, caller.user_id, counts),
        devices=wired.store.list_devices(caller.user_id),
        days=wired.settings.session_days,
        uses=_last_uses(wired, caller.user_id),
        said=said if said in {"forgotten", "syncing"} else "",
    )


def _last_uses(wired: Resources, user_id: str) -> dict[str, list[SessionUse]]:
    """The newest openings of each marketplace's session."""
    found: dict[str, list[SessionUse]] = {}
    for use in wired.store.list_session_uses(user_id, limit=500):
        if len(mine := found.setdefault(use["marketplace"], [])) < USES_SHOWN:
            mine.append(use)
    return found


@router.post("/marketplaces/{name}/forget")
def forget(name: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    if name not in wired.marketplaces.names():
        raise not_found("marketplace")
    wired.store.delete_session(caller.user_id, name)
    return RedirectResponse("/marketplaces?said=forgotten", status_code=303)


@router.post("/marketplaces/{name}/sync")
def sync(name: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    if name not in wired.marketplaces.names():
        raise not_found("marketplace")
    refresh_session(RefreshIn(marketplace=name), caller, wired)
    return RedirectResponse("/marketplaces?said=syncing", status_code=303)


@router.post("/devices/{device_id}/disconnect")
def disconnect(device_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    if not wired.store.revoke_device(caller.user_id, known_id(device_id, "device")):
        raise not_found("device")
    return RedirectResponse("/marketplaces", status_code=303)


def display_names(wired: Resources) -> dict[str, str]:
    return {name: wired.marketplaces.display_name(name) for name in wired.marketplaces.names()}
