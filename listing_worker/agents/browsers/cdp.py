"""Any browser that already runs and has a debugging address: a seller's own Chrome, a container, Browserless.

Others may use it too, so each attempt has a context of its own in it (own cookies, own storage), gone afterwards. There
is nothing to rent and nothing to give back.
"""

from __future__ import annotations

from listing_worker.agents.browsers.rented import LeftBehind, Rented
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings


class AnyCdp:
    name = "cdp"

    def __init__(self, settings: Settings) -> None:
        if settings.browser_cdp_url is None:
            raise ConfigurationError(
                "BROWSER_PROVIDER is cdp.",
                action="Set BROWSER_CDP_URL to the browser's debugging address, e.g. http://127.0.0.1:9222",
            )
        self._address = settings.browser_cdp_url.get_secret_value()

    async def rent(self, seconds: float) -> Rented:
        return Rented("cdp", self._address, own_profile=False)

    async def give_back(self, rented_id: str) -> float | None:
        return None

    async def left_behind(self) -> list[LeftBehind]:
        return []
