"""Defects of ours to Sentry, where SENTRY_DSN is set; off otherwise, and then nothing of it is imported.

Only what nobody expected is sent (a seller's or a site's errors are in the database), and of that only what is on the
list below: kinds, places in the code, and the error's sentence after the logs' own redaction. No local variables, no
request, no breadcrumb's text, no user: an attempt's memory holds an open session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from listing_worker import __version__
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.utils.redact import redact_text

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport

FLUSH_SECONDS: Final = 3.0
LONGEST: Final = 500  # characters of an error's sentence
_FRAME: Final = ("filename", "function", "module", "lineno", "in_app")
_EVENT: Final = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk", "fingerprint")
_CONTEXT: Final = ("job", "posting", "marketplace", "attempt", "operation", "request", "process")
_on = False


def start(settings: Settings, process: str, transport: type[Transport] | None = None) -> None:
    """Begins to report from this process, where it is asked for; again is harmless. Raises ConfigurationError without
    the SDK, or for an address that is none."""
    global _on
    if settings.sentry_dsn is None or _on:
        return
    try:
        import sentry_sdk
    except ImportError as error:
        raise ConfigurationError(
            "SENTRY_DSN is set, and sentry-sdk is not installed.", action="pip install 'listing-worker[sentry]'"
        ) from error
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn.get_secret_value(),
            transport=transport,
            release=__version__,
            environment=process,
            server_name="",
            default_integrations=False,  # what we report we report ourselves; nothing listens to logs, requests or jobs
            auto_enabling_integrations=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            send_client_reports=False,
            before_send=cleaned,
            before_send_transaction=lambda event, hint: None,
        )
    except ValueError as error:
        raise ConfigurationError("SENTRY_DSN is no address of Sentry's.", action="Copy it from the project") from error
    _on = True


def report(error: BaseException) -> None:
    """Sends an error that nobody expected. Never raises, waits for nothing."""
    if _on:
        import sentry_sdk

        sentry_sdk.capture_exception(error)


def flush() -> None:
    """Waits until what was reported is sent, a few seconds at most: for a process that is about to end."""
    if _on:
        import sentry_sdk

        sentry_sdk.flush(timeout=FLUSH_SECONDS)


def stop() -> None:
    """Sends what is left, and reports no more."""
    global _on
    if _on:
        import sentry_sdk

        flush()
        sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)
        _on = False


def cleaned(event: Any, _hint: object) -> Any:
    """What may leave of an event: everything that is not named here stays."""
    given: Mapping[str, Any] = event
    kept: dict[str, Any] = {name: given[name] for name in _EVENT if name in given}
    kept["exception"] = {"values": [_error(each) for each in (given.get("exception") or {}).get("values", [])]}
    around = structlog.contextvars.get_contextvars()
    kept["tags"] = {name: redact_text(str(around[name]))[:80] for name in _CONTEXT if name in around}
    return kept


def _error(given: Mapping[str, Any]) -> dict[str, Any]:
    frames = (given.get("stacktrace") or {}).get("frames", [])
    return {
        "type": given.get("type"),
        "module": given.get("module"),
        "value": redact_text(str(given.get("value") or ""))[:LONGEST],
        "stacktrace": {"frames": [{name: frame.get(name) for name in _FRAME} for frame in frames]},
    }
