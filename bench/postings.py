"""Whole postings: ours against the floor, alone and side by side, where the time goes, and the memory it takes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.figures import Result
from bench.floor import SCRIPTS, run_floor
from bench.place import Place
from bench.processes import family, pss
from listing_worker.demo.photos import demo_photos
from listing_worker.orchestration.job_processor import process_posting

# what the attempt calls its steps → the stages of the chart
STAGES = {
    "prepare": "prepare", "open_browser": "start and restore", "sign_in": "sign-in test", "open_form": "load the form",
    "fill": "fill", "read_back": "read back", "prepare_publish": "baseline", "publish": "publish and prove",
}  # fmt: skip


POSTING_SECONDS = 300.0  # a machine that does other things, too


def measure_postings(place: Place, result: Result, sites: Iterable[str], runs: int) -> None:
    """Ours and the floor in turns, so that what else the machine does hits both alike."""
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as folder:
        photos = photo_files(Path(folder))
        for site in sites:
            place.session(site)
            ours: list[dict[str, Any]] = []
            floors = []
            for _ in range(runs):
                ours.append(_post(place, site))
                if site in SCRIPTS:
                    floors.append(asyncio.run(run_floor(site, place.resources.settings, place.session(site), photos)))
            result.add("one posting", f"{site}, ours", "s", [each["seconds"] for each in ours])
            result.stages[site] = _stages(ours)
            calls = [float(each["model_calls"]) for each in ours]
            result.add("model", f"{site}, calls for a known form", "", calls, goal=0)
            if not floors:
                result.left_out[f"{site} against the floor"] = "no script by hand is written for this form"
                continue
            result.add("one posting", f"{site}, floor", "s", [each.whole for each in floors])
            ratios = [mine["seconds"] / floor.whole for mine, floor in zip(ours, floors, strict=True)]
            result.add("one posting", f"{site}, ours ÷ floor", "×", ratios, goal=1.25)
            filling = [
                (_step(mine, "fill") + _step(mine, "read_back")) / floor.filling
                for mine, floor in zip(ours, floors, strict=True)
            ]
            note = "ours fills every field of the listing and reads it back; the script fills the required ones"
            result.add("one posting", f"{site}, filling ÷ floor", "×", filling, goal=1.10, note=note)


def _post(place: Place, site: str) -> dict[str, Any]:
    seller = place.seller(site)
    (posting,) = seller.post(seller.create_listing(), site)
    asyncio.run(process_posting(place.resources, posting["id"]))
    done = place.resources.store.get_posting(posting["id"])
    assert done is not None
    assert done["state"] == "live", f"{site}: {done['reason']}"
    return dict(done["report"])


def _step(report: dict[str, Any], *names: str) -> float:
    return sum(each.get("seconds", 0.0) for each in report["steps"] if each["step"].partition(" ")[0] in names)


def _stages(reports: list[dict[str, Any]]) -> dict[str, float]:
    """Median seconds per stage."""
    import statistics

    found: dict[str, list[float]] = {name: [] for name in STAGES.values()}
    for report in reports:
        sums = dict.fromkeys(found, 0.0)
        current = "prepare"
        for each in report["steps"]:
            current = STAGES.get(each["step"], current)
            sums[current] += each.get("seconds", 0.0)
        told = sum(sums.values())
        sums["publish and prove"] += max(0.0, report["seconds"] - told)
        for name, value in sums.items():
            found[name].append(value)
    return {name: round(statistics.median(values), 3) for name, values in found.items()}


def measure_parallel(place: Place, result: Result, sites: list[str], runs: int) -> None:
    """All marketplaces at once, each in a process of its own, as a worker forks them; and what they take of memory."""
    cores = os.cpu_count() or 1
    for count in sorted({min(3, len(sites)), len(sites)}):
        chosen, walls, memory = sites[:count], [], []
        for _ in range(runs):
            seconds, peak = _side_by_side(place, chosen)
            walls.append(seconds)
            memory.append(peak / count)
        result.add("side by side", f"{count} marketplaces, until all are live", "s", walls)
        result.add(
            "side by side",
            f"postings per minute and core, {count} at once",
            "",
            [count / wall * 60 / cores for wall in walls],
        )
        result.add("memory", f"PSS per running attempt, {count} at once (peak)", "MB", memory)


HORSE = """
import asyncio, sys
from listing_worker.orchestration.job_processor import process_posting
from listing_worker.orchestration.resources import Resources
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyRing
from tests.e2e.seller import SECRET
from listing_worker.agents.registry import all_agents
from listing_worker.utils import log
log.configure("ERROR")
all_agents()
resources = Resources.open(Settings(_env_file=None), KeyRing(SECRET))
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(process_posting(resources, sys.argv[1]))
resources.close()
"""


def _side_by_side(place: Place, sites: list[str]) -> tuple[float, float]:
    """Seconds until all are live, and the peak of their memory together in MB."""
    seller = place.seller(*sites)
    postings = seller.post(seller.create_listing(), *sites)
    settings = place.resources.settings
    assert settings.redis_url is not None
    assert settings.database_url is not None
    environment = {
        **os.environ,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SANDBOX_FILE": str(settings.sandbox_file),
    }
    said = place.folder / "horses.log"
    with said.open("wb") as errors:
        horses = [
            subprocess.Popen(
                [sys.executable, "-c", HORSE, posting["id"]],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )
            for posting in postings
        ]  # fmt: skip
    watch = _MemoryWatch([horse.pid for horse in horses])
    try:
        for horse in horses:
            assert horse.stdout is not None
            assert b"ready\n" in iter(horse.stdout.readline, b""), f"a process ended: {said.read_text()[-500:]}"
        watch.start()
        began = time.perf_counter()
        for horse in horses:
            assert horse.stdin is not None
            horse.stdin.write(b"\n")
            horse.stdin.flush()
        for horse in horses:
            assert horse.wait(POSTING_SECONDS) == 0, f"a process ended so: {said.read_text()[-500:]}"
        seconds = time.perf_counter() - began
    finally:
        watch.stop()
        for horse in horses:
            horse.kill()
            horse.wait()
            for pipe in (horse.stdin, horse.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
    for posting in postings:
        done = place.resources.store.get_posting(posting["id"])
        assert done is not None
        assert done["state"] == "live", done["reason"]
    return seconds, watch.peak


class _MemoryWatch(threading.Thread):
    """The largest sum of PSS of some processes and all below them, looked at four times a second."""

    def __init__(self, roots: list[int]) -> None:
        super().__init__(daemon=True)
        self._roots = roots
        self._halt = threading.Event()
        self.peak = 0.0

    def run(self) -> None:
        while not self._halt.wait(0.25):
            self.peak = max(self.peak, sum(map(pss, family(self._roots))))

    def stop(self) -> None:
        self._halt.set()
        if self.is_alive():
            self.join()


def photo_files(folder: Path) -> list[Path]:
    files = []
    for number, data in enumerate(demo_photos(), start=1):
        file = folder / f"{number:02d}.jpg"
        file.write_bytes(data)
        files.append(file)
    return files
