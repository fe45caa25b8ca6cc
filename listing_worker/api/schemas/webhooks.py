"""Webhooks and their deliveries."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.schemas.asked import Asked


class WebhookEvent(StrEnum):
    """What a webhook may be told. `job.completed` is the usual one: the job has settled, `status` says how."""

    JOB_COMPLETED = "job.completed"
    POSTING_LIVE = "posting.live"
    POSTING_PENDING_REVIEW = "posting.pending_review"
    POSTING_ACTION_REQUIRED = "posting.action_required"
    POSTING_FAILED = "posting.failed"
    POSTING_CANCELLED = "posting.cancelled"
    POSTING_SOLD = "posting.sold"
    POSTING_DELISTED = "posting.delisted"
    SESSION_SIGNED_OUT = "session.signed_out"
    SESSION_EXPIRING = "session.expiring"  # within a day, unless the extension syncs again
    INVENTORY_ESCALATED = "inventory.escalated"  # sold elsewhere, and it does not come down; with a link
    INVENTORY_ASKS = "inventory.asks"  # an account cannot be seen, the breaker was pulled, or something may be sold


class WebhookEvents(Asked):
    events: list[WebhookEvent] = Field(min_length=1, max_length=20, examples=[["job.completed", "posting.live"]])


class WebhookIn(Asked):
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
    events: list[WebhookEvent] | None = Field(
        default=None, min_length=1, max_length=20, description="job.completed if absent"
    )
    secret: str | None = Field(
        default=None, max_length=200, repr=False, description="whsec_ + base64 of 24 to 64 bytes; made if absent"
    )


class WebhookOut(BaseModel):
    id: str
    url: str
    active: bool = Field(description="switched off when the receiver answers 410")
    events: list[str]
    former_secret_until: str | None = Field(description="until when a replaced secret signs beside the new one")
    created_at: str


class WebhookCreated(WebhookOut):
    secret: str | None = Field(description="shown this once, and only if it was made here")


class WebhooksOut(BaseModel):
    webhooks: list[WebhookOut]


class DeliveryOut(BaseModel):
    id: str
    endpoint_id: str
    type: str
    state: str
    attempts: int
    status_code: int | None
    error: str | None
    not_before: str
    payload: dict[str, Any]
    created_at: str


class DeliveriesOut(BaseModel):
    deliveries: list[DeliveryOut]
