"""Watching what a process, its children and its Chromium ask of the network: names, addresses, requests.

- Python's own look-ups and connections by an audit hook (it cannot be removed; it notes only while somebody watches);
- every socket of this process and all its children (the driver, Chromium) by /proc, looked at many times a second;
- what Chromium tried, even in vain, by its net log.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_watching: list[Watched] = []
_hooked = False
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass
class Watched:
    """`names`: what was looked up; `addresses`: whom this process connected to; `sockets`: far ends of all sockets of
    this process and its children, `ip:port`."""

    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    sockets: set[str] = field(default_factory=set)

    @property
    def outside(self) -> set[str]:
        """Everything that was asked and is not this machine."""
        named = {name for name in self.names if name not in {"localhost", ""} and not _is_here(name)}
        return named | {one for one in self.addresses | self.sockets if not _is_here(one.rpartition(":")[0])}


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or not event.startswith("socket."):
        return
    for watched in _watching:
        if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
            name = arguments[0].decode() if isinstance(arguments[0], bytes) else str(arguments[0] or "")
            watched.names.add(name)
        elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
            watched.addresses.add(f"{arguments[1][0]}:{arguments[1][1]}")


@contextmanager
def watching() -> Iterator[Watched]:
    """For the length of the block."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    watched, stop = Watched(), threading.Event()
    thread = threading.Thread(target=_look_at_sockets, args=(watched, stop), daemon=True)
    _watching.append(watched)
    thread.start()
    try:
        yield watched
    finally:
        stop.set()
        thread.join(5)
        _watching.remove(watched)


def _look_at_sockets(watched: Watched, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        ours = {inode for pid in _family() for inode in _inodes(pid)}
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
                parts = line.split()
                if parts[9] in ours and (far := _address(parts[2])):
                    watched.sockets.add(far)


def _family() -> list[int]:
    """This process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return sorted(found)


def _inodes(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                told = _SOCKET.fullmatch(str(fd.readlink()))
                found |= {told.group(1)} if told else set()
    return found


def _address(text: str) -> str:
    """`ip:port` of /proc/net's form; "" where there is no far end."""
    raw, _, port = text.partition(":")
    if int(port, 16) == 0:
        return ""
    words = [bytes.fromhex(raw[i : i + 8])[::-1] for i in range(0, len(raw), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = getattr(address, "ipv4_mapped", None)
    return f"{mapped or address}:{int(port, 16)}"


@dataclass(frozen=True)
class NetLog:
    """What Chromium wrote: addresses it asked for (even in vain), and addresses it connected to."""

    asked: set[str]
    connected: set[str]


def read_net_log(file: Path) -> NetLog:
    """Chromium's `--log-net-log`. A log whose end is missing (a killed browser) is read as far as it goes."""
    text = file.read_text(encoding="utf-8", errors="replace")
    asked = set(re.findall(r'"url":"((?:https?|wss?)://[^"]+)"', text))
    try:
        told = json.loads(text)
    except ValueError:  # the end is missing
        told = json.loads(text.rstrip().rstrip(",") + "]}")
    attempt = told["constants"]["logEventTypes"]["TCP_CONNECT_ATTEMPT"]
    events = [one.get("params", {}) for one in told["events"] if one["type"] == attempt]
    connected = {str(one["address"]) for one in events if "address" in one}
    return NetLog(asked, connected)
