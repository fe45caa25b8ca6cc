"""Cursors: where a page of a list ended, as one opaque word."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query

from listing_worker.api.errors import invalid

Cursor = Annotated[
    str | None,
    Query(max_length=200, description="`next_cursor` of the page before; without it the first page"),
]
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def cursor_of(row: Mapping[str, Any]) -> str:
    """The cursor of the page after `row`, a row with `created_at` and `id`."""
    return base64.urlsafe_b64encode(f"{row['created_at']}|{row['id']}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[str | None, str | None]:
    """The (created_at, id) that `cursor_of` packed; (None, None) without one. Raises ApiError 422."""
    if not cursor:
        return None, None
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not _ID.fullmatch(row_id):
            raise ValueError("not one of ours")
        return at.astimezone(UTC).isoformat(), row_id
    except (ValueError, OverflowError, binascii.Error) as error:
        raise invalid("This cursor is not one we gave. Begin with the first page.", "cursor", "bad_cursor") from error
