"""How long one look at a form and its match take, on the replicas' own forms. No field is filled.

python -m bench.match_speed [--looks 15]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import BrowserContext, Page, async_playwright

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form.intents import intents
from listing_worker.agents.form.inventory import Inventory, take
from listing_worker.agents.heal.match import match
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.registry import get_agent
from listing_worker.sandbox.server import SandboxFile, serve
from listing_worker.sandbox.site import Account

MARKETPLACES = ("poshmark", "ebay", "mercari")
WANTED = {
    "Title": "Silk dress",
    "Description": "Two\nlines",
    "Price": "48.00",
    "Original price": "120",
    "Brand": "Zara",
    "Category": ["Women", "Dresses", "Midi"],
    "Size": "M",
    "Color": "Blue",
    "Condition": "Good",
    "Quantity": 1,
    "Tags": ["floral", "summer"],
    "Accept offers": True,
}
LIMIT = 50.0  # milliseconds


async def measure(page: Page, looks: int) -> dict[str, Any]:
    """Median and slowest of many looks with match; how many controls and frames there were."""
    wanted = intents(WANTED)
    inventory = await _drawn(page)
    both, matching = [], []
    for _ in range(looks):
        started = time.perf_counter()
        seen = await take(page)
        middle = time.perf_counter()
        match(wanted, seen.controls)
        ended = time.perf_counter()
        both.append((ended - started) * 1000)
        matching.append((ended - middle) * 1000)
        await seen.release()
    return {
        "controls": len(inventory.controls),
        "frames": len(inventory.seen),
        "median_ms": round(statistics.median(both), 1),
        "slowest_ms": round(max(both), 1),
        "match_median_ms": round(statistics.median(matching), 1),
    }


async def _drawn(page: Page) -> Inventory:
    """The inventory once the form stands still."""
    last = -1
    while True:
        inventory = await take(page)
        if len(inventory.controls) > 5 and len(inventory.controls) == last:
            return inventory
        last = len(inventory.controls)
        await page.wait_for_timeout(300)


async def sign_in(context: BrowserContext, sandbox: SandboxFile, name: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as admin:
        sites = (await admin.get(f"{sandbox.admin_url}/sites")).json()
    account = next(Account(**site["accounts"][0]) for site in sites if site["name"] == name)
    page = await context.new_page()
    await importlib.import_module(f"listing_worker.sandbox.{name}.visitor").sign_in(page, account)
    await page.close()


async def run(looks: int, *, loud: bool = True) -> dict[str, dict[str, Any]]:
    """All replicas, by name."""
    found: dict[str, dict[str, Any]] = {}
    running: list[SandboxFile] = []
    halt, started = asyncio.Event(), asyncio.Event()

    async def ready(description: SandboxFile) -> None:
        running.append(description)
        started.set()

    with tempfile.TemporaryDirectory(prefix="lw-speed-") as folder:
        serving = asyncio.create_task(serve(Path(folder) / "sandbox.json", only=MARKETPLACES, ready=ready, stop=halt))
        await started.wait()
        async with async_playwright() as driver:
            arguments = [*base_arguments(), *running[0].chromium_arguments()]
            browser = await driver.chromium.launch(executable_path=find_chromium(), args=arguments)
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            for name in MARKETPLACES:
                await sign_in(context, running[0], name)
                agent = get_agent(name)
                assert isinstance(agent, RecipeAgent)
                page = await context.new_page()
                await page.goto(agent.recipe.sell_url, wait_until="commit")
                found[name] = await measure(page, looks)
                await page.close()
                if loud:
                    one = found[name]
                    print(
                        f"  {name:<12}{one['controls']:>4} controls, {one['frames']} frames: look and match"
                        f" {one['median_ms']:>6} ms (median; slowest {one['slowest_ms']}), of it match"
                        f" {one['match_median_ms']} ms; limit {LIMIT:.0f} ms"
                    )
            await browser.close()
        halt.set()
        await serving
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=int, default=15)
    asyncio.run(run(parser.parse_args().looks))


if __name__ == "__main__":
    main()
