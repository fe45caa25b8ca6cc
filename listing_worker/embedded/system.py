"""The whole system on one machine: private servers, sandbox, API and worker, started together and stopped together.

`up` and `demo` use it. The parts are ordinary commands in processes of their own, told where things are by the same
environment variables as in production; nothing in them knows that they are embedded.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from listing_worker.embedded.postgres import ensure_postgres
from listing_worker.embedded.redis import ensure_redis
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.migrate import migrate

PARENT_VARIABLE = "LISTING_WORKER_PARENT_PID"
START_SECONDS = 30.0
STOP_SECONDS = 30.0


@contextmanager
def servers(settings: Settings) -> Iterator[Settings]:
    """Settings that name a Redis and a database: the given ones, or private servers owned by this process.

    A private database is migrated. Private servers that were already running are used and left running.
    """
    with ExitStack() as stack:
        changes: dict[str, object] = {}
        data_dir = settings.data_dir.absolute()
        if settings.embedded_redis:
            redis = ensure_redis(data_dir)
            if redis.started:
                stack.callback(redis.stop)
            changes["redis_url"] = SecretStr(redis.url)
        if settings.embedded_postgres:
            postgres = ensure_postgres(data_dir)
            if postgres.started:
                stack.callback(postgres.stop)
            changes["database_url"] = SecretStr(postgres.url)
            migrate(postgres.url)
        yield settings.model_copy(update=changes)


def session_secret(settings: Settings) -> str:
    """SESSION_ENCRYPTION_KEY, or in embedded mode one that was made once and is kept for the owner's eyes only."""
    if settings.session_encryption_key is not None:
        return settings.session_encryption_key.get_secret_value()
    if not settings.embedded_postgres:
        raise ConfigurationError(
            "SESSION_ENCRYPTION_KEY is not set.", action="Make one with `python main.py keys new` and set it"
        )
    path = settings.data_dir.absolute() / "secrets" / "session.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text().strip()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Part:
    """One command of ours in a process group of its own, with its output in a file under `data_dir/logs`."""

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str], log_dir: Path) -> None:
        self.name = name
        log_dir.mkdir(parents=True, exist_ok=True)
        self.log = log_dir / f"{name}.log"
        self._begins = self.log.stat().st_size if self.log.exists() else 0  # of what this process says
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "listing_worker", *arguments],
                env={**os.environ, **environment, PARENT_VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raises ConfigurationError with the end of the log if the process has ended."""
        code = self.process.poll()
        if code is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise ConfigurationError(f"The {self.name} ended with code {code}:\n{tail}")

    def times_said(self, words: str) -> int:
        """How often its log has these words since it was started."""
        with self.log.open("rb") as log:
            log.seek(self._begins)
            return log.read().count(words.encode())

    def stop(self) -> None:
        """SIGTERM, then after a while SIGKILL to the whole group."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class RunningSystem:
    """A running system: where it is, and its parts by name."""

    settings: Settings
    api_url: str
    owner_token: str
    owner_id: str
    sandbox_file: Path | None
    parts: dict[str, Part]

    def check(self) -> None:
        """Raises ConfigurationError if a part has ended."""
        for part in self.parts.values():
            part.check()


@contextmanager
def system(
    settings: Settings, *, sandbox: bool = True, port: int | None = None, tell: Callable[[str], None] = lambda _: None
) -> Iterator[RunningSystem]:
    """Starts everything, waits until it answers, and stops everything at the end, on every path.

    `tell` gets a short sentence per stage. Raises ConfigurationError if a part does not start.
    """
    from listing_worker.api.owner import ensure_owner

    data_dir = settings.data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        tell("Starting Redis and Postgres")
        ready = stack.enter_context(servers(settings))
        environment = _environment(ready, data_dir)
        logs, parts = data_dir / "logs", {}

        def start(name: str, *arguments: str, **more: str) -> Part:
            part = Part(name, [name, *arguments], {**environment, **more}, logs)
            stack.callback(part.stop)
            parts[name] = part
            return part

        sandbox_file = None
        if sandbox:
            tell("Starting the sandbox marketplaces")
            sandbox_file = data_dir / "sandbox.json"
            sandbox_file.unlink(missing_ok=True)
            part = start("sandbox", "--state-file", str(sandbox_file))
            _wait_until(lambda: sandbox_file.exists() and _is_json(sandbox_file), part)
            environment["SANDBOX_FILE"] = str(sandbox_file)
            environment["PACING"] = "false"  # nobody is hurt by haste here
        tell("Starting the API and the worker")
        chosen = settings.port if port is None else port
        chosen = chosen or free_port()
        api_url = f"http://127.0.0.1:{chosen}"
        worker = start("worker", SESSION_ENCRYPTION_KEY=session_secret(settings))
        api = start("api", PORT=str(chosen))
        _wait_until(lambda: _answers(f"{api_url}/health"), api)
        with httpx.Client(trust_env=False, timeout=2) as client:
            _wait_until(lambda: client.get(f"{api_url}/api/extension/keys").is_success, worker)
        owner = ensure_owner(data_dir)
        yield RunningSystem(ready, api_url, owner.token(), owner.user_id, sandbox_file, parts)


def _environment(ready: Settings, data_dir: Path) -> dict[str, str]:
    environment = {"DATA_DIR": str(data_dir), "LOG_LEVEL": ready.log_level}
    if ready.redis_url is not None:
        environment["REDIS_URL"] = ready.redis_url.get_secret_value()
    if ready.database_url is not None:
        environment["DATABASE_URL"] = ready.database_url.get_secret_value()
    return environment


def _wait_until(condition: Callable[[], bool], part: Part) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        part.check()
        if time.monotonic() > deadline:
            raise ConfigurationError(f"The {part.name} did not answer within {START_SECONDS:.0f} s; see {part.log}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except ValueError:
        return False
    return True
