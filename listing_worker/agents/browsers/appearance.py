"""What a browser that we did not start ourselves is told: whose language and time zone, and where it may go."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from playwright.async_api import BrowserContext, Page, Route, WebSocketRoute
from playwright.async_api import Error as PlaywrightError

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


async def take_on(context: BrowserContext, page: Page, session: Session | None) -> None:
    """Gives `page`, and every page opened later, the session's language and time zone. The user agent stays its own."""
    if locale_of(session) is None and time_zone_of(session) is None:
        return
    await _take_on(context, page, session)

    async def later(opened: Page) -> None:
        try:
            await _take_on(context, opened, session)
        except PlaywrightError:
            return  # closed again already

    context.on("page", later)


async def _take_on(context: BrowserContext, page: Page, session: Session | None) -> None:
    devtools = await context.new_cdp_session(page)  # stays attached: with it go the overrides
    zone, locale = time_zone_of(session), locale_of(session)
    if zone is not None:
        await devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
    if locale is not None and session is not None:
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
