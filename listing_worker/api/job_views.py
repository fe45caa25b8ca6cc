"""Jobs for those who look at them again and again: read for everybody who asks at the same moment, in one call.

A client that polls its jobs is what an API is asked most. Each look is a real one, begun after the request came in,
so no answer is older than its question; only what a look costs (a thread, a statement, an answer to take apart) is
shared. The text that the database makes goes out as it is.
"""

from __future__ import annotations

import re

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.api import errors
from listing_worker.api.auth import known_caller
from listing_worker.api.rounds import Rounds
from listing_worker.errors import ListingWorkerError
from listing_worker.storage.store import Store

_PATH = re.compile(r"/api/jobs/([A-Za-z0-9_-]{1,64})")

Asked = tuple[str, str]  # user id, job id


class JobViews:
    """The looks of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rounds: Rounds[Asked, str | None] = Rounds(self._look)

    async def text(self, user_id: str, job_id: str) -> str | None:
        """The user's job as JSON (schemas.JobOut); None without. Raises StoreUnavailable."""
        return await self._rounds.answer((user_id, job_id))

    async def _look(self, asked: list[Asked]) -> list[str | None]:
        wanted = list(dict.fromkeys(asked))
        found = dict(zip(wanted, await run_in_threadpool(self._store.job_views, wanted), strict=True))
        return [found[each] for each in asked]


class JobLane:
    """`GET /api/jobs/{id}` of somebody who was identified a moment ago, answered without the long way.

    Whatever is not so simple (another caller, no such job, a database that does not answer) goes the long way, where
    `jobs.get_job` says what there is to say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            text = await _text(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        except errors.ApiError as error:  # too many requests
            await errors.answer(Request(scope), error)(scope, receive, send)
            return
        if text is None:
            await self._app(scope, receive, send)
            return
        body = text.encode()
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _text(scope: Scope) -> str | None:
    found = _PATH.fullmatch(scope["path"])
    if found is None:
        return None
    request = Request(scope)
    caller = await known_caller(request)
    if caller is None:
        return None
    request.state.caller = caller  # counted: the long way does not count it again
    try:
        text: str | None = await request.app.state.resources.views.text(caller.user_id, found[1])
    except ListingWorkerError:
        return None
    return text
