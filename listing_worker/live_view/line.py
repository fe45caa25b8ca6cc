"""The line between the seller's page and the attempt's browser: Redis pub/sub, sealed from end to end.

API and worker may be different machines that share nothing but Postgres and Redis, and the worker listens nowhere; so
both ends meet on two channels. Pub/sub keeps nothing: what nobody takes is gone, and there is nothing to clean up.
Redis sees ciphertext only. The viewer's end makes a key for each direction and seals them, with its ticket, for the
public key that the attempt made for this one wait (HPKE); the attempt lets in whoever's ticket the store knows, once.

    up    H ‖ tag ‖ sealed(keys ‖ ticket)      hello
          M ‖ tag ‖ counter ‖ AES-GCM(…)       one JSON message, in order
    down  M ‖ tag ‖ counter ‖ AES-GCM(…)       J ‖ JSON, or F ‖ width ‖ height ‖ JPEG

`tag` names the viewer: the newest one that was let in is the only one. Counters only go up: nothing can be repeated.
"""

from __future__ import annotations

import json
import secrets
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis.asyncio import Redis
from redis.exceptions import RedisError

from listing_worker.utils.crypto import SUITE, decode, encode

TAG: Final = 8  # bytes that name a viewer
KEY: Final = 32
LARGEST: Final = 2_000_000  # bytes of one message
_COUNTER: Final = struct.Struct(">Q")
_SIZE: Final = struct.Struct(">HH")


def channels(posting_id: str, fence: int) -> tuple[str, str]:
    """Where the two ends of this attempt meet: up to the browser, down to the viewer."""
    return f"lw:view:{posting_id}:{fence}:up", f"lw:view:{posting_id}:{fence}:down"


def ticket_hash(ticket: str) -> str:
    """How the database knows a viewer's ticket."""
    return sha256(ticket.encode()).hexdigest()


def _context(posting_id: str, fence: int) -> bytes:
    return f"listing-worker live view 1 {posting_id} {fence}".encode()


@dataclass
class _Sealer:
    """One direction of one viewer's line, on the sending side."""

    tag: bytes
    key: bytes
    sent: int = 0

    def seal(self, plain: bytes) -> bytes:
        self.sent += 1
        counter = _COUNTER.pack(self.sent)
        return b"M" + self.tag + counter + AESGCM(self.key).encrypt(b"\0\0\0\0" + counter, plain, self.tag)


@dataclass
class _Opener:
    """One direction of one viewer's line, on the receiving side."""

    tag: bytes
    key: bytes
    seen: int = 0

    def open(self, message: bytes) -> bytes | None:
        """None for what is not ours, was changed, or came before."""
        head = 1 + TAG + _COUNTER.size
        if len(message) < head or message[:1] != b"M" or message[1 : 1 + TAG] != self.tag:
            return None
        counter = message[1 + TAG : head]
        number: int = _COUNTER.unpack(counter)[0]
        if number <= self.seen:
            return None
        try:
            plain = AESGCM(self.key).decrypt(b"\0\0\0\0" + counter, message[head:], self.tag)
        except InvalidTag:
            return None
        self.seen = number
        return plain


@dataclass(frozen=True)
class Frame:
    """A picture of the page. `width` and `height` are the page's own, in CSS pixels."""

    width: int
    height: int
    jpeg: bytes

    def packed(self) -> bytes:
        return _SIZE.pack(self.width, self.height) + self.jpeg

    @classmethod
    def unpacked(cls, data: bytes) -> Frame:
        width, height = _SIZE.unpack_from(data)
        return cls(width, height, data[_SIZE.size :])


class Tickets(Protocol):
    """Who is let in: the store's `take_viewer`, bound to this posting and fence."""

    async def __call__(self, ticket: str) -> bool: ...


