"""Logs: one line of JSON per event, the fields that are bound, and no way around the redaction."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from listing_worker.utils import log as logs

CANARY = "canary-5f2a91c3"


class Sink(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[int] = []  # lines of each

    def write(self, text: str) -> int:
        self.writes.append(text.count("\n"))
        return super().write(text)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def listen_alone(self) -> None:
        """Without pytest's own handlers, beside which nothing is written by the quick way."""
        root = logging.getLogger()
        root.handlers[:] = [each for each in root.handlers if getattr(each, "stream", None) is self]


@pytest.fixture
def sink() -> Iterator[Sink]:
    root = logging.getLogger()
    former = root.level, list(root.handlers)
    sink = Sink()
    logs.configure("INFO", stream=sink)
    yield sink
    root.handlers[:], _ = former[1], root.setLevel(former[0])
    structlog.reset_defaults()


def test_a_line_is_json_with_its_fields_when_nobody_watches(sink: Sink) -> None:
    with logs.bound(job="j1", posting="p1", marketplace="mercari", attempt=2):
        logs.get_logger("listing_worker.x").info("Filled the form", fields=14)
    logs.get_logger("listing_worker.x").info("Idle")
    first, second = sink.lines
    assert first.items() >= {
        "event": "Filled the form", "level": "info", "logger": "listing_worker.x", "fields": 14,
        "job": "j1", "posting": "p1", "marketplace": "mercari", "attempt": 2,
    }.items()  # fmt: skip
    assert first["timestamp"].endswith("Z")
    assert "job" not in second


def test_bound_fields_do_not_leak_between_tasks(sink: Sink) -> None:
    log = logs.get_logger("x")

    async def attempt(name: str) -> None:
        with logs.bound(posting=name):
            await asyncio.sleep(0)
            log.info("step", mine=name)

    async def both() -> None:
        await asyncio.gather(attempt("a"), attempt("b"))

    asyncio.run(both())
    assert all(line["posting"] == line["mine"] for line in sink.lines)


def test_no_path_leads_around_the_redaction(sink: Sink) -> None:
    log = logs.get_logger("x")
    secret = f"lwd_{CANARY}"
    log.info(f"token is {secret}")
    log.info("positional %s", f"Bearer {CANARY}")
    log.info("field", token=CANARY, nested={"cookies": [{"name": "jwt", "value": CANARY}]})
    with logs.bound(password=CANARY):
        log.warning("bound")
    logging.getLogger("some.library").warning("Cookie: jwt=%s", CANARY)
    logging.getLogger("some.library").warning("extra", extra={"authorization": CANARY})
    try:
        raise RuntimeError(f"GET https://x.test/?token={CANARY}")
    except RuntimeError:
        log.exception("It broke")
        logging.getLogger("some.library").exception("There too")
        log.error("passed on", exc_info=True)
    assert len(sink.lines) == 9
    assert CANARY not in sink.getvalue()
    assert "RuntimeError" in sink.lines[-1]["exception"]


def test_libraries_that_narrate_requests_are_quiet(sink: Sink) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://x.test")
    logging.getLogger("some.library").info("GET /health")
    assert [line["logger"] for line in sink.lines] == ["some.library"]


def test_configuring_twice_writes_each_line_once(sink: Sink) -> None:
    second = Sink()
    logs.configure("WARNING", stream=second)
    logs.get_logger("x").info("quiet")
    logs.get_logger("x").warning("loud")
    assert [line["event"] for line in second.lines] == ["loud"]
    assert sink.getvalue() == ""


def test_a_terminal_gets_words_not_json() -> None:
    class Terminal(Sink):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    terminal = Terminal()
    try:
        logs.configure("INFO", stream=terminal)
        logs.get_logger("x").info("Hello", token=CANARY)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert "Hello" in terminal.getvalue()
    assert "{" not in terminal.getvalue()
    assert CANARY not in terminal.getvalue()


def test_what_is_written_often_reads_as_any_other_line(sink: Sink) -> None:
    sink.listen_alone()
    fields = {"path": "/api/jobs/job_1", "user": None, "status": 200, "token": CANARY, "note": f"Bearer {CANARY}"}
    with logs.bound(request="r1"):
        logs.get_logger("listing_worker.x").info("Answered.", **fields)
        logs.write_often("listing_worker.x", logging.INFO, "Answered.", fields)
        logs.write_often("listing_worker.x", logging.DEBUG, "Not said at this level.", {})
    usual, often = sink.lines
    assert usual.pop("timestamp")[:16] == often.pop("timestamp")[:16]
    assert often == usual and often["request"] == "r1" and CANARY not in sink.getvalue()


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "/api/jobs/job_1", "user": None, "status": 200, "milliseconds": 1.5, "quiet": True},
        {"path": "/" + "a" * 200},
        {"path": "/?token=" + CANARY},
        {"token": "short"},
        {"name": "sid", "value": "short", "domain": "x"},
        {"kind": {"password": CANARY}},
        {"text": 'a "quoted" thing, ümläut, \ud800'},
        {"passwört": 1},
        {"text": "-".join(["0123456789abcdef" * 2] * 4)},  # as long as what is sealed
    ],
)
def test_a_quick_line_says_what_a_thorough_one_does(sink: Sink, fields: dict[str, Any]) -> None:
    sink.listen_alone()
    logs.get_logger("listing_worker.x").info("Answered.", **fields)
    logs.write_often("listing_worker.x", logging.INFO, "Answered.", fields)
    usual, often = ({name: value for name, value in line.items() if name != "timestamp"} for line in sink.lines)
    assert often == usual and CANARY not in sink.getvalue()


def test_lines_of_one_turn_of_the_loop_are_written_together_and_before_long(sink: Sink) -> None:
    sink.listen_alone()

    async def turns() -> None:
        for number in range(3):
            logs.write_often("listing_worker.x", logging.INFO, "Answered.", {"number": number})
        assert sink.writes == []
        await asyncio.sleep(0)
        assert sink.writes == [3]
        logs.write_often("listing_worker.x", logging.INFO, "Answered.", {"number": 3})
        logs.get_logger("listing_worker.x").info("Another.", number=4)
        await asyncio.sleep(0)
        assert sink.writes == [3, 1, 1]

    async def ends_at_once() -> None:
        logs.write_often("listing_worker.x", logging.INFO, "Answered.", {"number": 5})

    asyncio.run(turns())
    asyncio.run(ends_at_once())
    assert sink.writes == [3, 1, 1, 1]
    logs.write_often("listing_worker.x", logging.INFO, "Answered without a loop.", {"number": 6})
    assert [line["number"] for line in sink.lines] == list(range(7))


def test_a_log_that_nobody_reads_any_more_stops_nothing(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sink.listen_alone()
    handler = logging.getLogger().handlers[0]

    def broken(text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(sink, "write", broken)
    logs.write_often("listing_worker.x", logging.INFO, "Answered.", {})
    handler.flush()


def test_whoever_listens_too_hears_what_is_written_often(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().addHandler(caplog.handler)
    logs.write_often("listing_worker.x", logging.INFO, "Answered.", {"path": "/"})
    assert len(sink.lines) == 1 and len(caplog.records) == 1
