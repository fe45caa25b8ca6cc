"""The wall clock, for people only: comparisons that matter use the database's clock or a steady one."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
