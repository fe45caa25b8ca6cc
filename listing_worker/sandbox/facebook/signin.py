"""Who is there: the login page, the code, the checkpoint, signing out. Server-rendered, as on the real site."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.sandbox.facebook import pages
from listing_worker.sandbox.site import Account, BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.facebook.site import FacebookSite

EMAIL_CODE = "123456"
HOME = "https://www.facebook.com"
COOKIES_OF_LOGIN = ("c_user", "xs")

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)


def to_login(request: Request) -> Response:
    """Where a guest is sent from every page that is not public (fact: facebook §2)."""
    asked = f"{request.url.path}{'?' + request.url.query if request.url.query else ''}"
    return RedirectResponse(f"/login/?next={quote(HOME + asked, safe='')}", 302)


def _inside(address: str) -> str:
    """The part of a `next` address that is on this host; "/" for anything else."""
    parts = urlsplit(address)
    if parts.netloc not in {"", "www.facebook.com"} or not parts.path.startswith("/"):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


class SignIn:
    def __init__(self, site: FacebookSite, user_id: Callable[[Account], str]) -> None:
        self.site = site
        self.user_id = user_id
        self._waiting: dict[str, tuple[BrowserSession, str]] = {}  # signed in but for the code

    def _show(self, template: str, **values: object) -> Response:
        site = self.site
        return HTMLResponse(
            TEMPLATES.get_template(template).render(
                look=site.look,
                build=pages.BUILD,
                variants=site.variants,
                cookie_banner=site.faults.cookie_banner,
                **values,
            ),
            headers={"Cache-Control": "no-store"},
        )

    async def home(self, request: Request) -> Response:
        if self.site.session(request) is None:
            return self._show("login.html", next="", error="", email="")
        return pages.shell(self.site, request)

    async def page(self, request: Request) -> Response:
        wanted = _inside(request.query_params.get("next", ""))
        if request.method == "GET":
            if self.site.session(request):
                return RedirectResponse(wanted, 302)
            return self._show("login.html", next=request.query_params.get("next", ""), error="", email="")
        form = await request.form()
        email, password = str(form.get("email", "")), str(form.get("pass", ""))
        wanted = _inside(str(form.get("next", "")))
        session = self.site.sign_in(email, password)
        if session is None:
            error = "The password that you've entered is incorrect."
            return self._show("login.html", next=str(form.get("next", "")), error=error, email=email)
        if "email_code" in self.site.variants:
            del self.site.sessions[session.token]
            ticket = secrets.token_urlsafe(12)
            self._waiting[ticket] = (session, wanted)
            return RedirectResponse(f"/two_step_verification/authentication/?encrypted_context={ticket}", 303)
        return self._enter(request, session, wanted)

    async def two_step(self, request: Request) -> Response:
        ticket = request.query_params.get("encrypted_context", "")
        waiting = self._waiting.get(ticket)
        if waiting is None:
            return RedirectResponse("/login/", 302)
        if request.method == "GET":
            return self._show("two_step.html", error="")
        form = await request.form()
        if str(form.get("approvals_code", "")) != EMAIL_CODE:
            return self._show("two_step.html", error="The code you entered doesn't match.")
        session, wanted = self._waiting.pop(ticket)
        self.site.sessions[session.token] = session
        return self._enter(request, session, wanted)

    def _enter(self, request: Request, session: BrowserSession, wanted: str) -> Response:
        session.values = {"dtsg": secrets.token_urlsafe(20), "datr": request.cookies.get("datr")}
        response = RedirectResponse(wanted, 303)
        pages.set_cookie(response, "c_user", self.user_id(session.account), hidden=False)
        pages.set_cookie(response, "xs", session.token, hidden=True)
        pages.set_cookie(response, "fr", secrets.token_urlsafe(30), hidden=True)
        return response

    async def checkpoint(self, request: Request) -> Response:
        """The seller's to solve: Continue is enough here."""
        browser = request.cookies.get("xs", "")
        if request.method == "POST" and browser:
            self.site.solve(browser)
        if not self.site.challenged(browser) and "datr_bound" not in self.site.variants:
            return RedirectResponse(_inside(request.query_params.get("next", "")), 302)
        return self._show("checkpoint.html")

    async def leave(self, request: Request) -> Response:
        """Signing out takes `c_user` and `xs`; the browser's ids stay (fact: facebook §2)."""
        session = self.site.session(request)
        if session:
            self.site.sessions.pop(session.token, None)
        response = RedirectResponse("/", 303)
        for name in COOKIES_OF_LOGIN:
            response.delete_cookie(name, domain="facebook.com", secure=True, httponly=name == "xs", samesite="none")
        return response
