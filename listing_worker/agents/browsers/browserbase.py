"""Browserbase: `POST /v1/sessions` and its release (fact: its SDK 1.22)."""

from __future__ import annotations

import math
from typing import Any

from listing_worker.agents.browsers.base import VIEWPORT
from listing_worker.agents.browsers.calls import Api, age_of, proxy_parts
from listing_worker.agents.browsers.marks import APP, owner_mark
from listing_worker.agents.browsers.rented import LeftBehind, Rented
from listing_worker.errors import ConfigurationError, ListingWorkerError
from listing_worker.settings import Settings

ADDRESS = "https://api.browserbase.com"
SHORTEST, LONGEST = 60, 21_600  # seconds


class Browserbase:
    name = "browserbase"

    def __init__(self, settings: Settings) -> None:
        if settings.browserbase_api_key is None:
            raise ConfigurationError("BROWSER_PROVIDER is browserbase.", action="Set BROWSERBASE_API_KEY")
        key = settings.browserbase_api_key.get_secret_value()
        self._settings = settings
        self._api = Api(
            "Browserbase", settings.browser_api_url or ADDRESS, {"X-BB-API-Key": key}, "BROWSERBASE_API_KEY"
        )

    async def rent(self, seconds: float) -> Rented:
        body: dict[str, Any] = {
            **self._project(),
            "timeout": min(LONGEST, max(SHORTEST, math.ceil(seconds))),
            "browserSettings": {
                "viewport": {"width": VIEWPORT[0], "height": VIEWPORT[1]},
                "solveCaptchas": False,  # a challenge is the seller's to solve; theirs is on by default
                "recordSession": False,  # what is on the page is the seller's; both are on by default
                "logSession": False,
            },
            "userMetadata": {"app": APP, "owner": owner_mark()},
        }
        if self._settings.browser_region:
            body["region"] = self._settings.browser_region
        if self._settings.browser_proxy is not None:
            proxy = proxy_parts(self._settings.browser_proxy.get_secret_value())
            server = f"http://{proxy.pop('host')}:{proxy.pop('port')}"
            body["proxies"] = [{"type": "external", "server": server, **proxy}]
        made = await self._api.call("POST", "/v1/sessions", body)
        return Rented(made["id"], made["connectUrl"], await self._live_view(made["id"]))

    async def give_back(self, rented_id: str) -> float | None:
        wish = {**self._project(), "status": "REQUEST_RELEASE"}
        await self._api.call("POST", f"/v1/sessions/{rented_id}", wish, gone_is_fine=True)
        return None  # it tells no price

    async def left_behind(self) -> list[LeftBehind]:
        query = f"user_metadata['app']:'{APP}'"
        found = []
        for each in await self._api.call("GET", "/v1/sessions", status="RUNNING", q=query):
            mark = each.get("userMetadata") or {}
            if each["status"] == "RUNNING" and mark.get("app") == APP:
                found.append(LeftBehind(each["id"], age_of(each["startedAt"]), mark.get("owner")))
        return found

    async def _live_view(self, rented_id: str) -> str | None:
        try:
            found = await self._api.call("GET", f"/v1/sessions/{rented_id}/debug")
        except ListingWorkerError:
            return None  # nice to have
        return str(found["debuggerFullscreenUrl"])

    def _project(self) -> dict[str, str]:
        project = self._settings.browserbase_project_id
        return {"projectId": project} if project else {}
