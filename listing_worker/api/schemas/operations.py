"""What the API takes and gives about operations on live postings, and about dry runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from listing_worker.api.listing_input import Amount
from listing_worker.api.schemas import Asked, JobOut, ReasonOut

FieldName = Literal[
    "title", "description", "price", "original_price", "condition", "category", "brand", "size", "colors", "quantity",
    "sku", "shipping", "zip_code", "tags", "attributes",
]  # fmt: skip


class OperationIn(Asked):
    """`price` goes with change_price; `fields` with edit (without: all but the photos); `anew` with relist: a new
    listing instead of the old one put back."""

    kind: Literal["check", "change_price", "edit", "delist", "relist"]
    price: Amount | None = None
    fields: Annotated[list[FieldName], Field(max_length=20)] | None = None
    anew: bool = False

    @model_validator(mode="after")
    def _belongs_together(self) -> OperationIn:
        if (self.kind == "change_price") != (self.price is not None):
            raise ValueError("price goes with change_price, and change_price with a price")
        if self.fields is not None and self.kind != "edit":
            raise ValueError("fields go with edit")
        return self


class OperationOut(BaseModel):
    id: str
    kind: str
    marketplace: str
    listing_id: str
    posting_id: str | None = Field(description="null for a dry run")
    input: dict[str, Any]
    state: str = Field(description="queued waiting running acting uncertain done action_required failed cancelled")
    reason: ReasonOut | None
    attempts: int
    not_before: str | None
    result: dict[str, Any] = Field(
        description="status, seen, seen_at, url, price_cents as seen on the site; fields (meant, on_form, same); "
        "screenshots as addresses"
    )
    cancel_requested: bool
    created_at: str
    updated_at: str
    finished_at: str | None


class OperationAsked(BaseModel):
    """Either an operation, or, for a relist that makes a new listing, the job that posts it."""

    operation: OperationOut | None = None
    job: JobOut | None = None
    message: str


class OperationsOut(BaseModel):
    operations: list[OperationOut]


class DryRunsOut(BaseModel):
    """The answer to a post with `dryRun`: one operation per marketplace. Nothing is published."""

    success: bool = True
    message: str
    marketplaces: list[str]
    dryRuns: list[OperationOut]
