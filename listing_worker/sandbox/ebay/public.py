"""Pages that need no sign-in: home, a listing, a seller's profile, the bot wall."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay import catalog
from listing_worker.sandbox.ebay.images import image_url
from listing_worker.sandbox.ebay.pages import SOLVED_COOKIE, error_page, public, render
from listing_worker.sandbox.ebay.signin import safe_return
from listing_worker.sandbox.site import Received

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

Handler = Callable[[Request], Awaitable[Response]]


def routes(site: EbaySite) -> list[BaseRoute]:
    def card(listing: Received) -> dict[str, object]:
        return {"listing": listing, "image": image_url(listing.photos[0], 300) if listing.photos else ""}

    async def home(request: Request) -> Response:
        live = [listing for listing in site.listings.values() if listing.status == "live"]
        newest = sorted(live, key=lambda listing: -(listing.published_at or 0))[:12]
        return render(site, "home.html", request, cards=[card(listing) for listing in newest])

    async def item(request: Request) -> Response:
        draft = site.items.get(request.path_params["item_id"])
        if draft is None:
            return error_page(site, request, "We looked everywhere. Looks like this page is missing.")
        listing = draft.record
        handle = next((a.handle for a in site.accounts.values() if a.username == listing.account), listing.account)
        return render(
            site,
            "item.html",
            request,
            listing=listing,
            draft=draft,
            handle=handle,
            condition=catalog.condition_label(draft.category, listing.condition),
            images=[image_url(photo, 1600) for photo in listing.photos],
            ended=listing.status in {"sold", "delisted", "deleted"},
        )

    async def profile(request: Request) -> Response:
        handle = request.path_params["handle"]
        account = next((a for a in site.accounts.values() if a.handle == handle), None)
        if account is None:
            return error_page(site, request, "The User ID you entered was not found.")
        live = [listing for listing in site.closet(account) if listing.status == "live"]
        return render(site, "profile.html", request, handle=handle, cards=[card(listing) for listing in live])

    async def challenge(request: Request) -> Response:
        ru = safe_return(request.query_params.get("ru", ""))
        return render(site, "challenge.html", request, ru=ru)

    async def verified(_: Request) -> Response:
        answer = Response(status_code=204)
        answer.set_cookie(
            SOLVED_COOKIE, site.solve(), path="/", domain="ebay.com", secure=True, httponly=True, samesite="none"
        )
        return answer

    return [
        Route("/", public(site, home)),
        Route("/itm/{item_id:int}", public(site, _with_text_id(item))),
        Route("/itm/{slug}/{item_id:int}", public(site, _with_text_id(item))),
        Route("/usr/{handle}", public(site, profile)),
        Route("/splashui/challenge", challenge),
        Route("/splashui/captcha", challenge),
        Route("/splashui/verified", verified, methods=["POST"]),
    ]


def _with_text_id(page: Handler) -> Handler:
    async def shown(request: Request) -> Response:
        request.path_params["item_id"] = str(request.path_params["item_id"])
        return await page(request)

    return shown


def unknown(site: EbaySite) -> Handler:
    async def missing(request: Request) -> Response:
        return error_page(site, request, "We looked everywhere. Looks like this page is missing.")

    return missing


def register(site: EbaySite) -> Handler:
    async def page(request: Request) -> Response:
        return render(site, "register.html", request)

    return page
