"""Each check finds what it is there for, on real servers, and says what to do about it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import redis as redis_client
from pydantic import SecretStr

from listing_worker.agents.browsers import chromium
from listing_worker.checks import database, health, redis, workplace
from listing_worker.checks.all import check_deployment
from listing_worker.checks.finding import Finding, Mark, looked
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_store
from listing_worker.utils.crypto import KeyRing
from tests.storage.restd import SERVICE_KEY, RestServer

SECRET = "a-secret-of-the-tests-that-is-long-enough-to-be-taken"
OTHER = "another-secret-of-the-tests-that-is-long-enough-too"


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path / "data",
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        session_encryption_key=SecretStr(SECRET),
    )


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.mark is Mark.WRONG]


@pytest.mark.browser
def test_a_whole_deployment_has_nothing_to_fix(settings: Settings) -> None:
    with closing(open_store(settings)) as store:
        store.publish_keys(KeyRing(SECRET).key_list().model_dump(mode="json"))
    findings = list(check_deployment(settings))
    assert wrong(findings) == []
    assert {finding.part for finding in findings} >= {"redis", "database", "keys", "clock", "photos", "chromium"}
    assert json.dumps([finding.as_json() for finding in findings])


def test_every_finding_that_is_not_fine_says_what_to_do(settings: Settings) -> None:
    settings = settings.model_copy(update={"chromium_path": Path("/nowhere/chromium")})
    findings = list(check_deployment(settings))
    assert [finding.part for finding in wrong(findings)] == ["chromium"]
    assert all(finding.fix for finding in findings if finding.mark in {Mark.WRONG, Mark.ADVICE})


def test_a_redis_that_throws_work_away_is_told(settings: Settings, redis_url: str) -> None:
    client = redis_client.Redis.from_url(redis_url)
    try:
        client.config_set("maxmemory", "64mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        (finding,) = wrong(list(redis.check_redis(settings)))
        assert "thrown away" in finding.found
        assert "noeviction" in str(finding.fix)
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "0")
        client.close()


def test_servers_that_do_not_answer_are_two_findings_and_nothing_breaks_off(settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        away = settings.model_copy(update={
            "redis_url": SecretStr(f"redis://127.0.0.1:{port}/0"),
            "database_url": SecretStr(f"postgresql://x@127.0.0.1:{port}/x"),
        })  # fmt: skip
        findings = looked("redis", lambda: redis.check_redis(away), fix=redis.UNREACHABLE)
        findings += looked("database", lambda: database.check_database(away), fix=database.UNREACHABLE)
    assert [finding.mark for finding in findings] == [Mark.WRONG, Mark.WRONG]
    assert "REDIS_URL" in str(findings[0].fix)
    assert "DATABASE_URL" in str(findings[1].fix)


@pytest.mark.parametrize("transport", ["psycopg", "supabase"])
def test_what_a_database_lacks_or_leaves_open_is_named(
    settings: Settings, database_url: str, transport: str, request: pytest.FixtureRequest
) -> None:
    server = RestServer(database_url)
    if transport == "supabase":
        server.__enter__()
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        settings = settings.model_copy(update={
            "database_url": None, "supabase_url": server.url, "supabase_service_role_key": SecretStr(SERVICE_KEY),
        })  # fmt: skip
    else:
        server._server.server_close()
    assert wrong(list(database.check_database(settings))) == []
    database.require_schema(settings)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("grant execute on function public.get_keys() to anon")
        connection.execute("alter table public.devices disable row level security")
        connection.execute("drop function public.find_device(text)")
    found = "; ".join(f"{finding.found} → {finding.fix}" for finding in wrong(list(database.check_database(settings))))
    assert "anybody may call get_keys" in found
    assert "row security is off on devices" in found
    assert "missing: find_device → Run `listing-worker migrate`" in found
    with pytest.raises(ConfigurationError, match="not up to date"):
        database.require_schema(settings)


def test_a_secret_that_does_not_open_what_is_sealed_is_told(settings: Settings) -> None:
    store = open_store(settings)
    store.publish_keys(KeyRing(OTHER).key_list().model_dump(mode="json"))
    (finding,) = wrong(list(workplace.check_keys(settings)))
    assert "new,old" in str(finding.fix)
    rotated = settings.model_copy(update={"session_encryption_key": SecretStr(f"{SECRET},{OTHER}")})
    assert [finding.mark for finding in workplace.check_keys(rotated)] == [Mark.FINE, Mark.ADVICE]
    store.close()


class _App(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(405)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def app_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_sellers_app_is_reached_or_refused(settings: Settings, app_url: str) -> None:
    named = settings.model_copy(update={"next_public_api_url": app_url})
    (finding,) = looked("webhooks", lambda: workplace.check_webhook(named), fix="fix")
    assert finding.mark is Mark.WRONG  # a private address, as it would be refused at delivery
    allowed = named.model_copy(update={"allow_private_webhooks": True})
    findings = list(workplace.check_webhook(allowed))
    assert findings[0].mark is Mark.FINE
    assert "405" in findings[0].found
    assert "WEBHOOK_SECRET" in findings[1].found


def test_without_namespaces_chromium_goes_without_its_sandbox_and_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(chromium, "namespaces_allowed", lambda: False)
    assert "--no-sandbox" in chromium.base_arguments()
    monkeypatch.setattr(chromium, "namespaces_allowed", lambda: True)
    assert "--no-sandbox" not in chromium.base_arguments()


def test_a_worker_is_unhealthy_when_nobody_reports_and_not_when_redis_is_away(settings: Settings) -> None:
    assert health.worker_health(settings).mark is Mark.WRONG
    away = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    assert health.worker_health(away).mark is Mark.ADVICE
