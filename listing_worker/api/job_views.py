"""Jobs for those who look at them again and again: read for everybody who asks at the same moment, in one call.

A client that polls its jobs is what an API is asked most. Each look is a real one, begun after the request came in,
so no answer is older than its question; only what a look costs (a thread, a statement, an answer to take apart) is
shared. The text that the database makes goes out as it is.
"""

from __future__ import annotations

import asyncio
import re
from asyncio import AbstractEventLoop, Future
from weakref import WeakKeyDictionary

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.api.auth import known_caller
from listing_worker.errors import ListingWorkerError
from listing_worker.storage.store import Store

AT_ONCE = 2  # looks under way: while one is answered, the next one gathers
_PATH = re.compile(r"/api/jobs/([A-Za-z0-9_-]{1,64})")

Asked = tuple[str, str]  # user id, job id


class JobViews:
    """The looks of this process; each event loop has its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looks: WeakKeyDictionary[AbstractEventLoop, _Looks] = WeakKeyDictionary()

    async def text(self, user_id: str, job_id: str) -> str | None:
        """The user's job as JSON (schemas.JobOut); None without. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        looks = self._looks.get(loop)
        if looks is None:
            looks = self._looks[loop] = _Looks(self._store)
        return await looks.text((user_id, job_id))


class _Looks:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Asked, Future[str | None]]] = []
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()  # nobody else would keep them alive

    async def text(self, asked: Asked) -> str | None:
        answer: Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._running < AT_ONCE:
            self._running += 1
            task = asyncio.create_task(self._look())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _look(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            wanted = list(dict.fromkeys(asked for asked, _ in waiting))
            try:
                texts = await run_in_threadpool(self._store.job_views, wanted)
            except Exception as error:  # noqa: BLE001 - handed to all who asked
                for _, answer in waiting:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            found = dict(zip(wanted, texts, strict=True))
            for asked, answer in waiting:
                if not answer.done():  # else its client has gone
                    answer.set_result(found[asked])
        self._running -= 1


class JobLane:
    """`GET /api/jobs/{id}` of somebody who was identified and counted a moment ago, answered without the long way.

    Whatever is not so simple (another caller, no such job, a database that does not answer) goes the long way, where
    `jobs.get_job` says what there is to say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = await _text(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
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
    caller = known_caller(request)
    if caller is None:
        return None
    request.state.caller = caller  # counted: the long way does not count it again
    try:
        text: str | None = await request.app.state.resources.views.text(caller.user_id, found[1])
    except ListingWorkerError:
        return None
    return text
