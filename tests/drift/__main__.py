"""`make drift`: fills mutated forms of the replicas and says how many fields ended right, refused and wrong.

Exit code 1 if a single field was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.async_api import BrowserContext, async_playwright
from rich.console import Console

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form.form import Healer
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.sandbox.server import SandboxFile, serve
from listing_worker.sandbox.site import Account
from tests.drift.fields import FORMS
from tests.drift.mutations import Mutated, draw
from tests.drift.play import Played, play
from tests.drift.tally import result, table


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=84)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one kind of mutation")
    parser.add_argument("--marketplace", default="", help="one marketplace")
    parser.add_argument("--model", choices=("none", "scripted"), default="none")
    parser.add_argument("--tier", choices=("T0", "T1"), default="T1", help="T0: the recipe alone")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long (0: never)")
    parser.add_argument("--out", type=Path, default=Path(".run/drift/result.json"))
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def sign_in(context: BrowserContext, sandbox: SandboxFile, names: list[str]) -> None:
    """Every replica's login form, once."""
    async with httpx.AsyncClient(trust_env=False) as admin:
        sites = (await admin.get(f"{sandbox.admin_url}/sites")).json()
    for name in names:
        account = next(Account(**site["accounts"][0]) for site in sites if site["name"] == name)
        page = await context.new_page()
        await importlib.import_module(f"listing_worker.sandbox.{name}.visitor").sign_in(page, account)
        await page.close()


async def main() -> int:
    asked = arguments()

    def heal(mutated: Mutated) -> Healer | None:
        return None if asked.tier == "T0" else TieredHealer()

    console = Console(stderr=asked.json, width=None if sys.stdout.isatty() else 140)
    forms = tuple(form for form in FORMS if asked.marketplace in {"", form.marketplace})
    first = asked.seed * 1_000_003 if asked.seed != 1 else 0
    numbers = (n for n in range(first, first + 1_000_000) if asked.only in {"", draw(n, forms).kind})
    drawn = [draw(next(numbers), forms) for _ in range(asked.forms)]
    halt, started = asyncio.Event(), asyncio.Event()
    running: list[SandboxFile] = []

    async def ready(description: SandboxFile) -> None:
        running.append(description)
        started.set()

    played: list[Played] = []
    with tempfile.TemporaryDirectory(prefix="lw-drift-") as folder:
        names = [form.marketplace for form in forms]
        task = asyncio.create_task(serve(Path(folder) / "sandbox.json", only=tuple(names), ready=ready, stop=halt))
        await started.wait()
        begun = time.monotonic()
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=find_chromium(), args=[*base_arguments(), *running[0].chromium_arguments()]
            )
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            await sign_in(context, running[0], names)
            for number, mutated in enumerate(drawn, start=1):
                if asked.minutes and time.monotonic() - begun > asked.minutes * 60:
                    console.print(f"Stopped after {asked.minutes:g} minutes.")
                    break
                one = await play(context, mutated, heal)
                played.append(one)
                bad = sum(verdict == "wrong" for verdict in one.verdicts.values())
                note = f", {bad} WRONG" if bad else ""
                console.print(
                    f"{number}/{len(drawn)} {mutated.form.marketplace} {mutated.kind} {one.seconds:.1f} s{note}",
                    highlight=False,
                )
            await browser.close()
        halt.set()
        await task
    found = result(played, seed=asked.seed, model=asked.model)
    found["minutes"] = round((time.monotonic() - begun) / 60, 2)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    if asked.json:
        print(json.dumps(found["totals"]))
    else:
        console.print(table(found))
        console.print(f"Written to {asked.out}", highlight=False)
    return 1 if found["totals"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
