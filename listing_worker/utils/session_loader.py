"""A seller's session on its way from the sealed row into a browser and back.

Cookies travel exactly as Chrome reported them; localStorage and sessionStorage are restored once, before the site is
ever asked for anything, and never again, so that what the site refreshes stays refreshed. Facts: extension-stack §4,
browser-stack §3. Names of cookies may be told, values never.

Cookies go by CDP's `Network` domain on a page: its `Storage` domain, asked on a page, speaks of the browser's default
context whatever context the page belongs to (measured: the cookies of one seller would land in another's context).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, CDPSession, Error, Page
from pydantic import ValidationError

from listing_worker.errors import SessionUnreadable
from listing_worker.models import Cookie, OriginStorage, Session
from listing_worker.storage.live_view_calls import Purpose
from listing_worker.storage.rows import SealedSession
from listing_worker.storage.store import Store
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.redact import hide

_SAME_SITE = (None, "None", "Lax", "Strict")
_BLANK = "<!doctype html><title>restoring</title><link rel=icon href='data:,'>"  # or Chromium asks the site for one
_WRITE = "([kind, items]) => { for (const [k, v] of Object.entries(items)) window[kind].setItem(k, v) }"
_READ = "kind => Object.fromEntries(Object.entries(window[kind]))"


@dataclass(frozen=True)
class LoadedSession:
    """An opened session with the row it came from. Lives only inside an attempt; `repr` shows no value."""

    user_id: str
    row: SealedSession = field(repr=False)
    session: Session


def load_session(
    store: Store,
    ring: KeyRing,
    user_id: str,
    marketplace: str,
    *,
    purpose: Purpose,
    subject_id: str | None = None,
    attempt: int | None = None,
) -> LoadedSession | None:
    """The seller's session, opened; None if there is none or it has expired. What for, and by which attempt at which
    posting or operation, is noted for the seller to see.

    One that was opened by an old key is sealed again with the first, unless a fresher upload came in between. Its
    cookie values are hidden from this process's logs from here on. Raises SessionUnreadable if it does not open, or
    holds something else than it should.
    """
    row = store.open_session(user_id, marketplace, purpose, subject_id, attempt)
    if row is None:
        return None
    session = _open(ring, user_id, marketplace, row)
    if row["key_id"] != ring.first_key_id:
        key_id, sealed = ring.seal(_plain(session), user_id=user_id, marketplace=marketplace)
        store.reseal_session(user_id, marketplace, row["version"], key_id, sealed)
        row = store.get_session(user_id, marketplace)  # ours, or the fresher one that won
        if row is None:
            return None
        session = _open(ring, user_id, marketplace, row)
    hide(_secrets(session))
    return LoadedSession(user_id=user_id, row=row, session=session)


def save_back(store: Store, ring: KeyRing, loaded: LoadedSession, session: Session) -> bool:
    """Seals and stores what the site has refreshed during an attempt; call it only if the attempt ended signed in.

    False if nothing changed, or if a newer upload came meanwhile (which stays).
    """
    if _content(session) == _content(loaded.session):
        return False
    marketplace = loaded.row["marketplace"]
    key_id, sealed = ring.seal(_plain(session), user_id=loaded.user_id, marketplace=marketplace)
    return store.reseal_session(loaded.user_id, marketplace, loaded.row["version"], key_id, sealed)


async def restore(context: BrowserContext, session: Session) -> list[str]:
    """Puts the session into a fresh context, with no request to any site.

    Returns the names of cookies that Chromium refused; all others are set. Go on in `context.pages[0]`: sessionStorage
    belongs to that tab. Cookies that have run out since the capture are left out silently.
    """
    page = context.pages[0] if context.pages else await context.new_page()
    hide(_secrets(session))
    cdp = await context.new_cdp_session(page)
    try:
        refused = await _set_cookies(cdp, session.cookies)
    finally:
        await cdp.detach()
    for origin in session.origins:
        if origin.localStorage or origin.sessionStorage:
            await _restore_storage(page, origin)
    if session.origins:
        await page.goto("about:blank")
    return refused


async def capture(context: BrowserContext, page: Page, former: Session) -> Session:
    """The session as it stands now in this browser, limited to the sites of `former`.

    An unset sameSite stays unset (Playwright's own `storage_state` would say Lax). localStorage of every origin
    visited, sessionStorage of `page`; what was not visited is carried over from `former`.
    """
    cdp = await context.new_cdp_session(page)
    try:
        answer = await cdp.send("Network.getAllCookies")
    finally:
        await cdp.detach()
    sites = {cookie.domain.lstrip(".") for cookie in former.cookies}
    sites |= {urlsplit(origin.origin).hostname or "" for origin in former.origins}
    cookies = tuple(_from_cdp(raw) for raw in answer["cookies"] if _belongs(raw["domain"].lstrip("."), sites))

    origins = {origin.origin: origin for origin in former.origins}
    state = await context.storage_state()
    for seen in state.get("origins", []):
        if _belongs(urlsplit(seen["origin"]).hostname or "", sites):
            before = origins.get(seen["origin"])
            origins[seen["origin"]] = OriginStorage(
                origin=seen["origin"],
                localStorage={item["name"]: item["value"] for item in seen["localStorage"]},
                sessionStorage=before.sessionStorage if before else {},
            )
    here = urlsplit(page.url)
    if here.scheme == "https" and _belongs(here.hostname or "", sites):
        origin = f"{here.scheme}://{here.netloc}"
        origins[origin] = OriginStorage(
            origin=origin,
            localStorage=await page.evaluate(_READ, "localStorage"),
            sessionStorage=await page.evaluate(_READ, "sessionStorage"),
        )
    return former.model_copy(
        update={
            "capturedAt": datetime.now(UTC),
            "cookies": cookies,
            "origins": tuple(o for o in origins.values() if o.localStorage or o.sessionStorage),
        }
    )


def _open(ring: KeyRing, user_id: str, marketplace: str, row: SealedSession) -> Session:
    plain = ring.open(user_id=user_id, marketplace=marketplace, key_id=row["key_id"], sealed=row["sealed"])
    try:
        session = Session.model_validate_json(plain)
    except ValidationError as error:  # never chained: its text quotes the input
        count = error.error_count()
        raise SessionUnreadable(f"The session for {marketplace} opens, but {count} fields are not right.") from None
    if session.version != 1 or session.marketplace != marketplace:
        raise SessionUnreadable(f"The session for {marketplace} opens, but holds another kind of session.")
    return session


def _plain(session: Session) -> bytes:
    return session.model_dump_json(exclude_none=True).encode()


def _content(session: Session) -> tuple[list[str], list[str]]:
    """What is worth storing, whatever the order in which the browser told it."""
    cookies = sorted(cookie.model_dump_json() for cookie in session.cookies)
    return cookies, sorted(origin.model_dump_json() for origin in session.origins)


def _secrets(session: Session) -> list[str]:
    values = [cookie.value for cookie in session.cookies]
    for origin in session.origins:
        values += [*origin.localStorage.values(), *origin.sessionStorage.values()]
    return values


def to_cdp(cookie: Cookie) -> dict[str, Any]:
    """As CDP `Network.setCookies` wants it: a session cookie and an unset sameSite by leaving the key out, the
    partition key with both of its fields (fact: extension-stack §4.1)."""
    raw = cookie.model_dump(exclude_none=True)
    if cookie.expires < 0:
        del raw["expires"]
    if cookie.partitionKey is not None:
        raw["partitionKey"] = {
            "topLevelSite": cookie.partitionKey["topLevelSite"],
            "hasCrossSiteAncestor": bool(cookie.partitionKey.get("hasCrossSiteAncestor", False)),
        }
    return raw


def _from_cdp(raw: dict[str, Any]) -> Cookie:
    return Cookie.model_validate({**raw, "expires": -1 if raw.get("session") else raw.get("expires", -1)})


async def _set_cookies(cdp: CDPSession, cookies: Iterable[Cookie]) -> list[str]:
    """All at once; if Chromium refuses (one bad cookie fails the whole batch), one by one. The names of the refused."""
    now = time.time()
    wanted = [cookie for cookie in cookies if cookie.expires < 0 or cookie.expires > now]
    sendable = [to_cdp(cookie) for cookie in wanted if cookie.sameSite in _SAME_SITE]  # CDP takes others for unset
    if sendable:
        try:
            await cdp.send("Network.setCookies", {"cookies": sendable})
        except Error:
            for raw in sendable:
                with suppress(Error):  # found missing below
                    await cdp.send("Network.setCookies", {"cookies": [raw]})
    # Some are dropped without an error (SameSite=None without Secure): what counts is what is there.
    answer = await cdp.send("Network.getAllCookies")
    there = {(raw["name"], raw["domain"].lower(), raw["path"]) for raw in answer["cookies"]}
    return [c.name for c in wanted if (c.name, c.domain.lower(), c.path) not in there]


async def _restore_storage(page: Page, origin: OriginStorage) -> None:
    """Writes both storages from a blank page that only pretends to be the site."""
    pattern = f"{origin.origin}/**"
    await page.route(pattern, lambda route: route.fulfill(body=_BLANK, content_type="text/html"))
    try:
        await page.goto(f"{origin.origin}/robots.txt", wait_until="commit")
        await page.evaluate(_WRITE, ["localStorage", origin.localStorage])
        await page.evaluate(_WRITE, ["sessionStorage", origin.sessionStorage])
    finally:
        await page.unroute(pattern)


def _belongs(host: str, sites: Iterable[str]) -> bool:
    """Whether a host is one of the sites, below one, or a parent of one (".x" sets cookies for "www.x")."""
    return bool(host) and any(
        host == site or host.endswith(f".{site}") or (site.endswith(f".{host}") and "." in host) for site in sites
    )
