"""Drives the browser extension as a seller would, for the demo and for tests.

Everything goes through the popup opened as a page, never through the worker's handle, which dies with the worker
(fact: extension-stack §1). The names of the popup's elements are in `extension/src/popup.html`.

    extension = prepare_extension(folder)
    context = await playwright.chromium.launch_persistent_context(
        profile, executable_path=…, args=[*sandbox.chromium_arguments(), *chromium_arguments(extension)]
    )
    page = await context.new_page()             # the API's page asks to connect, the seller allows it in the popup
    await page.goto(f"{api}/connect#token={token}")
    popup = await open_popup(context)
    await allow_pairing(popup)
    await connect(popup, "…")                   # after signing in to it
    await wait_synced(popup, "…")
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from playwright.async_api import BrowserContext, Locator, Page, expect

from listing_worker.api.extension_id import EXTENSION_ORIGIN
from listing_worker.errors import ConfigurationError

POPUP = f"{EXTENSION_ORIGIN}/src/popup.html"
OPTIONS = f"{EXTENSION_ORIGIN}/src/options.html"
_PARTS = ("manifest.json", "src", "marketplaces", "icons")


def extension_source() -> Path:
    """The `extension/` folder of the checkout. Raises ConfigurationError outside of one."""
    folder = Path(__file__).resolve().parents[2] / "extension"
    if not (folder / "manifest.json").is_file():
        raise ConfigurationError(f"No browser extension in {folder}: run this from a checkout.")
    return folder


def prepare_extension(target_dir: Path) -> Path:
    """Copies the extension with its marketplaces' hosts granted beforehand.

    Chrome's permission bubble cannot be answered in a headless browser, so the optional hosts become required ones;
    nothing else changes. An earlier copy is replaced. Returns the folder to load.
    """
    source = extension_source()
    shutil.rmtree(target_dir, ignore_errors=True)
    target_dir.mkdir(parents=True)
    for part in _PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target_dir / part)
        else:
            shutil.copy(source / part, target_dir / part)
    manifest = json.loads((target_dir / "manifest.json").read_text())
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")
    (target_dir / "manifest.json").write_text(json.dumps(manifest, indent=2))
    return target_dir


def chromium_arguments(extension_dir: Path) -> list[str]:
    """Arguments that load the unpacked extension, and no other."""
    return [f"--disable-extensions-except={extension_dir}", f"--load-extension={extension_dir}"]


async def open_popup(context: BrowserContext) -> Page:
    """The popup as a page of its own, ready to be pressed. Waits for the extension to be loaded."""
    if not context.service_workers:
        await context.wait_for_event("serviceworker")
    popup = await context.new_page()
    await popup.set_viewport_size({"width": 380, "height": 600})
    await popup.goto(POPUP)
    await popup.locator("body[data-ready=true]").wait_for()
    return popup


async def allow_pairing(popup: Page, timeout: float = 10) -> str:
    """Waits for a request to connect, presses Allow, and waits until it is connected.

    Returns the fingerprint of the worker's key that the popup showed; it must equal `KeyList.fingerprint`.
    `timeout` in seconds.
    """
    allow = popup.locator("#allow")
    await expect(allow).to_be_enabled(timeout=timeout * 1000)
    shown = await popup.locator("#pairing-key").inner_text()
    await allow.click()
    await expect(popup.locator("#connection")).to_have_attribute("data-state", "paired", timeout=timeout * 1000)
    return shown


async def connect(popup: Page, marketplace: str, timeout: float = 15) -> None:
    """Opens what the seller is told about the marketplace, and connects it. Returns once it is no longer `off`.

    `timeout` in seconds.
    """
    row = _row(popup, marketplace)
    await row.locator("[data-action=review]").click()
    await row.locator("[data-action=connect]").click()
    await expect(row.locator("[data-status]")).not_to_have_attribute("data-status", "off", timeout=timeout * 1000)


async def sync_now(popup: Page, marketplace: str) -> None:
    """Presses "Sync now", which always sends."""
    await _row(popup, marketplace).locator("[data-action=sync]").click()


async def forget(popup: Page, marketplace: str, timeout: float = 15) -> None:
    """Has the marketplace forgotten, on the server and here; returns once the row is `off` again."""
    row = _row(popup, marketplace)
    await row.locator("[data-action=forget]").click()
    await row.locator("[data-action=forget-confirm]").click()
    await wait_status(popup, marketplace, "off", timeout)


async def wait_synced(popup: Page, marketplace: str, timeout: float = 15) -> None:
    """Waits until the server has the sealed session. `timeout` in seconds; the failure quotes the row's words."""
    await wait_status(popup, marketplace, "synced", timeout)


async def wait_status(popup: Page, marketplace: str, status: str, timeout: float = 15) -> None:
    """Waits for one of the status codes named at the top of `popup.html`."""
    shown = _row(popup, marketplace).locator("[data-status]")
    try:
        await expect(shown).to_have_attribute("data-status", status, timeout=timeout * 1000)
    except AssertionError as error:
        raise AssertionError(f"{marketplace}: {await shown.inner_text()}") from error


def _row(popup: Page, marketplace: str) -> Locator:
    return popup.locator(f"[data-marketplace={marketplace}]")
