"""A Chromium that sees the replicas at their real addresses, signed in, for the agents' tests."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.sandbox.site import Account
from tests.agents.cases.common import make_photos
from tests.fixtures.sandbox import RunningSandbox

SignedIn = Callable[[str], Awaitable[Page]]


@pytest.fixture(scope="session")
def market_browser(_loop: asyncio.AbstractEventLoop, chromium_path: Path, sandbox: RunningSandbox) -> Iterator[Browser]:
    """One Chromium for this pytest process, on the loop of `run_async`."""

    async def start() -> tuple[Any, Browser]:
        driver = await async_playwright().start()
        arguments = [*base_arguments(), *sandbox.file.chromium_arguments()]
        return driver, await driver.chromium.launch(executable_path=chromium_path, args=arguments)

    async def stop() -> None:
        await browser.close()
        await driver.stop()

    driver, browser = _loop.run_until_complete(start())
    yield browser
    _loop.run_until_complete(stop())


@pytest.fixture
def market_context(
    _loop: asyncio.AbstractEventLoop, market_browser: Browser, clean_sandbox: RunningSandbox
) -> Iterator[BrowserContext]:
    """A fresh context on a clean sandbox, closed afterwards."""
    context = _loop.run_until_complete(market_browser.new_context(viewport={"width": 1280, "height": 900}))
    yield context
    _loop.run_until_complete(context.close())


@pytest.fixture
def signed_in(market_context: BrowserContext, clean_sandbox: RunningSandbox) -> SignedIn:
    """`page = await signed_in("mercari")`: a blank page whose context went through the marketplace's login form."""

    async def sign_in(name: str) -> Page:
        page = await market_context.new_page()
        sites = clean_sandbox.admin.get("/sites").json()
        account = next(Account(**site["accounts"][0]) for site in sites if site["name"] == name)
        await importlib.import_module(f"listing_worker.sandbox.{name}.visitor").sign_in(page, account)
        await page.close()
        return await market_context.new_page()

    return sign_in


@pytest.fixture(scope="session")
def photo_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 clearly different JPEG files, in order."""
    return make_photos(tmp_path_factory.mktemp("photos"), 24)


@dataclass(frozen=True)
class Market:
    """A clean sandbox with a browser in front of it."""

    sandbox: RunningSandbox
    signed_in: SignedIn
    files: list[Path]
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    context: BrowserContext

    def listed(self, name: str) -> list[dict[str, Any]]:
        """The listings that the replica holds as published."""
        return [one for one in self.sandbox.listings(name) if one["status"] in {"live", "pending_review"}]


@pytest.fixture
def market(
    clean_sandbox: RunningSandbox,
    signed_in: SignedIn,
    photo_files: list[Path],
    run_async: Callable[[Coroutine[Any, Any, Any]], Any],
    market_context: BrowserContext,
) -> Market:
    return Market(clean_sandbox, signed_in, photo_files, run_async, market_context)
