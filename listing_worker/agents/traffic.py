"""What a page says to its server while we fill it: how many requests of a kind left, came back, are still out.

Used where the page itself does not show that it is done: uploads behind previews, drafts that save themselves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from weakref import WeakSet

from playwright.async_api import Frame, Page, Request

from listing_worker.agents.form.waiting import Deadline, until


class Traffic:
    """Listens to one page from now on. `kind_of` names a request, or gives None for those that do not matter.

    Navigating away forgets what was still out: those answers never come. What the page that is left still asks, until
    the next one is there, counts for nothing: it is cut off.
    """

    def __init__(self, page: Page, kind_of: Callable[[Request], str | None]) -> None:
        self.sent: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()  # with a status below 400
        self.failed: Counter[str] = Counter()
        self._kind_of = kind_of
        self._out: dict[str, WeakSet[Request]] = {}
        self._leaving: Request | None = None  # the navigation under way, until the page it brings is there
        self._moved = time.monotonic()
        page.on("framenavigated", self._on_arrival)
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_finished)
        page.on("requestfailed", self._on_failed)

    def out(self, kind: str) -> int:
        """How many of this kind are under way."""
        return len(self._out.get(kind, ()))

    def settled(self, kind: str, quiet: float = 0) -> bool:
        """Whether none is out, and none moved for `quiet` milliseconds."""
        return not self.out(kind) and (time.monotonic() - self._moved) * 1000 >= quiet

    async def wait(self, kind: str, *, at_least: int = 0, quiet: float = 0, timeout: float) -> bool:
        """Waits until at least so many were sent, none is out, and none moved for `quiet` milliseconds."""

        async def check() -> bool:
            return self.sent[kind] >= at_least and self.settled(kind, quiet)

        return bool(await until(check, Deadline(timeout)))

    def _on_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self._leaving = request
            self._out.clear()
        elif self._leaving is not None:
            return
        kind = self._kind_of(request)
        if kind is not None:
            self.sent[kind] += 1
            self._out.setdefault(kind, WeakSet()).add(request)
            self._moved = time.monotonic()

    def _on_arrival(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self._leaving = None

    def _on_finished(self, request: Request) -> None:
        kind = self._kind_of(request)
        if kind is not None:
            response = request.existing_response
            well = response is not None and response.status < 400
            self._settle(kind, request, self.answered if well else self.failed)

    def _on_failed(self, request: Request) -> None:
        if request is self._leaving:  # answered with a download, with nothing, or not at all: the page stays
            self._leaving = None
        kind = self._kind_of(request)
        if kind is not None:
            self._settle(kind, request, self.failed)

    def _settle(self, kind: str, request: Request, count: Counter[str]) -> None:
        under_way = self._out.get(kind)
        if under_way is None or request not in under_way:
            return  # of a page that was left
        under_way.discard(request)
        count[kind] += 1
        self._moved = time.monotonic()
