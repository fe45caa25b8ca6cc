""" "Post to all": which marketplaces, what stands in the way, when; then the job's page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.errors import invalid
from listing_worker.api.listings import own_listing
from listing_worker.api.params import checked_moment, known_marketplaces
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.posting import as_asked, post_to, request_hash, stored_listing
from listing_worker.api.schemas import PostIn
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.moments import typed_moment
from listing_worker.api.web.overview import Standing, standings
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.preflight.findings import Finding, Preflight, Severity
from listing_worker.storage import rows

router = APIRouter(include_in_schema=False)
MOST = 50  # listings posted by one press


@dataclass(frozen=True)
class Choice:
    """One listing on one marketplace, before posting. `there`: it is already posted, or on the way."""

    site: Standing
    problem: Finding | None
    there: bool
    changes: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def advised(self) -> bool:
        """Chosen to begin with."""
        return not self.there and self.problem is None


@router.get("/post")
def choose(
    request: Request,
    caller: Seller,
    wired: Wired,
    listing: Annotated[list[str] | None, Query(max_length=MOST)] = None,
) -> Response:
    """Everything that is known before pressing: a row per marketplace."""
    if not listing:
        return RedirectResponse("/listings", status_code=303)
    chosen = [own_listing(wired, caller.user_id, listing_id) for listing_id in dict.fromkeys(listing)]
    return _page(request, wired, caller, chosen)


@router.post("/post")
def post(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """One job per listing."""
    listing_ids = list(dict.fromkeys(form.all("listing")))[:MOST]
    if not listing_ids:
        raise invalid("Choose at least one listing.", "listing")
    names = known_marketplaces(wired, form.all("marketplace"))
    chosen = [own_listing(wired, caller.user_id, listing_id) for listing_id in listing_ids]
    if not names:
        raise invalid("Choose at least one marketplace.", "marketplaces")
    if form.get("fit") and len(chosen) == 1:
        chosen = [as_asked(wired, chosen[0], PostIn(listingId=chosen[0]["id"], autoFit=True))]
    publish_at = checked_moment(typed_moment(form.get("at")), "at")
    token = form.get("press")  # the same press twice makes one job
    jobs = []
    for row in chosen:
        posted = post_to(
            wired,
            caller.user_id,
            row,
            names,
            idempotency_key=f"page-{token}-{row['id']}"[:200] if token.isalnum() else None,
            request_hash=request_hash("post", row["id"], sorted(names)),
            publish_at=publish_at,
        )
        jobs.append(posted.created["job"])
    to = f"/jobs/{jobs[0]['id']}" if len(jobs) == 1 else "/activity"
    return RedirectResponse(to, status_code=303)


def _problem(ahead: Preflight | None) -> Finding | None:
    """What the seller must change before it can be posted there."""
    blockers = ahead.of(Severity.BLOCKER) if ahead else ()
    return blockers[0] if blockers else None


def _page(request: Request, wired: Resources, caller: Seller, chosen: list[rows.ListingRow]) -> HTMLResponse:
    counts = wired.store.count_postings(caller.user_id)
    sites = standings(wired, caller.user_id, counts)
    single = chosen[0] if len(chosen) == 1 else None
    standing = wired.store.listing_standing(caller.user_id, single["id"]) if single else []
    choices = []
    for site in sites:
        ahead = wired.marketplaces.look_ahead(site.name, stored_listing(single)) if single else None
        problem = _problem(ahead)
        there = any(
            posting["marketplace"] == site.name and posting["state"] not in {"failed", "cancelled", "delisted"}
            for posting in standing
        )
        changes = ahead.of(Severity.CHANGE) if ahead else ()
        choices.append(Choice(site, problem, there, changes, ahead.of(Severity.NOTE) if ahead else ()))
    return page(
        request,
        wired,
        caller,
        "post.html",
        counts=counts,
        chosen=chosen,
        single=single,
        choices=choices,
        photos=all(row["photos"] for row in chosen),
        press=secrets.token_hex(8),
        fits=bool(single and single["body"].get("auto_fit")),
    )
