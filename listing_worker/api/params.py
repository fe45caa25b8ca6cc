"""Values from paths and queries, checked before the database sees them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Header, Query

from listing_worker.api.errors import invalid, not_found, plain
from listing_worker.api.ports import Resources

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

Before = Annotated[str | None, Query(max_length=40, description="created_at of the last row of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
Search = Annotated[str | None, Query(max_length=200, description="words of title, brand, SKU, tags or description")]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=500, description="the ETag that was read: 412 if it was changed meanwhile"),
]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="the same key and request give the first answer again"),
]


def known_id(value: str, what: str) -> str:
    """`value` if it can be one of the store's ids. Raises ApiError 404."""
    if not _ID.fullmatch(value):
        raise not_found(what)
    return value


def moment(before: str | None) -> str | None:
    """A time from a query, as the store takes it. Raises ApiError 422."""
    if before is None:
        return None
    try:
        parsed = datetime.fromisoformat(before.replace(" ", "+"))  # an unescaped "+00:00" arrives as a space
    except ValueError as error:
        raise invalid("before must be a time like 2026-01-30T18:00:00Z.", "before") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).isoformat()


def checked_moment(at: datetime | None, field: str = "publishAt") -> str | None:
    """A time to come, as the store takes it; one that has passed means now. Raises ApiError 422."""
    if at is None or at <= datetime.now(UTC):
        return None
    if at > datetime.now(UTC) + timedelta(days=365):
        raise invalid(f"{field} may be at most a year ahead.", field)
    return at.astimezone(UTC).isoformat()


def checked_key(value: str | None) -> str | None:
    """Raises ApiError 422 for a key that is empty, too long or not plain ASCII."""
    if value is None or _KEY.fullmatch(value):
        return value
    raise invalid("Idempotency-Key must have 1 to 200 plain characters without spaces.", "Idempotency-Key")


def known_marketplace(wired: Resources, name: str, field: str = "marketplace") -> str:
    """Raises ApiError 422 naming the marketplaces there are."""
    if name not in wired.marketplaces.names():
        raise unknown_marketplaces(wired, [name], field)
    return name


def known_marketplaces(wired: Resources, names: list[str], field: str = "marketplaces") -> list[str]:
    """Without repetitions, in the order given. Raises ApiError 422 naming the marketplaces there are."""
    unknown = [name for name in names if name not in wired.marketplaces.names()]
    if unknown:
        raise unknown_marketplaces(wired, unknown, field)
    return list(dict.fromkeys(names))


def unknown_marketplaces(wired: Resources, unknown: list[str], field: str) -> Exception:
    known = ", ".join(wired.marketplaces.names())
    named = ", ".join(plain(name) for name in unknown[:5])
    return invalid(f"We do not know {named}. The marketplaces are: {known}.", field, "unknown_marketplace")
