"""The first seed's unsealed session, as `POST /api/sessions/sync` takes it, turned into ours.

Two spellings of a cookie are known: `chrome.cookies` (expirationDate, hostOnly, sameSite "no_restriction") and CDP's
(expires, sameSite "None"). Cookies of other sites than the marketplace's are left out: they are not needed, and what
is not there cannot leak.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from listing_worker.api.errors import invalid
from listing_worker.api.schemas import SessionSync
from listing_worker.models import Cookie, OriginStorage, Session

_SAME_SITE = {"no_restriction": "None", "none": "None", "lax": "Lax", "strict": "Strict"}


def read_plain(sync: SessionSync, home_url: str) -> Session:
    """Our session from the seed's body. Raises ApiError 422 naming the field, never the value."""
    cookies = _cookies(sync.cookies or [], home_url)
    if not cookies:
        raise invalid("There is no cookie of this marketplace in the session. Sign in there first.", "cookies")
    return Session(
        marketplace=sync.marketplace,
        capturedAt=sync.timestamp or datetime.now(UTC),
        cookies=cookies,
        origins=_origins(sync, home_url),
        userAgent=sync.userAgent,
    )


def site_of(host: str) -> str:
    """The last two labels of a host name: enough for the marketplaces that there are, all of them under .com/.org."""
    return ".".join(host.lower().strip(".").split(".")[-2:])


def _cookies(given: list[dict[str, Any]], home_url: str) -> tuple[Cookie, ...]:
    site = site_of(urlsplit(home_url).hostname or "")
    cookies = []
    for position, cookie in enumerate(given):
        try:
            read = _cookie(cookie)
        except (ValidationError, TypeError, ValueError, AttributeError) as error:
            raise invalid("A cookie is not written as Chrome writes it.", f"cookies[{position}]") from error
        if site_of(read.domain) == site:
            cookies.append(read)
    return tuple(cookies)


def _cookie(given: Mapping[str, Any]) -> Cookie:
    domain = str(given["domain"]) if "domain" in given else ""
    if not domain:
        raise ValueError("no domain")
    if given.get("hostOnly") is False and not domain.startswith("."):
        domain = "." + domain
    same_site = given.get("sameSite")
    partition = given.get("partitionKey")
    return Cookie(
        name=given.get("name", ""),
        value=given.get("value", ""),
        domain=domain,
        path=given.get("path") or "/",
        expires=float(given.get("expires", given.get("expirationDate", -1)) or -1),
        httpOnly=bool(given.get("httpOnly", False)),
        secure=bool(given.get("secure", False)),
        sameSite=_SAME_SITE.get(same_site.lower()) if isinstance(same_site, str) else None,
        partitionKey=partition if isinstance(partition, dict) else None,
    )


def _origins(sync: SessionSync, home_url: str) -> tuple[OriginStorage, ...]:
    """Storage as the seed sends it: a flat map (of the home origin), or one map per origin."""
    local = _by_origin(sync.localStorage, home_url, "localStorage")
    session = _by_origin(sync.sessionStorage, home_url, "sessionStorage")
    return tuple(
        OriginStorage(origin=origin, localStorage=local.get(origin, {}), sessionStorage=session.get(origin, {}))
        for origin in dict.fromkeys([*local, *session])
    )


def _by_origin(given: Mapping[str, Any], home_url: str, field: str) -> dict[str, dict[str, str]]:
    home = urlsplit(home_url)
    home_origin = f"{home.scheme}://{home.netloc}"
    result: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        if isinstance(value, str):
            result.setdefault(home_origin, {})[name] = value
        elif isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            parts = urlsplit(name)
            if parts.scheme != "https" or site_of(parts.hostname or "") != site_of(home.hostname or ""):
                continue
            result.setdefault(f"{parts.scheme}://{parts.netloc}", {}).update(value)
        else:
            raise invalid(f"{field} must hold text only.", field)
    return result
