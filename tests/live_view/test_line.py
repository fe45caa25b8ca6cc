"""The line between viewer and browser: only whoever has a ticket, sealed, in order, newest viewer only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

from listing_worker.live_view.line import BrowserEnd, Frame, ViewerEnd, channels
from listing_worker.live_view.screen import hands

POSTING, FENCE = "11111111-2222-4333-8444-555555555555", 7
SECRET = "the code is 424242"


class Tickets:
    """Lets each ticket in once."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)

    async def __call__(self, ticket: str) -> bool:
        if ticket in self.good:
            self.good.remove(ticket)
            return True
        return False


def play(redis_url: str, scene: Callable[[Redis, BrowserEnd, list[dict[str, Any]]], Awaitable[None]]) -> None:
    """A browser's end with two good tickets that collects what it hears."""

    async def whole() -> None:
        redis = Redis.from_url(redis_url)
        end = BrowserEnd(redis, POSTING, FENCE, Tickets("first", "second"))
        heard: list[dict[str, Any]] = []

        async def listen() -> None:
            async for message in end.messages():
                heard.append(message)
                if message["t"] == "hello":
                    await end.tell({"t": "welcome"})

        listening = asyncio.create_task(listen())
        while True:
            [(_, listeners)] = await redis.pubsub_numsub(channels(POSTING, FENCE)[0])  # type: ignore[no-untyped-call]
            if listeners:
                break
            await asyncio.sleep(0.01)
        try:
            await asyncio.wait_for(scene(redis, end, heard), 20)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await redis.aclose()

    asyncio.run(whole())


async def holds(check: Callable[[], bool]) -> None:
    """Waits until it does; the test's own time limit ends this."""
    while True:
        if check():
            return
        await asyncio.sleep(0.01)


async def first_of(viewer: ViewerEnd) -> Any:
    async for told in viewer.answers():
        if told is not None:
            return told
    return None


def test_what_is_typed_and_shown_arrives_in_order_and_redis_reads_none_of_it(redis_url: str) -> None:
    async def scene(redis: Redis, end: BrowserEnd, heard: list[dict[str, Any]]) -> None:
        overheard: list[bytes] = []
        async with redis.pubsub() as spy:
            await spy.subscribe(*channels(POSTING, FENCE))
            viewer = ViewerEnd(redis, POSTING, FENCE, end.public_key, "first")
            got: list[Any] = []
            async for told in viewer.answers():
                if told is None:
                    continue
                got.append(told)
                if isinstance(told, dict):
                    for letter in SECRET:
                        await viewer.send({"t": "text", "text": letter})
                    await end.show(Frame(1280, 900, b"jpeg of " + SECRET.encode()))
                else:
                    break
            await holds(lambda: len(heard) == 1 + len(SECRET))
            while len(overheard) < len(SECRET) + 3:
                message = await spy.get_message(timeout=5)
                assert message is not None
                overheard += [message["data"]] if message["type"] == "message" else []
        assert got == [{"t": "welcome"}, Frame(1280, 900, b"jpeg of " + SECRET.encode())]
        assert "".join(message["text"] for message in heard[1:]) == SECRET
        assert not any(word in each for each in overheard for word in (SECRET.encode(), b"text", b"jpeg", b"first"))
        assert await redis.keys("lw:view:*") == [], "nothing is kept"

    play(redis_url, scene)


def test_without_a_ticket_nobody_is_let_in_and_no_ticket_is_good_twice(redis_url: str) -> None:
    async def scene(redis: Redis, end: BrowserEnd, heard: list[dict[str, Any]]) -> None:
        for ticket, good in (("guessed", False), ("first", True), ("first", False)):
            viewer = ViewerEnd(redis, POSTING, FENCE, end.public_key, ticket)
            try:
                told = await asyncio.wait_for(first_of(viewer), 0.6)
            except TimeoutError:
                told = None
            await viewer.send({"t": "give_up"})
            assert (told is not None) == good, ticket
            await holds(lambda good=good: {"t": "give_up"} in heard or not good)  # type: ignore[misc]
        assert heard == [{"t": "hello"}, {"t": "give_up"}]

    play(redis_url, scene)


def test_the_newest_viewer_is_the_only_one_and_nothing_can_be_repeated(redis_url: str) -> None:
    async def scene(redis: Redis, end: BrowserEnd, heard: list[dict[str, Any]]) -> None:
        former = ViewerEnd(redis, POSTING, FENCE, end.public_key, "first")
        answers = former.answers()
        assert await anext(answers) == {"t": "welcome"}
        async with redis.pubsub() as spy:
            await spy.subscribe(channels(POSTING, FENCE)[0])
            await former.send({"t": "done"})
            recorded: list[bytes] = []
            while not recorded:
                if (message := await spy.get_message(ignore_subscribe_messages=True, timeout=1)) is not None:
                    recorded.append(message["data"])
        await redis.publish(channels(POSTING, FENCE)[0], recorded[0])  # somebody with Redis plays it once more
        newest = ViewerEnd(redis, POSTING, FENCE, end.public_key, "second")
        assert await first_of(newest) == {"t": "welcome"}
        assert await anext(answers) == {"t": "end", "why": "taken"}
        await former.send({"t": "give_up"})
        await newest.send({"t": "text", "text": "x"})
        await holds(lambda: {"t": "text", "text": "x"} in heard)
        assert [each["t"] for each in heard] == ["hello", "done", "hello", "text"]

    play(redis_url, scene)


def test_only_what_hands_can_do_is_done() -> None:
    assert hands({"t": "mouse", "e": "mousePressed", "x": 0.5, "y": 1, "button": "left", "clicks": 1})
    assert hands({"t": "touch", "e": "touchStart", "points": [{"x": 0, "y": 0, "id": 1}]})
    for wrong in (
        {"t": "mouse", "e": "mousePressed", "x": 1.01, "y": 0},
        {"t": "key", "e": "char", "key": "a"},
        {"t": "text", "text": "x" * 2001},
        {"t": "navigate", "url": "https://example.com"},
        {"t": "key", "e": "keyDown", "key": "a", "commands": ["paste"]},
    ):
        assert hands(wrong) is None, wrong
    typed = hands({"t": "text", "text": SECRET})
    assert SECRET not in repr(typed)
