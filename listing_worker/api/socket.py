"""Live progress of a job over a WebSocket: the same things as the event stream, each as one JSON message.

    {"type": "snapshot" | "progress" | "job" | "done" | "ping", "id": <stream id or null>, "data": <event or job>}

A client resumes by `?after=<id>`. Browsers cannot set headers on a WebSocket, so the first message may be
{"token": "…", "after": "…"} instead of an Authorization header; our own pages come with their cookie.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import Caller, bearer_token, identify_socket, session_cookie, unauthorized
from listing_worker.api.errors import ApiError
from listing_worker.api.jobs import own_job
from listing_worker.api.ports import Resources
from listing_worker.api.progress import watch
from listing_worker.storage import rows

router = APIRouter(prefix="/api", tags=["jobs"])

HELLO_SECONDS = 10.0  # for the first message of a client that sent no header
CLOSE = 4000  # fact: RFC 6455 §7.4.2, codes from 4000 are an application's own; ours are 4000 + the HTTP status
DONE, COME_AGAIN = 1000, 1001


class Hello(BaseModel):
    """What a client that cannot send headers says first."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(min_length=1, max_length=10_000, repr=False)
    after: str | None = Field(default=None, max_length=50)


@router.websocket("/jobs/{job_id}/socket")
async def job_socket(socket: WebSocket, job_id: str, after: Annotated[str | None, Query()] = None) -> None:
    """Closes with 1000 after `done`, 1001 when the server stops, 4000 + status (4401, 4404, 4429) with the error."""
    wired: Resources = socket.app.state.resources
    await socket.accept()
    try:
        caller, hello_after = await _greeted(socket)
        job = await run_in_threadpool(own_job, wired, caller.user_id, job_id)
    except ApiError as error:
        await socket.close(CLOSE + error.status_code, error.code)
        return
    except (WebSocketDisconnect, TimeoutError):
        return
    telling = asyncio.create_task(_tell(socket, wired, caller, job, hello_after or after))
    try:
        async for _ in socket.iter_text():
            pass  # nothing more is asked; the loop ends when the client goes, or after our own close
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await telling


async def _greeted(socket: WebSocket) -> tuple[Caller, str | None]:
    """Who is there, and after what they want to go on."""
    wired: Resources = socket.app.state.resources
    if wired.limiter is not None:
        wired.limiter.check("address", socket.client.host if socket.client else "unknown")
    token = bearer_token(socket)
    after = None
    if token is None and session_cookie(socket) is None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                hello = Hello.model_validate_json(await socket.receive_text())
        except (ValidationError, TimeoutError) as error:
            raise unauthorized("sign_in_needed", "Sign in first: send a token.") from error
        token, after = hello.token, hello.after
    return await run_in_threadpool(identify_socket, socket, token), after


async def _tell(socket: WebSocket, wired: Resources, caller: Caller, job: rows.JobRow, after: str | None) -> None:
    ended = False
    try:
        async for seen in watch(wired, caller.user_id, job, after, socket.app.state.stopping):
            ended = seen.kind == "done"
            await socket.send_text(f'{{"type":"{seen.kind}","id":{json.dumps(seen.event_id)},"data":{seen.data}}}')
    finally:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the client has closed already
            await socket.close(DONE if ended else COME_AGAIN)
