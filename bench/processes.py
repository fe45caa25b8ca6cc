"""What processes use of memory and processor, and when they have come to rest."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

QUIET = 0.05  # of a core: less is rest


def family(roots: list[int]) -> set[int]:
    """These processes and all below them."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    found = set(roots)
    grew = True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grew = bool(more)
    return found


def pss(pid: int) -> float:
    """Proportional share of memory in MB; 0 for a process that is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def processor(pids: set[int]) -> float:
    """Seconds of processor time that these processes have used; nothing for those that are gone."""
    return sum(map(_seconds, pids))


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def come_to_rest(root: int, limit: float = 60.0, look: float = 1.0) -> None:
    """Waits until this process and all below it use next to nothing: it has started, and works on nothing. Goes on
    after `limit` seconds, and at once if it has ended."""
    end = time.monotonic() + limit
    pids, used = family([root]), 0.0
    while time.monotonic() < end and Path(f"/proc/{root}").exists():
        before = processor(pids)
        time.sleep(look)
        now = family([root])
        used = processor(now) - before
        if now == pids and used < QUIET * look:
            return
        pids = now
