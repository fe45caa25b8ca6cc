"""What everybody sees: a city's home, search, a posting's page under either address (fact: craigslist §1, §8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.craigslist import catalogue
from listing_worker.sandbox.craigslist.images import image_url
from listing_worker.sandbox.craigslist.pages import open_page, render, seller_page, text_page
from listing_worker.sandbox.craigslist.places import AREAS, BY_SITE, Area
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.site import CraigslistSite

GONE = {
    "deleted": "This posting has been deleted by its author.",
    "sold": "This posting has been deleted by its author.",
    "delisted": "This posting has been deleted by its author.",
    "expired": "This posting has expired.",
    "flagged": "This posting has been flagged for removal.",
}
_CLASSIC = re.compile(r"/(?:([a-z]{3})/)?([a-z]{3})/d/([^/]+)/(\d{10})\.html")


def _area(request: Request) -> Area:
    return BY_SITE[(request.url.hostname or "").split(".")[0]]


def posting_page(site: CraigslistSite, request: Request, posting: Received | None) -> Response:
    """A live posting; 410 with the reason for one that has ended; 404 for everything else."""
    if posting is None or posting.status not in {"live", *GONE}:
        return text_page(site, request, "page not found", status=404)
    if posting.status in GONE:
        return text_page(site, request, GONE[posting.status], status=410)
    return render(
        site,
        "posting.html",
        request,
        posting=posting,
        condition=catalogue.CONDITIONS.get(posting.condition, ""),
        images=[
            (image_url(photo), image_url(photo, "1200x900"), image_url(photo, "50x50c")) for photo in posting.photos
        ],
    )


def city_routes(site: CraigslistSite) -> list[BaseRoute]:
    async def home(request: Request) -> Response:
        return render(site, "city.html", request, area=_area(request), categories=catalogue.categories("fso"))

    async def search(request: Request) -> Response:
        """By id or by words; what is ghosted, under review or not yet visible is absent."""
        wanted, words = request.query_params.get("postingID", ""), request.query_params.get("query", "").lower().split()
        area = _area(request).number
        found = [
            posting
            for posting in site.listings.values()
            if posting.status == "live"
            and not posting.fields.get("ghost")
            and posting in site.postings(posting.account)
            and str(posting.fields.get("asked", {}).get("area")) == area
            and (not wanted or posting.id == wanted)
            and all(word in posting.title.lower() for word in words)
        ]
        return render(site, "search.html", request, found=found, area=_area(request))

    async def classic(request: Request) -> Response:
        address = _CLASSIC.fullmatch(request.url.path)
        posting = site.listings.get(address[4]) if address else None
        if posting is not None and str(posting.fields.get("asked", {}).get("area")) != _area(request).number:
            posting = None
        return posting_page(site, request, posting)

    return [
        Route("/", open_page(site, home)),
        Route("/search/{category}", open_page(site, search)),
        Route("/{path:path}", open_page(site, classic)),
    ]


def www_routes(site: CraigslistSite) -> list[BaseRoute]:
    async def home(request: Request) -> Response:
        return RedirectResponse("https://sfbay.craigslist.org/", 302)

    async def sites(request: Request) -> Response:
        return render(site, "sites.html", request, areas=AREAS)

    async def account(request: Request, session: BrowserSession) -> Response:
        return render(site, "account_frame.html", request)

    async def shared(request: Request) -> Response:
        token = request.path_params["token"]
        found = (p for p in site.listings.values() if p.published_at and p.fields.get("share_token") == token)
        return posting_page(site, request, next(found, None))

    async def unknown(request: Request) -> Response:
        return text_page(site, request, "page not found", status=404)

    return [
        Route("/", open_page(site, home)),
        Route("/about/sites", open_page(site, sites)),
        Route("/account", seller_page(site, account)),
        Route("/view/d/{slug}/{token}", open_page(site, shared)),
        Route("/{path:path}", open_page(site, unknown)),
    ]
