"""`make drift`: fills mutated forms of the replicas and says how many fields ended right, refused and wrong.

Twice: without any model, and with a scripted one that answers from the mutation's own knowledge (and once more, with
what was learned, each form that had needed it). A form that came to no model in its first run would go the same way
with one, and is not played again (`--every-twice`: it is). Every form that is done is written down at once; `--resume`
goes on where a run was stopped, or helps one that is still at work. Exit code 1 if a single field was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import structlog
from playwright.async_api import Browser, BrowserContext, Page, StorageState, ViewportSize, async_playwright
from rich.console import Console

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form.form import Healer
from listing_worker.agents.heal.healer import TieredHealer, last_presses, names_in
from listing_worker.agents.heal.memory import Memory
from listing_worker.agents.registry import get_agent
from listing_worker.sandbox.server import SandboxFile, serve
from listing_worker.sandbox.site import Account
from tests.drift.fields import FORMS
from tests.drift.mutations import Mutated, draw
from tests.drift.play import NotOpened, Played, play
from tests.drift.tally import Parts, result, table
from tests.drift.truth import LocatorsInMemory, TruthfulModel

MODES = {"none": "without a model", "scripted": "with the scripted model"}
WINDOW: ViewportSize = {"width": 1280, "height": 900}
OPENINGS = 3  # tries until the form is open
FORM_WITHIN = 300.0  # seconds for one form and its second visit: a run may share its machine with others


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=75, help="75: every kind on every form once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one kind of mutation")
    parser.add_argument("--marketplace", default="", help="one marketplace")
    parser.add_argument("--one", type=int, help="the one form of this seed, as result.json names it")
    parser.add_argument("--model", choices=("both", *MODES), default="both")
    parser.add_argument(
        "--every-twice", action="store_true", help="with the model also the forms that came to no model without one"
    )
    parser.add_argument("--tier", choices=("T0", "T1"), default="T1", help="T0: the recipe alone")
    parser.add_argument("--workers", type=int, default=3, help="forms at a time")
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long (0: never)")
    parser.add_argument("--resume", action="store_true", help="forms that other runs of this seed did are kept")
    parser.add_argument("--out", type=Path, default=Path(".run/drift/result.json"))
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def drawn(asked: argparse.Namespace) -> list[Mutated]:
    """The forms of a run, by its seed alone."""
    forms = tuple(form for form in FORMS if asked.marketplace in {"", form.marketplace})
    if asked.one is not None:
        return [draw(asked.one)]
    first = (asked.seed - 1) * 1_500_000  # a multiple of forms times kinds: all in turn
    numbers = (n for n in range(first, first + 1_000_000) if asked.only in {"", draw(n).kind})
    every = (one for n in numbers if (one := draw(n)).form in forms)
    found = [next(every) for _ in range(asked.forms)]
    random.Random(asked.seed).shuffle(found)  # a run that is stopped is a fair sample
    return found


async def sign_in(context: BrowserContext, sandbox: SandboxFile, names: set[str]) -> None:
    """Every replica's login form, once."""
    async with httpx.AsyncClient(trust_env=False) as admin:
        sites = (await admin.get(f"{sandbox.admin_url}/sites")).json()
    for name in sorted(names):
        account = next(Account(**site["accounts"][0]) for site in sites if site["name"] == name)
        page = await context.new_page()
        await importlib.import_module(f"listing_worker.sandbox.{name}.visitor").sign_in(page, account)
        await page.close()


@asynccontextmanager
async def replicas(names: set[str]) -> AsyncIterator[SandboxFile]:
    """The sandbox with these replicas."""
    halt, started = asyncio.Event(), asyncio.Event()
    running: list[SandboxFile] = []

    async def ready(description: SandboxFile) -> None:
        running.append(description)
        started.set()

    with tempfile.TemporaryDirectory(prefix="lw-drift-") as folder:
        task = asyncio.create_task(
            serve(Path(folder) / "sandbox.json", only=tuple(sorted(names)), ready=ready, stop=halt)
        )
        await started.wait()
        try:
            yield running[0]
        finally:
            halt.set()
            await task


