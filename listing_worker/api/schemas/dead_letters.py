"""What nobody tries any more."""

from __future__ import annotations

from pydantic import BaseModel, Field

from listing_worker.api.schemas.jobs import PostingOut
from listing_worker.api.schemas.webhooks import DeliveryOut


class DeadPosting(BaseModel):
    posting: PostingOut
    retry: str = Field(description="POST here to try it again")
    dismiss: str = Field(description="POST here to put it aside")


class DeadDelivery(BaseModel):
    delivery: DeliveryOut
    retry: str = Field(description="POST here to send it again")
    dismiss: str = Field(description="POST here to put it aside")


class DeadLettersOut(BaseModel):
    postings: list[DeadPosting]
    webhooks: list[DeadDelivery]
