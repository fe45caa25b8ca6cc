"""From "publish" to the live posting: the press itself, and the pages that may come between (fact: craigslist §6, §7).

preview → [pn: a phone code] → [billing: a fee] → [mailoop: a mail's link] → confirmation
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.sandbox.craigslist.chain import Chain, letters
from listing_worker.sandbox.craigslist.pages import SESSION_COOKIE, end_session, text_page, to_login
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import Received

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.pages import Page
    from listing_worker.sandbox.craigslist.site import CraigslistSite

PAGES = {"pn", "billing", "mailoop", "done"}
TOO_SIMILAR = "This posting is too similar to another of your postings."
TOLL_FREE = {"800", "833", "844", "855", "866", "877", "888"}
MOST_TRIES, MOST_CALLS, MOST_NUMBERS = 5, 3, 3
BETWEEN_CALLS = 300.0

Said = Response | dict[str, str] | None


def values(site: CraigslistSite, chain: Chain) -> dict[str, Any]:
    """What the pages after "publish" show."""
    return {"record": chain.record, "fee": chain.category.fee if chain.category else 0, "free": not fee_due(chain)}


def count(site: CraigslistSite, chain: Chain) -> None:
    """Every press of "publish" that arrives for a new posting; one that is only edited is not published again."""
    if chain.mode != "edit":
        site.count_publish(chain.record)


def fee_due(chain: Chain) -> bool:
    return chain.mode != "edit" and chain.category is not None and chain.category.fee > 0


async def press(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    """The button "publish" of the preview."""
    faults = site.faults
    if faults.publish_error_before and chain.mode != "edit":
        return text_page(site, request, "something went wrong", status=faults.publish_error_before)
    if faults.reauth_after_publish:
        site.sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)
        response = to_login(request)
        end_session(response)
        return response
    if faults.suspended:
        return text_page(site, request, "account on hold", "Your account has been placed on hold.")
    if chain.mode == "edit":
        refused = change(site, request, chain.record, "edit", lambda: site.write(chain))
        chain.after = "" if isinstance(refused, HTMLResponse) else "done"
        return refused
    if "too_similar" in site.variant or site.twin_of(chain):
        return {"": TOO_SIMILAR}
    chain.after = "pn" if site.phone_needed(chain) else ""
    return None if chain.after else await go_on(site, request, chain)


def change(
    site: CraigslistSite, request: Request, posting: Received, what: str, apply: Callable[[], object]
) -> Response | None:
    """Changes a published posting, unless a switch keeps it from happening; an answer only where a switch gives one."""
    site.note_change(posting, what)
    if site.faults.change_error:
        return text_page(site, request, "something went wrong", status=site.faults.change_error)
    if not site.faults.change_ignored:
        apply()
    return LostAnswer() if site.faults.change_lost else None


async def go_on(site: CraigslistSite, request: Request, chain: Chain) -> Response | None:
    """After the press (and the phone, and the fee): what is still missing, or the posting itself."""
    if fee_due(chain) and not chain.record.fields.get("fee"):
        chain.after = "billing"
    elif not chain.account or "confirm_email" in site.variant:
        chain.after = "mailoop"
        mail_link(site, chain)
    else:
        site.published(chain)
        chain.after = "done"
        return await _answered(site, request)
    return None


async def _answered(site: CraigslistSite, request: Request) -> Response | None:
    """What the switches make of the answer to a press that took effect."""
    faults = site.faults
    if faults.publish_slow:
        await asyncio.sleep(faults.publish_slow)
    if faults.publish_lost:
        return LostAnswer()
    if faults.publish_error_after:
        return text_page(site, request, "something went wrong", status=faults.publish_error_after)
    return None


# ---- phone ----


async def phone(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    """Sends a code to a number, or takes the code (fact: craigslist §7: tries, calls and numbers are limited)."""
    notes = chain.phone
    if "user_code" in sent:
        notes["tries"] = notes.get("tries", 0) + 1
        if notes["tries"] > MOST_TRIES:
            return {"user_code": "too many tries; please try again later"}
        if not notes.get("code") or sent["user_code"].strip() != notes["code"]:
            return {"user_code": "that is not the code we sent"}
        chain.after = ""
        said = await go_on(site, request, chain)
        return said if said is not None else RedirectResponse(_next(chain), 303)
    digits = re.sub(r"\D", "", sent.get("phone_number", "")).removeprefix("1")
    if len(digits) != 10 or digits[:3] in TOLL_FREE:
        return {"phone_number": "please enter a US or Canadian number; toll-free and VoIP numbers do not work"}
    numbers = {*notes.get("numbers", ()), digits}
    if len(numbers) > MOST_NUMBERS or notes.get("calls", 0) >= MOST_CALLS:
        return {"phone_number": "too many calls; please try again in 12 hours"}
    if time.monotonic() - notes.get("called_at", -BETWEEN_CALLS) < BETWEEN_CALLS:
        return {"phone_number": "please wait 5 minutes between calls"}
    code = f"{secrets.randbelow(10**5):05d}"
    notes |= {"numbers": numbers, "calls": notes.get("calls", 0) + 1, "called_at": time.monotonic(), "code": code}
    site.tell("text message", digits, f"Your craigslist code is {code}")
    return RedirectResponse(f"{chain.path}?s=pn", 303)


def _next(chain: Chain) -> str:
    return chain.path if chain.after == "done" else f"{chain.path}?s={chain.after}"


# ---- fee ----


async def pay(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    """Takes a card; the receipt is at the same step (fact: craigslist §3)."""
    if chain.record.published_at is not None:
        return RedirectResponse(f"{chain.path}?s=billing", 303)
    if not re.fullmatch(r"\d{12,19}", sent.get("cardNumber", "").replace(" ", "")):
        return {"cardNumber": "please enter a valid card number"}
    chain.record.fields["fee"] = values(site, chain)["fee"]
    site.published(chain)
    return await _answered(site, request) or RedirectResponse(f"{chain.path}?s=billing", 303)


# ---- mail ----


def mail_link(site: CraigslistSite, chain: Chain) -> None:
    """The mail whose link publishes; "A posting works without an account too" (fact: craigslist §2)."""
    link = letters(22)
    site.links[link] = chain.token
    to = chain.values.get("FromEMail", "")
    site.tell("mail", to, "POST/EDIT/DELETE: publish your posting", f"https://post.craigslist.org/u/{link}")


async def send_again(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    mail_link(site, chain)
    return RedirectResponse(f"{chain.path}?s=mailoop", 303)


def mailed_link(site: CraigslistSite) -> Page:
    async def open_link(request: Request) -> Response:
        chain = site.chains.get(site.links.get(request.path_params["link"], ""))
        if chain is None:
            return text_page(site, request, "page not found", status=404)
        if chain.after == "mailoop":
            site.published(chain)
            chain.after = "done"
        return RedirectResponse(chain.path, 303)

    return open_link
