"""accounts.craigslist.org: signing in, and the account's home with its tabs (fact: craigslist §1, §2, §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.craigslist.chain import letters
from listing_worker.sandbox.craigslist.manage import ACTIONS, crypt_of
from listing_worker.sandbox.craigslist.pages import (
    ACCOUNT_HOME,
    LOGIN,
    SESSION_COOKIE,
    end_session,
    open_page,
    render,
    safe_return,
    seller_page,
    sent_form,
    session_cookies,
    text_page,
)
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.site import CraigslistSite

ROWS = 50
TABS = ("postings", "drafts", "searches", "settings", "billing")
STATUS_WORDS = {
    "live": "active",
    "pending_review": "pending",
    "flagged": "removed",
    "sold": "deleted",
    "delisted": "deleted",
}


def status_word(posting: Received) -> str:
    """What the postings table says: active, pending, deleted, expired or removed."""
    return STATUS_WORDS.get(posting.status, posting.status)


def routes(site: CraigslistSite) -> list[BaseRoute]:
    async def login(request: Request) -> Response:
        rp = request.query_params.get("rp", "")
        if site.session_of(request, SESSION_COOKIE):
            return RedirectResponse(safe_return(rp), 302)
        return render(site, "login.html", request, rp=rp, error="", handle="")

    async def submit(request: Request) -> Response:
        sent = await sent_form(request)
        handle, rp = sent.get("inputEmailHandle", "").strip(), sent.get("rp", "")
        if "emailLink" in sent:
            return mail_a_link(request, handle, rp)
        session = site.sign_in(handle, sent.get("inputPassword", ""))
        if session is None:
            error = "Your email / handle or password is not correct."
            return render(site, "login.html", request, rp=rp, error=error, handle=handle)
        if "login_link" in site.variant:
            del site.sessions[session.token]
            return mail_a_link(request, handle, rp)
        return signed_in(session, rp)

    def signed_in(session: BrowserSession, rp: str) -> Response:
        response = RedirectResponse(safe_return(rp), 303)
        session_cookies(response, session)
        return response

    def mail_a_link(request: Request, handle: str, rp: str) -> Response:
        if handle in site.accounts:
            link = letters(22)
            site.links[link] = handle
            site.tell("mail", handle, "Log in to craigslist", f"https://accounts.craigslist.org/login/onetime/{link}")
        return text_page(site, request, "check your email", f"We sent a log in link to {handle}.")

    async def one_time(request: Request) -> Response:
        account = site.accounts.get(site.links.pop(request.path_params["link"], ""))
        session = site.sign_in(account.username, account.password) if account else None
        if session is None:
            return text_page(site, request, "this link is no longer valid", status=404)
        return signed_in(session, "")

    async def logout(request: Request) -> Response:
        site.sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)
        response = RedirectResponse(LOGIN, 302)
        end_session(response)
        return response

    async def home(request: Request, session: BrowserSession) -> Response:
        query = request.query_params if request.method == "GET" else await sent_form(request)
        tab = query.get("show_tab", "postings")
        return render(
            site,
            "home.html",
            request,
            tabs=TABS,
            tab=tab if tab in TABS else "postings",
            drafts=[(draft, crypt_of(session, draft.token)) for draft in site.drafts(session.account.username)],
            **table(session, query.get("filter_page", "1")),
        )

    def table(session: BrowserSession, page: str) -> dict[str, Any]:
        """One page of the postings table: 50 rows, whatever their state."""
        every = site.postings(session.account.username)
        rows = 2 if "short_pages" in site.variant else ROWS
        number = max(int(page), 1) if page.isdigit() else 1
        shown = every[(number - 1) * rows : number * rows]
        return {
            "rows": [row(session, posting) for posting in shown],
            "page": number,
            "pages": max(-(-len(every) // rows), 1),
            "total": len(every),
        }

    def row(session: BrowserSession, posting: Received) -> dict[str, Any]:
        return {
            "posting": posting,
            "status": status_word(posting),
            "actions": [name for name, offered in ACTIONS.items() if offered(site, posting)],
            "crypt": crypt_of(session, posting.id),
        }

    return [
        Route("/", open_page(site, to_home)),
        Route("/login", open_page(site, login)),
        Route("/login", open_page(site, submit), methods=["POST"]),
        Route("/login/onetime/{link}", open_page(site, one_time)),
        Route("/login/home", seller_page(site, home), methods=["GET", "POST"]),
        Route("/logout", open_page(site, logout)),
    ]


async def to_home(request: Request) -> Response:
    return RedirectResponse(ACCOUNT_HOME, 302)
