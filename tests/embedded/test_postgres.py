"""The private Postgres: made once, found again, started again, and nobody else's."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from listing_worker.embedded.place import Place
from listing_worker.embedded.postgres import _reachable, ensure_postgres, find_programs
from listing_worker.embedded.process import run
from listing_worker.embedded.running import embedded_postgres_url, stop_embedded
from listing_worker.errors import ConfigurationError
from tests.embedded.conftest import status_of, wait_until

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as nobody")


def socket_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432"


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]


def test_its_whole_life(data_dir: Path) -> None:
    """Made, found again, killed, started again, stopped: in a deep directory with spaces."""
    began = time.monotonic()
    first = ensure_postgres(data_dir)
    took = time.monotonic() - began
    assert first.started
    assert took < 30  # under 2 s on an idle machine; this only catches a wait that runs out
    socket = socket_of(first.url)
    assert len(os.fsencode(socket)) < 104
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert ask(first.url, "show listen_addresses") == ""
    assert str(ask(first.url, "show server_encoding")) == "UTF8"
    ask(first.url, "create table kept as select 1 as one")

    second = ensure_postgres(data_dir)
    assert (second.pid, second.url, second.started) == (first.pid, first.url, False)
    assert embedded_postgres_url(data_dir) == first.url

    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not first.running.alive)
    assert (data_dir / "postgres" / "data" / "postmaster.pid").exists()
    third = ensure_postgres(data_dir)
    assert third.started
    assert third.url == first.url
    assert ask(third.url, "select one from kept") == 1

    assert stop_embedded(data_dir) == ["postgres"]
    assert not third.running.alive
    assert not socket.parent.exists()
    assert not (data_dir / "postgres" / "data" / "postmaster.pid").exists()
    assert embedded_postgres_url(data_dir) is None


def test_lost_record_ends_the_server_nobody_can_reach(data_dir: Path) -> None:
    first = ensure_postgres(data_dir, durable=False)
    (data_dir / "postgres" / "server.json").unlink()
    second = ensure_postgres(data_dir, durable=False)
    assert second.started
    assert not first.running.alive
    assert ask(second.url, "select 1") == 1


def test_number_of_the_dead_server_may_belong_to_another_process(data_dir: Path) -> None:
    first = ensure_postgres(data_dir, durable=False)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not first.running.alive)
    lock = data_dir / "postgres" / "data" / "postmaster.pid"
    lock.write_text(lock.read_text().replace(str(first.pid), str(os.getpid()), 1))
    assert ensure_postgres(data_dir, durable=False).started  # and we are still here


def test_interrupted_making_is_made_again(data_dir: Path) -> None:
    half = data_dir / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(ensure_postgres(data_dir, durable=False).url, "select 1") == 1


def test_data_of_another_version_are_left_alone(data_dir: Path) -> None:
    data = data_dir / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ConfigurationError, match="made by Postgres 14"):
        ensure_postgres(data_dir)
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_log_holds_no_data(data_dir: Path) -> None:
    server = ensure_postgres(data_dir, durable=False)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create table secrets (value text primary key)")
        connection.execute("insert into secrets values (%s)", ["canary"])
        for query in ("insert into secrets values (%s)", "select 1 / 0, %s::text", "select %s nonsense from nowhere"):
            with pytest.raises(psycopg.Error):
                connection.execute(query, ["canary"])
        with pytest.raises(psycopg.Error):
            connection.execute("insert into secrets values ('canary')")
    log = (data_dir / "postgres" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "canary" not in log


@root_only
def test_root_runs_it_as_nobody_for_root_alone(data_dir: Path) -> None:
    server = ensure_postgres(data_dir, durable=False)
    nobody = pwd.getpwnam("nobody")
    assert set(status_of(server.pid)["Uid"].split()) == {str(nobody.pw_uid)}
    assert ask(server.url, "select current_user") == "postgres"
    # Even a process that may open the socket, because it runs as nobody too, is turned away.
    place = Place.of(data_dir, "postgres")
    psql = _reachable(find_programs(), place).folder / "psql"
    code = run(place.account, [str(psql), server.url, "-c", "select 1"], folder=Path("/"), log=data_dir / "psql.log")
    assert code == 2
    assert "Peer authentication failed" in (data_dir / "psql.log").read_text()


@root_only
def test_programs_in_a_closed_folder_are_copied_to_an_open_one(
    data_dirs: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A venv below /root, say."""
    closed = data_dirs("closed")
    closed.mkdir(mode=0o700)
    found = find_programs()
    sources = {}
    for where, source in found.sources.items():
        shutil.copytree(source, closed / where, ignore=shutil.ignore_patterns("include"))
        sources[where] = closed / where
    with tempfile.TemporaryDirectory(prefix="lw-tests-") as temporary:
        Path(temporary).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        programs = replace(found, folder=closed / found.below, sources=sources)
        for number in range(2):
            server = ensure_postgres(data_dirs(f"data {number}"), durable=False, programs=programs)
            assert ask(server.url, "select 1") == 1
            executable = Path(f"/proc/{server.pid}/exe").resolve()
            assert executable.is_relative_to(temporary)
            server.stop(at_once=True)
        assert len(list(Path(temporary).glob("listing-worker-programs-*"))) == 1  # copied once
