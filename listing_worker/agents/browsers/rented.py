"""A browser that runs somewhere else, driven over CDP, for one attempt: from renting it to giving it back.

Closing the connection does not end a rented browser, nor its bill (fact: browser-stack §10). So it is given back by the
provider's API on every path; what a killed worker could not give back is found by its mark (`left_behind.py`), and the
provider ends it at its time limit in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.browsers.appearance import keep_to, take_on
from listing_worker.agents.browsers.base import VIEWPORT, Bill, Lease
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.errors import BrowserCrashed, ListingWorkerError
from listing_worker.models import Session
from listing_worker.settings import Settings

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT = 30_000  # milliseconds
CLOSE_TIMEOUT = 5.0  # seconds
GIVE_BACK_TRIES = 3


@dataclass(frozen=True)
class Rented:
    """A rented browser. `cdp_url` may hold a token: it is never logged. `own_profile`: the whole browser is ours alone,
    so its first context is; otherwise it may be shared, and we make a context of our own in it."""

    id: str
    cdp_url: str = field(repr=False)
    live_view_url: str | None = field(default=None, repr=False)
    own_profile: bool = True


@dataclass(frozen=True)
class LeftBehind:
    """A browser that still runs and bears our mark. `owner` is the short name of the process that rented it, where the
    provider keeps one (marks.py)."""

    id: str
    age: float  # seconds
    owner: str | None


class Cloud(Protocol):
    """A provider's API: a few calls. All raise RateLimited (no free browser), ConfigurationError (key, plan) or
    BrowserCrashed (does not answer)."""

    name: str

    async def rent(self, seconds: float) -> Rented:
        """A fresh browser that the provider itself ends after `seconds`."""

    async def give_back(self, rented_id: str) -> float | None:
        """Ends it and its bill; dollars if the provider tells. Harmless for one that has ended already."""

    async def left_behind(self) -> list[LeftBehind]:
        """Those that run now and bear our mark."""


@asynccontextmanager
async def open_rented(
    cloud: Cloud, settings: Settings, *, hosts: Sequence[str], session: Session | None = None
) -> AsyncIterator[Lease]:
    """The contract of browsers/base.py, on a rented browser."""
    bill = Bill(provider=cloud.name)
    rented = await _rent(cloud, settings)
    driver: Playwright | None = None
    browser: Browser | None = None
    context: BrowserContext | None = None
    try:
        try:
            driver = await async_playwright().start()
            browser = await driver.chromium.connect_over_cdp(rented.cdp_url, timeout=CONNECT_TIMEOUT)
            context, page = await _prepare(browser, rented, settings, hosts, session)
        except PlaywrightError as error:
            # its text may hold the address and with it a token
            raise BrowserCrashed(f"The browser of {cloud.name} could not be reached.") from _without_text(error)
        try:
            yield Lease(context=context, page=page, local=False, live_view_url=rented.live_view_url, bill=bill)
        except PlaywrightError as error:
            raise_if_gone(error)
            raise
    finally:
        await asyncio.shield(_end(cloud, rented, driver, browser, context, bill, settings))


async def _rent(cloud: Cloud, settings: Settings) -> Rented:
    """Rents; if we are cancelled meanwhile, what comes is given back."""
    renting = asyncio.ensure_future(cloud.rent(settings.longest_attempt_seconds + 60))
    try:
        return await asyncio.shield(renting)
    except asyncio.CancelledError:
        with contextlib.suppress(ListingWorkerError):
            await give_back(cloud, (await renting).id)
        raise


async def _prepare(
    browser: Browser, rented: Rented, settings: Settings, hosts: Sequence[str], session: Session | None
) -> tuple[BrowserContext, Page]:
    if rented.own_profile and browser.contexts:
        context = browser.contexts[0]
    else:
        context = await browser.new_context()
    page = context.pages[0] if context.pages else await context.new_page()
    await page.set_viewport_size({"width": VIEWPORT[0], "height": VIEWPORT[1]})
    await take_on(context, page, session)
    if settings.sandbox_file is None:
        await keep_to(context, hosts)
    return context, page


async def _end(
    cloud: Cloud,
    rented: Rented,
    driver: Playwright | None,
    browser: Browser | None,
    context: BrowserContext | None,
    bill: Bill,
    settings: Settings,
) -> None:
    try:
        if browser is not None:
            if context is not None and not rented.own_profile:
                with contextlib.suppress(PlaywrightError, TimeoutError):
                    await asyncio.wait_for(context.close(), CLOSE_TIMEOUT)
            with contextlib.suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(browser.close(), CLOSE_TIMEOUT)
        if driver is not None:
            with contextlib.suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(driver.stop(), CLOSE_TIMEOUT)
    finally:
        dollars = await give_back(cloud, rented.id)
        bill.close(dollars)
        if bill.dollars is None and settings.browser_dollars_per_hour is not None:
            bill.dollars = round(bill.seconds / 3600 * settings.browser_dollars_per_hour, 6)


async def give_back(cloud: Cloud, rented_id: str) -> float | None:
    """Gives it back, trying a few times; what it cost, if told. Never raises: it is found again later."""
    for tries in range(1, GIVE_BACK_TRIES + 1):
        try:
            return await cloud.give_back(rented_id)
        except ListingWorkerError as error:
            log.warning(
                "A rented browser could not be given back.",
                action="give_back", provider=cloud.name, browser=rented_id, tries=tries, error=error.message,
            )  # fmt: skip
            if tries < GIVE_BACK_TRIES:
                await asyncio.sleep(0.3 * tries)
    return None


def _without_text(error: PlaywrightError) -> Any:
    return RuntimeError(type(error).__name__)
