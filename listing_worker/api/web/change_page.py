"""Changing live listings, one or a selection: what shall be, the difference on every marketplace, then a batch."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.auth import Caller
from listing_worker.api.batches import bulk
from listing_worker.api.bulk_planning import plan_bulk, preview_of
from listing_worker.api.errors import ApiError, invalid
from listing_worker.api.listings import own_listing
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.schemas.batches import BulkIn, PlannedRow
from listing_worker.api.web.change_form import ACTS_OF_MANY, ACTS_OF_ONE, MOST, OF_MANY, OF_ONE, asked_of
from listing_worker.api.web.differences import pieces
from listing_worker.api.web.editor_fields import as_form
from listing_worker.api.web.forms import Form, Posted
from listing_worker.api.web.moments import typed_moment
from listing_worker.api.web.once import once
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.models import Condition, PostingState
from listing_worker.storage import rows

router = APIRouter(include_in_schema=False)
ON_SALE = {PostingState.LIVE, PostingState.PENDING_REVIEW}
NOT_TYPED = {"csrf", "do", "press", "listing", "marketplace", "at", "rehearse"}


@dataclass(frozen=True)
class Chosen:
    """Listings, and where each of them is on sale or was taken down."""

    listings: list[rows.ListingRow]
    postings: list[rows.PostingRow]

    def places(self, what: str) -> dict[str, int]:
        """Marketplace → how many of them can be acted on there."""
        wanted = {PostingState.DELISTED} if what == "relist" else ON_SALE
        found: dict[str, int] = {}
        for posting in self.postings:
            if PostingState(posting["state"]) in wanted:
                found[posting["marketplace"]] = found.get(posting["marketplace"], 0) + 1
        return found


@router.get("/change")
def choose(
    request: Request,
    caller: Seller,
    wired: Wired,
    listing: Annotated[list[str] | None, Query(max_length=MOST)] = None,
    what: str = "",
) -> Response:
    """What shall be changed, of one listing or of several."""
    if not listing:
        return RedirectResponse("/listings", status_code=303)
    chosen = _chosen(wired, caller.user_id, listing)
    acts = _acts(chosen)
    what = what if what in acts else acts[0]
    return _form(request, wired, caller, chosen, what, values=_stored(chosen) or {}, places=list(chosen.places(what)))


@router.post("/change")
def change(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """`do`: `preview` shows the difference, `edit` the form again, `go` asks for it. Nothing typed is lost."""
    listing_ids = form.all("listing")[:MOST]
    if not listing_ids:
        raise invalid("Choose at least one listing.", "listing")
    chosen = _chosen(wired, caller.user_id, listing_ids)
    what = form.get("what") if form.get("what") in _acts(chosen) else _acts(chosen)[0]
    typed = {name: form.get(name) for name in form.names()}
    try:
        if form.get("do") == "edit":
            return _form(request, wired, caller, chosen, what, values=typed, places=form.all("marketplace"))
        asked = asked_of(form, _stored(chosen))
        if form.get("do") == "go":
            asked = asked.model_copy(update={"at": typed_moment(form.get("at"))})
            made = once(wired, caller.user_id, form.get("press"), _said(form), lambda: bulk(asked, caller, wired).id)
            return RedirectResponse(f"/batches/{made}", status_code=303)
        return _preview(request, wired, caller, chosen, asked, form)
    except ApiError as error:
        places = form.all("marketplace")
        return _form(request, wired, caller, chosen, what, values=typed, places=places, error=error)


def _chosen(wired: Resources, user_id: str, listing_ids: list[str]) -> Chosen:
    listings = [own_listing(wired, user_id, listing_id) for listing_id in dict.fromkeys(listing_ids)]
    postings = [posting for row in listings for posting in wired.store.listing_standing(user_id, row["id"])]
    return Chosen(listings, postings)


def _acts(chosen: Chosen) -> tuple[str, ...]:
    return ACTS_OF_ONE if len(chosen.listings) == 1 else ACTS_OF_MANY


def _stored(chosen: Chosen) -> dict[str, str] | None:
    return as_form(chosen.listings[0]["body"]) if len(chosen.listings) == 1 else None


def _said(form: Form) -> list[str]:
    """All that was sent, for telling one press from another."""
    return [f"{name}={value}" for name in sorted(form.texts) if name != "csrf" for value in form.texts[name]]


def _form(
    request: Request,
    wired: Resources,
    caller: Caller,
    chosen: Chosen,
    what: str,
    *,
    values: dict[str, str],
    places: list[str],
    error: ApiError | None = None,
) -> HTMLResponse:
    wrong = {each["field"]: each["message"] for each in (error.details if error else []) if each["field"]}
    if error is not None and error.field and error.field not in wrong:
        wrong[error.field] = error.message
    single = chosen.listings[0] if len(chosen.listings) == 1 else None
    return page(
        request,
        wired,
        caller,
        "change.html",
        status=error.status_code if error else 200,
        chosen=chosen.listings,
        single=single,
        acts=_acts(chosen),
        what=what,
        values=values,
        fields=OF_ONE if single else OF_MANY,
        conditions=[condition.value for condition in Condition],
        there=chosen.places(what),
        picked=places,
        names=display_names(wired),
        rules=wired.store.list_price_rules(caller.user_id),
        query=urlencode([("listing", row["id"]) for row in chosen.listings]),
        error=error,
        wrong=wrong,
    )


def _preview(
    request: Request, wired: Resources, caller: Caller, chosen: Chosen, asked: BulkIn, form: Form
) -> HTMLResponse:
    shown = preview_of(plan_bulk(wired, caller.user_id, asked))
    by_listing: dict[str, list[PlannedRow]] = {row["id"]: [] for row in chosen.listings}
    for each in shown.rows:
        by_listing[each.listing_id].append(each)
    return page(
        request,
        wired,
        caller,
        "change_preview.html",
        chosen={row["id"]: row for row in chosen.listings},
        urls={posting["id"]: posting["url"] for posting in chosen.postings},
        what=asked.what,
        by_listing=by_listing,
        acts=shown.acts,
        by_hand=sum(each.kind == "by_hand" for each in shown.rows),
        names=display_names(wired),
        pieces=pieces,
        press=secrets.token_hex(8),
        kept=[(n, v) for n, all_ in form.texts.items() if n not in NOT_TYPED for v in all_],
        places=asked.marketplaces,
    )
