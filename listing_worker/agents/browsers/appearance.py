"""What a browser that we did not start ourselves is told: whose language and time zone, and where it may go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from playwright.async_api import BrowserContext, Page, Route, WebSocketRoute

from listing_worker.models import Session


def locale_of(session: Session | None) -> str | None:
    """The session's first language."""
    return session.languages[0] if session and session.languages else None


def time_zone_of(session: Session | None) -> str | None:
    """The session's time zone, if it is one that exists."""
    if not session or not session.timeZone:
        return None
    try:
        ZoneInfo(session.timeZone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return session.timeZone


@dataclass
class _Worn:
    """What a context's pages have taken on, or are about to: a page is not to be used before."""

    session: Session
    by_page: WeakKeyDictionary[Page, asyncio.Task[None]] = field(default_factory=WeakKeyDictionary)

    def on(self, page: Page) -> asyncio.Task[None]:
        if page not in self.by_page:
            self.by_page[page] = asyncio.create_task(_take_on(page, self.session))
        return self.by_page[page]


_worn: WeakKeyDictionary[BrowserContext, _Worn] = WeakKeyDictionary()


async def take_on(context: BrowserContext, page: Page, session: Session | None) -> None:
    """Gives `page`, and every page opened later, the session's language and time zone. The user agent stays its own.

    A page that the marketplace opens has them a moment after it opens; who opens one himself uses `open_tab`."""
    if session is None or (locale_of(session) is None and time_zone_of(session) is None):
        return
    _worn[context] = worn = _Worn(session)
    await worn.on(page)

    def later(opened: Page) -> None:
        worn.on(opened).add_done_callback(_look_at_its_error)  # nobody may wait for it, or it is closed again already

    context.on("page", later)


async def open_tab(context: BrowserContext) -> Page:
    """A new page of this context that has the session's language and time zone before its first request."""
    page = await context.new_page()
    worn = _worn.get(context)
    if worn is not None:
        await worn.on(page)
    return page


def _look_at_its_error(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()


async def _take_on(page: Page, session: Session) -> None:
    devtools = await page.context.new_cdp_session(page)  # stays attached: with it go the overrides
    zone, locale = time_zone_of(session), locale_of(session)
    if zone is not None:
        await devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
    if locale is not None:
        agent = (await devtools.send("Browser.getVersion"))["userAgent"]
        languages = ",".join(session.languages)
        await devtools.send("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": languages})
        await devtools.send("Emulation.setLocaleOverride", {"locale": locale.replace("-", "_")})


async def keep_to(context: BrowserContext, hosts: Sequence[str]) -> None:
    """Lets the browser reach these hosts ("*.x" allowed) and no others.

    A browser of our own is told at its start, which costs nothing (chromium.allow_only); this asks at every request.
    """
    await context.route(lambda url: not is_allowed(url, hosts), _refuse)
    await context.route_web_socket(lambda url: not is_allowed(url, hosts), _refuse_socket)


def is_allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether the address leads to one of `hosts`, or nowhere (data:, blob:, about:)."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "ws", "wss"}:
        return True
    name = (parts.hostname or "").lower()
    return any(fnmatch(name, host.lower()) for host in hosts)


async def _refuse(route: Route) -> None:
    await route.abort("namenotresolved")


async def _refuse_socket(socket: WebSocketRoute) -> None:
    await socket.close()
