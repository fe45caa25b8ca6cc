"""`python -m bench`: measures, prints one table, writes `.run/bench/result.json`, charts and `docs/performance.md`.

`--quick` measures everything once, to see that it works; its figures are written to `.run/bench` only. A part that
fails is told and left out; the others are measured all the same, and the end is 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from bench.agent_alone import measure_agent_alone
from bench.backlog import measure_backlog
from bench.figures import Result
from bench.healing import measure_healing
from bench.overhead import measure_idle, measure_overhead
from bench.place import Place, place
from bench.postings import measure_postings
from bench.recovery import measure_recovery
from bench.report import show, write
from bench.side_by_side import measure_memory, measure_parallel
from bench.small import measure_small
from listing_worker.agents.registry import all_agents
from listing_worker.sandbox.registry import SITES
from listing_worker.utils import log

ROOT = Path(__file__).parents[1]
PARTS = ("postings", "agent", "healing", "parallel", "memory", "overhead", "idle", "backlog", "recovery", "small")
Step = tuple[str, Callable[[Place], None]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measured comparisons.")
    parser.add_argument("--runs", type=int, default=5, help="measurements per figure (medians are shown)")
    parser.add_argument("--only", default="", help=f"comma list of {', '.join(PARTS)}")
    parser.add_argument("--sites", default="", help="comma list of marketplaces; all that have a replica otherwise")
    parser.add_argument("--quick", action="store_true", help="once each, and docs/performance.md stays as it is")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(PARTS)
    known = [name for name in (agent.name for agent in all_agents()) if name in SITES]
    sites = options.sites.split(",") if options.sites else known
    if unknown := sorted(({*wanted} - {*PARTS}) | ({*sites} - {*known})):
        parser.error(f"there is no {', '.join(unknown)}")
    console, result = Console(width=None if sys.stdout.isatty() else 150), Result()
    log.configure("ERROR")
    (ROOT / ".run" / "bench").mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="work-", dir=ROOT / ".run" / "bench") as folder,
        place(Path(folder)) as here,
    ):
        failed = measure(steps_of(wanted, result, sites, 1 if options.quick else options.runs), here, result, console)
    show(result, console)
    whole = not options.quick and not options.only and not options.sites  # what failed is named there
    write(result, ROOT / ".run" / "bench", ROOT / "docs" if whole else None)
    console.print(
        f"\n{time.monotonic() - began:.0f} s. Written: .run/bench/result.json and charts"
        f"{', docs/performance.md' if whole else ''}",
        highlight=False,
    )
    return 1 if failed else 0


def steps_of(wanted: Sequence[str], result: Result, sites: list[str], runs: int) -> list[Step]:
    """What is to be measured, in order, each by itself."""
    steps: dict[str, list[Step]] = {
        "postings": [(f"postings on {s}", lambda p, s=s: measure_postings(p, result, [s], runs)) for s in sites],
        "agent": [(f"the agent alone on {s}", lambda p, s=s: measure_agent_alone(p, result, [s], runs)) for s in sites],
        "healing": [("healing", lambda p: measure_healing(p, result, runs))],
        "parallel": [("side by side", lambda p: measure_parallel(p, result, sites, runs))],
        "memory": [("memory", lambda p: measure_memory(p, result, sites, runs))],
        "overhead": [("overhead", lambda p: measure_overhead(p, result, max(runs, 5)))],
        "idle": [("an idle worker", lambda p: measure_idle(p, result))],
        "backlog": [("a backlog", lambda p: measure_backlog(p, result, 10_000 if runs > 1 else 1_000))],
        "recovery": [("recovery", lambda p: measure_recovery(p, result, runs))],
        "small": [("parts", lambda p: measure_small(result))],
    }
    return [step for part in PARTS if part in wanted for step in steps[part]]


def measure(steps: Sequence[Step], here: Place, result: Result, console: Console) -> list[str]:
    """Takes one step after the other and tells how long each took; the names of those that failed."""
    failed = []
    for number, (name, step) in enumerate(steps, start=1):
        began, so_far = time.monotonic(), len(result.figures)
        try:
            with console.status(f"{number} of {len(steps)}: {name}"):
                step(here)
        except Exception as error:  # noqa: BLE001  (what else can be measured is; it is told, and the end is 1)
            del result.figures[so_far:]
            failed.append(name)
            result.left_out[name] = f"it failed: {(str(error).splitlines() or [type(error).__name__])[0][:200]}"
            traceback.print_exc()
        console.print(f"{number:2d} of {len(steps)}  {time.monotonic() - began:5.0f} s  {name}", highlight=False)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
