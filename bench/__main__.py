"""`python -m bench`: measures, prints one table, writes `.run/bench/result.json` and `docs/performance.md`.

`--quick` measures everything once, to see that it works; its figures are written to `.run/bench` only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench.agent_alone import measure_agent_alone
from bench.backlog import measure_backlog
from bench.figures import Result
from bench.healing import measure_healing
from bench.overhead import measure_idle, measure_overhead
from bench.place import Place, place
from bench.postings import measure_parallel, measure_postings
from bench.recovery import measure_recovery
from bench.report import show, write
from bench.small import measure_small
from listing_worker.agents.registry import all_agents
from listing_worker.sandbox.registry import SITES
from listing_worker.utils import log

ROOT = Path(__file__).parents[1]
PARTS = ("postings", "agent", "healing", "parallel", "overhead", "idle", "backlog", "recovery", "small")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measured comparisons.")
    parser.add_argument("--runs", type=int, default=5, help="measurements per figure (medians are shown)")
    parser.add_argument("--only", default="", help=f"comma list of {', '.join(PARTS)}")
    parser.add_argument("--sites", default="", help="comma list of marketplaces; all that have a replica otherwise")
    parser.add_argument("--quick", action="store_true", help="once each, and docs/performance.md stays as it is")
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs
    wanted = options.only.split(",") if options.only else list(PARTS)
    known = [name for name in (agent.name for agent in all_agents()) if name in SITES]
    sites = options.sites.split(",") if options.sites else known
    console, result = Console(width=None if sys.stdout.isatty() else 150), Result()
    log.configure("ERROR")
    (ROOT / ".run" / "bench").mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="work-", dir=ROOT / ".run" / "bench") as folder,
        place(Path(folder)) as here,
    ):
        steps: dict[str, Callable[[Place], None]] = {
            "postings": lambda p: measure_postings(p, result, sites, runs),
            "agent": lambda p: measure_agent_alone(p, result, sites, runs),
            "healing": lambda p: measure_healing(p, result, runs),
            "parallel": lambda p: measure_parallel(p, result, sites, runs),
            "overhead": lambda p: measure_overhead(p, result, max(runs, 5)),
            "idle": lambda p: measure_idle(p, result),
            "backlog": lambda p: measure_backlog(p, result, 1_000 if options.quick else 10_000),
            "recovery": lambda p: measure_recovery(p, result, runs),
            "small": lambda p: measure_small(result),
        }
        for name in PARTS:
            if name in wanted:
                began = time.monotonic()
                with console.status(f"Measuring {name}"):
                    steps[name](here)
                console.print(f"{name}: {time.monotonic() - began:.0f} s", highlight=False)
    show(result, console)
    whole = not options.quick and not options.only and not options.sites
    write(result, ROOT / ".run" / "bench", ROOT / "docs" if whole else None)
    console.print(f"\nWritten: .run/bench/result.json{', docs/performance.md' if whole else ''}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
