"""What every page of the replica shares: templates, the sign-in and challenge gates, cookies."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from listing_worker.sandbox.site import BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

HERE = Path(__file__).parent
SESSION_COOKIE = "s"
SOLVED_COOKIE = "chlg"  # its real name is not known
SIGN_IN = "https://signin.ebay.com/ws/eBayISAPI.dll?SignIn"
_TWO_YEARS = 63_072_000

Page = Callable[[Request, BrowserSession], Awaitable[Response]]

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["dollars"] = lambda amount: "" if amount is None else f"{amount / 100:,.2f}"
templates.filters["urlquote"] = lambda text: quote(str(text), safe="")


def render(site: EbaySite, template: str, request: Request, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for whoever asks: the header greets a signed-in seller, and links to sign-in otherwise."""
    session = site.session_of(request, SESSION_COOKIE)
    html = templates.get_template(template).render(
        account=session.account if session else None,
        sign_in=f"{SIGN_IN}&ru={quote(str(request.url), safe='')}",
        faults=site.faults,
        variant=site.variant,
        hydration_ms=site.hydration_ms,
        **values,
    )
    response = HTMLResponse(html, status)
    visitor_cookies(request, response)
    return response


def sign_in_redirect(request: Request) -> Response:
    """Landing on signin.ebay.com is the sign of being signed out (fact: ebay §2)."""
    return RedirectResponse(f"{SIGN_IN}&{urlencode({'ru': str(request.url)})}", 302)


def challenged(site: EbaySite, request: Request) -> Response | None:
    """The bot wall in place of a page; it says nothing about the login (fact: ebay §2, §7)."""
    if not site.challenged(request.cookies.get(SOLVED_COOKIE, "")):
        return None
    page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    ru = str(request.url) if page else request.headers.get("referer", "")
    wall = f"https://www.ebay.com/splashui/challenge?{urlencode({'ru': ru})}"
    return RedirectResponse(wall, 302) if page else JSONResponse({"redirectUrl": wall}, 403)


def public(site: EbaySite, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def gate(request: Request) -> Response:
        return challenged(site, request) or await page(request)

    return gate


def seller(site: EbaySite, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page for signed-in sellers: others are sent to sign in."""

    async def gate(request: Request) -> Response:
        wall = challenged(site, request)
        if wall is not None:
            return wall
        session = site.session_of(request, SESSION_COOKIE)
        return await page(request, session) if session else sign_in_redirect(request)

    return gate


def seller_api(site: EbaySite, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page's own request: when signed out, the answer tells the page where to go."""

    async def gate(request: Request) -> Response:
        wall = challenged(site, request)
        if wall is not None:
            return wall
        session = site.session_of(request, SESSION_COOKIE)
        return await page(request, session) if session else reauthenticate()

    return gate


def reauthenticate() -> Response:
    return JSONResponse({"redirectUrl": f"{SIGN_IN}&ru={quote('https://www.ebay.com/sh/lst/drafts', safe='')}"}, 401)


def error_page(site: EbaySite, request: Request, message: str, status: int = 404, code: str = "") -> Response:
    return render(site, "error.html", request, status, message=message, code=code)


def set_cookie(
    response: Response, name: str, value: str, *, age: int | None = _TWO_YEARS, secret: bool = False
) -> None:
    response.set_cookie(name, value, max_age=age, domain=".ebay.com", path="/", secure=True, httponly=secret)


def visitor_cookies(request: Request, response: Response) -> None:
    """Cookies that anybody gets; none of them proves a login (fact: ebay §2)."""
    if "nonsession" in request.cookies:
        return
    stamp = f"{int(time.time()) + _TWO_YEARS:x}"
    set_cookie(response, "nonsession", f"CgADLAA{secrets.token_hex(8)}")
    set_cookie(response, "dp1", f"bbl/USen-US{stamp}^")
    set_cookie(response, "ns1", f"BAQ{secrets.token_urlsafe(24)}", age=None)
    set_cookie(response, SESSION_COOKIE, f"CgAD{secrets.token_urlsafe(12)}", age=None, secret=True)
    set_cookie(response, "ebay", "%5Ejs%3D1%5Esbf%3D%23000000%5E", age=None)
    set_cookie(response, "__uzma", secrets.token_hex(16))
    set_cookie(response, "ak_bmsc", secrets.token_hex(20), age=7200, secret=True)


def session_cookies(response: Response, session: BrowserSession) -> None:
    """The jar of a signed-in browser. The session itself is the HttpOnly `s`; `dp1` outlives it by far."""
    account = session.account
    name = base64.urlsafe_b64encode(account.handle.encode()).decode().rstrip("=")
    stamp = f"{int(time.time()) + _TWO_YEARS:x}"
    signed = base64.urlsafe_b64encode(f"{account.handle}|US|{secrets.token_hex(6)}".encode()).decode()
    set_cookie(response, SESSION_COOKIE, session.token, age=None, secret=True)
    set_cookie(response, "dp1", f"bu1p/{name}{stamp}^u1f/{account.first_name}{stamp}^bl/USen-US{stamp}^")
    set_cookie(response, "nonsession", f"BAQ{signed}")
    set_cookie(response, "ns1", f"BAQ{secrets.token_urlsafe(24)}", age=None)
    set_cookie(response, "cid", secrets.token_urlsafe(9))
    set_cookie(response, "ds2", f"ssts/{int(time.time() * 1000)}^")
    set_cookie(response, "shs", secrets.token_urlsafe(12), age=31_536_000, secret=True)
    response.set_cookie("totp", secrets.token_hex(12), max_age=_TWO_YEARS, path="/", secure=True, httponly=True)
