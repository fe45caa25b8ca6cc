"""A worker as it runs in production: `listing-worker worker` in a process of its own, for tests that signal it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from listing_worker.storage.rows import PostingRow
from tests.e2e.seller import Seller

MOVING = {"queued", "waiting", "running", "publishing", "uncertain"}


class WorkerProcess:
    """Starts at once and is ready when the constructor returns. `stop` or `kill` it."""

    def __init__(self, seller: Seller, log: Path) -> None:
        self._seller = seller
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "listing_worker", "worker"],
                env={**os.environ, **seller.environment, "WORKER_CONCURRENCY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: "Worker is ready" in self.log.read_text(), "the worker is ready")

    def stop(self) -> float:
        """SIGTERM; the seconds until it and everything it started had ended."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        """Whatever is left of it, by its process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def state(self, posting: PostingRow) -> PostingRow:
        now = self._seller.resources.store.get_posting(posting["id"])
        assert now is not None
        return now

    def wait_for_state(self, posting: PostingRow, *states: str) -> PostingRow:
        wait_until(lambda: self.state(posting)["state"] in states, f"{states}", lambda: self.log.read_text()[-3000:])
        return self.state(posting)

    def wait_for_step(self, posting: PostingRow, step: str) -> None:
        events = self._seller.resources.events
        wait_until(
            lambda: any(event.get("step") == step for _, event in events.read(posting["job_id"])),
            f"the step {step}",
            lambda: self.log.read_text()[-3000:],
        )

    def wait_until_settled(self, posting: PostingRow) -> PostingRow:
        wait_until(lambda: self.state(posting)["state"] not in MOVING, "an end", lambda: self.log.read_text()[-3000:])
        return self.state(posting)


def wait_until(condition: Callable[[], bool], what: str, tell: Callable[[], str] = str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no sign of {what} after {seconds:.0f} s\n{tell()}"
        time.sleep(0.02)
