"""Misbehaviour by switch. Adding one is a field here and a line where a replica (or `before_request`) obeys it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

TRANSPORT = "listing_worker.transport"  # where the server puts a request's connection into the ASGI scope


@dataclass
class Faults:
    """The switches of one site. Seconds where a number means time; 0 and False are off."""

    signed_out: bool = False  # every session cookie is treated as unknown
    challenge: bool = False  # pages answer with the site's "verify you are human" page until a person answers it
    reauth_after_publish: bool = False  # the publish request leads to the sign-in page; nothing is listed
    slow: float = 0.0  # every answer this much later
    publish_slow: float = 0.0  # the answer to a publish request this much later (it takes effect first)
    publish_error_after: int = 0  # this status instead of the answer, after the listing was created
    publish_error_before: int = 0  # this status instead of the answer, and no listing
    publish_lost: bool = False  # the listing is created, the connection is cut without an answer
    change_lost: bool = False  # a change of a published listing takes effect, the connection is cut without an answer
    change_error: int = 0  # this status instead of a change of a published listing
    change_ignored: bool = False  # the site says that a change was done, and the listing stays as it was
    late_in_closet: float = 0.0  # a new listing appears in the closet this much later
    photo_error: int = 0  # this many next photo uploads fail
    photo_slow: float = 0.0  # each photo upload takes this much longer
    drop_field: str = ""  # a field of this name (site's own word) is silently lost on its way to the server
    rate_limited: int = 0  # this many next pages answer 429 with Retry-After: 30
    server_error: int = 0  # this many next pages answer 503
    pending_review: bool = False  # published listings go under review
    suspended: bool = False  # the account is restricted
    cookie_banner: bool = False
    modal: bool = False  # an unexpected modal covers the form
    variant: str = ""  # the site's own form variants, e.g. "B"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def update(self, changes: dict[str, Any]) -> None:
        """Sets switches by name. Raises ValueError for an unknown name or a value of the wrong type."""
        known = {f.name: type(getattr(Faults(), f.name)) for f in fields(self)}
        for name, value in changes.items():
            kind = known.get(name)
            if kind is None:
                raise ValueError(f"unknown switch {name!r}; known: {', '.join(sorted(known))}")
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise ValueError(f"switch {name!r} takes a {kind.__name__}")
            setattr(self, name, value)

    def take(self, name: str) -> bool:
        """Counts a "this many next" switch down; True if it was on."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


async def before_request(faults: Faults, request: Request) -> Response | None:
    """What every site does alike before a page is built: slowness, rate limit, failure. A Response ends the request."""
    if faults.slow:
        await asyncio.sleep(faults.slow)
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if is_page and faults.take("rate_limited"):
        return HTMLResponse("<h1>Too many requests</h1>", status_code=429, headers={"Retry-After": "30"})
    if is_page and faults.take("server_error"):
        return HTMLResponse("<h1>Service unavailable</h1>", status_code=503)
    return None


class LostAnswer(Response):
    """The connection is cut in the middle of the answer's first line: the browser sees a network error, once.

    With nothing sent at all, Chromium silently repeats a request (even a PUT) on a connection that it had used before;
    a torn header is an error that it does not repeat.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport | None = scope.get(TRANSPORT)
        if transport is None:
            raise RuntimeError("no connection to cut: the request did not come through the sandbox's server")
        transport.write(b"HTTP/1.1 200 OK\r\nContent-")
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass
