"""The way to a real form for `doctor MARKETPLACE`: a seller's session in a browser of ours, or a Chrome that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.browsers.open import open_browser
from listing_worker.errors import BrowserCrashed, ConfigurationError, SignInRequired
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_store
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.session_loader import load_session, restore

CONNECT_TIMEOUT = 15_000  # milliseconds


@asynccontextmanager
async def page_in_chrome(cdp_url: str) -> AsyncIterator[Page]:
    """A tab of its own in a Chrome that was started with a debugging port; signed in as whoever uses it. Only the tab
    is closed afterwards."""
    async with async_playwright() as driver:
        try:
            browser = await driver.chromium.connect_over_cdp(cdp_url, timeout=CONNECT_TIMEOUT)
        except PlaywrightError as error:
            raise BrowserCrashed(
                "No Chrome answers at this address.",
                action="Start it with --remote-debugging-port=9222 and a --user-data-dir of its own, and sign in",
            ) from error
        page = await (browser.contexts[0] if browser.contexts else await browser.new_context()).new_page()
        try:
            yield page
        finally:
            if not page.is_closed():
                await page.close(run_before_unload=False)
            await browser.close()  # disconnects; a browser that we did not start goes on


@asynccontextmanager
async def page_of_seller(
    settings: Settings, ring: KeyRing, agent: MarketplaceAgent, user_id: str
) -> AsyncIterator[Page]:
    """A page of our own browser with the seller's stored session. Raises SignInRequired if there is none."""
    store = open_store(settings)
    try:
        loaded = load_session(store, ring, user_id, agent.name, purpose="check")
    finally:
        store.close()
    if loaded is None:
        raise SignInRequired.to(agent.display_name)
    async with open_browser(settings, hosts=agent.hosts, session=loaded.session) as lease:
        await restore(lease.context, loaded.session)
        yield lease.page


def owner_id(settings: Settings) -> str:
    """The owner of this installation. Raises ConfigurationError where there is none."""
    from listing_worker.api.owner import FILE_NAME, ensure_owner

    if not (settings.data_dir / FILE_NAME).is_file():
        raise ConfigurationError(
            "Whose session shall be used?", action="Name the seller with --user, or a Chrome of your own with --cdp"
        )
    return ensure_owner(settings.data_dir).user_id
