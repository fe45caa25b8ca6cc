"""`make month` (SEED=…): a month of inventory in accelerated time; `.run/month/result.json`.

Exit code 0 only if nothing was taken down wrongly, nothing sold stayed on sale unknown to anybody, no cap was crossed,
and the median from a sale to gone everywhere is at most 1.2 times the watch interval.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from listing_worker.utils import log
from tests.month.record import WATCH_SECONDS, Month
from tests.month.run import play_month

SAYS = {
    "watches": "looks at an account's lists",
    "looks_refused": "of them turned away (signed out, down)",
    "breaker_pulls": "times the circuit breaker stopped and asked",
    "sales": "items sold",
    "double_sales": "of them sold more often than there were units",
    "delists": "taken down by itself",
    "delist_failures": "attempts to take down that failed at first",
    "delisted_wrongly": "taken down wrongly",
    "still_live": "sold, on sale for longer than the bound, and the seller did not know",
    "escalated": "sold, on sale for longer, and the seller was told or asked",
    "told": "times the seller was told that something sold does not come down",
    "asked": "times the seller was asked (an account not seen, the breaker, a sign that nothing confirmed)",
    "by_hand": "taken down by the seller's own hand then",
    "caps_crossed": "looks sooner than the interval allows",
    "gone_everywhere": "listings gone everywhere after their sale",
    "median_minutes_to_gone": "median minutes from sale to gone everywhere",
    "worst_minutes_to_gone": "worst minutes",
}


def holds(month: Month) -> bool:
    found = month.as_json()
    median = found["median_minutes_to_gone"]
    quick = median is not None and median <= 1.2 * WATCH_SECONDS / 60
    return quick and not (month.delisted_wrongly or month.still_live or month.caps_crossed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.month", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--listings", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2, help="sellers that are played side by side")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    asked = parser.parse_args()
    log.configure("ERROR")
    began = time.monotonic()
    progress = Console(stderr=True)
    month = play_month(
        asked.seed,
        days=asked.days,
        listings=asked.listings,
        processes=asked.processes,
        tell=lambda text: progress.print(f"{time.monotonic() - began:6.0f} s  {text}", highlight=False),
    )
    seconds = round(time.monotonic() - began, 1)
    found = {
        "seconds": seconds,
        "seed": asked.seed,
        "days": asked.days,
        "listings": asked.listings,
        "ok": holds(month),
        **month.as_json(),
    }
    target = Path(".run/month/result.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=2) + "\n")
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        table = Table.grid(padding=(0, 2))
        for name, text in SAYS.items():
            table.add_row(str(found[name]), text)
        Console().print(table, highlight=False)
        Console().print("All as it should be." if found["ok"] else "[red]Not as it should be.[/red]")
    raise SystemExit(0 if found["ok"] else 1)


if __name__ == "__main__":
    main()
