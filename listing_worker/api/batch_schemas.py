"""What the API takes and gives about batches."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from listing_worker.api.operation_schemas import FieldName
from listing_worker.api.schemas import Asked


class SyncIn(Asked):
    """`changes`: fields of the listing, as in PATCH. `push`: fields to send though the listing stays as it is."""

    changes: dict[str, Any] = Field(default_factory=dict)
    push: list[FieldName] = Field(default_factory=list, max_length=20)
    marketplaces: list[str] = Field(default_factory=list, max_length=50, description="without: wherever it is live")


class Difference(BaseModel):
    field: str
    before: str
    after: str


class ChangeOut(BaseModel):
    posting_id: str
    marketplace: str
    kind: Literal["change_price", "edit", "by_hand", "none"]
    differences: list[Difference]
    price_steps: list[str] = Field(description="what the marketplace's price rule did")
    net: str | None = Field(description="what is left after fees, where these are known")
    why: str = Field(description="why it must be done by hand")


class BatchRowOut(BaseModel):
    id: str
    position: int
    listing_id: str
    posting_id: str | None
    marketplace: str
    kind: str
    title: str
    state: str = Field(description="waiting, refused, or that of its operation or posting")
    why: str | None
    url: str | None
    operation_id: str | None
    job_id: str | None


class BatchOut(BaseModel):
    id: str
    title: str
    state: Literal["rehearsing", "rehearsed", "running", "paused", "done", "cancelled"]
    reason: str
    undo_of: str | None
    not_before: str | None
    created_at: str
    finished_at: str | None
    counts: dict[str, int]
    left: list[str] = Field(description="of an undo: what cannot be undone")
    rows: list[BatchRowOut]


class SyncOut(BaseModel):
    changes: list[ChangeOut]
    batch: BatchOut | None = Field(description="null where nothing is asked for")


class BatchLineOut(BaseModel):
    id: str
    title: str
    state: str
    reason: str
    created_at: str
    finished_at: str | None
    undo_of: str | None
    rows: int


class BatchesOut(BaseModel):
    batches: list[BatchLineOut]


class RuleOut(BaseModel):
    rules: dict[str, dict[str, Any]] = Field(description="by marketplace")
