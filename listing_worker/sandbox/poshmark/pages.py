"""The replica's pages. Server-rendered; the listing form and the closet are then taken over by scripts in `static/`."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.poshmark import catalog, wire
from listing_worker.sandbox.site import Account, BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.poshmark.site import PoshmarkSite

PM_VERSION = "2026.33.00"
WAITING, SMS_CODE = "pm_waiting", "123456"
COVER_DELAY, LATE_COVER_DELAY = 250, 4000  # milliseconds
LISTING_ID = re.compile(r"(?:^|-)([0-9a-f]{24})$")

# Square-bracket delimiters: Vue's own {{ }} in the same files stay as they are.
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    variable_start_string="[[",
    variable_end_string="]]",
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["price"] = lambda cents: f"${(cents or 0) / 100:,.0f}"
TEMPLATES.globals["picture_url"] = wire.picture_url
TEMPLATES.globals["listing_path"] = wire.listing_path
TEMPLATES.globals["conditions"] = {code: label for code, label, _ in catalog.CONDITIONS}
TEMPLATES.globals["color_codes"] = dict(catalog.COLORS)


def script_json(value: Any) -> Markup:
    """JSON that is safe inside a script element."""
    text = json.dumps(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  (escaped just above)


class Pages:
    """Handlers of everything a person opens."""

    def __init__(self, site: PoshmarkSite) -> None:
        self.site = site

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.home),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/signup", self.signup),
            Route("/logout", self.logout),
            Route("/verify/security-code", self.verify),
            Route("/feed", self.feed),
            Route("/create-listing", self.create),
            Route("/edit-listing/{listing_id}", self.edit),
            Route("/listing/{name}", self.listing),
            Route("/closet/{handle}", self.closet),
            Route("/order/sales", self.sales),
            Route("/order/sales/{listing_id}", self.sale),
            Route("/user/edit-profile", self.profile),
        ]

    # ---- rendering ----

    def _page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        state: dict[str, Any] | None = None,
        **values: Any,
    ) -> Response:
        """A page with its state, a new csrf token (in a meta tag and a cookie) and what the switches put on top."""
        session = self.site.visitor(request)
        account = session.account if session else None
        csrf = self.site.new_csrf(session)
        faults = self.site.faults
        user = {"uid": account.id, "dh": account.handle, "fn": account.first_name} if account else None
        initial = {"userCookies": {"userInfo": user}, "pm_version": PM_VERSION, **(state or {})}
        html = TEMPLATES.get_template(template).render(
            me=account,
            csrf=csrf,
            state=script_json(initial),
            restricted=faults.suspended and account is not None,
            cookie_banner=faults.cookie_banner and "cookie_banner_seen" not in request.cookies,
            error_dialog=faults.modal,
            **values,
        )
        response = HTMLResponse(html, status, headers={"Cache-Control": "no-store"})
        response.set_cookie("_csrf", csrf, path="/", secure=True, samesite=None)
        return response

    def _stopped(self, request: Request, *, signed_in: bool = True) -> Response | None:
        """A redirect for whoever may not see the page now: the challenge, or the sign-in page."""
        if self.site.challenged(request.cookies.get("jwt", "")):
            return RedirectResponse("/verify/security-code?reason=new_device", 302)
        if signed_in and self.site.visitor(request) is None:
            response = RedirectResponse("/login", 302)
            if "jwt" in request.cookies and not self.site.faults.signed_out:
                self.site.clear_session_cookies(response)
            return response
        return None

    def _session(self, request: Request) -> BrowserSession:
        session = self.site.visitor(request)
        assert session is not None
        return session

    def _missing(self, request: Request) -> Response:
        return self._page(request, "missing.html", status=404)

    # ---- signing in ----

    async def home(self, request: Request) -> Response:
        if self.site.visitor(request):
            return RedirectResponse("/feed", 302)
        return self._page(request, "home.html")

    async def login(self, request: Request) -> Response:
        if stopped := self._stopped(request, signed_in=False):
            return stopped
        if request.method == "GET":
            if self.site.visitor(request):
                return RedirectResponse("/feed", 302)
            return self._page(request, "login.html", wrong=False, username="")
        async with request.form() as form:
            username = str(form.get("login_form[username_email]", "")).strip()
            password = str(form.get("login_form[password]", ""))
        session = self.site.sign_in(username, password)
        if session is None:
            return self._page(request, "login.html", wrong=True, username=username)
        if "sms_code" in self.site.variants():
            return self._ask_for_code(session)
        response = RedirectResponse("/feed", 302)
        self.site.set_session_cookies(response, session)
        return response

    def _ask_for_code(self, session: BrowserSession) -> Response:
        """A new device: the session waits for the code of the text message (fact: poshmark §2)."""
        ticket = secrets.token_urlsafe(12)
        self.site.waiting[ticket] = self.site.sessions.pop(session.token)
        response = RedirectResponse("/verify/security-code?reason=new_device", 302)
        response.set_cookie(WAITING, ticket, path="/", secure=True, httponly=True)
        return response

    async def signup(self, request: Request) -> Response:
        return self._page(request, "home.html")

    async def logout(self, request: Request) -> Response:
        self.site.sessions.pop(request.cookies.get("jwt", ""), None)
        response = RedirectResponse("/login", 302)
        self.site.clear_session_cookies(response)
        return response

    async def verify(self, request: Request) -> Response:
        waiting = self.site.waiting.get(request.cookies.get(WAITING, ""))
        browser, code = request.cookies.get("jwt", ""), request.query_params.get("code", "").strip()
        if waiting is not None and code == SMS_CODE:
            self.site.sessions[waiting.token] = self.site.waiting.pop(request.cookies[WAITING])
            response: Response = RedirectResponse("/feed", 302)
            self.site.set_session_cookies(response, waiting)
            response.delete_cookie(WAITING, path="/", secure=True, httponly=True)
            return response
        if code == SMS_CODE and browser:
            self.site.solve(browser)
        if waiting is None and not self.site.challenged(browser):
            return RedirectResponse("/feed", 302)
        return self._page(request, "verify.html", wrong=bool(code))

    async def feed(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        tiles = [listing for account in self.site.accounts.values() for listing in self.site.shelf(account)]
        owners = {account.username: account for account in self.site.accounts.values()}
        return self._page(request, "feed.html", tiles=tiles[:48], owners=owners)

    # ---- the form ----

    def _editor(self, request: Request, heading: str, listing: Received | None, *, copied: bool = False) -> Response:
        session, faults = self._session(request), self.site.faults
        variants = self.site.variants()
        drafts = self.site.saved_drafts(session.account)
        post = wire.post_json(listing, session.account, private=True) if listing else None
        if post is not None and listing is not None:
            post["path"] = wire.listing_path(listing)
            if copied:  # a form of its own, with a draft of its own (fact: poshmark §8)
                post |= {"id": "", "title": f"Copy of {listing.title}"[:80], "inventory_status": "available"}
        state = {
            "$_listing_editor": {
                "post": post,
                "editing": bool(listing and listing.published_at and not copied),
                "drafts": [{"id": d.id, "title": d.title} for d in drafts],
                "department": None if "inline_category" in variants else session.values.get("department"),
                "sticky_category": "inline_category" not in variants,
                "smart_sell": "smart_sell" in variants,
                "share_panel": "no_share_panel" not in variants,
                "fragile": "fragile" in variants,
                "cover_delay": LATE_COVER_DELAY if "late_cover" in variants else COVER_DELAY,
                "restricted": faults.suspended,
            },
            "$_meta": {
                "catalog": catalog.catalog(),
                "size_sets": catalog.SIZE_SETS,
                "colors": [{"name": name, "rgb": rgb, "message_id": name.lower()} for name, rgb in catalog.COLORS],
                "conditions": [
                    {"id": code, "display": label, "description": text} for code, label, text in catalog.CONDITIONS
                ],
                "style_tags": catalog.style_tags(),
                "shipping_discounts": [{"id": code, "title": title} for code, title in catalog.SHIPPING_DISCOUNTS],
            },
        }
        return self._page(request, "editor.html", state=state, heading=heading)

    async def create(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        source = self.site.listings.get(request.query_params.get("copy_id", ""))
        if source and source.published_at and source.account == self._session(request).account.username:
            return self._editor(request, "Create Listing", source, copied=True)
        draft = self.site.listings.get(request.query_params.get("draft_id", ""))
        mine = (
            draft is not None and draft.status == "draft" and draft.account == self._session(request).account.username
        )
        return self._editor(request, "Create Listing", draft if mine else None)

    async def edit(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        listing = self.site.listings.get(request.path_params["listing_id"])
        mine = listing is not None and listing.account == self._session(request).account.username
        if listing is None or not mine or listing.status in {"draft", "deleted"}:
            return self._missing(request)
        return self._editor(request, "Edit Listing", listing)

    # ---- what the public sees ----

    async def listing(self, request: Request) -> Response:
        if stopped := self._stopped(request, signed_in=False):
            return stopped
        found = LISTING_ID.search(request.path_params["name"])
        listing = self.site.listings.get(found[1]) if found else None
        session = self.site.visitor(request)
        mine = listing is not None and session is not None and session.account.username == listing.account
        hidden = listing is None or listing.status in {"draft", "deleted"}
        if listing is None or hidden or (listing.status == "pending_review" and not mine):
            return self._missing(request)
        owner = self.site.owner_of(listing)
        details = wire.post_json(listing, owner, private=False)
        return self._page(
            request,
            "listing.html",
            state={"$_listing_details": {"listingDetails": details}},
            listing=listing,
            owner=owner,
            mine=mine,
            availability=wire.availability(listing),
        )

    async def closet(self, request: Request) -> Response:
        if stopped := self._stopped(request, signed_in=False):
            return stopped
        owner: Account | None = self.site.account_by_handle(request.path_params["handle"])
        if owner is None:
            return self._missing(request)
        availability = request.query_params.get("availability", "")
        if availability not in {"available", "sold_out"}:
            availability = ""  # any other value shows the ordinary closet (fact: poshmark §1)
        words = request.query_params.get("query", "").strip().lower()
        session = self.site.visitor(request)
        mine = session is not None and session.account.username == owner.username
        shelf = [post for post in self.site.shelf(owner, availability) if mine or post.status != "pending_review"]
        shelf = [post for post in shelf if words in post.title.lower()]
        return self._page(
            request,
            "closet.html",
            state={"$_closet": {"handle": owner.handle, "availability": availability, "shown": min(len(shelf), 48)}},
            owner=owner,
            mine=mine,
            tiles=shelf[:48],
            total=len(shelf),
            availability=availability,
            words=words,
        )

    # ---- the seller's own ----

    async def sales(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        account = self._session(request).account
        sold = self.site.shelf(account, "sold_out")
        return self._page(request, "sales.html", sold=sold)

    async def sale(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        account = self._session(request).account
        wanted = request.path_params["listing_id"]
        sold = [listing for listing in self.site.shelf(account, "sold_out") if listing.id == wanted]
        return self._page(request, "sales.html", sold=sold) if sold else self._missing(request)

    async def profile(self, request: Request) -> Response:
        if stopped := self._stopped(request):
            return stopped
        account = self._session(request).account
        return self._page(
            request, "profile.html", state={"$_profile": {"dh": account.handle, "fn": account.first_name}}
        )
