"""Ends our private servers when their owner is gone, however it went: Ctrl-C, an error, SIGKILL, a closed terminal.

The owner starts this file as a small process of its own and writes one JSON object per line into its standard input:
`{"watch": pid, "mark": …, "signals": […], "remove": […]}` or `{"release": pid}`. When the pipe closes, which the kernel
does for a dead owner, every watched process is ended and its files are removed. Only the standard library is imported
here, so that starting it costs some 15 ms.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

GRACE_SECONDS = 10.0  # per signal, before the next, harder one


def start_mark(pid: int) -> str | None:
    """Tells this process from a later one with the same number; None when it is gone or only a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _start_mark_by_ps(pid)
    except ProcessLookupError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{boot.read_text().strip() if boot.exists() else ''}/{fields[18]}"  # start time, in clock ticks since boot


def _start_mark_by_ps(pid: int) -> str | None:
    """The same where there is no /proc (macOS)."""
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return None if answer.returncode or state.startswith("Z") else started.strip()


def end(pid: int, mark: str | None, signals: Sequence[int], grace: float = GRACE_SECONDS) -> bool:
    """Sends the signals one after the other until the process is gone. True if it is gone."""
    for number in signals:
        if mark is None or start_mark(pid) != mark:
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + grace
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # a child of ours stays a zombie until it is asked about
            if start_mark(pid) != mark:
                return True
            time.sleep(0.005)
    return start_mark(pid) != mark


def remove(paths: Sequence[str]) -> None:
    for path in paths:
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                Path(path).unlink()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of the pipe is the only reason to act
    watched: dict[int, dict[str, object]] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "watch" in order:
            watched[order["watch"]] = order
        else:
            watched.pop(order["release"], None)
    for pid, order in watched.items():
        if start_mark(pid) == order["mark"] and end(pid, str(order["mark"]), order["signals"]):  # type: ignore[arg-type]
            remove(order["remove"])  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
