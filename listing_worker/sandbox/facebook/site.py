"""The replica of Facebook Marketplace on www.facebook.com: from sign-in to the live listing and the seller's own page.

Built from the fact sheet; what the sheet does not know is invented plainly and kept dull (texts of errors, the delivery
step's DOM, options of attributes). The page is React 18 without a build step (`static/app/`): class names are hashed
anew at each start, ids count from another number on each load, there are no test ids, buttons are `div[role=button]`,
and the network never goes idle (fact: facebook §1, §3).

Signed in means the cookies `c_user` and `xs` together; `datr` is the browser's id. Pages answer only real navigations
(400 for a bare request with the same cookies: fact facebook §2).

`faults.variant` takes words of `variants.py`, separated by commas or spaces.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from listing_worker.sandbox.facebook import pages, records
from listing_worker.sandbox.facebook.api import Api
from listing_worker.sandbox.facebook.signin import SignIn, to_login
from listing_worker.sandbox.facebook.variants import VARIANTS
from listing_worker.sandbox.site import Account, BrowserSession, Site, not_found

UPLOAD_HOST = "upload.facebook.com"
WWW = "www.facebook.com"


class FacebookSite(Site):
    name = "facebook"
    display_name = "Facebook Marketplace"
    hosts = (WWW, "facebook.com", "m.facebook.com", UPLOAD_HOST)
    home = "https://www.facebook.com/"
    variant_words = VARIANTS

    def __init__(self, canary: str) -> None:
        self.look = pages.Look()
        super().__init__(canary)

    def default_accounts(self) -> list[Account]:
        return [Account("seller@example.com", "sandbox-password", "Sam Seller", records.new_id(15))]

    @property
    def variants(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.faults.variant))

    @property
    def page_size(self) -> int:
        return 2 if "short_pages" in self.variants else 10

    def session(self, request: Request) -> BrowserSession | None:
        """`xs` alone is not enough: `c_user` must name the same account (fact: facebook §2)."""
        session = self.session_of(request, "xs")
        if session is None or request.cookies.get("c_user") != user_id(session.account):
            return None
        return session

    def routes(self) -> list[BaseRoute]:
        api, signin = Api(self), SignIn(self, user_id)
        page = self._page
        return [
            Route("/api/graphql/", api.graphql, methods=["POST"]),
            Route("/ajax/presence/poll/", api.never_answer),
            Route("/ajax/react_composer/attachments/photo/upload", self._upload(api), methods=["POST", "OPTIONS"]),
            Mount("/rsrc.php/vendor", StaticFiles(directory=pages.VENDOR)),
            Route("/rsrc.php/v3/{build}/app.css", self._style),
            Mount("/rsrc.php/v3/{build}", pages.Assets(directory=pages.STATIC)),
            Route("/photo/{photo_id}.jpg", self._photo),
            Route("/login/", self._guarded(signin.page, public=True), methods=["GET", "POST"]),
            Route("/login", self._guarded(signin.page, public=True), methods=["GET", "POST"]),
            Route("/login.php", self._guarded(signin.page, public=True), methods=["GET", "POST"]),
            Route("/logout.php", signin.leave, methods=["POST"]),
            Route("/checkpoint/{path:path}", self._guarded(signin.checkpoint, public=True), methods=["GET", "POST"]),
            Route(
                "/two_step_verification/{path:path}",
                self._guarded(signin.two_step, public=True),
                methods=["GET", "POST"],
            ),
            Route("/marketplace/item/{item_id}/", self._guarded(page, public=True)),
            Route("/marketplace/create/item/", self._guarded(self._create)),
            Route("/marketplace/create/item", self._guarded(self._create)),
            Route("/", self._guarded(signin.home, public=True)),
            Route("/{path:path}", self._guarded(page)),
        ]

    def _guarded(self, handler: Any, *, public: bool = False) -> Any:
        """A page: only for navigations; guests see public ones and are sent to sign in from all others."""

        async def answer(request: Request) -> Response:
            path = request.url.path
            if request.url.hostname != WWW:
                return RedirectResponse(str(request.url.replace(hostname=WWW)), 301)
            if request.headers.get("sec-fetch-mode") != "navigate":
                return Response("Bad Request", 400, media_type="text/html")
            session = self.session(request)
            if session and not path.startswith("/checkpoint/") and self._doubted(request, session):
                return RedirectResponse(f"/checkpoint/{records.new_id()}/?next={path}", 302)
            if session is None and not public:
                response = to_login(request)
            else:
                response = await handler(request)
            pages.know_browser(request, response)
            return response

        return answer

    def _doubted(self, request: Request, session: BrowserSession) -> bool:
        moved = "datr_bound" in self.variants and request.cookies.get("datr") != session.values.get("datr")
        return moved or self.challenged(request.cookies.get("xs", ""))

    async def _page(self, request: Request) -> Response:
        return pages.shell(self, request)

    async def _create(self, request: Request) -> Response:
        if "mobile" in self.variants:
            return RedirectResponse(f"/marketplace/selling/item/?listing_id={records.new_id()}", 302)
        return pages.shell(self, request)

    def _upload(self, api: Api) -> Any:
        async def answer(request: Request) -> Response:
            return await api.upload_photo(request) if request.url.hostname == UPLOAD_HOST else not_found()

        return answer

    async def _style(self, request: Request) -> Response:
        return self.look.stylesheet()

    async def _photo(self, request: Request) -> Response:
        photo = self.photos.get(request.path_params["photo_id"])
        return Response(photo.data, media_type=photo.content_type) if photo else not_found()


def user_id(account: Account) -> str:
    """Digits only, as `c_user` has them; an account made through the admin port has a hexadecimal id."""
    return account.id if account.id.isdigit() else str(int(account.id, 16))[:15]
