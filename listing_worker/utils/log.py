"""Structured logs: one sentence and its fields per line, secrets removed, JSON when nobody watches.

    log = get_logger(__name__)
    with bound(job=job_id, posting=posting_id, marketplace="…", attempt=2):
        log.info("Filled the form", fields=14, seconds=1.8)

Everything goes through here, the libraries' own `logging` too, so that redaction has one place (`utils/redact.py`).
Logs go to standard error: standard output is for what a command was asked to print.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TextIO

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, Processor, WrappedLogger

from listing_worker.utils.redact import harmless, redact

Format = Literal["json", "console"]

# Fields of structlog's own making, which are no one's data; the redaction leaves them to the formatter.
_OWN = frozenset({"_record", "_from_structlog"})
# Libraries that narrate every request at INFO.
_NAMES = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}
_logger = lru_cache(maxsize=16)(logging.getLogger)
_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
_json_lines: list[_Lines] = []  # our handler, while it writes JSON
_CHATTY = ("httpx", "httpx2", "httpcore", "hpack", "asyncio", "urllib3", "websockets", "PIL", "multipart")


def remove_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The redaction as a structlog processor; runs last before rendering, so that tracebacks are covered too."""
    own = {name: event[name] for name in _OWN & event.keys()}
    clean = redact({name: value for name, value in event.items() if name not in _OWN})
    return {**clean, **own}


def configure(level: str = "INFO", output: Format | None = None, stream: TextIO | None = None) -> None:
    """Sets up logging for the whole process; may be called again. `output` None: console for a terminal, else JSON."""
    target = stream if stream is not None else sys.stderr
    chosen: Format = output or ("console" if target.isatty() else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    renderer: Processor
    if chosen == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=36)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[remove_secrets, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = _Lines(target)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for former in list(root.handlers):
        if isinstance(former.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    _json_lines.clear()
    if chosen == "json":
        _json_lines.append(handler)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"uvicorn", "rq", "browser_use", "fastapi"}:
            library = logging.getLogger(name)
            library.handlers.clear()  # their own format would bypass the redaction
            library.propagate = True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def write_often(name: str, level: int, event: str, fields: dict[str, Any]) -> None:
    """The line that `get_logger(name)` would write, for what is written many hundred times a second. `event` is ours.

    Where our JSON lines are all that listens, it is put together here, redacted as any other, past the processors of
    structlog and `logging`, which take longer than all else that a request needs. In an event loop the lines of one
    turn are written together at the next; any other line takes them along.
    """
    logger = _logger(name)
    if not logger.isEnabledFor(level):
        return
    if logger.handlers or logging.root.handlers != _json_lines:
        get_logger(name).log(level, event, **fields)
        return
    handler = _json_lines[0]
    line = {**structlog.contextvars.get_contextvars(), **fields}
    quick = harmless(line)
    line = line if quick else redact(line)
    line |= {"event": event, "level": _NAMES[level], "logger": name}
    line["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    text = to_json(line).decode() if quick else _as_json(line)
    handler.put(text + "\n")


class _Lines(logging.StreamHandler[TextIO]):
    """Our handler. Besides records it takes lines that are put together already; those of one turn of the event loop
    are written together at the next, or before whatever is written until then."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._put: list[str] = []
        self._loop: AbstractEventLoop | None = None  # that will write them at its next turn

    def put(self, line: str) -> None:
        with self.lock or nullcontext():
            self._put.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if loop is not self._loop:
            self._loop = loop
            loop.call_soon(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        self._write_put()
        super().emit(record)

    def flush(self) -> None:
        self._loop = None
        self._write_put()
        super().flush()

    def _write_put(self) -> None:
        with self.lock or nullcontext():
            lines, self._put = self._put, []
            if lines:
                with suppress(OSError, ValueError):  # nobody reads it any more
                    self.stream.write("".join(lines))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines carry the module's name and whatever `bound` holds at the time."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Every line logged inside carries these fields (job, posting, marketplace, attempt), in this task and thread."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield
