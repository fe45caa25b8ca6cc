"""Browser Use cloud: `POST /browsers`, `PATCH /browsers/{id}` (fact: its SDK 3.12, API v3)."""

from __future__ import annotations

import math
from typing import Any

from listing_worker.agents.browsers.base import VIEWPORT
from listing_worker.agents.browsers.calls import Api, age_of, proxy_parts
from listing_worker.agents.browsers.marks import APP, owner_mark
from listing_worker.agents.browsers.rented import LeftBehind, Rented
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings

ADDRESS = "https://api.browser-use.com/api/v3"
LONGEST_MINUTES = 240
PAGE_SIZE = 100


class BrowserUseCloud:
    name = "browser-use"

    def __init__(self, settings: Settings) -> None:
        if settings.browser_use_api_key is None:
            raise ConfigurationError("BROWSER_PROVIDER is browser-use.", action="Set BROWSER_USE_API_KEY")
        key = settings.browser_use_api_key.get_secret_value()
        self._settings = settings
        self._api = Api(
            "Browser Use", settings.browser_api_url or ADDRESS, {"X-Browser-Use-API-Key": key}, "BROWSER_USE_API_KEY"
        )

    async def rent(self, seconds: float) -> Rented:
        body: dict[str, Any] = {
            "timeout": min(LONGEST_MINUTES, max(1, math.ceil(seconds / 60))),
            "browserScreenWidth": VIEWPORT[0],
            "browserScreenHeight": VIEWPORT[1],
            "solveCaptchas": False,  # a challenge is the seller's to solve; theirs is on by default
            "enableRecording": False,
            "metadata": {"app": APP, "owner": owner_mark()},
            "proxyCountryCode": self._settings.browser_region,
        }
        if self._settings.browser_proxy is not None:
            body["customProxy"] = proxy_parts(self._settings.browser_proxy.get_secret_value())
        made = await self._api.call("POST", "/browsers", body)
        return Rented(made["id"], made["cdpUrl"], made.get("liveUrl"))

    async def give_back(self, rented_id: str) -> float | None:
        ended = await self._api.call("PATCH", f"/browsers/{rented_id}", {"action": "stop"}, gone_is_fine=True)
        if ended is None:
            return None
        return float(ended.get("browserCost") or 0) + float(ended.get("proxyCost") or 0)

    async def left_behind(self) -> list[LeftBehind]:
        found, page = [], 1
        while True:
            answer = await self._api.call(
                "GET", "/browsers", filterBy="active", metadata=f"app:{APP}", pageSize=PAGE_SIZE, pageNumber=page
            )
            for each in answer["items"]:
                mark = each.get("metadata") or {}
                if each["status"] == "active" and mark.get("app") == APP:
                    found.append(LeftBehind(each["id"], age_of(each["startedAt"]), mark.get("owner")))
            if page * PAGE_SIZE >= answer["totalItems"]:
                return found
            page += 1
