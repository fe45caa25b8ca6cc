"""Servers end with the process that started them, however that process ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from listing_worker.embedded.guard import start_mark
from listing_worker.embedded.redis import ensure_redis
from tests.embedded.conftest import wait_until

OWNER = """
import json, signal, sys
from pathlib import Path
from listing_worker.embedded.redis import ensure_redis
from listing_worker.embedded.postgres import ensure_postgres
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores it, and we would inherit that
servers = [ensure_redis(Path(sys.argv[1]))]
if sys.argv[2] == "both":
    servers.append(ensure_postgres(Path(sys.argv[1]), durable=False))
print(json.dumps([[s.pid, s.running.mark, *s.running.remove] for s in servers]), flush=True)
sys.stdin.read()
"""


def run_owner(data_dir: Path, which: str) -> tuple[subprocess.Popen[str], list[list[str]]]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), which],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert owner.stdout is not None
    return owner, json.loads(owner.stdout.readline())


def close(owner: subprocess.Popen[str]) -> None:
    owner.wait()
    for pipe in (owner.stdin, owner.stdout):
        assert pipe is not None
        pipe.close()


@pytest.mark.parametrize(("number", "which"), [(signal.SIGKILL, "both"), (signal.SIGINT, "redis")])
def test_servers_do_not_outlive_their_owner(data_dir: Path, number: int, which: str) -> None:
    """SIGKILL of the owner alone; Ctrl-C reaches its whole process group, which the servers are not in."""
    owner, servers = run_owner(data_dir, which)
    if number == signal.SIGINT:
        os.killpg(owner.pid, number)
    else:
        owner.kill()
    close(owner)
    for pid, mark, socket_folder in servers:
        wait_until(lambda pid=pid, mark=mark: start_mark(int(pid)) != mark)  # type: ignore[misc]
        wait_until(lambda folder=socket_folder: not Path(folder).exists())  # type: ignore[misc]


def test_who_finds_a_server_does_not_own_it(data_dir: Path) -> None:
    mine = ensure_redis(data_dir)
    other, [[pid, _, _]] = run_owner(data_dir, "redis")
    assert int(pid) == mine.pid
    other.kill()
    close(other)
    again = ensure_redis(data_dir)
    assert (again.pid, again.started) == (mine.pid, False)


def test_nothing_is_left_running_when_all_is_stopped(data_dirs: Callable[[str], Path]) -> None:
    """The guard goes with the last server it guards."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    one, two = ensure_redis(data_dirs("one")), ensure_redis(data_dirs("two"))
    one.stop()
    two.stop()
    assert set(children.read_text().split()) <= before
