"""The Poshmark replica: its state, sign-in and routes. Built from the fact sheet; pages in `pages.py`, API in `api.py`.

Variants (switch `variant`, words separated by commas) are in `variants.py`.
"""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from listing_worker.sandbox.poshmark import wire
from listing_worker.sandbox.poshmark.api import Api
from listing_worker.sandbox.poshmark.pages import Pages
from listing_worker.sandbox.poshmark.variants import VARIANTS
from listing_worker.sandbox.site import Account, BrowserSession, Received, Site

DOMAIN = ".poshmark.com"
MONTH = 30 * 24 * 3600
VARIANT_B = ("smart_sell", "inline_category")


def new_object_id() -> str:
    """24 hex digits whose first 8 are the Unix second (fact: poshmark §1)."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


class PoshmarkSite(Site):
    """poshmark.com and its image host."""

    name = "poshmark"
    display_name = "Poshmark"
    hosts = ("poshmark.com", "www.poshmark.com", wire.IMAGE_HOST)
    home = "https://poshmark.com/"
    variant_words = VARIANTS

    def routes(self) -> list[BaseRoute]:
        api = Api(self)
        static = StaticFiles(directory=Path(__file__).parent / "static")
        pages = [*api.routes(), *Pages(self).routes(), Mount("/web-assets", static)]
        return [
            Host(wire.IMAGE_HOST, Router(api.image_routes())),
            Host("www.poshmark.com", Router([Route("/{path:path}", self.without_www)])),
            Host("poshmark.com", Router(pages)),
        ]

    def without_www(self, request: Request) -> Response:
        return RedirectResponse(str(request.url.replace(hostname="poshmark.com")), 301)

    def variants(self) -> set[str]:
        words = {word.strip() for word in self.faults.variant.split(",") if word.strip()}
        return words - {"B"} | (set(VARIANT_B) if "B" in words else set())

    # ---- sign-in ----

    def reset(self) -> None:
        self.waiting: dict[str, BrowserSession] = {}  # signed in but for the security code
        super().reset()

    def visitor(self, request: Request) -> BrowserSession | None:
        return self.session_of(request, "jwt")

    def set_session_cookies(self, response: Response, session: BrowserSession) -> None:
        """The cookies of a signed-in browser (fact: poshmark §2)."""
        account = session.account
        about = {"dh": account.handle, "em": account.username, "uid": account.id, "fn": account.first_name}
        common: dict[str, Any] = {"domain": DOMAIN, "path": "/", "secure": True, "samesite": None}
        ends = int(time.time()) + MONTH
        response.set_cookie("jwt", session.token, max_age=MONTH, httponly=True, **common)
        response.set_cookie("ui", quote(json.dumps(about)), max_age=MONTH, httponly=True, **common)
        response.set_cookie("usegv3", "1", max_age=MONTH, **common)
        response.set_cookie("vsegv3", "1", max_age=MONTH, **common)
        response.set_cookie("esid", f"{self.canary}-{secrets.token_hex(8)}", httponly=True, **common)
        response.set_cookie("ses_exp", str(int(time.time()) + 3600), max_age=MONTH, **common)
        response.set_cookie("max_auth_exp", str(ends), max_age=MONTH, **common)

    def clear_session_cookies(self, response: Response) -> None:
        for name in ("jwt", "ui", "esid", "ses_exp", "max_auth_exp"):
            response.delete_cookie(name, path="/", domain=DOMAIN)

    def new_csrf(self, session: BrowserSession | None) -> str:
        """A token for one page render; the last 50 of a session stay valid, as tabs stay open."""
        token = secrets.token_urlsafe(18)
        if session is not None:
            known: list[str] = session.values.setdefault("csrf", [])
            known.append(token)
            del known[:-50]
        return token

    def csrf_is_fine(self, request: Request, session: BrowserSession) -> bool:
        """The header must repeat the cookie, and the cookie must be of this session."""
        sent = request.headers.get("x-xsrf-token", "")
        return bool(sent) and sent == request.cookies.get("_csrf") and sent in session.values.get("csrf", [])

    # ---- listings ----

    def new_draft(self, account: Account) -> Received:
        listing = Received(id=new_object_id(), account=account.username)
        self.listings[listing.id] = listing
        return listing

    def owner_of(self, listing: Received) -> Account:
        found = self.accounts.get(listing.account)
        return found or Account(listing.account, "", "someone", "0" * 24)

    def account_by_handle(self, handle: str) -> Account | None:
        return next((a for a in self.accounts.values() if a.handle.lower() == handle.lower()), None)

    def saved_drafts(self, account: Account) -> list[Received]:
        """Drafts that the seller saved by hand, newest first: what the drafts panel shows."""
        mine = [d for d in self.listings.values() if d.account == account.username and d.status == "draft"]
        return sorted((d for d in mine if d.fields.get("autolist_draft") is False), key=lambda d: -d.created_at)

    def shelf(self, account: Account, availability: str = "") -> list[Received]:
        """The closet's tiles: published listings, newest first. `availability`: "available", "sold_out" or all."""
        wanted = {"available": {"live", "pending_review"}, "sold_out": {"sold"}}.get(
            availability, {"live", "pending_review", "sold", "delisted"}
        )
        now = time.time()
        shown = [
            listing
            for listing in self.listings.values()
            if listing.account == account.username and listing.status in wanted and listing.visible_from <= now
        ]
        return sorted(shown, key=lambda listing: -(listing.published_at or 0))
