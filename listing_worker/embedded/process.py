"""Processes that we start, keep, recognise again and end: private servers and the guard that watches over them.

A private server is detached from the terminal (its own session, so that Ctrl-C does not reach it) but owned: the
process that started it holds a pipe to a guard (guard.py), and when that process ends, in whatever way, the guard ends
the server. A process that finds it running already does not own it.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from listing_worker.embedded import guard
from listing_worker.errors import OperatorError


class ServerDidNotStart(OperatorError):
    code = "embedded_server"


@dataclass(frozen=True)
class Account:
    """The operating system's user that a server runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_servers(cls) -> Account:
        """Ourselves; `nobody` when we are root, because a database must not run as root (fact: runtime-stack §3)."""
        entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def foreign(self) -> bool:
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        """Makes the path this account's."""
        if self.foreign:
            os.chown(path, self.uid, self.gid)


def run(account: Account, arguments: Sequence[str], *, folder: Path, log: Path) -> int:
    """Runs a program to its end and returns its exit code; output goes to the end of `log`."""
    with _append(log) as output:
        return _popen(account, arguments, folder, output.fileno()).wait()


def start(account: Account, arguments: Sequence[str], *, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Starts a server in the background, in a session of its own; output goes to the end of `log`."""
    with _append(log) as output:
        return _popen(account, arguments, folder, output.fileno())


def _append(log: Path) -> BinaryIO:
    return open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))


def _popen(account: Account, arguments: Sequence[str], folder: Path, output: int) -> subprocess.Popen[bytes]:
    credentials: dict[str, object] = {}
    if account.foreign:
        credentials = {"user": account.uid, "group": account.gid, "extra_groups": []}
    # The environment of the worker holds secrets and PG… variables: neither belongs in a server.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    try:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            **credentials,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerDidNotStart(
            f"{Path(arguments[0]).name} could not be started as {account.name}: {error}",
            action="Set REDIS_URL and DATABASE_URL to servers of your own",
        ) from error


@dataclass(frozen=True)
class Running:
    """A server that runs: how to recognise it, how to end it (gentlest signal first), what to remove afterwards."""

    pid: int
    mark: str
    signals: tuple[int, ...]
    remove: tuple[str, ...] = ()

    @property
    def alive(self) -> bool:
        return guard.start_mark(self.pid) == self.mark

    def end(self, signals: Sequence[int] | None = None) -> None:
        """Ends the process, waits until it is gone, removes what it leaves behind.

        If it was gone already nothing is removed: a later server may have taken its place.
        """
        was_alive = self.alive
        if not guard.end(self.pid, self.mark, signals or self.signals):
            raise OperatorError(f"Process {self.pid} does not end.", action=f"kill -9 {self.pid}")
        if was_alive:
            guard.remove(self.remove)
        child = _children.pop(self.pid, None)
        if child is not None:
            child.wait()  # at once, or when its last thread is gone
        watch.release(self)


@dataclass
class _Watch:
    """Our line to the guard; one guard per owning process, only while there is something to guard."""

    process: subprocess.Popen[bytes] | None = None
    owner_pid: int = 0
    pids: set[int] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def over(self, child: subprocess.Popen[bytes], running: Running) -> None:
        """From now on the server ends with this process."""
        with self.lock:
            if self.process is None or self.owner_pid != os.getpid():
                self.process = subprocess.Popen(
                    [sys.executable, "-I", "-S", guard.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )
                self.owner_pid = os.getpid()
                self.pids = set()
            self.pids.add(running.pid)
            _children[running.pid] = child
            self._tell({
                "watch": running.pid,
                "mark": running.mark,
                "signals": list(running.signals),
                "remove": list(running.remove),
            })  # fmt: skip

    def release(self, running: Running) -> None:
        with self.lock:
            if self.process is None or self.owner_pid != os.getpid() or running.pid not in self.pids:
                return
            self.pids.discard(running.pid)
            self._tell({"release": running.pid})
            if not self.pids:
                assert self.process.stdin is not None
                self.process.stdin.close()
                self.process.wait()
                self.process = None

    def _tell(self, order: Mapping[str, object]) -> None:
        assert self.process is not None and self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:  # somebody ended the guard: the owner's own clean-up still works
            return


watch = _Watch()
_children: dict[int, subprocess.Popen[bytes]] = {}  # kept, because dropping a Popen of a running process warns


@dataclass(frozen=True)
class EmbeddedServer:
    """A private server that answers. `started`: by this call; else it ran already, and somebody else owns it."""

    name: str
    url: str
    running: Running
    started: bool

    @property
    def pid(self) -> int:
        return self.running.pid

    def stop(self, *, at_once: bool = False) -> None:
        """Ends the server cleanly, also one that ran before; harmless if it is gone. `at_once`: data may be lost."""
        self.running.end(self.running.signals[1:] if at_once else None)
