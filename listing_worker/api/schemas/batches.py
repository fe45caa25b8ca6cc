"""What the API takes and gives about batches."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from listing_worker.api.listing_input import Amount
from listing_worker.api.schemas import Asked
from listing_worker.api.schemas.operations import FieldName


class SyncIn(Asked):
    """`changes`: fields of the listing, as in PATCH. `push`: fields to send though the listing stays as it is."""

    changes: dict[str, Any] = Field(default_factory=dict)
    push: list[FieldName] = Field(default_factory=list, max_length=20)
    marketplaces: list[str] = Field(default_factory=list, max_length=50, description="without: wherever it is live")


class BulkIn(Asked):
    """Which: `listings` by id. What: post (to `marketplaces`), price (`price`, or `percent` of each listing's own,
    rounded to whole dollars, or by the rules without either), change (`changes`: fields as in PATCH), delist, relist,
    compare; on all live postings, or those of `marketplaces`."""

    what: Literal["post", "price", "change", "delist", "relist", "compare"]
    listings: list[str] = Field(min_length=1, max_length=1000)
    marketplaces: list[str] = Field(default_factory=list, max_length=50)
    price: Amount | None = None
    percent: float | None = Field(default=None, ge=-95, le=500, description="-10 = a tenth less")
    changes: dict[str, Any] = Field(default_factory=dict)
    rehearse: bool = Field(default=False, description="one first; it goes on when you say so")
    at: AwareDatetime | None = Field(default=None, description="not before this time, at most a year ahead")

    @model_validator(mode="after")
    def _belongs_together(self) -> BulkIn:
        if self.price is not None and self.percent is not None:
            raise ValueError("choose one of price and percent")
        if self.changes and self.what != "change":
            raise ValueError("changes go with change")
        return self


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


class PlannedRow(BaseModel):
    """One posting, as it would be."""

    listing_id: str
    title: str
    posting_id: str | None = None
    marketplace: str
    kind: str = Field(description="post, change_price, edit, delist, relist, check, by_hand, or none: nothing changes")
    differences: list[Difference] = Field(default_factory=list)
    price_steps: list[str] = Field(default_factory=list)
    net: str | None = None
    why: str = ""


class BulkPreviewOut(BaseModel):
    rows: list[PlannedRow]
    acts: int = Field(description="how many things would be done on marketplaces")


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
