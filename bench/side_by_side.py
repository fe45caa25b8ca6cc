"""Postings in processes of their own, as a worker forks them: several at once, and the memory that they take."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Result
from bench.floor import SCRIPTS
from bench.place import Place, own_title
from bench.postings import photo_files
from bench.processes import family, pss

POSTING_SECONDS = 300.0  # a machine that does other things, too
OURS = """
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
FLOOR = """
import asyncio, sys
from pathlib import Path
from bench.floor import run_floor
from listing_worker.models import Session
from listing_worker.settings import Settings
session = Session.model_validate_json(Path(sys.argv[2]).read_text())
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(run_floor(sys.argv[1], Settings(_env_file=None), session, sorted(Path(sys.argv[3]).glob("*.jpg"))))
"""


def measure_parallel(place: Place, result: Result, sites: Sequence[str], runs: int) -> None:
    """All marketplaces at once; how long until all are live, and the memory of each."""
    cores = os.cpu_count() or 1
    for count in sorted({min(3, len(sites)), len(sites)}):
        found = [_ours(place, sites[:count]) for _ in range(runs)]
        walls = [seconds for seconds, _ in found]
        result.add("side by side", f"{count} marketplaces, until all are live", "s", walls)
        per_core = [count / wall * 60 / cores for wall in walls]
        result.add("side by side", f"postings per minute and core, {count} at once", "", per_core)
        memory = [peak / count for _, peak in found]
        result.add("memory", f"PSS per running attempt, {count} at once (peak)", "MB", memory)


def measure_memory(place: Place, result: Result, sites: Sequence[str], runs: int) -> None:
    """What one attempt alone takes at most, against the script by hand, in turns."""
    site = next((site for site in sites if site in SCRIPTS), None)
    if site is None:
        return
    ours, floors = [], []
    for _ in range(runs):
        ours.append(_ours(place, [site])[1])
        floors.append(_floor(place, site))
    result.add("memory", f"PSS of one attempt alone on {site} (peak), ours", "MB", ours)
    result.add("memory", f"PSS of the script by hand on {site} (peak)", "MB", floors)
    more = [mine - floor for mine, floor in zip(ours, floors, strict=True)]
    result.add("memory", "ours − the script by hand", "MB", more, goal=60)


def _ours(place: Place, sites: Sequence[str]) -> tuple[float, float]:
    """Seconds until all are live, and the peak of their memory together in MB."""
    seller = place.seller(*sites)
    postings = seller.post(seller.create_listing(title=own_title()), *sites)
    found = _watched(place, [[OURS, posting["id"]] for posting in postings])
    for posting in postings:
        done = place.resources.store.get_posting(posting["id"])
        assert done is not None
        assert done["state"] == "live", done["reason"]
    return found


def _floor(place: Place, site: str) -> float:
    """The peak of the script's memory in MB."""
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as folder:
        photo_files(Path(folder))
        session = Path(folder) / "session.json"
        session.write_text(place.session(site).model_dump_json())
        return _watched(place, [[FLOOR, site, str(session), folder]])[1]


def _watched(place: Place, programs: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Starts them, lets them go at once when all are ready, and watches: seconds until all have ended well, and the
    peak of their memory together."""
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
    said = place.folder / "side-by-side.log"
    with said.open("wb") as errors:
        running = [
            subprocess.Popen(
                [sys.executable, "-c", *program],
                env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )
            for program in programs
        ]  # fmt: skip
    watch = _MemoryWatch([each.pid for each in running])
    try:
        for each in running:
            assert each.stdout is not None
            assert b"ready\n" in iter(each.stdout.readline, b""), f"a process ended: {said.read_text()[-500:]}"
        watch.start()
        began = time.perf_counter()
        for each in running:
            assert each.stdin is not None
            each.stdin.write(b"\n")
            each.stdin.flush()
        for each in running:
            assert each.wait(POSTING_SECONDS) == 0, f"a process ended so: {said.read_text()[-500:]}"
        return time.perf_counter() - began, watch.stop()
    finally:
        watch.stop()
        for each in running:
            each.kill()
            each.wait()
            for pipe in (each.stdin, each.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


class _MemoryWatch(threading.Thread):
    """The largest sum of PSS of some processes and all below them, looked at four times a second."""

    def __init__(self, roots: list[int]) -> None:
        super().__init__(daemon=True)
        self._roots = roots
        self._halt = threading.Event()
        self._peak = 0.0

    def run(self) -> None:
        while not self._halt.wait(0.25):
            self._peak = max(self._peak, sum(map(pss, family(self._roots))))

    def stop(self) -> float:
        self._halt.set()
        if self.is_alive():
            self.join()
        return self._peak