class BrowserEnd:
    """The worker's end. `messages` are the newest viewer's; what it is told goes to that one alone."""

    def __init__(self, redis: Redis, posting_id: str, fence: int, admits: Tickets) -> None:
        self._redis = redis
        self._private = X25519PrivateKey.generate()
        self._context = _context(posting_id, fence)
        self._up, self._down = channels(posting_id, fence)
        self._admits = admits
        self._sealer: _Sealer | None = None
        self._opener: _Opener | None = None

    @property
    def public_key(self) -> str:
        return encode(self._private.public_key().public_bytes_raw())

    @property
    def watched(self) -> bool:
        """Whether somebody was let in so far."""
        return self._sealer is not None

    async def messages(self) -> AsyncGenerator[dict[str, Any]]:
        """What viewers send, in order; {"t": "hello"} first of each that was let in. Ends by being cancelled."""
        async with _subscribed(self._redis, self._up) as pubsub:
            while True:
                data = await _next(pubsub)
                if data is None or len(data) > LARGEST:
                    continue
                if data[:1] == b"H" and await self._hello(data):
                    yield {"t": "hello"}
                elif self._opener is not None and (plain := self._opener.open(data)) is not None:
                    with suppress(ValueError):
                        message = json.loads(plain)
                        if isinstance(message, dict) and message.get("t") != "hello":
                            yield message

    async def _hello(self, data: bytes) -> bool:
        tag = data[1 : 1 + TAG]
        try:
            inner = SUITE.decrypt(data[1 + TAG :], self._private, info=self._context + tag)
        except (InvalidTag, ValueError):
            return False
        up, down, ticket = inner[:KEY], inner[KEY : 2 * KEY], inner[2 * KEY :]
        if len(down) != KEY or not await self._admits(ticket.decode("ascii", "replace")):
            return False
        await self.tell({"t": "end", "why": "taken"})  # whoever was there before
        self._opener, self._sealer = _Opener(tag, up), _Sealer(tag, down)
        return True

    async def tell(self, message: dict[str, Any]) -> None:
        await self._send(b"J" + json.dumps(message).encode())

    async def show(self, frame: Frame) -> None:
        await self._send(b"F" + frame.packed())

    async def _send(self, plain: bytes) -> None:
        """A Redis that is away loses it; the viewer comes back by itself."""
        if self._sealer is not None:
            with suppress(RedisError, OSError):
                await self._redis.publish(self._down, self._sealer.seal(plain))


class ViewerEnd:
    """The API's end, for one viewer."""

    def __init__(self, redis: Redis, posting_id: str, fence: int, public_key: str, ticket: str) -> None:
        self._redis = redis
        self._up, self._down = channels(posting_id, fence)
        tag = secrets.token_bytes(TAG)
        self._sealer = _Sealer(tag, secrets.token_bytes(KEY))
        self._opener = _Opener(tag, secrets.token_bytes(KEY))
        inner = self._sealer.key + self._opener.key + ticket.encode()
        key = X25519PublicKey.from_public_bytes(decode(public_key))
        self._greeting = b"H" + tag + SUITE.encrypt(inner, key, info=_context(posting_id, fence) + tag)

    async def answers(self) -> AsyncGenerator[dict[str, Any] | Frame | None]:
        """Greets, then what the browser's end sends; None about every second in which nothing came.

        Raises RedisError.
        """
        async with _subscribed(self._redis, self._down) as pubsub:
            if not await self._redis.publish(self._up, self._greeting):
                yield {"t": "nobody"}
                return
            while True:
                data = await _next(pubsub)
                plain = self._opener.open(data) if data is not None else None
                if plain is None:
                    if data is None:
                        yield None
                elif plain[:1] == b"F":
                    yield Frame.unpacked(plain[1:])
                else:
                    yield json.loads(plain[1:])

    async def send(self, message: dict[str, Any]) -> None:
        """Raises RedisError."""
        await self._redis.publish(self._up, self._sealer.seal(json.dumps(message).encode()))


@asynccontextmanager
async def _subscribed(redis: Redis, channel: str) -> AsyncIterator[Any]:
    """Subscribed once the block begins: nothing that is sent from then on is missed."""
    pubsub = redis.pubsub()
    try:
        await pubsub.subscribe(channel)
        while (first := await pubsub.get_message(timeout=5.0)) is None or first["type"] != "subscribe":
            continue
        yield pubsub
    finally:
        with suppress(RedisError, OSError):
            await pubsub.aclose()  # type: ignore[no-untyped-call]


async def _next(pubsub: Any) -> bytes | None:
    """The next message; None if none came within a second."""
    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
    return message["data"] if message is not None and message["type"] == "message" else None