class Run:
    """One browser, signed in once, and what plays a form in it with or without the model. Every visit has a context of
    its own: pages of one window would wait for each other to be in front."""

    def __init__(self, asked: argparse.Namespace, browser: Browser, truth: TruthfulModel, state: StorageState) -> None:
        self.asked, self.browser, self.truth, self.state = asked, browser, truth, state

    async def visit(self, mutated: Mutated, healer: Callable[[Page, Mutated], Healer | None]) -> Played:
        context = await self.browser.new_context(viewport=WINDOW, storage_state=self.state)
        try:
            return await play(context, mutated, healer)
        finally:
            await context.close()

    async def once(self, mutated: Mutated, mode: str) -> Played:
        """One form. With the model: a second visit too, if the first one had to ask."""
        store = LocatorsInMemory()

        def healer(page: Page, form: Mutated) -> Healer | None:
            if self.asked.tier == "T0":
                return None
            last = last_presses(get_agent(form.form.marketplace))
            if mode == "none":
                return TieredHealer(forbidden=names_in(last), last=last)
            memory = Memory(store, f"{form.form.marketplace}-{form.seed}-{time.monotonic_ns()}", "drift")
            return TieredHealer(memory, self.truth.model(page, form), forbidden=names_in(last), last=last)

        played = await self.visit(mutated, healer)
        if played.model_requests:
            again = await self.visit(mutated, healer)
            played.requests_again = again.model_requests
            played.right_again = sum(verdict == "right" for verdict in again.verdicts.values())
            for name, verdict in again.verdicts.items():
                if verdict == "wrong":  # a second visit is no excuse
                    played.verdicts[name] = "wrong"
                    played.details[name] = f"second visit: {again.details.get(name, '')}"
        return played


async def play_all(asked: argparse.Namespace, parts: Parts, console: Console) -> None:
    """Plays what `parts` does not hold yet, several forms at a time, each written down when it is done."""
    modes = list(MODES) if asked.model == "both" else [asked.model]
    waiting = [one for one in drawn(asked) if not all(parts.has(mode, one.seed) for mode in modes)]
    if asked.resume and waiting:  # beside another run of the same seed: not the same forms first
        at = random.randrange(len(waiting))
        waiting = waiting[at:] + waiting[:at]
    if not waiting:
        return
    names = {one.form.marketplace for one in waiting}
    begun, total = time.monotonic(), len(waiting)
    async with replicas(names) as sandbox, async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_chromium(), args=[*base_arguments(), *sandbox.chromium_arguments()]
        )
        truth = TruthfulModel()
        try:
            context = await browser.new_context(viewport=WINDOW)
            await sign_in(context, sandbox, names)
            run = Run(asked, browser, truth, await context.storage_state(indexed_db=True))
            await context.close()

            async def worker() -> None:
                while waiting:
                    if asked.minutes and time.monotonic() - begun > asked.minutes * 60:
                        return
                    mutated = waiting.pop(0)
                    parts.catch_up()
                    number = total - len(waiting)
                    for mode in modes:  # without the model first: whether one is needed shows then
                        if parts.has(mode, mutated.seed):
                            continue
                        if mode == "scripted" and not asked.every_twice and parts.needs_no_model(mutated.seed):
                            parts.add_as_without(mutated.seed)
                            continue
                        started = time.monotonic()
                        parts.add(mode, await played_in_time(run, mutated, mode))
                        told = parts.forms[mode, mutated.seed]["verdicts"].values()
                        bad, refused = (sum(one == verdict for one in told) for verdict in ("wrong", "refused"))
                        note = f", {refused} refused" * bool(refused) + f", {bad} WRONG" * bool(bad)
                        console.print(
                            f"{number}/{total} {mutated.seed} {mutated.form.marketplace} {mutated.kind}"
                            f" {MODES[mode]}: {time.monotonic() - started:.1f} s{note}",
                            highlight=False,
                        )

            async with asyncio.TaskGroup() as group:
                for _ in range(asked.workers):
                    group.create_task(worker())
        finally:
            truth.close()
            await browser.close()
    if waiting:
        console.print(f"Stopped after {asked.minutes:g} minutes, {len(waiting)} left: go on with --resume.")


async def played_in_time(run: Run, mutated: Mutated, mode: str) -> Played:
    """One form; what is not done after its time, or whose form does not open in three tries, counts as refused."""
    problem = f"not done after {FORM_WITHIN:g} s"
    try:
        async with asyncio.timeout(FORM_WITHIN):
            for _ in range(OPENINGS):
                try:
                    return await run.once(mutated, mode)
                except NotOpened as error:
                    problem = f"did not open: {error}"
    except TimeoutError:
        pass
    played = Played(mutated, problem=problem)
    played.verdicts = {field.name: "refused" for field in mutated.form.fields}
    return played


async def main() -> int:
    asked = arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if asked.one is None else 0))
    console = Console(stderr=asked.json, width=None if sys.stdout.isatty() else 140)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    parts = Parts(asked.out.with_name(f"{asked.out.stem}-{asked.seed}.jsonl"), keep=asked.resume)
    await play_all(asked, parts, console)
    wanted = {one.seed for one in drawn(asked)}
    parts.catch_up()
    found = result(parts, wanted, seed=asked.seed)
    asked.out.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    if asked.json:
        print(json.dumps(found["totals"]))
    else:
        for mode, title in MODES.items():
            if mode in found["modes"]:
                console.print(table(found["modes"][mode], f"Forms that moved, {title}"))
        console.print(f"Written to {asked.out}", highlight=False)
    return 1 if found["totals"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
