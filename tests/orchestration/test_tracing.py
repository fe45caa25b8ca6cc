"""One trace from a caller through the API and the queue into the worker; nothing at all where it is off."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from rq import SimpleWorker

from listing_worker.orchestration import job_processor
from listing_worker.orchestration.queue import ListedJob, PostingQueue, connect_redis
from listing_worker.utils import tracing
from tests.api.conftest import _RING, Api, api, make_api, project

__all__ = ["api", "make_api", "project"]  # fixtures

# redis-py imports other parts of the SDK wherever it is installed
FOREIGN = ["opentelemetry.sdk.trace.export", "opentelemetry.exporter.otlp.proto.http.trace_exporter"]
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)
    provider.shutdown()


def worked_off(api: Api, redis_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """One posting, by the API, the real queue and RQ's worker in this process. The stored session is none that opens,
    so it ends before a browser is needed. The job's id."""
    redis = connect_redis(redis_url)
    queue = PostingQueue(redis)
    monkeypatch.setattr(api.queue, "enqueue_posting", queue.enqueue_posting)
    settings = api.settings.model_copy(
        update={"redis_url": SecretStr(redis_url), "database_url": SecretStr(database_url)}
    )
    monkeypatch.setattr(job_processor.horse, "settings", settings)
    monkeypatch.setattr(job_processor.horse, "ring", _RING)
    api.sign_in("poshmark")
    listing = api.listing(title="A title with canary-4f9c1d")
    posted = api.post(listing["id"], "poshmark", traceparent=CALLER)
    SimpleWorker([queue.rq], connection=redis, serializer="json", job_class=ListedJob).work(burst=True)
    redis.close()
    return str(posted["jobId"])


def test_one_trace_from_the_caller_to_the_steps(
    api: Api, redis_url: str, database_url: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = worked_off(api, redis_url, database_url, monkeypatch)
    mine = [span for span in spans.get_finished_spans() if f"{span.context.trace_id:032x}" in CALLER]
    named = {span.name: span for span in mine}
    assert set(named) >= {"POST /api/listings/post", "job", "posting", "step prepare"}

    def under(name: str) -> str | None:
        parent = named[name].parent
        return next((span.name for span in mine if parent and span.context.span_id == parent.span_id), None)

    assert under("job") == "POST /api/listings/post"
    assert under("posting") == "job"  # through Redis
    assert under("step prepare") == "posting"
    posting: Any = named["posting"].attributes
    assert posting["listing_worker.job"] == named["job"].attributes["listing_worker.job"] == job_id  # type: ignore[index]
    assert posting["listing_worker.marketplace"] == "poshmark" and posting["listing_worker.state"]
    assert not [span for span in mine if span.end_time is None]


def test_no_text_of_a_listing_and_no_error_s_text_leaves(
    api: Api, redis_url: str, database_url: str, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("canary-4f9c1d")

    monkeypatch.setattr(job_processor.PostingAttempt, "post", fails)
    worked_off(api, redis_url, database_url, monkeypatch)
    with pytest.raises(ZeroDivisionError), tracing.span("direct"):
        raise ZeroDivisionError("canary-4f9c1d")
    finished = spans.get_finished_spans()
    told = json.dumps([json.loads(span.to_json()) for span in finished])
    assert "canary-4f9c1d" not in told
    assert described(finished, "direct") == "ZeroDivisionError"


def described(spans: tuple[ReadableSpan, ...], name: str) -> str | None:
    return next(span.status.description for span in spans if span.name == name)


def test_each_job_carries_the_trace_of_who_enqueued_it(redis_url: str, spans: InMemorySpanExporter) -> None:
    redis = connect_redis(redis_url)
    queue = PostingQueue(redis)
    carried: list[str | None] = []
    for traced in (False, True, True, False):
        with tracing.span("who") if traced else nullcontext():
            carried.append(tracing.carried())
            assert queue.enqueue_posting(f"posting-{len(carried)}")
    jobs = [ListedJob.fetch(name, connection=redis, serializer="json") for name in queue.rq.get_job_ids()]
    assert [job.meta.get("traceparent") for job in jobs] == carried
    assert len(set(carried)) == 3 and carried[0] is None is carried[3]
    redis.close()


def test_what_is_no_traceparent_is_ignored(spans: InMemorySpanExporter) -> None:
    for wrong in ("", "x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", CALLER + "\n", CALLER.upper()):
        with tracing.span("alone", wrong):
            assert tracing.carried() is not None
    assert all(span.parent is None for span in spans.get_finished_spans())


def test_off_it_imports_nothing_and_carries_nothing() -> None:
    script = (
        f"import sys; FOREIGN = {FOREIGN}\n"
        "from listing_worker.utils import tracing\n"
        "from listing_worker.settings import Settings\n"
        "assert not tracing.start(Settings(_env_file=None), 'api')\n"
        "with tracing.span('a', None, b=1): assert tracing.carried() is None\n"
        "assert tracing.span('a') is tracing.span('b')\n"
        "print([name for name in sys.modules if name in FOREIGN])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.slow
def test_what_is_traced_reaches_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """By OTLP over HTTP, to a receiver on this machine."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from listing_worker.settings import Settings

    got: list[tuple[str, str | None, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["x-key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        settings = Settings(
            _env_file=None,
            otel_exporter_otlp_endpoint=f"http://127.0.0.1:{server.server_port}/",
            otel_exporter_otlp_headers="x-key=abc",
        )
        assert tracing.start(settings, "worker") and not tracing.start(settings, "worker")
        with tracing.span("posting", CALLER):
            pass
        tracing.stop()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert got and got[0][:2] == ("/v1/traces", "abc")
    assert bytes.fromhex(CALLER.split("-")[1]) in got[0][2] or got[0][2].startswith(b"\x1f\x8b")
