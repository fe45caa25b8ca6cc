"""The replica of www.mercari.com, for the path from sign-in to the live listing and the seller's own lists.

Built from the fact sheet; what the sheet does not know is invented plainly and kept dull (cookie names, wording of
errors, prices of labels). The page is React 18 without a build step (`static/app/`); the first document is a bare
shell, the form mounts later, the network never goes idle and the sell page's `load` event does not come
(fact: mercari §3).

Sign-in is the HttpOnly cookie `merc_sess` together with `deviceToken` in localStorage, which every API call carries:
a browser that brings only one of them is a guest.

`faults.variant` takes words of `variants.py`, separated by commas or spaces.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from listing_worker.sandbox.mercari import pages
from listing_worker.sandbox.mercari.api import COOKIE, Api
from listing_worker.sandbox.mercari.variants import VARIANTS
from listing_worker.sandbox.site import Account, BrowserSession, Received, Site, not_found

IMAGE_HOST = "u-mercari-images.mercdn.net"
SEEN = {"live", "pending_review", "delisted", "sold"}  # what has an item page


class MercariSite(Site):
    name = "mercari"
    display_name = "Mercari"
    hosts = ("www.mercari.com", "mercari.com", IMAGE_HOST)
    home = "https://www.mercari.com/"
    variant_words = VARIANTS

    # One seller has one zip code on file as the default; the second address is there to be chosen.
    addresses = (
        {"id": "1", "name": "Sam Seller", "street": "1 Market Way", "city": "San Jose, CA 95112", "zip": "95112"},
        {"id": "2", "name": "Sam Seller", "street": "22 Cedar Row", "city": "Austin, TX 78701", "zip": "78701"},
    )

    def default_accounts(self) -> list[Account]:
        return [Account("seller@example.com", "sandbox-password", "samsells", secrets.token_hex(12))]

    @property
    def variants(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.faults.variant))

    @property
    def page_size(self) -> int:
        return 2 if "short_pages" in self.variants else 20

    def session(self, request: Request) -> BrowserSession | None:
        return self.session_of(request, COOKIE)

    def user_of(self, session: BrowserSession) -> dict[str, Any]:
        return {
            "userId": int(session.account.id[:8], 16),
            "nickname": session.account.handle,
            "email": session.account.username,
            "status": "suspended" if self.faults.suspended else "active",
        }

    def item_of(self, item_id: str) -> Received | None:
        """A listing that has an item page."""
        listing = self.listings.get(item_id)
        return listing if listing and listing.status in SEEN else None

    # ---- pages ----

    def routes(self) -> list[BaseRoute]:
        api = Api(self)
        assets = pages.Assets(directory=pages.STATIC)
        return [
            Route("/v1/initialize", self._guarded(api.initialize)),
            Route("/v1/login", self._guarded(api.log_in), methods=["POST"]),
            Route("/v1/logout", self._guarded(api.log_out), methods=["POST"]),
            Route("/v1/api", self._guarded(api.graphql), methods=["GET", "POST"]),
            Route("/v1/master/categories", self._guarded(api.category_tree)),
            Route("/v1/notifications/poll", api.never_answer),
            Route("/v1/recaptcha/anchor", api.never_answer),
            Route("/v1/recaptcha/bframe", self._guarded(self._captcha)),
            Route("/cdn-cgi/challenge-platform/verified", self._guarded(self._elsewhere), methods=["POST"]),
            Mount(f"/_next/static/{pages.BUILD}/vendor", pages.Assets(directory=pages.VENDOR)),
            Mount(f"/_next/static/{pages.BUILD}", assets),
            Route("/photos/{name}", self._image),
            Route("/item/{item_id}/", self._moved_item),
            Route("/us/item/{item_id}/", self._guarded(self._item_page)),
            *[Route(path, self._guarded(self._page)) for path in pages.PATHS],
            Route("/{path:path}", self._guarded(self._elsewhere)),
        ]

    def _guarded(self, handler: Any) -> Any:
        async def answer(request: Request) -> Response:
            host = request.url.hostname
            if host == IMAGE_HOST:
                return not_found()
            if host == "mercari.com":
                return RedirectResponse(f"https://www.mercari.com{request.url.path}", 301)
            if request.url.path == "/cdn-cgi/challenge-platform/verified" and request.method == "POST":
                answer = Response(status_code=204)
                answer.set_cookie("cf_clearance", self.solve(), path="/", secure=True, httponly=True, samesite="none")
                return answer
            if self.challenged(request.cookies.get("cf_clearance", "")):
                return pages.challenge()
            response: Response = await handler(request)
            return response

        return answer

    async def _captcha(self, _: Request) -> Response:
        return pages.captcha()

    async def _page(self, request: Request) -> Response:
        return pages.shell(self, request)

    async def _item_page(self, request: Request) -> Response:
        return pages.shell(self, request, 200 if self.item_of(request.path_params["item_id"]) else 404)

    async def _moved_item(self, request: Request) -> Response:
        return RedirectResponse(f"/us/item/{request.path_params['item_id']}/", 301)

    async def _elsewhere(self, request: Request) -> Response:
        path = request.url.path
        if not path.endswith("/") and "." not in path:
            return RedirectResponse(request.url.replace(path=path + "/").path, 308)
        return pages.shell(self, request, 404)

    async def _image(self, request: Request) -> Response:
        """https://u-mercari-images.mercdn.net/photos/m…_n.jpg, n from 1."""
        found = re.fullmatch(r"(\w+)_(\d+)\.jpg", request.path_params["name"])
        listing = self.listings.get(found[1]) if found else None
        number = int(found[2]) if found else 0
        if request.url.hostname != IMAGE_HOST or listing is None or not 1 <= number <= len(listing.photos):
            return not_found()
        photo = listing.photos[number - 1]
        return Response(
            photo.data, media_type=photo.content_type, headers={"Cache-Control": "public, max-age=31536000"}
        )
