"""Rate limits: per caller, per address, and a tight one where secrets could be guessed.

`limits` counts in Redis where there is one, so that several API processes count together; when Redis is away, or
there is none, each process counts for itself. Limits are texts like "600/minute". Who asks often is counted a few
requests ahead, so that not each of them waits for Redis; what is not used of that within seconds counts as used.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.api.errors import ApiError

log = structlog.get_logger(__name__)

GUESSABLE = ("/api/extension/token", "/sign-in")  # POSTs that try a secret


AHEAD = 50  # at most one part in so many of a limit is counted ahead
MOST_AHEAD = 500  # each is an entry in Redis, as it would be if it were counted alone
AHEAD_SECONDS = 2.0
TURN_SECONDS = 0.5  # that requests of one caller wait for one of them to ask
KEPT = 10_000  # callers and addresses whose advance is remembered


class Limiter(Protocol):
    def counted(self, kind: str, who: str) -> bool:
        """Counts one request if that can be done without waiting for anything; else it is not counted."""

    def check(self, kind: str, who: str) -> None:
        """Counts one request. Raises ApiError 429 when there were too many."""

    async def admit(self, kind: str, who: str) -> None:
        """The same for who must not be kept waiting by a thread."""


class RateLimits:
    """`caller`, `address` and `guess` are the limits; `redis_url` as redis-py takes it."""

    def __init__(self, *, caller: str, address: str, guess: str, redis_url: str | None = None) -> None:
        self._limits: dict[str, RateLimitItem] = {
            "caller": parse(caller),
            "address": parse(address),
            "guess": parse(guess),
        }
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._together: MovingWindowRateLimiter | None = None
        if redis_url is not None:
            uri = redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url
            self._together = MovingWindowRateLimiter(storage_from_string(uri))
        self._lock = threading.Lock()
        self._ahead: dict[tuple[str, str], _Advance] = {}
        self._renewals = ThreadPoolExecutor(1, "limits")
        self._turns: dict[tuple[asyncio.AbstractEventLoop, str, str], asyncio.Lock] = {}

    async def admit(self, kind: str, who: str) -> None:
        """Of many requests of one caller at the same moment the first asks Redis and the others wait for it: by then
        more is counted ahead, so that few of them have to ask as well."""
        if self.counted(kind, who):
            return
        key = (asyncio.get_running_loop(), kind, who)
        turn = self._turns.setdefault(key, asyncio.Lock())
        in_turn = False
        try:
            with contextlib.suppress(TimeoutError):  # Redis is slow: then each asks for itself
                async with asyncio.timeout(TURN_SECONDS):
                    in_turn = await turn.acquire()
            if not self.counted(kind, who):
                await run_in_threadpool(self.check, kind, who)
        finally:
            if in_turn:
                turn.release()
            if not turn.locked():
                self._turns.pop(key, None)

    def counted(self, kind: str, who: str) -> bool:
        with self._lock:
            advance = self._ahead.get((kind, who))
            if advance is None or advance.left == 0 or time.monotonic() >= advance.until:
                return False
            advance.left -= 1
            renew = advance.left < advance.taken // 2 and not advance.renewing
            advance.renewing = advance.renewing or renew
        if renew:
            self._renewals.submit(self._renew, kind, who)
        return True

    def check(self, kind: str, who: str) -> None:
        if self.counted(kind, who):
            return
        item = self._limits[kind]
        counter = self._together or self._alone
        cost = self._next_cost(kind, who, item)
        try:
            if counter.hit(item, kind, who, cost=cost):
                self._keep_advance(kind, who, cost, cost - 1)
                return
            if cost > 1 and counter.hit(item, kind, who):
                return
            reset = counter.get_window_stats(item, kind, who).reset_time
        except (RedisError, OSError) as error:
            log.warning("Redis is away; requests are counted per process.", error=type(error).__name__)
            if self._alone.hit(item, kind, who):
                return
            reset = self._alone.get_window_stats(item, kind, who).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        raise ApiError(
            429,
            "rate_limited",
            f"Too many requests: at most {item.amount} per {item.get_expiry()} seconds. Try again in {wait} s.",
            headers={"Retry-After": str(wait)},
        )

    def _renew(self, kind: str, who: str) -> None:
        """Counts further ahead before the advance is used up, so that nobody waits for it. None is given beyond the
        limit: then the advance runs out, and the next request is checked."""
        item = self._limits[kind]
        cost = self._next_cost(kind, who, item)
        with contextlib.suppress(RedisError, OSError):
            if (self._together or self._alone).hit(item, kind, who, cost=cost):
                self._keep_advance(kind, who, cost, to_come=cost)

    def _next_cost(self, kind: str, who: str, item: RateLimitItem) -> int:
        """One, and twice as many as last time for who has used up an advance in time, less what is left of it.
        Guesses are counted singly."""
        with self._lock:
            last = self._ahead.get((kind, who))
            if kind == "guess" or last is None or time.monotonic() >= last.until:
                return 1
            return max(1, min(2 * last.taken, item.amount // AHEAD, MOST_AHEAD) - last.left)

    def _keep_advance(self, kind: str, who: str, cost: int, to_come: int) -> None:
        """`to_come` of the `cost` requests that were just counted are still to come."""
        with self._lock:
            now = time.monotonic()
            if len(self._ahead) >= KEPT:
                self._ahead = {key: each for key, each in self._ahead.items() if each.until > now}
            last = self._ahead.get((kind, who))
            left = last.left if last is not None and now < last.until else 0
            self._ahead[kind, who] = _Advance(left + to_come, left + cost, now + AHEAD_SECONDS)


@dataclass
class _Advance:
    """Requests counted already and not made yet."""

    left: int
    taken: int
    until: float  # time.monotonic()
    renewing: bool = False


class AddressLimit:
    """Counts requests per client address, before anything is read of them."""

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/static/", "/health")):
            address = (scope.get("client") or ("unknown", 0))[0]
            try:
                await self._limiter.admit("address", address)
                if scope["method"] == "POST" and scope["path"] in GUESSABLE:
                    await run_in_threadpool(self._limiter.check, "guess", address)
            except ApiError as error:
                await error.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)
