"""What is reported of a defect: where and what kind, and nothing that an attempt holds in its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.utils import trouble
from listing_worker.utils.redact import forget_hidden, hide

CANARY = "canary-4f9c1d"
DSN = "https://0123456789abcdef0123456789abcdef@sentry.invalid/1"
sent: list[bytes] = []


class Kept(Transport):
    """Keeps what would leave."""

    def capture_envelope(self, envelope: Envelope) -> None:
        sent.append(envelope.serialize())

    def flush(self, *_: Any, **__: Any) -> None:
        """Nothing waits."""


@pytest.fixture
def reporting() -> Iterator[None]:
    sent.clear()
    trouble.start(Settings(_env_file=None, sentry_dsn=DSN), "worker", Kept)
    yield
    trouble.stop()
    forget_hidden()


def failing(cookies: list[dict[str, str]], body: str) -> None:
    password = value = CANARY
    raise ZeroDivisionError(f"session=abc; token={CANARY}, hidden s3cr3tvalue99 {len(cookies)}") from (
        ValueError(f"Authorization: Bearer {password or value or body}")
    )


def test_nothing_that_was_planted_leaves(reporting: None) -> None:
    """In locals, in the request, in breadcrumbs, in extras, in the user, in the error's own sentence."""
    hide(["s3cr3tvalue99"])
    with sentry_sdk.isolation_scope() as scope, structlog.contextvars.bound_contextvars(posting="p-1", title=CANARY):
        scope.set_user({"id": CANARY, "ip_address": "192.0.2.1"})
        scope.set_extra("session", {"cookie": CANARY})
        scope.set_tag("plain", CANARY)
        scope.set_context("form", {"title": CANARY})
        scope.set_transaction_name(CANARY)

        def with_request(event: Any, _hint: Any) -> Any:
            return {**event, "request": {"data": {"a": CANARY}, "headers": {"Cookie": CANARY}, "url": CANARY}}

        scope.add_event_processor(with_request)
        sentry_sdk.add_breadcrumb(message=CANARY, data={"cookie": CANARY}, category="log")
        try:
            failing([{"name": "sid", "value": CANARY}], CANARY)
        except ZeroDivisionError as error:
            trouble.report(error)
            trouble.report(ExceptionGroup("several", [error, KeyError("k")]))
        sentry_sdk.capture_message(CANARY)
    assert len(sent) == 3
    told = b"\n".join(sent)
    assert CANARY.encode() not in told and b"s3cr3tvalue99" not in told and b"192.0.2.1" not in told
    event = json.loads(sent[0].splitlines()[-1])
    (first, last) = event["exception"]["values"]
    assert (first["type"], last["type"]) == ("ValueError", "ZeroDivisionError")
    frame = last["stacktrace"]["frames"][-1]
    assert frame["function"] == "failing" and frame["lineno"] and set(frame) <= set(trouble._FRAME)
    assert event["tags"] == {"posting": "p-1"} and event["environment"] == "worker"


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(ConfigurationError, match="SENTRY_DSN"):
        trouble.start(Settings(_env_file=None, sentry_dsn="nonsense"), "api", Kept)


def test_off_it_imports_nothing_and_sends_nothing() -> None:
    script = (
        "import sys\n"
        "from listing_worker.utils import trouble\n"
        "from listing_worker.settings import Settings\n"
        "trouble.start(Settings(_env_file=None), 'api'); trouble.report(ValueError('x')); trouble.flush()\n"
        "print('sentry_sdk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert done.stdout.strip() == "False", done.stderr
