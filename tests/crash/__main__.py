"""`make crash` (TRIALS=…, SEED=…, ACTS=post,delist,price,relist): both levels, a table, `.run/crash/result.json`.

Exit code 0 only if nothing was done twice, done unasked, lost, stuck, or reported falsely.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from rich.console import Console
from rich.table import Table

from listing_worker.sandbox.registry import SHOWN
from listing_worker.settings import get_settings
from tests.crash.campaign import Campaign, Trial, campaign, draw_trials, stop_children
from tests.crash.changes import possible
from tests.crash.simulate import ACTS, SimulationResult, simulate

VERDICTS = ("duplicate", "wrong_act", "lost", "stuck", "false_success", "false_failure")
NAMES = {"duplicate": "duplicates", "wrong_act": "wrong_acts"}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=24, help="real trials (default: %(default)s)")
    parser.add_argument("--schedules", type=int, default=1000, help="simulated schedules (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acts", type=chosen_acts, default=ACTS, help="of post,delist,price,relist (default: all)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the campaign's data directory")
    return parser.parse_args(arguments)


def chosen_acts(text: str) -> tuple[str, ...]:
    """Raises ArgumentTypeError for an act that there is not."""
    acts = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if unknown := [act for act in acts if act not in ACTS]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; choose of {', '.join(ACTS)}")
    return acts or ACTS


def main(arguments: list[str] | None = None) -> int:
    options = parse(sys.argv[1:] if arguments is None else arguments)
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 150)
    began = time.monotonic()

    def tell(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.0f} s[/dim]  {sentence}", highlight=False)

    tell(f"Simulated level: {options.schedules} schedules from seed {options.seed}, with the ledger and without")
    simulated = simulate(options.schedules, options.seed, tell, options.acts) if options.schedules else None
    tell(f"Real level: {options.trials} trials from seed {options.seed}")
    trials = (
        run_real(options.trials, options.seed, tell, acts=options.acts, keep=options.keep) if options.trials else []
    )
    result = as_json(trials, simulated, round(time.monotonic() - began, 1))
    folder = get_settings().data_dir.absolute() / "crash"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result, indent=2, ensure_ascii=False))
    if options.json:
        print(json.dumps(result))
    else:
        print_tables(console, result)
        console.print(f"Result: {folder / 'result.json'}", highlight=False, soft_wrap=True)
    return 0 if result["ok"] else 1


def run_real(count: int, seed: int, tell: Any, *, acts: Sequence[str], keep: bool) -> list[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="lw-crash-"))
    try:
        with campaign(folder, tell) as made:
            try:
                trials = draw_trials(count, seed, acts)
                run_beside(made, [t for t in trials if not t.fault.everybody], tell)
                run_together(made, [t for t in trials if t.fault.everybody], tell)
            finally:
                stop_children(made)
            return made.trials
    finally:
        if keep:
            tell(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def run_beside(made: Campaign, trials: list[Trial], tell: Any) -> None:
    """One lane per replica, each working off its own trials."""
    lanes: dict[str, Queue[Trial]] = {site: Queue() for site in SHOWN}
    for trial in trials:
        lanes[trial.site].put(trial)
    failures: list[BaseException] = []
    left = len(trials)
    lock = threading.Lock()

    def work(lane: Queue[Trial]) -> None:
        nonlocal left
        while not failures:
            try:
                trial = lane.get_nowait()
            except Empty:
                return
            try:
                made.run(trial)
            except BaseException as failure:
                failures.append(failure)
                raise
            with lock:
                left -= 1
                tell(line_of(trial) + f"   ({left} to go)")

    threads = [threading.Thread(target=work, args=(lane,)) for lane in lanes.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def run_together(made: Campaign, trials: list[Trial], tell: Any) -> None:
    """Faults that strike servers: all lanes wait at the point, then it happens once."""
    groups: dict[tuple[str, str, str | None], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.act, trial.fault.name, trial.point].append(trial)
    for (act, _, _), group in groups.items():
        able = [site for site in sorted(SHOWN) if possible(act, site)]
        for number in range(0, len(group), len(able)):
            together = group[number : number + len(able)]
            for trial, site in zip(together, able, strict=False):
                trial.site = site
            threads = [threading.Thread(target=made.run, args=(trial,)) for trial in together]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            together[0].fault.strike(made, together[0])
            for trial in together:
                trial.go()
            for trial in together:
                made.conclude(trial)
                tell(line_of(trial))


def line_of(trial: Trial) -> str:
    point = f" at {trial.point}" if trial.point else ""
    mark = trial.verdict if trial.verdict in {"good", "told"} else f"[red]{trial.verdict}[/red]"
    seconds = f"{trial.seconds:.1f} s" if trial.seconds is not None else "never"
    return f"{trial.site:<10} {trial.act}, {trial.fault.name}{point}: {trial.state}, {seconds}, {mark}"


def as_json(trials: list[Trial], simulated: SimulationResult | None, seconds: float) -> dict[str, Any]:
    faults = []
    for act, name in sorted({(trial.act, trial.fault.name) for trial in trials}, key=lambda kind: ACTS.index(kind[0])):
        mine = [trial for trial in trials if (trial.act, trial.fault.name) == (act, name)]
        took = sorted(trial.seconds for trial in mine if trial.seconds is not None)
        faults.append(
            {
                "act": act,
                "fault": name,
                **counts(mine),
                "live": sum(trial.state in {"live", "done"} for trial in mine),
                "told": sum(trial.verdict == "told" for trial in mine),
                "median_seconds": round(statistics.median(took), 1) if took else None,
                "worst_seconds": round(took[-1], 1) if took else None,
            }
        )
    totals = counts(trials)
    ok = all(totals[NAMES.get(name, name)] == 0 for name in VERDICTS)
    ok = ok and (simulated is None or not simulated.violations)
    return {
        "ok": ok,
        "seconds": seconds,
        "faults": faults,
        "totals": totals,
        "simulated": simulated.as_json() if simulated else None,
        "bad": [line_of(trial) for trial in trials if trial.verdict in VERDICTS],
    }


def counts(trials: list[Trial]) -> dict[str, int]:
    found = {NAMES.get(name, name): sum(trial.verdict == name for trial in trials) for name in VERDICTS}
    return {"trials": len(trials), **found}


def print_tables(console: Console, result: dict[str, Any]) -> None:
    if result["simulated"]:
        said = result["simulated"]
        console.print(
            f"Simulated: {said['schedules']} schedules ({said['operations']} changes of live listings in them), "
            f"{said['violations']} violations with the ledger; "
            f"plain retry on the same schedules: {said['plain']}",
            highlight=False,
        )
        for line in said["examples"]:
            console.print(f"  {line}", highlight=False)
    table = Table(title="Crash campaign", title_justify="left")
    table.add_column("Act")
    table.add_column("Fault", no_wrap=True)
    headings = (
        "trials",
        "done twice",
        "wrong acts",
        "lost",
        "stuck",
        "false success",
        "false failure",
        "median s",
        "worst s",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    keys = (
        "trials",
        "duplicates",
        "wrong_acts",
        "lost",
        "stuck",
        "false_success",
        "false_failure",
        "median_seconds",
        "worst_seconds",
    )
    for row in result["faults"]:
        table.add_row(row["act"], row["fault"], *("" if row[key] is None else str(row[key]) for key in keys))
    table.add_section()
    table.add_row("", "all", *(str(result["totals"].get(key, "")) for key in keys))
    console.print(table)
    for line in result["bad"]:
        console.print(f"  {line}", highlight=False)


if __name__ == "__main__":
    raise SystemExit(main())
