"""Steel, theirs or a server of one's own: `POST /v1/sessions` and `…/release` (fact: its SDK 0.19).

Steel keeps no marks on a session, so its id is ours to choose and shows that it is ours.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from listing_worker.agents.browsers.base import VIEWPORT
from listing_worker.agents.browsers.calls import Api, age_of
from listing_worker.agents.browsers.marks import is_marked, marked_id
from listing_worker.agents.browsers.rented import LeftBehind, Rented
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings

ADDRESS = "https://api.steel.dev"
PAGE_SIZE = 100


class Steel:
    name = "steel"

    def __init__(self, settings: Settings) -> None:
        key = settings.steel_api_key
        if key is None and settings.browser_api_url is None:
            raise ConfigurationError(
                "BROWSER_PROVIDER is steel.", action="Set STEEL_API_KEY, or BROWSER_API_URL to a Steel of your own"
            )
        self._settings = settings
        self._key = key.get_secret_value() if key else None
        headers = {"steel-api-key": self._key} if self._key else {}
        self._api = Api("Steel", settings.browser_api_url or ADDRESS, headers, "STEEL_API_KEY")

    async def rent(self, seconds: float) -> Rented:
        body: dict[str, Any] = {
            "sessionId": marked_id(),
            "timeout": math.ceil(seconds * 1000),
            "dimensions": {"width": VIEWPORT[0], "height": VIEWPORT[1]},
            "solveCaptcha": False,  # a challenge is the seller's to solve
            "persistProfile": False,
        }
        if self._settings.browser_region:
            body["region"] = self._settings.browser_region
        if self._settings.browser_proxy is not None:
            body["proxyUrl"] = self._settings.browser_proxy.get_secret_value()
        made = await self._api.call("POST", "/v1/sessions", body)
        return Rented(made["id"], self._with_key(made["websocketUrl"]), made.get("sessionViewerUrl"))

    async def give_back(self, rented_id: str) -> float | None:
        await self._api.call("POST", f"/v1/sessions/{rented_id}/release", {}, gone_is_fine=True)
        return None  # it counts credits, whose price depends on the plan

    async def left_behind(self) -> list[LeftBehind]:
        found: list[LeftBehind] = []
        query: dict[str, Any] = {"status": "live", "limit": PAGE_SIZE}
        while True:
            answer = await self._api.call("GET", "/v1/sessions", **query)
            found += [
                LeftBehind(each["id"], age_of(each["createdAt"]), None)
                for each in answer["sessions"]
                if each["status"] == "live" and is_marked(each["id"])
            ]
            if not answer.get("nextCursor"):
                return found
            query["cursorId"] = answer["nextCursor"]

    def _with_key(self, address: str) -> str:
        """Their socket takes the key in the address and nowhere else."""
        if self._key is None:
            return address
        return f"{address}{'&' if '?' in address else '?'}apiKey={quote(self._key, safe='')}"
