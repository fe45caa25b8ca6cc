"""Waiting for a condition, with a deadline and without fixed sleeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from playwright.async_api import Error as PlaywrightError

from listing_worker.errors import BrowserCrashed

T = TypeVar("T")

# a look that fails because the page is being replaced under it; the next look sees the new page
_PASSING = ("Execution context was destroyed", "Cannot find context", "Frame was detached", "navigat")
_GONE = (
    "Target page, context or browser has been closed",
    "Target crashed",
    "Target closed",
    "Browser has been closed",
)


class Deadline:
    """A moment on the monotonic clock, given as milliseconds from now."""

    def __init__(self, milliseconds: float) -> None:
        self._end = time.monotonic() + milliseconds / 1000

    @property
    def left(self) -> float:
        """Milliseconds left, never negative."""
        return max(0.0, (self._end - time.monotonic()) * 1000)

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end


def raise_if_gone(error: PlaywrightError) -> None:
    """Raises BrowserCrashed if the error says that page or browser went away."""
    if any(sign in error.message for sign in _GONE):
        raise BrowserCrashed("The browser went away.") from error


def is_passing(error: PlaywrightError) -> bool:
    """Whether the error only says that the page was being replaced at that moment."""
    return any(sign in error.message for sign in _PASSING)


async def until(
    check: Callable[[], Awaitable[T | None]],
    deadline: Deadline,
    change: Callable[[float], Awaitable[None]] | None = None,
) -> T | None:
    """The first answer of `check` that is neither None nor False, or None when the deadline has passed.

    Looks at once, then after 15 ms, growing to 120 ms between looks. `change(milliseconds left)` may wait, inside the
    browser, for something that makes another look worth while. Raises BrowserCrashed.
    """
    pause = 0.015
    while True:
        try:
            answer = await check()
        except PlaywrightError as error:
            raise_if_gone(error)
            if not is_passing(error):
                raise
            answer = None
        if answer is not None and answer is not False:
            return answer
        if deadline.passed:
            return None
        if change is not None:
            before = time.monotonic()
            await change(deadline.left)
            if time.monotonic() - before > pause:
                continue
        await asyncio.sleep(min(pause, max(deadline.left / 1000, 0.005)))
        pause = min(pause * 1.4, 0.12)
