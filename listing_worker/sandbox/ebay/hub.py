"""Seller Hub: active, unsold and sold listings, drafts, overview; ending a listing (fact: ebay §8)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay.images import image_url
from listing_worker.sandbox.ebay.pages import render, seller, seller_api
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

END_REASONS = (
    "The item is no longer available",
    "The item was lost or broken",
    "There was an error in the listing",
    "Sold elsewhere",
)


def number(text: str, default: int, most: int) -> int:
    return min(int(text), most) if text.isdigit() else default


def order_number(item_id: str) -> str:
    """NN-NNNNN-NNNNN, the same for the same item."""
    digits = str(int(sha256(item_id.encode()).hexdigest(), 16))[:12]
    return f"{digits[:2]}-{digits[2:7]}-{digits[7:12]}"


def matches(listing: Received, keyword: str) -> bool:
    """The box "Search by title, SKU, or item number": all words in the title, or the label, or the number."""
    keyword = keyword.strip().lower()
    if keyword in {listing.id, listing.sku.lower()}:
        return True
    title = listing.title.lower()
    return all(word in title for word in keyword.split())


def routes(site: EbaySite) -> list[BaseRoute]:
    def row(listing: Received) -> dict[str, object]:
        draft = site.items.get(listing.id)
        return {
            "listing": listing,
            "image": image_url(listing.photos[0], 140) if listing.photos else "",
            "fixed": draft is not None and draft.values.get("format") != "AUCTION",
        }

    async def active(request: Request, session: BrowserSession) -> Response:
        query = request.query_params
        keyword = query.get("keyword", "")
        found = site.closet(session.account, lambda listing: matches(listing, keyword))
        if query.get("sort") == "listingSKU":
            found.sort(key=lambda listing: listing.sku)
        limit = number(query.get("limit", ""), 50, 200) or 50
        offset = number(query.get("offset", ""), 0, 1_000_000)
        return render(
            site,
            "hub_active.html",
            request,
            rows=[row(listing) for listing in found[offset : offset + limit]],
            total=len(found),
            offset=offset,
            limit=limit,
            keyword=keyword,
            reasons=END_REASONS,
        )

    async def drafts(request: Request, session: BrowserSession) -> Response:
        return render(site, "hub_drafts.html", request, drafts=site.open_drafts(session.account))

    def settled(account: str, status: str) -> list[Received]:
        own = [each for each in site.listings.values() if each.account == account and each.status == status]
        return sorted(own, key=lambda each: -(each.published_at or 0))

    async def unsold(request: Request, session: BrowserSession) -> Response:
        """Ended listings, each with "Relist" (a new item number) and "Sell similar" (fact: ebay §8)."""
        ended = [row(listing) for listing in settled(session.account.username, "delisted")]
        return render(site, "hub_ended.html", request, rows=ended)

    async def orders(request: Request, session: BrowserSession) -> Response:
        """Sold listings, an order each: a table named Orders, in each row a link with the order's number (`orderid=`)
        and one to the item (fact: ebay §1 for the address; the table as readers of the page in 2026 have it). With the
        variant "order-cancelled" each order was cancelled."""
        stands = "Cancelled" if "order-cancelled" in site.variant else "Awaiting shipment"
        sold = [
            {**row(listing), "order": order_number(listing.id), "stands": stands}
            for listing in settled(session.account.username, "sold")
        ]
        return render(site, "hub_orders.html", request, rows=sold)

    async def delete_draft(request: Request, session: BrowserSession) -> Response:
        draft = site.own_draft(session.account, request.path_params["draft_id"])
        if draft is None or draft.item_id or draft.mode != "AddItem":
            return JSONResponse({"errors": [{"message": "This draft is no longer available."}]}, 404)
        del site.drafts[draft.id]
        site.listings.pop(draft.id, None)
        return JSONResponse({"deleted": True})

    async def empty(request: Request, session: BrowserSession) -> Response:
        headings = {
            "/sh/lst/scheduled": ("Scheduled listings", "You don't have any scheduled listings."),
            "/sh/research": ("Product research", "Search for items sold on eBay."),
        }
        heading, text = headings.get(request.url.path.rstrip("/"), ("Orders", "You don't have any orders to show."))
        return render(site, "hub_empty.html", request, heading=heading, text=text)

    async def overview(request: Request, session: BrowserSession) -> Response:
        live = site.closet(session.account)
        return render(
            site,
            "hub_overview.html",
            request,
            active=len(live),
            amount=sum(listing.price_cents or 0 for listing in live),
            drafts=len(site.open_drafts(session.account)),
        )

    async def end(request: Request, session: BrowserSession) -> Response:
        draft = site.own_item(session.account, request.path_params["item_id"])
        if draft is None or draft.record.status not in {"live", "pending_review"}:
            return JSONResponse({"errors": [{"message": "This listing has already ended."}]}, 409)
        faults = site.faults
        site.note_change(draft.record, "end")
        if faults.change_error:
            return JSONResponse({"errors": [{"message": "Something went wrong."}]}, faults.change_error)
        if not faults.change_ignored:
            draft.record.status = "delisted"
        return LostAnswer() if faults.change_lost else JSONResponse({"ended": True})

    return [
        Route("/sh/lst", seller(site, active)),
        Route("/sh/lst/active", seller(site, active)),
        Route("/sh/lst/drafts", seller(site, drafts)),
        Route("/sh/lst/scheduled", seller(site, empty)),
        Route("/sh/lst/ended", seller(site, unsold)),
        Route("/sh/ord", seller(site, orders)),
        Route("/sh/ord/", seller(site, orders)),
        Route("/sh/research", seller(site, empty)),
        Route("/sh/overview", seller(site, overview)),
        Route("/sh/ovw", seller(site, overview)),
        Route("/mye/myebay", seller(site, overview)),
        Route("/sh/lst/api/drafts/{draft_id}/delete", seller_api(site, delete_draft), methods=["POST"]),
        Route("/sh/lst/api/{item_id}/end", seller_api(site, end), methods=["POST"]),
    ]
