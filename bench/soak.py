"""`python -m bench.soak`: posts for a long time, with faults among the postings, and watches that nothing grows.

`--at-once` marketplaces are posted to side by side; the system is looked at when all of them have ended.

After a warm-up, memory, open files, processes, profiles and temporary folders, and Redis keys may not grow: the last
quarter is held against the first one after the warm-up. Judged too: every posting ended, and none is listed twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from rich.console import Console

from bench.processes import come_to_rest, family, pss
from listing_worker.agents.browsers.local import MEMORY, PREFIX
from listing_worker.embedded.system import RunningSystem, session_secret, system
from listing_worker.orchestration.resources import Resources
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from listing_worker.utils import log
from listing_worker.utils.crypto import KeyRing
from tests.e2e.seller import Seller, signed_in_session
from tests.fixtures.sandbox import RunningSandbox

ROOT = Path(__file__).parents[1]
SITES = ("poshmark", "mercari", "ebay")
FAULTS: tuple[dict[str, Any], ...] = ({"publish_lost": True}, {"signed_out": True})
FAULTY = 0.05  # of the postings
LASTING, FOR_EVER = 3600, -1  # seconds that a key has left
SETTLED = {"live", "pending_review", "action_required", "failed", "cancelled"}
POSTING_SECONDS = 180.0
# what may be more at the end than after the warm-up: a little of what comes and goes
SLACK = {"memory_mb": 40.0, "files": 12, "processes": 2, "leftovers": 0, "temporary": 4, "redis_keys": 40}


@dataclass
class Seen:
    """What the soak has seen so far."""

    ends: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)  # those that last, at the end
    pids: set[int] = field(default_factory=set)  # every process that was ever looked at


@dataclass(frozen=True)
class Sample:
    """The system between two postings."""

    at: float  # seconds since the beginning
    memory_mb: float
    files: int
    processes: int
    leftovers: int  # profiles of processes that are gone, and photo folders although no attempt runs
    temporary: int  # everything in the system's folder for temporary files
    redis_keys: int  # that stay for more than an hour: what is about to expire comes and goes


def grown(samples: list[Sample], warm_up: int) -> dict[str, tuple[float, float]]:
    """What grew by more than its slack: name → (then, at the end). Medians of the first and last quarter after the
    warm-up, so that one odd moment does not count."""
    steady = samples[warm_up:]
    if len(steady) < 4:
        return {}
    part = max(1, len(steady) // 4)
    found = {}
    for name, slack in SLACK.items():
        then = statistics.median(getattr(sample, name) for sample in steady[:part])
        end = statistics.median(getattr(sample, name) for sample in steady[-part:])
        if end > then + slack:
            found[name] = (then, end)
    return found


@contextmanager
def running(folder: Path, at_once: int) -> Iterator[tuple[RunningSystem, Resources, RunningSandbox]]:
    """The whole system with one worker, whose temporary files go to `folder/tmp`."""
    settings = Settings(_env_file=None, data_dir=folder, worker_concurrency=at_once)  # type: ignore[call-arg]
    (folder / "tmp").mkdir()
    changed = {"WORKER_CONCURRENCY": str(at_once), "TMPDIR": str(folder / "tmp")}
    with patch.dict(os.environ, changed), system(settings, port=0) as whole:
        assert whole.sandbox_file is not None
        ready = whole.settings.model_copy(update={"sandbox_file": whole.sandbox_file})
        resources = Resources.open(ready, KeyRing(session_secret(settings)))
        description = SandboxFile.read(whole.sandbox_file)
        with httpx.Client(base_url=description.admin_url, timeout=30, trust_env=False) as admin:
            yield whole, resources, RunningSandbox(description, whole.sandbox_file, admin)
        resources.close()


def soak(minutes: float, postings: int, seed: int, console: Console, at_once: int = 1) -> dict[str, Any]:
    """Runs until the time or the number is reached, or somebody stops it; answers with what was seen and what is
    wrong."""
    (ROOT / ".run").mkdir(exist_ok=True)
    seen = Seen()
    with tempfile.TemporaryDirectory(prefix="soak-", dir=ROOT / ".run") as place:
        temporary = Path(place) / "tmp"
        with running(Path(place), at_once) as parts:
            with suppress(KeyboardInterrupt):
                _post_on(parts, temporary, minutes, postings, random.Random(seed), seen, console, at_once)
            seen.keys = dict(_lasting_keys(parts[1]))
            twice = _listed_twice(parts[2])
            seen.wrong += [f"{title!r} is listed {count} times on {site}" for site, title, count in twice]
        seen.wrong += [f"{name} is left in the folder for temporary files" for name in _names(temporary)]
        seen.wrong += [f"the profile {name} is left" for name in _profiles() if _owner(name) in seen.pids]
    grew = grown(seen.samples, warm_up=min(10, len(seen.samples) // 4))
    seen.wrong += [f"{name} grew from {then:.0f} to {end:.0f}" for name, (then, end) in grew.items()]
    return {
        "postings": len(seen.ends),
        "faults": sum(1 for end in seen.ends if end["fault"]),
        "wrong": seen.wrong,
        "redis_keys": seen.keys,
        "ends": seen.ends,
        "samples": [asdict(sample) for sample in seen.samples],
    }


def _post_on(
    parts: tuple[RunningSystem, Resources, RunningSandbox],
    temporary: Path,
    minutes: float,
    postings: int,
    chance: random.Random,
    seen: Seen,
    console: Console,
    at_once: int,
) -> None:
    """One round of postings after the other, each to another marketplace, with a look at the system in between."""
    whole, resources, sandbox = parts
    sessions = {site: asyncio.run(signed_in_session(sandbox.file, site)) for site in SITES}
    began, told = time.monotonic(), 0
    while len(seen.ends) < postings and time.monotonic() - began < minutes * 60:
        many = min(at_once, postings - len(seen.ends))
        sites = [SITES[(len(seen.ends) + number) % len(SITES)] for number in range(many)]
        faults = [chance.choice(FAULTS) if chance.random() < FAULTY else {} for _ in sites]
        with ThreadPoolExecutor(many) as together:
            states = list(together.map(partial(_one, resources, sandbox, sessions), sites, faults))
        for site, fault, state in zip(sites, faults, states, strict=True):
            seen.ends.append({"site": site, "fault": list(fault), "state": state})
            if state not in SETTLED or (not fault and state != "live"):
                seen.wrong.append(f"posting {len(seen.ends)} on {site} ended as {state}")
        whole.check()
        last = _sample(whole, resources, temporary, time.monotonic() - began, seen.pids)
        seen.samples.append(last)
        if len(seen.ends) // 10 > told:
            told = len(seen.ends) // 10
            console.print(
                f"{last.at / 60:5.1f} min  {len(seen.ends):4d} postings  {last.memory_mb:6.0f} MB  {last.files} files  "
                f"{last.processes} processes  {last.temporary} temporary  {last.redis_keys} keys  "
                f"{last.leftovers} left over",
                highlight=False,
            )


def _one(resources: Resources, sandbox: RunningSandbox, sessions: Any, site: str, fault: dict[str, Any]) -> str:
    """One posting by the running worker, from queueing to its end."""
    seller = Seller(resources, sandbox, {}, Path("/nonexistent"))
    seller.connect(sessions[site])
    if fault:
        sandbox.set_faults(site, **fault)
    (posting,) = seller.post(seller.create_listing(title=f"Soak dress {seller.user_id[:13]}"), site)
    resources.queue.enqueue_posting(posting["id"])
    end = time.monotonic() + POSTING_SECONDS
    try:
        while True:
            row = resources.store.get_posting(posting["id"])
            assert row is not None
            if row["state"] in SETTLED or time.monotonic() > end:
                return row["state"]
            time.sleep(0.1)
    finally:
        if fault:
            sandbox.set_faults(site, **dict.fromkeys(fault, False))


def _sample(whole: RunningSystem, resources: Resources, temporary: Path, at: float, pids: set[int]) -> Sample:
    """At rest: the horses have ended, and their successors and the browsers kept ready are started; after ten seconds
    as it is then. `pids` gets every process that is there."""
    come_to_rest(whole.parts["worker"].process.pid, limit=10.0)
    now: set[int] = set()
    for _ in range(100):
        now = family([part.process.pid for name, part in whole.parts.items() if name != "sandbox"])
        if not _leftovers(temporary):
            break
        time.sleep(0.1)  # between two looks
    pids |= now
    return Sample(
        at=round(at, 1),
        memory_mb=round(sum(map(pss, now)), 1),
        files=sum(_open_files(pid) for pid in now),
        processes=len(now),
        leftovers=_leftovers(temporary),
        temporary=len(_names(temporary)),
        redis_keys=sum(_lasting_keys(resources).values()),
    )


def _lasting_keys(resources: Resources) -> Counter[str]:
    """How many keys stay for more than an hour, by the beginning of their names."""
    redis: Any = resources.redis
    names = list(redis.scan_iter(count=1000))
    with redis.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.ttl(name)
        left = pipeline.execute()
    return Counter(
        ":".join(name.decode().split(":")[:2])
        for name, seconds in zip(names, left, strict=True)
        if seconds == FOR_EVER or seconds > LASTING
    )


def _leftovers(temporary: Path) -> int:
    """Profiles name their process, and others on this machine may have some: only those of the dead count."""
    dead = [name for name in _profiles() if not Path("/proc", str(_owner(name))).exists()]
    return len(dead) + sum(1 for name in _names(temporary) if name.startswith("lw-photos-"))


def _profiles() -> list[str]:
    """Browser profiles on this machine, wherever they may be."""
    folders = {folder for folder in (MEMORY, Path(tempfile.gettempdir())) if folder.is_dir()}
    return [entry.name for folder in folders for entry in folder.glob(f"{PREFIX}*-*")]


def _owner(profile: str) -> int:
    return int(profile.removeprefix(PREFIX).partition("-")[0])


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def _listed_twice(sandbox: RunningSandbox) -> list[tuple[str, str, int]]:
    found = []
    for site in SITES:
        titles = [each["title"] for each in sandbox.listings(site) if each["status"] != "draft"]
        found += [(site, title, titles.count(title)) for title in sorted(set(titles)) if titles.count(title) > 1]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Nothing grows.")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--postings", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=1, choices=range(1, len(SITES) + 1), help="side by side")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped, it tells what it has seen
    console = Console(width=None if sys.stdout.isatty() else 150)
    log.configure("ERROR")
    result = soak(options.minutes, options.postings, options.seed, console, options.at_once)
    file = ROOT / ".run" / "soak.json"
    file.write_text(json.dumps(result, indent=1))
    console.print(
        f"{result['postings']} postings, {result['faults']} with a fault; written to .run/soak.json", highlight=False
    )
    for each in result["wrong"]:
        console.print(f"[red]{each}[/red]", highlight=False)
    if not result["wrong"]:
        console.print("Every posting ended as it should, nothing grew, nothing is left.")
    return bool(result["wrong"])


if __name__ == "__main__":
    raise SystemExit(main())
