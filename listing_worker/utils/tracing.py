"""Traces by OpenTelemetry: request → job → posting → step, one trace from the API through the queue into the worker.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set: then nothing of OpenTelemetry's SDK is imported, and a span costs one
comparison. Attributes are ids, names and states; no text of a listing, no address, nothing of a session.

    with span("posting", parent=traceparent, posting=posting_id):
        note(state="live")

Between processes the context travels as a W3C `traceparent` text (`carried()`), in a header or in a job's data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import structlog

from listing_worker.errors import ConfigurationError, ListingWorkerError
from listing_worker.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

FLUSH_MILLISECONDS: Final = 3000
_PREFIX: Final = "listing_worker."
_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_NOTHING: Final[AbstractContextManager[None]] = nullcontext()
_provider: TracerProvider | None = None


def start(settings: Settings, process: str) -> bool:
    """Begins to trace in this process, where it is asked for, and tells whether it has: `stop` then.

    After a fork the child starts its own, because the sending thread does not survive one. Raises ConfigurationError
    without the SDK.
    """
    if settings.otel_exporter_otlp_endpoint is None or _provider is not None:
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed.",
            action="pip install 'listing-worker[otel]'",
        ) from error
    given = settings.otel_exporter_otlp_headers
    exporter = OTLPSpanExporter(
        endpoint=settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces",
        headers=_pairs(given.get_secret_value() if given else ""),
        timeout=5,
    )
    resource = Resource.create({"service.name": settings.otel_service_name, "process.type": process})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=2000))
    use(provider)
    return True


def use(provider: TracerProvider | None) -> None:
    """Traces by this provider from now on; None: not at all."""
    global _provider
    _provider = provider


def is_on() -> bool:
    """Whether anything is traced here."""
    return _provider is not None


def stop() -> None:
    """Sends what is left, within seconds, and ends tracing here. What cannot be sent is forgotten."""
    provider = _provider
    use(None)
    if provider is not None:
        provider.force_flush(FLUSH_MILLISECONDS)
        provider.shutdown()


def span(name: str, parent: str | None = None, **attributes: str | int | bool) -> AbstractContextManager[None]:
    """A span around the block, below `parent` (a traceparent), else below the one around it. An error that leaves the
    block is told by its kind alone."""
    return _NOTHING if _provider is None else _span(name, parent, attributes)


def note(**attributes: str | int | bool) -> None:
    """Attributes of the span around."""
    if _provider is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes({_PREFIX + name: value for name, value in attributes.items()})


def rename(name: str) -> None:
    """Another name for the span around, known only at its end."""
    if _provider is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().update_name(name)


def carried() -> str | None:
    """The span around as a traceparent, to be carried elsewhere; None where nothing is traced."""
    if _provider is None:
        return None
    from opentelemetry.trace import get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


class Steps:
    """Spans of steps that follow each other: each ends where the next begins."""

    def __init__(self) -> None:
        self._open: Any = None

    def next(self, name: str) -> None:
        """Ends the step before, and begins this one below the span around."""
        if _provider is not None:
            self.end()
            self._open = _provider.get_tracer(__name__).start_span(f"step {name}", attributes={_PREFIX + "step": name})

    def end(self, error: str | None = None) -> None:
        """Ends the last one; `error` is the code of what stopped it."""
        if self._open is not None:
            if error is not None:
                _fail(self._open, error)
            self._open.end()
            self._open = None


@contextmanager
def _span(name: str, parent: str | None, attributes: dict[str, str | int | bool]) -> Iterator[None]:
    assert _provider is not None
    with _provider.get_tracer(__name__).start_as_current_span(
        name,
        context=_context(parent),
        attributes={_PREFIX + key: value for key, value in attributes.items()},
        record_exception=False,  # its text and its stack could hold anything
        set_status_on_exception=False,
    ) as opened:
        try:
            yield
        except BaseException as error:
            _fail(opened, error.code if isinstance(error, ListingWorkerError) else type(error).__name__)
            raise


def _fail(opened: Any, code: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    opened.set_status(Status(StatusCode.ERROR, code))


def _context(parent: str | None) -> Any:
    """The context of a traceparent; None (what is around) for none, or for one that is none."""
    if parent is None or not _TRACEPARENT.fullmatch(parent):
        return None
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    _, trace_id, span_id, flags = parent.split("-")
    remote = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(remote))


def _pairs(text: str) -> dict[str, str]:
    """`name=value,name=value`, as OpenTelemetry writes headers."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}
