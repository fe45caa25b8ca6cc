"""Every marketplace's session: signed in by its own form, taken by the extension, signed in elsewhere by the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.agents.registry import AGENTS, get_agent
from listing_worker.demo import extension as driver
from listing_worker.demo.seller import account_of, visitor_of
from listing_worker.models import Session
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.session_loader import restore
from tests.extension.api_double import ApiDouble
from tests.fixtures.chromium import RunAsync
from tests.fixtures.sandbox import RunningSandbox
from tests.utils.awkward_site import running


@pytest.mark.slow
@pytest.mark.browser
def test_a_session_taken_from_each_marketplace_is_signed_in_elsewhere(
    clean_sandbox: RunningSandbox, chromium_path: Path, tmp_path: Path, ring: KeyRing, run_async: RunAsync
) -> None:
    api = ApiDouble(ring)
    unpacked = driver.prepare_extension(tmp_path / "extension")

    async def scenario(origin: str) -> None:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium_path,
                args=[
                    *base_arguments(),
                    *clean_sandbox.file.chromium_arguments(),
                    *driver.chromium_arguments(unpacked),
                ],
            )
            popup = await driver.open_popup(context)
            page = await context.new_page()
            await page.goto(f"{origin}/connect")
            await page.evaluate("code => pair(code)", api.new_code())
            await driver.allow_pairing(popup)
            for name in AGENTS:
                await visitor_of(name).sign_in(page, account_of(clean_sandbox.file.admin_url, name))
                await driver.connect(popup, name)
                await driver.wait_synced(popup, name)
            await context.close()

            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=[*base_arguments(), *clean_sandbox.file.chromium_arguments()]
            )
            latest = {put["marketplace"]: put for put in api.puts}
            assert set(latest) == set(AGENTS)
            for name, put in latest.items():
                fresh = await browser.new_context()
                session = Session.model_validate_json(api.opened(put))
                assert clean_sandbox.canary() in " ".join(cookie.value for cookie in session.cookies)
                assert await restore(fresh, session) == []
                assert (await get_agent(name).sign_in_state(fresh.pages[0])).signed_in, name
                await fresh.close()
            await browser.close()

    with running(api.app()) as port:
        run_async(scenario(f"http://127.0.0.1:{port}"))
