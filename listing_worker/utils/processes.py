"""Processes: a child asks the kernel to end with its parent, and a process has a name that outlives it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Asks the kernel for signal `number` when the parent ends; ends at once if it has ended already.

    Linux only (fact: prctl(2), PR_SET_PDEATHSIG); elsewhere the parent has to stop its children itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def process_name(pid: int | None = None) -> str:
    """A name for a process that no other process ever has: `<machine and pid namespace>:<pid>:<start time>`.

    The first part is the same for all processes that can see each other (Linux: boot id and pid namespace), so that a
    neighbour can tell whether this one is still alive.
    """
    pid = os.getpid() if pid is None else pid
    return f"{neighbourhood()}:{pid}:{_start_time(pid) or 'unknown'}"


def neighbourhood() -> str:
    """What all processes that can see each other have in common."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot[:13]}/{namespace}"


def is_dead(name: str) -> bool:
    """Whether a named process of our own neighbourhood has ended. False whenever that cannot be told."""
    prefix, _, rest = name.rpartition(":")
    prefix, _, pid = prefix.rpartition(":")
    if prefix != neighbourhood() or not pid.isdigit() or rest == "unknown":
        return False
    return _start_time(int(pid)) != rest


def _start_time(pid: int) -> str | None:
    """The kernel's start time of a process that runs (fact: proc(5), field 22); None for none, and for a zombie."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in {"Z", "X"} else after_name[19]
