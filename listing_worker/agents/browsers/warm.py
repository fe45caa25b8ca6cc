"""A browser opened ahead of time, so that its start does not count: 0.9 s of a posting.

It belongs to the process that opened it, is used for one attempt and then closed like any other. Its profile is fresh
and stays so: nothing has been restored into it, and nobody has been anywhere with it. Which seller will come is not
known when it is opened: so it may reach the hosts of all marketplaces, and is given language and time zone afterwards.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.browsers import local
from listing_worker.agents.browsers.appearance import take_on
from listing_worker.agents.browsers.base import Lease
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.models import Session
from listing_worker.settings import Settings

log = structlog.get_logger(__name__)

ALIVE_SECONDS = 2.0


class WarmBrowser:
    """At most one waiting browser. `lease` has to run on the same event loop as `open`: `loop`."""

    def __init__(self) -> None:
        self._stack: AsyncExitStack | None = None
        self._lease: Lease | None = None
        self._hosts: frozenset[str] = frozenset()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def open(self, settings: Settings, hosts: Iterable[str]) -> None:
        """Opens one that may reach `hosts`. Raises ConfigurationError, BrowserCrashed."""
        stack, self._hosts = AsyncExitStack(), frozenset(hosts)
        self.loop = asyncio.get_running_loop()
        self._lease = await stack.enter_async_context(local.open_browser(settings, hosts=sorted(self._hosts)))
        self._stack = stack

    async def close(self) -> None:
        """Closes it if it was not used."""
        stack, self._stack, self._lease = self._stack, None, None
        if stack is not None:
            await stack.aclose()

    def fits(self, settings: Settings, hosts: Sequence[str]) -> bool:
        """Whether one waits that may be used for these hosts."""
        return self._lease is not None and settings.browser_provider == "local" and set(hosts) <= self._hosts

    @asynccontextmanager
    async def lease(
        self, settings: Settings, *, hosts: Sequence[str], session: Session | None = None
    ) -> AsyncIterator[Lease]:
        """The waiting browser, once (contract: base.BrowserProvider); another one if it has gone away meanwhile."""
        stack, lease = self._stack, self._lease
        self._stack = self._lease = None
        assert stack is not None
        assert lease is not None
        if not await _is_alive(lease):
            log.warning("The waiting browser had gone away; opening another.", action="open_browser")
            await stack.aclose()
            async with local.open_browser(settings, hosts=hosts, session=session) as other:
                yield other
            return
        async with stack:
            lease.bill.started = time.monotonic()
            await take_on(lease.context, lease.page, session)
            try:
                yield lease
            except PlaywrightError as error:
                raise_if_gone(error)
                raise


async def _is_alive(lease: Lease) -> bool:
    try:
        async with asyncio.timeout(ALIVE_SECONDS):
            return not lease.crashed and await lease.page.evaluate("1") == 1
    except (PlaywrightError, TimeoutError):
        return False


waiting = WarmBrowser()
"""The one of this process; work-horses of a worker have one (orchestration/spare.py), nobody else."""
