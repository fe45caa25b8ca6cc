"""What happens to every request: a limit on its size, one log line, and no error that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import time
from contextlib import nullcontext

import structlog
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listing_worker.api.errors import ApiError, unexpected
from listing_worker.utils import tracing
from listing_worker.utils.log import write_often

_ACCESS = "listing_worker.api.access"

JSON_LIMIT = 5_000_000  # bytes of a body that is no upload; the largest is a sealed session
DRAIN_LIMIT = 100_000_000
DRAIN_SECONDS = 30.0
_QUIET_PATHS = ("/health", "/static/")


class BodyLimit:
    """Refuses bodies above `JSON_LIMIT` bytes, photo uploads and archives excepted (their routes count).

    After a 413 the rest of the body is read and thrown away, within bounds: a server that closes while the client still
    sends makes the client see a broken connection instead of our sentence.
    """

    def __init__(self, app: ASGIApp, limit: int = JSON_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = None if scope["path"].endswith(("/photos", "/api/archive")) else self._limit
        seen = 0
        ended = False

        async def counted() -> Message:
            nonlocal seen, ended
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                ended = not message.get("more_body", False)
                if limit is not None and seen > limit:
                    raise ApiError(413, "too_large", f"The request may have at most {limit // 1_000_000} MB.")
            else:
                ended = True
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 413:
                await drain()
            await send(message)

        async def drain() -> None:
            nonlocal ended
            left = DRAIN_LIMIT
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    while not ended and left > 0:
                        message = await receive()
                        left -= len(message.get("body", b""))
                        ended = message["type"] != "http.request" or not message.get("more_body", False)

        await self._app(scope, counted, answer)


class RequestLog:
    """One structured line per request, and the last resort for errors nobody expected.

    The line has the path without its query (which may hold a token), the caller and a request id, which the answer
    carries too (`X-Request-Id`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = f"{random.getrandbits(64):016x}"  # names lines of the log; no secret
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        quiet_path = scope["path"].startswith(_QUIET_PATHS)
        traced = nullcontext() if quiet_path else tracing.span("request", _traceparent(scope), request=request_id)
        bound = structlog.contextvars.bind_contextvars(request=request_id)
        with traced:
            try:
                await self._app(scope, receive, answer)
            except Exception as error:  # noqa: BLE001 - the last resort of the whole API: logged, then told
                failure = unexpected(error)
                if status == 0:
                    await failure.response()(scope, receive, answer)
            finally:
                path: str = scope["path"]
                quiet = quiet_path and status < 400
                if tracing.is_on():
                    tracing.rename(f"{scope['method']} {_route(scope)}")
                    tracing.note(status=status)
                fields = {
                    "method": scope["method"],
                    "path": path[:200],
                    "status": status,
                    "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                    "user": scope.get("state", {}).get("user_id"),
                }
                write_often(_ACCESS, logging.DEBUG if quiet else logging.INFO, "Answered a request.", fields)
                structlog.contextvars.reset_contextvars(**bound)


class Cors(CORSMiddleware):
    """Which pages of other origins may call. Programs name no origin: to them only `Vary` is to be said, and that is
    all that is done for them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"vary", b"Origin")]
            await send(message)

        await self.app(scope, receive, answer)


_ID = re.compile(r"/(?=[^/]*\d)[^/]{8,}")
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def _traceparent(scope: Scope) -> str | None:
    """The caller's trace, which ours goes on with."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)


def _route(scope: Scope) -> str:
    """The route's own path, with the names of its parameters and not their values; where the answer took a short way
    past the routes, the path with what looks like an id left out."""
    route = getattr(scope.get("route"), "path", None)
    return str(route) if route else _ID.sub("/{id}", scope["path"])


class SafeHeaders:
    """Headers that no answer goes without."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _SAFE if pair[0] not in names)]
                if scope.get("scheme") == "https" and _HTTPS_ONLY[0] not in names:
                    message["headers"].append(_HTTPS_ONLY)
            await send(message)

        await self._app(scope, receive, answer)
