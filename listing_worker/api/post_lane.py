"""`POST /api/listings/post` of somebody who was identified and counted a moment ago: past the framework's dependencies.

The work is that of `jobs.post_listing`, and errors are answered as everywhere. Whatever is not so simple (another
caller, a scenario of the sandbox, a body that is refused) goes the long way, with its body as it came.
"""

from __future__ import annotations

import json

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listing_worker.api import errors, schemas
from listing_worker.api.auth import known_caller
from listing_worker.api.jobs import post_listing
from listing_worker.api.scenario import HEADER
from listing_worker.errors import ListingWorkerError

PATH = "/api/listings/post"


class PostLane:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        simple = HEADER not in request.headers and request.headers.get("content-type") == "application/json"
        caller = known_caller(request) if simple else None
        if caller is None:
            await self._app(scope, receive, send)
            return
        request.state.caller = caller  # counted: the long way does not count it again
        told = Response()
        del told.headers["content-length"]
        try:
            body = await request.body()
            try:
                asked = schemas.PostIn.model_validate(json.loads(body))
            except ValueError:
                await self._app(scope, _once_more(body, receive), send)
                return
            key = request.headers.get("idempotency-key")
            posted = await run_in_threadpool(post_listing, asked, told, caller, request.app.state.resources, key)
        except ClientDisconnect:
            return
        except (errors.ApiError, ListingWorkerError) as error:
            await errors.answer(request, error)(scope, receive, send)
            return
        text = posted.model_dump_json().encode()
        headers = [(b"content-length", b"%d" % len(text)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 202, "headers": [*headers, *told.raw_headers]})
        await send({"type": "http.response.body", "body": text})


def _once_more(body: bytes, receive: Receive) -> Receive:
    """The whole body at once, and then whatever else comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
