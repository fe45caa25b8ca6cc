"""Managing one posting: display, edit, delete, repost, renew, undelete (fact: craigslist §1, §8).

The account's table turns a press of "delete" into one request to /posting/delete and believes in it at once; the older
page of `/manage/<id>` asks first. Both end in the same state. An unfinished chain is managed under its token: gone on
with, or deleted (whether the drafts tab offers that is not in the sheet; here it does, as for postings, unasked).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.craigslist import publish
from listing_worker.sandbox.craigslist.chain import Chain
from listing_worker.sandbox.craigslist.pages import render, seller_page, sent_form, text_page
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.site import CraigslistSite

Offered = Callable[["CraigslistSite", Received], bool]
ENDED = {"deleted", "sold", "delisted"}

# what a row of the table offers, and when
ACTIONS: dict[str, Offered] = {
    "display": lambda _, posting: posting.status == "live",
    "edit": lambda _, posting: posting.status in {"live", "pending_review"},
    "delete": lambda _, posting: posting.status in {"live", "pending_review"},
    "repost": lambda _, posting: posting.status in {*ENDED, "expired"},
    "renew": lambda site, posting: site.renewable(posting),
}


def crypt_of(session: BrowserSession, posting_id: str) -> str:
    """The token that a row's forms carry: one for each posting and session."""
    kept: dict[str, str] = session.values.setdefault("crypt", {})
    return kept.setdefault(posting_id, f"U2FsdGVkX1{secrets.token_urlsafe(24)}")


def routes(site: CraigslistSite) -> list[BaseRoute]:
    def own(session: BrowserSession, name: str) -> Received | None:
        """By the ten-digit id or by the token of the share address."""
        for posting in site.listings.values():
            if name in {posting.id, posting.fields.get("share_token")} and posting.published_at is not None:
                return posting if posting.account == session.account.username else None
        return None

    async def manage_draft(request: Request, session: BrowserSession, chain: Chain) -> Response:
        sent = await sent_form(request) if request.method == "POST" else {}
        if sent.get("action") != "delete":
            return RedirectResponse(chain.path, 303)
        if sent.get("crypt") != crypt_of(session, chain.token):
            return text_page(site, request, "something went wrong", status=403)
        site.discard(chain)
        return text_page(site, request, "This draft has been deleted.")

    async def manage(request: Request, session: BrowserSession) -> Response:
        draft = site.chains.get(request.path_params["name"])
        if draft is not None and draft in site.drafts(session.account.username):
            return await manage_draft(request, session, draft)
        posting = own(session, request.path_params["name"])
        if posting is None:
            return text_page(site, request, "page not found", status=404)
        sent = await sent_form(request) if request.method == "POST" else {}
        action = sent.get("action") or request.query_params.get("action", "")
        if action in ACTIONS and not ACTIONS[action](site, posting):
            return page(request, session, posting, said=f"this posting cannot be changed that way: {action}")
        if action == "display":
            return RedirectResponse(posting.url, 303)
        if action in {"edit", "repost"}:
            if site.faults.suspended:
                return text_page(site, request, "account on hold", "Your account has been placed on hold.")
            return RedirectResponse(f"{site.chain_of(posting, action).path}?s=edit", 303)
        trusted = sent.get("crypt") == crypt_of(session, posting.id)
        done, said = change_of(posting, action, confirmed="confirmed" in sent)
        if not trusted or done is None:
            return page(request, session, posting, asking=action)
        return publish.change(site, request, posting, action, done) or page(request, session, posting, said=said)

    def change_of(posting: Received, action: str, *, confirmed: bool) -> tuple[Callable[[], None] | None, str]:
        """What an action does, and what the page says then; nothing while it still has to be confirmed."""
        if action == "renew":
            return lambda: posting.fields.update(renewed_at=time.time()), "this posting has been renewed"
        if action == "delete" and confirmed:
            return lambda: setattr(posting, "status", "deleted"), "This posting has been deleted."
        if action == "undelete" and posting.status == "deleted":
            return lambda: setattr(posting, "status", "live"), "This posting has been undeleted."
        return None, ""

    def page(
        request: Request, session: BrowserSession, posting: Received, *, said: str = "", asking: str = ""
    ) -> Response:
        return render(
            site,
            "manage.html",
            request,
            posting=posting,
            said=said,
            asking=asking,
            actions=[name for name, offered in ACTIONS.items() if offered(site, posting)],
            crypt=crypt_of(session, posting.id),
        )

    return [Route("/manage/{name}", seller_page(site, manage), methods=["GET", "POST"])]


def xhr_routes(site: CraigslistSite) -> list[BaseRoute]:
    async def delete(request: Request, session: BrowserSession) -> Response:
        sent = await sent_form(request)
        posting = site.listings.get(sent.get("posting_id", ""))
        mine = posting is not None and posting.account == session.account.username
        if posting is None or not mine or sent.get("crypt") != crypt_of(session, posting.id):
            return JSONResponse({"success": 0}, 403)
        if not ACTIONS["delete"](site, posting):
            return JSONResponse({"success": 1})
        done = publish.change(site, request, posting, "delete", lambda: setattr(posting, "status", "deleted"))
        return done or JSONResponse({"success": 1})

    return [Route("/posting/delete", seller_page(site, delete), methods=["POST"])]
