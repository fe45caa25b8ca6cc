"""Times that are typed into pages."""

from __future__ import annotations

from datetime import UTC, datetime

from listing_worker.api.errors import invalid
from listing_worker.api.params import checked_moment


def typed_moment(text: str) -> datetime | None:
    """The time chosen in the field `at`, which the page sends as UTC. Raises ApiError 422."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid("Choose a time like 2026-12-01 18:00.", "at") from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    checked_moment(at, "at")
    return at
