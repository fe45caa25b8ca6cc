"""Data directories whose servers are gone when the test is, whatever happened in it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from listing_worker.embedded.running import stop_embedded
from tests.fixtures.servers import fastest_folder


@pytest.fixture
def data_dirs() -> Iterator[Callable[[str], Path]]:
    """Makes data directories by name, below one folder that only we may enter."""
    made: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=f"lw-tests-{os.getpid()}-", dir=fastest_folder()) as folder:

        def make(name: str) -> Path:
            made.append(Path(folder) / name)
            return made[-1]

        yield make
        for path in made:
            stop_embedded(path)


@pytest.fixture
def data_dir(data_dirs: Callable[[str], Path]) -> Path:
    """A deep one with spaces: longer than any socket's path may be."""
    return data_dirs("a checkout with spaces/" + "deep/" * 30 + ".run")


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def status_of(pid: int) -> dict[str, str]:
    """/proc/<pid>/status as a mapping."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
