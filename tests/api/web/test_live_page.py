"""The live view's page and socket: the owner's alone, on a page of ours, while the attempt waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from listing_worker.api.auth import SESSION_COOKIE, csrf_token
from listing_worker.live_view.line import BrowserEnd, Frame, ticket_hash
from tests.api.conftest import Served
from tests.api.web.conftest import PlayedWorker

ASKED = {"code": "challenge", "message": "eBay asks to verify that you are you.", "action": None, "field": None}
TYPED = "my-secret-code-90210"


class Waiting:
    """An attempt that waits for the owner: its end of the line, and what it has heard."""

    def __init__(self, served: Served, worker: PlayedWorker, redis_url: str) -> None:
        api = served.api
        api.sign_in("ebay")
        self.served = served
        self.job_id = str(api.post(api.listing()["id"], "ebay")["jobId"])
        worker.begin(self.job_id, "ebay", "prepare", "fill")
        self.posting = worker.posting(self.job_id, "ebay")["id"]
        self.fence = worker.fences[self.posting]
        self.redis_url = redis_url
        self.heard: list[dict[str, Any]] = []
        self.picture = b"\xff\xd8picture"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[BrowserEnd]:
        store, redis = self.served.api.store, Redis.from_url(self.redis_url)

        async def admits(ticket: str) -> bool:
            return await asyncio.to_thread(store.take_viewer, self.posting, self.fence, ticket_hash(ticket))

        end = BrowserEnd(redis, self.posting, self.fence, admits)

        async def listen() -> None:
            async for message in end.messages():
                self.heard.append(message)
                if message["t"] == "hello":
                    await end.tell({"t": "welcome", "until": "x", "elsewhere": "javascript:alert(1)"})
                    await end.show(Frame(1280, 900, self.picture))

        until = store.open_live_view(self.posting, self.fence, end.public_key, 60, ASKED)
        assert until is not None
        event = {"posting_id": self.posting, "marketplace": "ebay", "state": "filling", "step": "needs_you"}
        self.served.events.publish(self.job_id, {**event, "until": until, "reason": ASKED})
        listening = asyncio.create_task(listen())
        try:
            yield end
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await redis.aclose()

    def socket(self, token: str | None, origin: str | None = None, posting: str | None = None) -> Any:
        address = f"{self.served.url.replace('http', 'ws', 1)}/postings/{posting or self.posting}/screen"
        headers = {"Cookie": f"{SESSION_COOKIE}={token}"} if token else {}
        return connect(address, additional_headers=headers, origin=origin or self.served.url, proxy=None)  # type: ignore[arg-type]


@pytest.fixture
def waiting(served: Served, worker: PlayedWorker, redis_url: str) -> Waiting:
    return Waiting(served, worker, redis_url)


async def until_welcome(socket: ClientConnection, token: str) -> bytes:
    """Says who it is; the first picture."""
    await socket.send(json.dumps({"csrf": csrf_token(token)}))
    while True:
        told = await asyncio.wait_for(socket.recv(), 15)
        if isinstance(told, bytes):
            return told
        assert json.loads(told) == {"t": "welcome", "until": "x", "elsewhere": None}


async def closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        while True:
            await asyncio.wait_for(socket.recv(), 15)
    assert socket.close_code is not None
    return socket.close_code


def test_the_owner_sees_and_types_and_nobody_else_gets_in(waiting: Waiting, capfd: pytest.CaptureFixture[str]) -> None:
    api = waiting.served.api
    token = api.owner.token()
    stranger = str(api.stranger().headers["authorization"]).removeprefix("Bearer ")

    async def scenario() -> None:
        async with waiting.open() as end:
            for who, origin in ((None, None), ("nonsense", None), (token, "https://evil.example")):
                with pytest.raises(InvalidStatus):
                    await waiting.socket(who, origin).__aenter__()
            async with waiting.socket(stranger) as socket:
                await socket.send(json.dumps({"csrf": csrf_token(stranger)}))
                assert await closed_with(socket) == 4404
            async with waiting.socket(token) as socket:
                await socket.send(json.dumps({"csrf": csrf_token(stranger)}))
                assert await closed_with(socket) == 4403
            assert waiting.heard == []
            async with waiting.socket(token) as socket:
                assert await until_welcome(socket, token) == (1280).to_bytes(2) + (900).to_bytes(2) + b"\xff\xd8picture"
                for message in ({"t": "text", "text": TYPED}, {"t": "navigate", "url": "x"}, {"t": "done"}):
                    await socket.send(json.dumps(message))
                while True:
                    if len(waiting.heard) == 3:
                        break
                    await asyncio.sleep(0.02)
                assert waiting.heard == [{"t": "hello"}, {"t": "text", "text": TYPED}, {"t": "done"}]
                async with waiting.socket(token) as again:
                    await until_welcome(again, token)
                    assert await closed_with(socket) == 4000
                    await end.tell({"t": "end", "why": "done"})
                    assert await closed_with(again) == 4000

    asyncio.run(scenario())
    assert TYPED not in "".join(capfd.readouterr())
    assert api.client.get("/api/live-views").json()["live_views"][0]["page"] == f"/postings/{waiting.posting}/continue"
    assert api.stranger().get("/api/live-views").json() == {"live_views": []}


def test_the_page_is_the_owners_and_ends_with_the_claim(waiting: Waiting, worker: PlayedWorker) -> None:
    api = waiting.served.api
    path = f"/postings/{waiting.posting}/continue"
    api.anonymous.cookies.set(SESSION_COOKIE, api.owner.token())
    assert "There is nothing to answer" in api.anonymous.get(path).text
    assert api.store.open_live_view(waiting.posting, waiting.fence, "k" * 43, 60, ASKED)
    shown = api.anonymous.get(path)
    assert "eBay asks for you" in shown.text and "script-src 'self'" in shown.headers["content-security-policy"]
    assert "Continue in my browser" in api.anonymous.get(f"/jobs/{waiting.job_id}").text
    assert "Continue in my browser" in api.anonymous.get("/").text
    worker.end(waiting.job_id, "ebay", "action_required", **{**ASKED, "message": "Still asked."})
    assert "There is nothing to answer" in api.anonymous.get(path).text
    stranger = str(api.stranger().headers["authorization"]).removeprefix("Bearer ")
    api.anonymous.cookies.set(SESSION_COOKIE, stranger)
    assert api.anonymous.get(path).status_code == 404


def test_the_uses_of_a_session_are_shown_to_its_seller_alone(served: Served) -> None:
    api = served.api
    api.sign_in("ebay")
    api.store.open_session(api.owner.user_id, "ebay", "posting", None, 3)
    [use] = api.client.get("/api/sessions/uses?marketplace=ebay").json()["uses"]
    assert (use["purpose"], use["attempt"]) == ("posting", 3)
    api.anonymous.cookies.set(SESSION_COOKIE, api.owner.token())
    assert "Opened for attempt 3" in api.anonymous.get("/marketplaces").text
    assert api.stranger().get("/api/sessions/uses").json() == {"uses": []}
