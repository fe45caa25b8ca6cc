"""Jobs and their postings, as they stand."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from listing_worker.api.schemas.posting import ReasonOut


class PostingOut(BaseModel):
    id: str
    job_id: str
    listing_id: str
    marketplace: str
    state: str
    reason: ReasonOut | None
    attempts: int
    max_attempts: int
    not_before: str | None
    external_id: str | None
    url: str | None
    report: dict[str, Any]
    cancel_requested: bool
    created_at: str
    updated_at: str
    finished_at: str | None


class JobOut(BaseModel):
    id: str
    listing_id: str
    status: str
    created_at: str
    completed_at: str | None
    postings: list[PostingOut]


class JobPage(BaseModel):
    jobs: list[JobOut]
    next_before: str | None
    next_cursor: str | None = Field(description="pass as ?cursor= for the next page; null at the end")
