"""When an item sells: where it is taken down by itself, what was noticed, what came down; the seller's own word."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from listing_worker.api.errors import invalid, not_found
from listing_worker.api.inventory import SoldIn, get_stock, tell_sold
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import own_posting
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Wired
from listing_worker.api.web.change_form import MOST
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.models import PostingState

router = APIRouter(include_in_schema=False)
ON_SALE = {PostingState.LIVE, PostingState.PENDING_REVIEW}
SAYINGS = ("saved", "sold")


@router.get("/when-sold")
def show(
    request: Request,
    caller: Seller,
    wired: Wired,
    listing: Annotated[list[str] | None, Query(max_length=MOST)] = None,
    said: str = "",
) -> Response:
    """One listing with all that is known about its sales, or several with what is chosen for them."""
    if not listing:
        return RedirectResponse("/listings", status_code=303)
    chosen = [own_listing(wired, caller.user_id, listing_id) for listing_id in dict.fromkeys(listing)]
    stocks = [stock for row in chosen if (stock := wired.store.get_stock(row["id"])) is not None]
    names = display_names(wired)
    single = chosen[0] if len(chosen) == 1 else None
    return page(
        request,
        wired,
        caller,
        "when_sold.html",
        chosen=chosen,
        single=single,
        names=names,
        on={name: sum(name in stock["auto_delist"] for stock in stocks) for name in names},
        stock=get_stock(single["id"], caller, wired) if single else None,
        marketplace_of={each["id"]: each["marketplace"] for stock in stocks for each in stock["postings"]},
        on_sale=[
            posting
            for posting in (stocks[0]["postings"] if single and stocks else [])
            if PostingState(posting["state"]) in ON_SALE and posting["external_id"]
        ],
        said=said if said in SAYINGS else "",
    )


@router.post("/when-sold")
def save(form: Posted, caller: Seller, wired: Wired) -> Response:
    """On where it is checked, off everywhere else, for each of the listings."""
    listing_ids = list(dict.fromkeys(form.all("listing")))[:MOST]
    if not listing_ids:
        raise invalid("Choose at least one listing.", "listing")
    on = known_marketplaces(wired, form.all("marketplace"))
    off = [name for name in wired.marketplaces.names() if name not in on]
    for listing_id in listing_ids:
        own_listing(wired, caller.user_id, listing_id)
    for listing_id in listing_ids:
        for names, wanted in ((on, True), (off, False)):
            if names and wired.store.set_auto_delist(caller.user_id, listing_id, names, wanted) is None:
                raise not_found("listing")
    back = "&".join(f"listing={listing_id}" for listing_id in listing_ids)
    return RedirectResponse(f"/when-sold?{back}&said=saved", status_code=303)


@router.post("/postings/{posting_id}/sold")
def sold(posting_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """The seller says that it was sold there."""
    posting = own_posting(wired, caller.user_id, posting_id)
    tell_sold(posting_id, SoldIn(), caller, wired)
    return RedirectResponse(f"/when-sold?listing={posting['listing_id']}&said=sold", status_code=303)
