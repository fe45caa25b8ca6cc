"""The second seed's shapes: a listing in the request itself, and its job."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from listing_worker.api.listing_input import Amount
from listing_worker.api.schemas.asked import Asked, Name


class Place(Asked):
    city: str | None = Field(default=None, max_length=100)
    state: str | None = Field(default=None, max_length=50)
    zip: str | None = Field(default=None, max_length=10)


def _category_path(value: object) -> object:
    parts = value.split(">") if isinstance(value, str) else value
    return [part.strip() if isinstance(part, str) else part for part in parts] if isinstance(parts, list) else value


class ListingSpec(Asked):
    """The second seed's listing. `media_s3_keys` are ids of photos uploaded to `/api/photos`, or `s3://`
    addresses in a bucket that the operator named (S3_PHOTOS)."""

    title: str
    description: str
    price: Amount
    currency: str = "USD"
    condition: str
    category: Annotated[list[str], BeforeValidator(_category_path), WithJsonSchema({"type": "string"})] = Field(
        description="'Women > Dresses > Midi', broadest first"
    )
    attributes: dict[str, str] = Field(default_factory=dict)
    media_s3_keys: list[str] = Field(default_factory=list, max_length=50)
    target_marketplaces: list[Name] = Field(min_length=1, max_length=50)
    shipping_options: list[str] = Field(default_factory=list, max_length=10)
    location: Place | None = None


class PostSpecIn(Asked):
    listing_spec: ListingSpec
    user_id: str | None = Field(default=None, max_length=100)
    session_id: str | None = Field(default=None, max_length=200)


class MarketplaceJob(BaseModel):
    marketplace: str
    job_id: str
    status: str


class PostSpecOut(BaseModel):
    job_id: str
    status: str
    created_at: str
    marketplace_jobs: list[MarketplaceJob]
    estimated_completion: str
    listing_id: str


class MarketplaceResult(BaseModel):
    marketplace: str
    status: str
    job_id: str
    listing_id: str | None = None
    confirmation_link: str | None = None
    posted_at: str | None = None
    message: str | None = None
    error: str | None = None
    estimated_live: str | None = None


class JobV1Out(BaseModel):
    job_id: str
    status: str
    created_at: str
    completed_at: str | None = None
    success_count: int
    failure_count: int
    marketplace_results: list[MarketplaceResult]


class CancelledV1Out(BaseModel):
    job_id: str
    status: str
    cancelled_at: str
    message: str
    marketplace_results: list[MarketplaceResult]
