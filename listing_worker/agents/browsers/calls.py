"""One call of a provider's API by httpx, its refusals turned into our errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from listing_worker.errors import BrowserCrashed, ConfigurationError, RateLimited

TIMEOUT = httpx.Timeout(60, connect=10)  # starting a browser takes some of them many seconds
NO_BROWSER_SECONDS = 30.0
GONE = frozenset({404, 409, 410})


class Api:
    """A provider's API. `key_name` is the setting that holds its key."""

    def __init__(self, name: str, address: str, headers: Mapping[str, str], key_name: str) -> None:
        self._name = name
        self._address = address.rstrip("/")
        self._headers = dict(headers)
        self._key_name = key_name

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, gone_is_fine: bool = False, **query: Any
    ) -> Any:
        """The JSON answer; None for an empty one, and for a thing that is gone where that is fine.

        Raises RateLimited, ConfigurationError, BrowserCrashed.
        """
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, headers=self._headers) as client:
                answer = await client.request(
                    method, self._address + path, json=None if body is None else dict(body), params=query or None
                )
        except httpx.HTTPError as error:
            raise BrowserCrashed(f"{self._name} does not answer ({type(error).__name__}).") from error
        if gone_is_fine and answer.status_code in GONE:
            return None
        self._require(answer)
        return answer.json() if answer.content else None

    def _require(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status in {401, 403}:
            raise ConfigurationError(f"{self._name} refuses our key ({status}).", action=f"Check {self._key_name}")
        if status == 402:
            raise ConfigurationError(f"{self._name} wants to be paid (402).", action=f"Look into the {self._name} plan")
        if status == 429:
            wait = answer.headers.get("Retry-After", "")
            seconds = float(wait) if wait.isdigit() else NO_BROWSER_SECONDS
            raise RateLimited(f"{self._name} has no free browser just now.", seconds=seconds)
        if status >= 500:
            raise BrowserCrashed(f"{self._name} failed ({status}).")
        if not answer.is_success:
            raise ConfigurationError(
                f"{self._name} does not understand us ({status}): {answer.text[:200]}",
                action="Check BROWSER_REGION and BROWSER_PROXY",
            )


def age_of(started: str | None) -> float:
    """Seconds since an ISO 8601 time; 0 for none."""
    if not started:
        return 0.0
    at = datetime.fromisoformat(started)
    return max(0.0, (datetime.now(UTC) - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds())


def proxy_parts(address: str) -> dict[str, Any]:
    """host, port, username and password of `http://user:password@host:port`. Raises ConfigurationError."""
    parts = urlsplit(address)
    if not parts.hostname or not parts.port:
        raise ConfigurationError(
            "BROWSER_PROXY has no host and port.", action="Write it as http://user:password@host:port"
        )
    found: dict[str, Any] = {"host": parts.hostname, "port": parts.port}
    if parts.username:
        found |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return found
