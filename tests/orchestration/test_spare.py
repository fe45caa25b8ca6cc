"""The waiting work-horse: takes the job it is handed, dies with its worker, and can be done without."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from listing_worker.agents.browsers import warm
from listing_worker.errors import ConfigurationError
from listing_worker.orchestration import spare
from listing_worker.orchestration.spare import Message, Spare
from listing_worker.settings import Settings

SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is who waits for whom; the browser is tested in tests/agents/browsers/test_warm.py."""

    async def opened(*_: object) -> None:
        return None

    monkeypatch.setattr(warm.waiting, "open", opened)


def fork(told: Path) -> Spare:
    """A spare that writes down what it was handed."""

    def work(message: Message) -> None:
        told.write_text(f"{message.job_id} {message.execution_id}")

    return Spare.fork(SETTINGS, lambda: None, work)


def test_it_waits_takes_one_job_and_ends(tmp_path: Path) -> None:
    waiting = fork(tmp_path / "told")
    assert waiting.alive
    assert waiting.hand_over(Message("post-1", "e1"))
    assert os.waitpid(waiting.pid, 0)[1] == 0
    assert (tmp_path / "told").read_text() == "post-1 e1"
    assert not waiting.hand_over(Message("post-2", "e2")), "one job only"


def test_a_dead_one_takes_nothing(tmp_path: Path) -> None:
    waiting = fork(tmp_path / "told")
    os.kill(waiting.pid, 9)
    assert eventually(lambda: not waiting.alive)
    assert not waiting.hand_over(Message("post-1", "e1"))
    waiting.dismiss()
    assert not (tmp_path / "told").exists()


def test_one_that_waited_too_long_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = fork(tmp_path / "told")
    monkeypatch.setattr(spare, "LONGEST_SECONDS", -1.0)
    assert not waiting.hand_over(Message("post-1", "e1"))
    waiting.dismiss()
    assert not waiting.alive


def test_without_a_browser_it_ends_and_the_worker_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(*_: object) -> None:
        raise ConfigurationError("No Chromium was found.")

    monkeypatch.setattr(warm.waiting, "open", none)
    waiting = fork(tmp_path / "told")
    assert eventually(lambda: not waiting.alive)
    assert not waiting.hand_over(Message("post-1", "e1"))


def test_dismissing_does_not_close_a_line_that_is_somebody_elses_by_now(tmp_path: Path) -> None:
    waiting = fork(tmp_path / "told")
    assert waiting.hand_over(Message("post-1", "e1"))
    other = os.open(tmp_path, os.O_RDONLY)  # takes the number that has become free
    try:
        waiting.dismiss()
        os.fstat(other)
    finally:
        os.close(other)


VICTIM = """
import os, sys, time
from listing_worker.agents.browsers import warm
from listing_worker.orchestration.spare import Spare
from listing_worker.settings import Settings
from listing_worker.utils.processes import die_with_parent
async def opened(*_): return None
warm.waiting.open = opened
parent = os.getpid()
waiting = Spare.fork(Settings(_env_file=None), lambda: die_with_parent(parent), lambda _: None)
print(waiting.pid, flush=True)
time.sleep(60)
"""


def test_it_dies_with_its_worker() -> None:
    with subprocess.Popen([sys.executable, "-c", VICTIM], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        worker.kill()
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
