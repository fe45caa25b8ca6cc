"""A seller's real Chromium with the extension, an API, and a marketplace; the browser is started once."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.demo import extension as driver
from listing_worker.utils.crypto import KeyRing
from tests.extension.api_double import ApiDouble
from tests.utils.awkward_site import AwkwardSite, awkward_site, running

expect.set_options(timeout=15_000)  # the machine may be busy with other tests
SECRET = "a-secret-of-the-worker-" + "s" * 32
HURRY = {
    "AFTER_CHANGE": 300, "BETWEEN_SYNCS": 300, "FIRST_RETRY": 700, "LONGEST_RETRY": 2000, "REQUEST_TIMEOUT": 5000,
}  # fmt: skip


@dataclass
class Seller:
    """One seller's browser and what it talks to."""

    context: BrowserContext
    popup: Page
    profile: Path
    api: ApiDouble
    origin: str
    site: AwkwardSite

    async def page(self, address: str) -> Page:
        page = await self.context.new_page()
        await page.goto(address)
        return page

    async def ask_to_pair(self, code: str | None = None) -> Page:
        """The API's page asks the extension to connect; nothing is allowed yet."""
        page = await self.page(f"{self.origin}/connect")
        await page.evaluate("code => pair(code)", code or self.api.new_code())
        return page

    async def pair(self) -> str:
        page = await self.ask_to_pair()
        shown = await driver.allow_pairing(self.popup)
        await page.close()
        return shown

    async def sign_in(self) -> Page:
        return await self.page("https://poshmark.com/sign-in")

    async def connected(self) -> None:
        """Paired, signed in, connected and synced."""
        await self.pair()
        await self.sign_in()
        await driver.connect(self.popup, "poshmark")
        await driver.wait_synced(self.popup, "poshmark")

    async def set_cookies(self, *cookies: str) -> None:
        page = await self.page("https://poshmark.com/")
        for cookie in cookies:
            await page.evaluate("cookie => fetch('/set?cookie=' + encodeURIComponent(cookie))", cookie)
        await page.close()

    async def stored(self) -> dict[str, Any]:
        return dict(
            await self.popup.evaluate(
                "async () => ({ local: await chrome.storage.local.get(), session: await chrome.storage.session.get() })"
            )
        )

    async def badge(self) -> tuple[str, str]:
        """Its text and its tooltip."""
        return tuple(  # type: ignore[return-value]
            await self.popup.evaluate("() => Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})])")
        )

    async def end_worker(self) -> None:
        """Ends the extension's service worker as Chrome does when memory is short."""
        cdp = await self.context.new_cdp_session(self.popup)
        await cdp.send("ServiceWorker.enable")
        await cdp.send("ServiceWorker.stopAllWorkers")
        await cdp.detach()

    async def until(self, condition: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = 15) -> None:
        """Polls; the failure says what did not happen."""
        for _ in range(int(seconds / 0.05)):
            found = condition()
            if found is True or (not isinstance(found, bool) and await found):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"did not happen within {seconds} s: {what}")

    async def reset(self) -> None:
        for page in self.context.pages:
            if page is not self.popup:
                await page.close()
        await self.popup.evaluate(
            "async () => { await chrome.alarms.clearAll(); await chrome.storage.session.clear();"
            " await chrome.storage.local.clear() }"
        )
        await self.context.clear_cookies()
        await self.popup.reload()
        await self.popup.locator("body[data-ready=true]").wait_for()


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return KeyRing(SECRET)


@pytest.fixture(scope="session")
def _started(
    _loop: asyncio.AbstractEventLoop, chromium_path: Path, tmp_path_factory: pytest.TempPathFactory, ring: KeyRing
) -> Iterator[Seller]:
    folder = tmp_path_factory.mktemp("seller")
    unpacked = driver.prepare_extension(folder / "extension")
    timing = unpacked / "src" / "timing.js"
    text = timing.read_text()
    for name, milliseconds in HURRY.items():
        text, changed = re.subn(rf"(export const {name} =)[^;]+;", rf"\1 {milliseconds};", text)
        assert changed == 1
    timing.write_text(text)
    api = ApiDouble(ring)
    with contextlib.ExitStack() as stack:
        site, arguments = stack.enter_context(awkward_site(folder / "site"))
        port = stack.enter_context(running(api.app()))

        async def start() -> tuple[Any, Seller]:
            playwright = await async_playwright().start()
            context = await playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path=chromium_path,
                args=[*base_arguments(), *arguments, *driver.chromium_arguments(unpacked)],
            )
            popup = await driver.open_popup(context)
            return playwright, Seller(context, popup, folder / "profile", api, f"http://127.0.0.1:{port}", site)

        async def stop() -> None:
            await seller.context.close()
            await playwright.stop()

        playwright, seller = _loop.run_until_complete(start())
        yield seller
        _loop.run_until_complete(stop())


@pytest.fixture
def seller(_loop: asyncio.AbstractEventLoop, _started: Seller, ring: KeyRing) -> Iterator[Seller]:
    """As on the first day: nothing stored, no cookies, an API that behaves."""
    _started.api.reset(ring)
    _loop.run_until_complete(_started.reset())
    yield _started
    _loop.run_until_complete(_started.reset())
