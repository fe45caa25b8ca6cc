"""The listings: a grid with photos and a state per marketplace, searched and filtered on the server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from listing_worker.api.paging import cursor_of, read_cursor
from listing_worker.api.ports import Wired
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.models import PostingState

router = APIRouter(include_in_schema=False)
PAGE = 24
STATES = ("draft", *(state.value for state in PostingState))


@router.get("/listings")
def listings(
    request: Request,
    caller: Seller,
    wired: Wired,
    q: Annotated[str, Query(max_length=200)] = "",
    marketplace: str = "",
    state: str = "",
    after: str | None = None,
    deleted: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Newest first. htmx asks for the same address and takes the grid out of the answer."""
    names = display_names(wired)
    before, before_id = read_cursor(after)
    found = wired.store.find_listings(
        caller.user_id,
        text=q.strip() or None,
        marketplace=marketplace if marketplace in names else None,
        state=state if state in STATES else None,
        limit=PAGE,
        before=before,
        before_id=before_id,
    )
    return page(
        request,
        wired,
        caller,
        "listings.html",
        listings=found,
        names=names,
        states=STATES,
        q=q,
        marketplace=marketplace,
        state=state,
        after=after,
        searching=bool(q or marketplace or state or after),
        next=cursor_of(found[-1]) if len(found) == PAGE else None,
        deleted=deleted,
    )
