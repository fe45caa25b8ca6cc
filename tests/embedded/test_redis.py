"""The private Redis: found again, started again, and nobody else's."""

from __future__ import annotations

import json
import os
import pwd
import signal
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from listing_worker.embedded import redis as module
from listing_worker.embedded.process import ServerDidNotStart
from listing_worker.embedded.redis import ensure_redis
from listing_worker.embedded.running import embedded_redis_url, stop_embedded
from listing_worker.errors import ConfigurationError
from tests.embedded.conftest import status_of, wait_until

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as nobody")


@contextmanager
def client(url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(url, decode_responses=True) as opened:
        yield opened


def socket_of(url: str) -> Path:
    return Path(url.removeprefix("unix://").partition("?")[0])


def test_deep_directory_with_spaces_gets_a_short_private_socket(data_dir: Path) -> None:
    server = ensure_redis(data_dir)
    assert server.started
    socket = socket_of(server.url)
    assert len(os.fsencode(socket)) < 104
    assert " " not in str(socket)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    with client(server.url) as r:
        assert r.ping()
        assert r.config_get("port")["port"] == "0"
        assert r.config_get("appendonly")["appendonly"] == "yes"
        assert r.config_get("appendfsync")["appendfsync"] == "everysec"
        assert r.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    server.stop()
    assert not socket.parent.exists()
    assert embedded_redis_url(data_dir) is None
    server.stop()  # harmless twice


def test_second_start_finds_the_first(data_dir: Path) -> None:
    first = ensure_redis(data_dir)
    second = ensure_redis(data_dir)
    assert (second.pid, second.url, second.started) == (first.pid, first.url, False)
    assert embedded_redis_url(data_dir) == first.url


def test_many_starts_at_once_make_one_server(data_dir: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: ensure_redis(data_dir), range(4)))
    assert len({server.pid for server in servers}) == 1
    assert sum(server.started for server in servers) == 1


def test_killed_server_comes_back_with_its_data_at_its_address(data_dir: Path) -> None:
    first = ensure_redis(data_dir)
    with client(first.url) as r:
        r.set("checkpoint", "kept")
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not first.running.alive)
    assert embedded_redis_url(data_dir) is None
    second = ensure_redis(data_dir)
    assert second.started
    assert second.pid != first.pid
    assert second.url == first.url
    with client(second.url) as r:
        assert r.get("checkpoint") == "kept"
    first.stop()  # the dead one's: must not touch the one that took its place
    with client(second.url) as r:
        assert r.ping()


def test_number_of_the_dead_server_may_belong_to_another_process(data_dir: Path) -> None:
    """After a restart of the machine, say: the record names a process that is not ours to end."""
    first = ensure_redis(data_dir)
    first.stop()
    record = data_dir / "redis" / "server.json"
    known = json.loads(record.read_text())
    record.write_text(json.dumps({**known, "pid": os.getpid()}))
    assert ensure_redis(data_dir).started  # and we are still here


def test_garbled_record_is_no_obstacle(data_dir: Path) -> None:
    ensure_redis(data_dir).stop()
    for text in ("", "{", "[]", '{"pid": "x"}'):
        (data_dir / "redis" / "server.json").write_text(text)
        server = ensure_redis(data_dir)
        assert server.started
        server.stop()


def test_two_checkouts_do_not_meet(data_dirs: Callable[[str], Path]) -> None:
    one, two = ensure_redis(data_dirs("one/.run")), ensure_redis(data_dirs("two/.run"))
    assert one.url != two.url
    with client(one.url) as a, client(two.url) as b:
        a.set("whose", "one's")
        assert b.get("whose") is None
    one.stop()
    with client(two.url) as b:
        assert b.ping()


@root_only
def test_root_runs_it_as_nobody(data_dir: Path) -> None:
    server = ensure_redis(data_dir)
    nobody = str(pwd.getpwnam("nobody").pw_uid)
    status = status_of(server.pid)
    assert set(status["Uid"].split()) == {nobody}
    assert "0" not in status["Gid"].split()
    assert status["Groups"].split() == []


def test_secrets_of_the_worker_do_not_reach_it(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_ENCRYPTION_KEY", "hush" * 8)
    server = ensure_redis(data_dir)
    assert b"hush" not in Path(f"/proc/{server.pid}/environ").read_bytes()
    assert b"hush" not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_program_that_does_not_start_shows_its_last_words(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = data_dir.parent / "broken server"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\necho it hurts\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(module, "_program", lambda place: Path("/bin/sh"))
    with pytest.raises(ServerDidNotStart, match="exit code"):
        ensure_redis(data_dir)
    assert embedded_redis_url(data_dir) is None


def test_platform_without_a_program_is_told_what_to_install(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError) as missing:
        ensure_redis(data_dir)
    assert "REDIS_URL" in str(missing.value.action)


def test_stop_embedded_stops_what_runs(data_dir: Path) -> None:
    assert stop_embedded(data_dir) == []
    server = ensure_redis(data_dir)
    assert stop_embedded(data_dir) == ["redis"]
    assert not server.running.alive
    assert stop_embedded(data_dir) == []
