"""The contract of a browser provider: a lease on one browser with one page, for one attempt."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import BrowserContext, Page

from listing_worker.models import Session
from listing_worker.settings import Settings

VIEWPORT = (1280, 900)  # CSS pixels


@dataclass(frozen=True)
class Lease:
    """An open browser. `page` is the one tab; `live_view_url` where a person can watch it, if anywhere.

    `crashed` tells whether it went away by itself.
    """

    context: BrowserContext
    page: Page
    local: bool = True
    live_view_url: str | None = None

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
