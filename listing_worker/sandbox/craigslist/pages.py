"""What every page of the replica shares: templates, the sign-in cookies, and the walls that may stand before a page."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.sandbox.site import BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.site import CraigslistSite

HERE = Path(__file__).parent
SESSION_COOKIE = "cl_session"
LOGIN = "https://accounts.craigslist.org/login"
ACCOUNT_HOME = "https://accounts.craigslist.org/login/home"
_YEAR = 31_536_000

Page = Callable[[Request], Awaitable[Response]]
SellerPage = Callable[[Request, BrowserSession], Awaitable[Response]]

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["whole_dollars"] = lambda cents: "" if cents is None else f"${cents // 100:,}"
templates.filters["day"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M") if at else ""


def render(site: CraigslistSite, template: str, request: Request, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for whoever asks, with the browser's own id cookie."""
    session = site.session_of(request, SESSION_COOKIE)
    html = templates.get_template(template).render(
        account=session.account if session else None,
        login=f"{LOGIN}?rp={quote(str(request.url), safe='')}",
        faults=site.faults,
        cookie_banner=site.faults.cookie_banner and "cl_cookies_ok" not in request.cookies,
        variant=site.variant,
        **values,
    )
    response = HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
    if "cl_b" not in request.cookies:
        set_cookie(response, "cl_b", f"4|{secrets.token_hex(20)}|{int(time.time())}{secrets.token_urlsafe(3)}")
    return response


SOLVED_COOKIE, ANSWERED = "cf_clearance", "__cf_chl_tk"


def text_page(site: CraigslistSite, request: Request, heading: str, text: str = "", status: int = 200) -> Response:
    """A page that says one thing."""
    return render(site, "text.html", request, status, heading=heading, text=text)


def open_page(site: CraigslistSite, page: Page) -> Page:
    """A page for everybody, unless a wall stands before the whole site (fact: craigslist §7)."""

    async def gate(request: Request) -> Response:
        if "ip_block" in site.variant:
            return HTMLResponse(templates.get_template("blocked.html").render(), 403)
        if site.challenged(request.cookies.get(SOLVED_COOKIE, "")):
            if ANSWERED in request.query_params:
                answered = RedirectResponse(str(request.url.remove_query_params(ANSWERED)), 302)
                set_cookie(answered, SOLVED_COOKIE, site.solve())
                return answered
            return HTMLResponse(templates.get_template("challenge.html").render(answered=ANSWERED), 403)
        return await page(request)

    return gate


def seller_page(site: CraigslistSite, page: SellerPage) -> Page:
    """A page for signed-in sellers: others are sent to sign in (fact: craigslist §2)."""

    async def gate(request: Request) -> Response:
        session = site.session_of(request, SESSION_COOKIE)
        return await page(request, session) if session else to_login(request)

    return open_page(site, gate)


def to_login(request: Request) -> Response:
    return RedirectResponse(f"{LOGIN}?rp={quote(str(request.url), safe='')}", 302)


def safe_return(address: str) -> str:
    """Where to go after signing in: only to the site's own pages, else to the account's home."""
    parts = urlsplit(address)
    own = parts.hostname == "craigslist.org" or (parts.hostname or "").endswith(".craigslist.org")
    return address if parts.scheme == "https" and own else ACCOUNT_HOME


def set_cookie(response: Response, name: str, value: str, *, age: int | None = _YEAR, secret: bool = False) -> None:
    response.set_cookie(name, value, max_age=age, domain=".craigslist.org", path="/", secure=True, httponly=secret)


def session_cookies(response: Response, session: BrowserSession) -> None:
    """The jar of a signed-in browser (fact: craigslist §2; flags and lifetimes are not known)."""
    set_cookie(response, SESSION_COOKIE, session.token, age=None, secret=True)
    set_cookie(response, "cl_login", "1", age=None)
    set_cookie(response, "cl_tocmode", "sss%3Agrid")
    set_cookie(response, "cl_def_hp", "sfbay")


def end_session(response: Response) -> None:
    for name in (SESSION_COOKIE, "cl_login"):
        response.delete_cookie(name, path="/", domain=".craigslist.org")


async def sent_form(request: Request) -> dict[str, str]:
    """The text fields of a posted form; a field sent twice counts once, with its last value."""
    async with request.form() as form:
        return {name: value for name, value in form.multi_items() if isinstance(value, str)}
