"""Rate limits: per caller, per address, and a tight one where secrets could be guessed.

`limits` counts in Redis where there is one, so that several API processes count together; when Redis is away, or
there is none, each process counts for itself. Limits are texts like "600/minute".
"""

from __future__ import annotations

import math
import time
from typing import Protocol

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.api.errors import ApiError

log = structlog.get_logger(__name__)

GUESSABLE = ("/api/extension/token", "/sign-in")  # POSTs that try a secret


class Limiter(Protocol):
    def check(self, kind: str, who: str) -> None:
        """Counts one request. Raises ApiError 429 when there were too many."""


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

    def check(self, kind: str, who: str) -> None:
        item = self._limits[kind]
        counter = self._together or self._alone
        try:
            if counter.hit(item, kind, who):
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


class AddressLimit:
    """Counts requests per client address, before anything is read of them."""

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/static/", "/health")):
            address = (scope.get("client") or ("unknown", 0))[0]
            try:
                self._limiter.check("address", address)
                if scope["method"] == "POST" and scope["path"] in GUESSABLE:
                    self._limiter.check("guess", address)
            except ApiError as error:
                await error.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)
