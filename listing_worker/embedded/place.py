"""Where a private server lives: its folder in the data directory, its socket, its record, programs it may execute."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from listing_worker.embedded import guard
from listing_worker.embedded.process import Account, Running
from listing_worker.errors import ConfigurationError

_SOCKET_PATH_LIMIT = 104  # bytes with the final zero: 108 on Linux, 104 on macOS
_SOCKET_NAME_ROOM = len("/lw-12345678/.s.PGSQL.5432")
_SOCKET_FOLDER = "lw-"  # and eight characters
_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Record:
    """What `server.json` says about a server that we started."""

    running: Running
    socket_folder: Path


@dataclass(frozen=True)
class Place:
    """`<data_dir>/<name>/`: `data/` (the server's own), `server.json` (the record), `lock`, `<name>.log`."""

    name: str
    folder: Path
    account: Account

    @classmethod
    def of(cls, data_dir: Path, name: str) -> Place:
        folder = data_dir.absolute() / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(name, folder, Account.for_servers())

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def _record(self) -> Path:
        return self.folder / "server.json"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time looks, starts or stops here."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def make_folder(self, path: Path, *, exist_ok: bool = True) -> Path:
        """A folder that only the server's account (and root) may enter."""
        path.mkdir(mode=0o700, exist_ok=exist_ok)
        self.account.own(path)
        return path

    def read(self) -> Record | None:
        """The record; None if there is none or it is unreadable (a crash in the middle of writing)."""
        try:
            known = json.loads(self._record.read_text(encoding="utf-8"))
            socket_folder = Path(known["socket_folder"])
            return Record(self.running(known["pid"], known["mark"], known["signals"], socket_folder), socket_folder)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def clear(self, running: Running) -> None:
        """Ends what is left of a server, and removes its files even if it was gone. Only with the lock held."""
        running.end()
        guard.remove(running.remove)

    def running(self, pid: int, mark: str, signals: Sequence[int], socket_folder: Path) -> Running:
        return Running(pid, mark, tuple(signals), remove=(str(socket_folder),))

    def write(self, running: Running, socket_folder: Path) -> None:
        new = self._record.with_suffix(".new")
        new.write_text(
            json.dumps({
                "pid": running.pid,
                "mark": running.mark,
                "signals": list(running.signals),
                "socket_folder": str(socket_folder),
            }),
            encoding="utf-8",
        )  # fmt: skip
        new.replace(self._record)

    def make_socket_folder(self, former: Record | None) -> Path:
        """A new folder, open to the server's account alone, whose path is short however deep the data directory is.

        It takes the name of the former one if that is free, so that the address outlives a restart.
        """
        if former is not None:
            with contextlib.suppress(OSError):  # taken, or its parent is gone
                return self.make_folder(former.socket_folder, exist_ok=False)
        candidates = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - mkdtemp makes a fresh 0700 folder in it
        if not self.account.foreign and "XDG_RUNTIME_DIR" in os.environ:
            candidates.insert(0, os.environ["XDG_RUNTIME_DIR"])
        for base in candidates:
            short = len(os.fsencode(base)) + _SOCKET_NAME_ROOM < _SOCKET_PATH_LIMIT
            if short and _plain(base) and os.access(base, os.W_OK | os.X_OK) and reachable(Path(base), self.account):
                folder = Path(tempfile.mkdtemp(prefix=_SOCKET_FOLDER, dir=base))
                self.account.own(folder)
                return folder
        raise ConfigurationError(
            "There is no folder for a socket: the temporary folder is missing, closed or its path is too long.",
            action="Set TMPDIR to a short path such as /tmp",
        )

    def remove_socket_folder(self, folder: Path) -> None:
        """Removes a socket folder that one of our servers named as its own."""
        if folder.name.startswith(_SOCKET_FOLDER) and folder.is_dir() and folder.lstat().st_uid == self.account.uid:
            guard.remove([str(folder)])

    def trim_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.write_bytes(b"")

    def log_tail(self, since: int = 0) -> str:
        """The last lines of the log, from byte `since` on."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_bytes()[since:].decode(errors="replace").splitlines()[-8:])
        return ""

    def log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0


def _plain(path: str) -> bool:
    """Without characters that a server's option or a URL would need quoted."""
    return re.fullmatch(r"/[A-Za-z0-9/._+-]*", path) is not None


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may go down to this path and read it. Access lists are not looked at: when in doubt, no."""
    if not account.foreign:
        return True
    path = path.resolve()
    for step in (path, *path.parents):
        status = step.stat()
        bits = status.st_mode
        mode = bits >> 6 if status.st_uid == account.uid else bits >> 3 if status.st_gid == account.gid else bits
        if not mode & stat.S_IXOTH and (step.is_dir() or step == path):
            return False
        if step == path and not mode & stat.S_IROTH:
            return False
    return True


def staged(sources: Mapping[str, Path], account: Account, version: str) -> Path:
    """A folder that the account may enter, with copies of `sources`: where in the folder → file or folder to copy.

    Made once per version and kept. Needed when root runs from a place closed to others, such as a venv below /root.
    """
    folders = (Path(p) for p in (tempfile.gettempdir(), "/tmp") if reachable(Path(p), account))  # noqa: S108
    base = next(folders, None)
    if base is None:
        raise ConfigurationError(f"{account.name} may enter no temporary folder.", action="Set TMPDIR to one it may")
    key = sha256("\0".join([version, *map(str, sources.values())]).encode()).hexdigest()[:12]
    final = base / f"listing-worker-programs-{key}"
    if _ours(final):
        return final
    new = Path(tempfile.mkdtemp(prefix="listing-worker-programs-", dir=base))
    for where, source in sources.items():
        target = new / where
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "__pycache__"))
        else:
            shutil.copy2(source, target)
    for path in (new, *new.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        new.rename(final)
    except OSError:  # another process was faster, or something foreign has this name
        if not _ours(final):
            return new
        shutil.rmtree(new)
    return final


def _ours(path: Path) -> bool:
    """A real folder of our own that nobody else may write to."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
