"""signin.ebay.com: first the user name, then the password (fact: ebay §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay.pages import (
    SESSION_COOKIE,
    challenged,
    render,
    session_cookies,
    set_cookie,
)

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

HOME = "https://www.ebay.com/"


def safe_return(address: str) -> str:
    """Where to go afterwards: only to eBay's own pages, else home."""
    parts = urlsplit(address)
    own = parts.hostname == "ebay.com" or (parts.hostname or "").endswith(".ebay.com")
    return address if parts.scheme == "https" and own else HOME


def routes(site: EbaySite) -> list[BaseRoute]:
    async def form(request: Request) -> Response:
        if "SignOut" in request.query_params or request.url.path == "/signout":
            return sign_out(request)
        wall = challenged(site, request)
        if wall is not None:
            return wall
        return step(request, "userid", ru=request.query_params.get("ru", ""))

    def step(request: Request, name: str, *, userid: str = "", ru: str = "", error: str = "") -> Response:
        return render(site, "signin.html", request, step=name, userid=userid, ru=ru, error=error)

    def sign_out(request: Request) -> Response:
        site.sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)
        response = RedirectResponse(HOME, 302)
        set_cookie(response, SESSION_COOKIE, "", age=0, secret=True)
        return response

    async def submit(request: Request) -> Response:
        sent = await request.form()
        userid, password, ru = (str(sent.get(name, "")).strip() for name in ("userid", "pass", "ru"))
        if userid not in site.accounts:
            return step(request, "userid", userid=userid, ru=ru, error="We couldn't find this eBay account.")
        if "pass" not in sent:
            return step(request, "pass", userid=userid, ru=ru)
        session = site.sign_in(userid, password)
        if session is None:
            return step(request, "pass", userid=userid, ru=ru, error="Oops, that's not a match. Try again?")
        response = RedirectResponse(safe_return(ru), 302)
        session_cookies(response, session)
        return response

    return [
        Route("/", form),
        Route("/signin", form),
        Route("/signin/", form),
        Route("/signout", form),
        Route("/ws/eBayISAPI.dll", form),
        Route("/signin/s", submit, methods=["POST"]),
    ]
