"""The seller of the demo: a real Chromium with the unpacked extension, used as a person would.

Pairs the extension through the app's page, signs in to each marketplace by its login form, connects it in the popup,
sees it synced, and closes the browser before anything is posted.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import httpx
from playwright.async_api import BrowserContext, Page, async_playwright

import listing_worker.demo.extension as driver
from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.errors import ConfigurationError
from listing_worker.sandbox.server import SandboxFile
from listing_worker.sandbox.site import Account
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyList

SYNC_SECONDS = 20.0


def visitor_of(site: str) -> ModuleType:
    """What a person does on this replica (`sandbox/<site>/visitor.py`)."""
    return importlib.import_module(f"listing_worker.sandbox.{site}.visitor")


def account_of(admin_url: str, site: str) -> Account:
    """The replica's first account."""
    sites = httpx.get(f"{admin_url}/sites", timeout=10, trust_env=False).json()
    return next(Account(**entry["accounts"][0]) for entry in sites if entry["name"] == site)


def signer_fingerprint(api_url: str) -> str:
    """The fingerprint of the worker's signing key, as the API publishes it."""
    published = httpx.get(f"{api_url}/api/extension/keys", timeout=10, trust_env=False).json()
    return KeyList.model_validate(published).fingerprint


async def connect_marketplaces(
    settings: Settings,
    api_url: str,
    owner_token: str,
    sandbox: SandboxFile,
    sites: list[str],
    tell: Callable[[str], None],
) -> None:
    """Everything the seller does before pressing "Post to All"; returns with the browser closed."""
    with tempfile.TemporaryDirectory(prefix="lw-seller-") as folder:
        unpacked = driver.prepare_extension(Path(folder) / "extension")
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                Path(folder) / "profile",
                executable_path=find_chromium(settings),
                headless=settings.headless,
                args=[*base_arguments(), *sandbox.chromium_arguments(), *driver.chromium_arguments(unpacked)],
                ignore_default_args=["--disable-extensions"],
                viewport={"width": 1280, "height": 900},
            )
            try:
                tell("Pairing the extension")
                popup = await _pair(context, api_url, owner_token)
                for site in sites:
                    tell(f"Signing in to {site} and connecting it")
                    page = await context.new_page()
                    await visitor_of(site).sign_in(page, account_of(sandbox.admin_url, site))
                    await driver.connect(popup, site)
                    await driver.wait_synced(popup, site, SYNC_SECONDS)
                    await page.close()
            finally:
                await context.close()


async def _pair(context: BrowserContext, api_url: str, owner_token: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{api_url}/connect#token={owner_token}")
    popup = await driver.open_popup(context)
    shown = await driver.allow_pairing(popup)
    if shown != signer_fingerprint(api_url):
        raise ConfigurationError("The extension showed another key than the worker's.")
    return popup
