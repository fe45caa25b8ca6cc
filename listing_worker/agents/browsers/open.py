"""The one way to a browser: from wherever BROWSER_PROVIDER says, by the one contract of base.py."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from listing_worker.agents.browsers import local
from listing_worker.agents.browsers.base import Lease
from listing_worker.agents.browsers.browser_use_cloud import BrowserUseCloud
from listing_worker.agents.browsers.browserbase import Browserbase
from listing_worker.agents.browsers.cdp import AnyCdp
from listing_worker.agents.browsers.rented import Cloud, open_rented
from listing_worker.agents.browsers.steel import Steel
from listing_worker.agents.browsers.warm import waiting
from listing_worker.models import Session
from listing_worker.settings import Settings


def open_browser(
    settings: Settings, *, hosts: Sequence[str], session: Session | None = None
) -> AbstractAsyncContextManager[Lease]:
    """A browser for the length of the block (contract: base.BrowserProvider)."""
    cloud = cloud_of(settings)
    if cloud is None:
        if waiting.fits(settings, hosts):
            return waiting.lease(settings, hosts=hosts, session=session)
        return local.open_browser(settings, hosts=hosts, session=session)
    return open_rented(cloud, settings, hosts=hosts, session=session)


def cloud_of(settings: Settings) -> Cloud | None:
    """The provider's API; None for browsers of our own. Raises ConfigurationError for a key that is not set."""
    match settings.browser_provider:
        case "local":
            return None
        case "cdp":
            return AnyCdp(settings)
        case "browser-use":
            return BrowserUseCloud(settings)
        case "browserbase":
            return Browserbase(settings)
        case "steel":
            return Steel(settings)
