"""The contract of a browser provider: a lease on one browser with one page, for one attempt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from playwright.async_api import BrowserContext, Page

from listing_worker.models import Session
from listing_worker.settings import Settings

VIEWPORT = (1280, 900)  # CSS pixels


@dataclass
class Bill:
    """What a browser cost; complete once its lease has ended. `dollars` is None where nobody tells a price."""

    provider: str = "local"
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    dollars: float | None = None

    def close(self, dollars: float | None) -> None:
        """The lease has ended."""
        self.seconds = time.monotonic() - self.started
        self.dollars = dollars

    def as_json(self) -> dict[str, object]:
        return {"provider": self.provider, "seconds": round(self.seconds, 3), "dollars": self.dollars}


@dataclass(frozen=True)
class Lease:
    """An open browser. `page` is the one tab; `live_view_url` where a person can watch it, if anywhere: whoever knows
    that address sees a signed-in account, so it is neither logged nor sent out.

    `crashed` tells whether it went away by itself.
    """

    context: BrowserContext
    page: Page
    local: bool = True
    live_view_url: str | None = field(default=None, repr=False)
    bill: Bill = field(default_factory=Bill)
    cdp_url: str | None = field(default=None, repr=False)  # for a second driver on this machine, where one may come

    @property
    def crashed(self) -> bool:
        return self.page.is_closed()


class BrowserProvider(Protocol):
    """Opens a browser of its own for one attempt; everything of it is gone when the block ends, on every path."""

    def __call__(
        self, settings: Settings, *, hosts: Sequence[str], session: Session | None = None
    ) -> AbstractAsyncContextManager[Lease]:
        """`hosts`: the only hosts the browser may reach. `session`: whose language and time zone it takes on; its
        cookies are restored by `utils/session_loader.py`, not here.

        Raises ConfigurationError (no browser), BrowserCrashed (did not start, or went away inside the block).
        """
