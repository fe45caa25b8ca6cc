"""`POST /api/listings/post` of somebody who was identified a moment ago: past the framework's dependencies, and
together with all who ask at the same moment (`posts_together.py`).

The answers are those of `jobs.post_listing`, and errors are answered as everywhere. Whatever is not so simple (another
caller, a scenario of the sandbox, a body that is refused, a dry run) goes the long way, with its body as it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listing_worker.api import errors, schemas
from listing_worker.api.auth import known_caller
from listing_worker.api.ports import Resources
from listing_worker.api.posting import Prepared, post
from listing_worker.api.posts_together import Ask, asked_by, post_together, told
from listing_worker.api.rounds import Rounds
from listing_worker.api.scenario import HEADER
from listing_worker.errors import ListingWorkerError
from listing_worker.utils import tracing

PATH = "/api/listings/post"


class PostLane:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._rounds: Rounds[Ask, _Answer | Prepared] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        simple = HEADER not in request.headers and request.headers.get("content-type") == "application/json"
        try:
            caller = await known_caller(request) if simple and not tracing.is_on() else None
        except errors.ApiError as error:
            await errors.answer(request, error)(scope, receive, send)
            return
        if caller is None:
            await self._app(scope, receive, send)
            return
        request.state.caller = caller  # counted: the long way does not count it again
        wired: Resources = request.app.state.resources
        try:
            body = await request.body()
            try:
                asked = schemas.PostIn.model_validate_json(body)
            except ValueError:
                await self._app(scope, _once_more(body, receive), send)
                return
            ask = asked_by(wired, caller.user_id, asked, request.headers.get("idempotency-key"))
            if not ask.shared(wired):
                await self._app(scope, _once_more(body, receive), send)
                return
            if self._rounds is None:
                self._rounds = Rounds(partial(_together, wired))
            answer = await self._rounds.answer(ask)
            if isinstance(answer, Prepared):
                answer = await run_in_threadpool(_alone, wired, answer)
        except ClientDisconnect:
            return
        except (errors.ApiError, ListingWorkerError) as error:
            await errors.answer(request, error)(scope, receive, send)
            return
        headers = [(b"content-length", b"%d" % len(answer.text)), (b"content-type", b"application/json")]
        if answer.replayed:
            headers.append((b"idempotency-replayed", b"true"))
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer.text})


@dataclass(frozen=True)
class _Answer:
    text: bytes
    replayed: bool = False


async def _together(wired: Resources, asks: list[Ask]) -> list[_Answer | Prepared | Exception]:
    answers = await post_together(wired, asks)
    return [
        _Answer(each.model_dump_json().encode()) if isinstance(each, schemas.PostedOut) else each for each in answers
    ]


def _alone(wired: Resources, prepared: Prepared) -> _Answer:
    posted = post(wired, prepared)
    return _Answer(told(wired, prepared, posted).model_dump_json().encode(), replayed=not posted.created["created"])


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
