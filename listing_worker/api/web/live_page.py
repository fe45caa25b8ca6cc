"""Continue in my browser: the page on which the owner sees the waiting attempt's browser, and the socket under it.

The socket carries pictures to the page and what the hands do to the browser. It opens for the signed-in owner of the
posting alone, on a page of ours (origin, and the sign-in's own token in the first message), while the attempt waits.
Pictures and key strokes pass through this process and stay nowhere: not in logs, not in the database, not in Redis.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import secrets
import threading
import time
from typing import Any

import structlog
from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import HTMLResponse
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from listing_worker.api.auth import SESSION_COOKIE, csrf_token
from listing_worker.api.errors import ApiError, not_found
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.live_view.line import Frame, ViewerEnd, ticket_hash
from listing_worker.live_view.screen import hands
from listing_worker.models import PostingState
from listing_worker.storage.errors import StoreError

router = APIRouter(include_in_schema=False)
log = structlog.get_logger(__name__)

LARGEST_MESSAGE = 12_000  # characters; the longest is a pasted text
MESSAGES_A_SECOND = 240
BEGIN_WITHIN = 10.0  # seconds for a page to say who it is
WELCOME_WITHIN = 6.0  # seconds for the browser's end to let us in
SHOWN_WITHIN = 2.0  # seconds after which a picture that the page did not acknowledge counts as shown
CLOSED, REFUSED, GONE, AGAIN = 4000, 4403, 4404, 4408  # closing codes; the page comes back after AGAIN


@router.get("/postings/{posting_id}/continue")
def show(request: Request, posting_id: str, caller: Seller, wired: Wired) -> HTMLResponse:
    """The live view; or, once it is over, where to go instead."""
    posting = wired.store.get_posting(known_id(posting_id, "posting"))
    if posting is None or posting["user_id"] != caller.user_id:
        raise not_found("posting")
    views = wired.store.list_live_views(caller.user_id)
    view = next((each for each in views if each["posting_id"] == posting["id"]), None)
    return page(
        request, wired, caller, "live.html",
        posting=posting, view=view, names=display_names(wired), settled=PostingState(posting["state"]).settled,
    )  # fmt: skip


@router.websocket("/postings/{posting_id}/screen")
async def screen(socket: WebSocket, posting_id: str) -> None:
    """Binary messages to the page are pictures (width, height, JPEG); all others are JSON."""
    wired: Resources = socket.app.state.resources
    user_id = await run_in_threadpool(_owner, wired, socket)
    if user_id is None or wired.connect_line is None:
        await socket.close(REFUSED)  # before it is accepted: the handshake is answered with 403
        return
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, RedisError, OSError):
        if await _is_our_page(socket):
            code = await _pass_on(wired, socket, user_id, posting_id, socket.app.state.stopping)
        else:
            code = REFUSED
        await socket.close(code)


def _owner(wired: Resources, socket: WebSocket) -> str | None:
    """Who is signed in, if a page of this very site asks."""
    origin = socket.headers.get("origin", "")
    session = socket.cookies.get(SESSION_COOKIE)
    if not session or origin.partition("://")[2] != socket.headers.get("host"):
        return None
    try:
        return wired.verifier.user_id(session)
    except ApiError:
        return None


async def _is_our_page(socket: WebSocket) -> bool:
    """The first message carries the sign-in's own token, as every write does."""
    try:
        first = json.loads(await asyncio.wait_for(socket.receive_text(), BEGIN_WITHIN))
    except (TimeoutError, ValueError, KeyError):
        return False
    given = str(first.get("csrf", "")) if isinstance(first, dict) else ""
    return hmac.compare_digest(given.encode(), csrf_token(socket.cookies.get(SESSION_COOKIE) or "").encode())


async def _pass_on(
    wired: Resources, socket: WebSocket, user_id: str, posting_id: str, stopping: threading.Event
) -> int:
    """Both directions, until one of them ends. The closing code."""
    assert wired.connect_line is not None
    ticket = secrets.token_urlsafe(32)
    try:
        let_in = await run_in_threadpool(wired.store.admit_viewer, user_id, posting_id, ticket_hash(ticket))
    except StoreError:
        return AGAIN
    if let_in is None:
        return GONE
    redis = wired.connect_line()
    line = ViewerEnd(redis, posting_id, let_in["fence"], let_in["public_key"], ticket)
    shown = Shown()
    try:
        tasks = [
            asyncio.create_task(_down(socket, line, shown, stopping)),
            asyncio.create_task(_up(socket, line, shown)),
            asyncio.create_task(_pictures(socket, shown)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await redis.aclose()


class Shown:
    """The newest picture, and whether the page has shown the one before: those in between are dropped."""

    def __init__(self) -> None:
        self.newest: Frame | None = None
        self.there = asyncio.Event()
        self.acknowledged = asyncio.Event()


async def _down(socket: WebSocket, line: ViewerEnd, shown: Shown, stopping: threading.Event) -> int:
    """From the browser to the page."""
    welcome_by = time.monotonic() + WELCOME_WITHIN
    welcome = False
    async with contextlib.aclosing(line.answers()) as answers:
        async for told in answers:
            if stopping.is_set():
                return AGAIN
            if isinstance(told, Frame):
                shown.newest = told
                shown.there.set()
            elif told is None:
                if not welcome and time.monotonic() > welcome_by:
                    return AGAIN
            elif told["t"] == "nobody":
                return AGAIN
            else:
                welcome = True
                await socket.send_json(_for_page(told))
                if told["t"] == "end":
                    return CLOSED
    return AGAIN


def _for_page(told: dict[str, Any]) -> dict[str, Any]:
    """Only addresses of the web are links."""
    elsewhere = told.get("elsewhere")
    return {**told, "elsewhere": elsewhere if str(elsewhere).startswith("https://") else None}


async def _pictures(socket: WebSocket, shown: Shown) -> int:
    while True:
        await shown.there.wait()
        shown.there.clear()
        shown.acknowledged.clear()
        if shown.newest is not None:
            await socket.send_bytes(shown.newest.packed())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(shown.acknowledged.wait(), SHOWN_WITHIN)


async def _up(socket: WebSocket, line: ViewerEnd, shown: Shown) -> int:
    """From the page to the browser: what hands do, nothing else."""
    second, count = 0, 0
    while True:
        text = await socket.receive_text()
        now = int(time.monotonic())
        second, count = now, (count + 1 if now == second else 1)
        if len(text) > LARGEST_MESSAGE or count > MESSAGES_A_SECOND:
            continue
        try:
            message = json.loads(text)
        except ValueError:
            continue
        if not isinstance(message, dict):
            continue
        if message.get("t") == "shown":
            shown.acknowledged.set()
        elif message.get("t") in {"done", "give_up"}:
            await line.send({"t": message["t"]})
        elif hands(message) is not None:
            await line.send(message)
