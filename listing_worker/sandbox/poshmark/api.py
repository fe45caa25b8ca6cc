"""The replica's web API, as its own pages call it (fact: poshmark §6).

Answers are {"data": …}, or {"error": {"errorType", "userMessage", "statusCode"}}, often with status 200 as on the site.
"""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.poshmark import catalog, wire
from listing_worker.sandbox.site import BrowserSession, Received, not_found

if TYPE_CHECKING:
    from listing_worker.sandbox.poshmark.site import PoshmarkSite

BRAND_DELAY = 0.3  # seconds: suggestions arrive late
PAGE_LENGTH = 48
THUMBNAILS = {"s": 150, "t": 120}


def error(kind: str, message: str, status: int = 200) -> JSONResponse:
    """An error object. The status of the answer is 200 unless the site is known to answer otherwise."""
    about = {"errorType": kind, "userMessage": message, "statusCode": status if status != 200 else 400}
    return JSONResponse({"error": about}, status)


class Api:
    """Handlers of `/vm-rest`, `/api` and the image host."""

    def __init__(self, site: PoshmarkSite) -> None:
        self.site = site

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/vm-rest/users/{uid}/posts", self.open_draft, methods=["POST"]),
            Route("/vm-rest/users/{uid}/drafts", self.drafts),
            Route("/vm-rest/users/{handle}/posts/filtered", self.filtered),
            Route("/vm-rest/posts/{listing_id}", self.post, methods=["GET", "POST", "DELETE"]),
            Route("/vm-rest/posts/{listing_id}/status/published", self.publish, methods=["PUT"]),
            Route("/api/posts/{listing_id}/media/scratch", self.add_picture, methods=["POST"]),
            Route("/vm-rest/searches/brands/suggested", self.brands),
            Route("/vm-rest/meta/catalog_v2", self.catalog),
            Route("/vm-rest/meta/style_tags/top", self.style_tags),
            Route("/vm-rest/seller_shipping_discounts/post", self.discounts),
        ]

    def image_routes(self) -> list[BaseRoute]:
        return [Route("/posts/{year}/{month}/{day}/{listing_id}/{name}", self.picture)]

    # ---- who asks ----

    def _refused(self, request: Request) -> JSONResponse | None:
        """The answer to whoever may not call the API now; None if they may."""
        session = self.site.visitor(request)
        if session is None:
            return error("UnauthorizedError", "Please log in to continue.", 401)
        if request.method != "GET" and not self.site.csrf_is_fine(request, session):
            return error("InvalidCsrfToken", "Sorry! You cannot currently perform this request.", 403)
        return None

    def _session(self, request: Request) -> BrowserSession:
        session = self.site.visitor(request)
        assert session is not None
        return session

    def _mine(self, request: Request) -> Received | None:
        listing = self.site.listings.get(request.path_params["listing_id"])
        if listing is None or listing.status == "deleted":
            return None
        return listing if listing.account == self._session(request).account.username else None

    # ---- drafts and posts ----

    async def open_draft(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        draft = self.site.new_draft(self._session(request).account)
        return JSONResponse({"data": {"id": draft.id, "status": "draft"}})

    async def drafts(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        account = self._session(request).account
        return JSONResponse(
            {"data": [wire.post_json(d, account, private=True) for d in self.site.saved_drafts(account)]}
        )

    async def post(self, request: Request) -> Response:
        listing = self.site.listings.get(request.path_params["listing_id"])
        if request.method == "GET" and listing is not None and listing.published_at and listing.status != "deleted":
            session = self.site.visitor(request)
            mine = session is not None and session.account.username == listing.account
            return JSONResponse({"data": wire.post_json(listing, self.site.owner_of(listing), private=mine)})
        if refused := self._refused(request):
            return refused
        listing = self._mine(request)
        if listing is None:
            return error("NotFoundError", "This listing is no longer available.", 404)
        if request.method == "DELETE":
            if listing.status == "draft":
                del self.site.listings[listing.id]
                return JSONResponse({"data": {"id": listing.id}})
            return self._delete(listing)
        if request.method == "POST":
            return await self._save(request, listing)
        return JSONResponse({"data": wire.post_json(listing, self._session(request).account, private=True)})

    def _delete(self, listing: Received) -> Response:
        faults = self.site.faults
        self.site.note_change(listing, "delete")
        if faults.change_error:
            return error("ServerError", "Something went wrong. Please try again.", faults.change_error)
        if not faults.change_ignored:
            listing.status = "deleted"
        return LostAnswer() if faults.change_lost else JSONResponse({"data": {"id": listing.id}})

    async def _save(self, request: Request, listing: Received) -> Response:
        try:
            post = dict((await request.json())["post"])
        except (ValueError, KeyError, TypeError):
            return error("BadRequest", "Something went wrong. Please try again.", 400)
        before, faults = dict(vars(listing)), self.site.faults
        if listing.published_at is not None:
            self.site.note_change(listing, "update")
            if faults.change_error:
                return error("ServerError", "Something went wrong. Please try again.", faults.change_error)
        wire.read_post(wire.without(post, self.site.faults.drop_field), listing, self.site.photos)
        if listing.published_at is None:
            if listing.category:
                self._session(request).values["department"] = listing.category[0]
            return JSONResponse({"data": {"id": listing.id, "status": "draft"}})
        wrong = wire.complaint(listing)
        if wrong:
            vars(listing).update(before)
            return error("ValidationError", wrong)
        wanted = (post.get("inventory") or {}).get("status")
        if listing.status in {"live", "delisted"}:
            listing.status = "delisted" if wanted == "not_for_sale" else "live"
        listing.url = f"https://poshmark.com{wire.listing_path(listing)}"
        if faults.change_ignored:
            vars(listing).update(before)
        if faults.change_lost:
            return LostAnswer()
        return JSONResponse({"data": wire.post_json(listing, self._session(request).account, private=True)})

    # ---- publishing ----

    async def publish(self, request: Request) -> Response:
        site, faults = self.site, self.site.faults
        found = site.listings.get(request.path_params["listing_id"])
        if found is not None:
            site.count_publish(found)
        if refused := self._refused(request):
            return refused
        listing = self._mine(request)
        if listing is None:
            return error("NotFoundError", "This listing is no longer available.", 404)
        if faults.reauth_after_publish:
            site.sessions.pop(self._session(request).token, None)
            return error("UnauthorizedError", "Please log in to continue.", 401)
        if faults.publish_error_before:
            return error("ServerError", "Something went wrong. Please try again.", faults.publish_error_before)
        if faults.suspended:
            return error("AccountRestricted", "Your account is restricted. You cannot list items at this time.")
        wrong = wire.complaint(listing)
        if wrong:
            return error("ValidationError", wrong)
        if "silent_publish" in site.variants():
            return JSONResponse({"data": {"id": listing.id, "status": "draft"}})
        if listing.published_at is None:
            listing.url = f"https://poshmark.com{wire.listing_path(listing)}"
            hidden = ((listing.fields.get("inventory") or {}).get("status")) == "not_for_sale"
            site.make_live(listing, "delisted" if hidden else "live")
        if faults.publish_slow:
            await asyncio.sleep(faults.publish_slow)
        if faults.publish_lost:
            return LostAnswer()
        if faults.publish_error_after:
            return error("ServerError", "Something went wrong. Please try again.", faults.publish_error_after)
        return JSONResponse({"data": {"id": listing.id, "status": "published"}})

    # ---- pictures ----

    async def add_picture(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if self._mine(request) is None:
            return error("NotFoundError", "This listing is no longer available.", 404)
        faults = self.site.faults
        if faults.photo_slow:
            await asyncio.sleep(faults.photo_slow)
        if faults.take("photo_error"):
            return error("ServerError", "Photo upload failed", 500)
        async with request.form() as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                return error("BadRequest", "Photo upload failed", 400)
            data, content_type = await sent.read(), sent.content_type or "application/octet-stream"
        try:
            photo = self.site.keep_photo(data, content_type)
        except UnidentifiedImageError:
            return error("BadRequest", "Photo upload failed", 400)
        return JSONResponse({"data": wire.picture_json(request.path_params["listing_id"], photo)})

    async def picture(self, request: Request) -> Response:
        """The public image host: `l_` and `m_` as uploaded, `s_` and `t_` smaller."""
        prefix, _, name = request.path_params["name"].partition("_")
        photo = self.site.photos.get(name.partition(".")[0])
        if photo is None:
            return not_found()
        data = photo.data
        if prefix in THUMBNAILS:
            image = Image.open(io.BytesIO(data)).convert("RGB")
            image.thumbnail((THUMBNAILS[prefix], THUMBNAILS[prefix] * 2))
            smaller = io.BytesIO()
            image.save(smaller, "JPEG", quality=85)
            data = smaller.getvalue()
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=86400"})

    # ---- lists ----

    async def brands(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        await asyncio.sleep(BRAND_DELAY)
        found = catalog.suggested_brands(request.query_params.get("query", ""))
        return JSONResponse({"data": [{"id": catalog.made_up_id("brand", name), "name": name} for name in found]})

    async def catalog(self, _: Request) -> Response:
        return JSONResponse({"data": {"departments": catalog.catalog(), "size_sets": catalog.SIZE_SETS}})

    async def style_tags(self, _: Request) -> Response:
        return JSONResponse({"data": catalog.style_tags()})

    async def discounts(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        return JSONResponse({"data": [{"id": code, "title": title} for code, title in catalog.SHIPPING_DISCOUNTS]})

    async def filtered(self, request: Request) -> Response:
        """A closet's posts, 48 at a time: `request` is JSON with filters.inventory_status, count and max_id."""
        account = self.site.account_by_handle(request.path_params["handle"])
        if account is None:
            return error("NotFoundError", "No such closet.", 404)
        try:
            asked: dict[str, Any] = json.loads(request.query_params.get("request", "{}"))
            start = int(asked.get("max_id") or 0)
            count = min(int(asked.get("count") or PAGE_LENGTH), PAGE_LENGTH)
            statuses = (asked.get("filters") or {}).get("inventory_status") or ["all"]
        except (ValueError, TypeError, AttributeError):
            return error("BadRequest", "Something went wrong. Please try again.", 400)
        shelf = self.site.shelf(account, statuses[0])
        part = shelf[start : start + count]
        after = start + count if start + count < len(shelf) else None
        data = [{**wire.post_json(post, account, private=False), "path": wire.listing_path(post)} for post in part]
        return JSONResponse({"data": data, "more": {"next_max_id": after}})
