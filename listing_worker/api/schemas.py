"""What the API takes and gives. Seed names stay as they are; ours are snake_case, amounts are text like "48.00"."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from listing_worker.api.listing_input import Amount, clean_text
from listing_worker.categories.suggest import Suggestion
from listing_worker.preflight.findings import Finding, Preflight

SEALED_LIMIT = 4_000_000  # characters of one sealed session; the largest seen hold 0.4 million


class Asked(BaseModel):
    """Base of request bodies: unknown fields are ignored where a seed's client may send more."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, value: object) -> object:
        return clean_text(value)


Name = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]
Sealed = Annotated[str, StringConstraints(min_length=64, max_length=SEALED_LIMIT, pattern=r"^[A-Za-z0-9_-]+$")]


# ---- listings -----------------------------------------------------------------------------------------------------


class PhotoOrder(Asked):
    order: list[Identifier] = Field(description="all photo ids of the listing in the new order", max_length=100)


class PhotoOut(BaseModel):
    id: str
    url: str
    width: int
    height: int
    byte_count: int
    sha256: str


class ShippingOut(BaseModel):
    payer: str
    pickup: str | None = None
    weight_oz: int | None
    length_in: int | None
    width_in: int | None
    height_in: int | None
    cost: str | None


class ListingOut(BaseModel):
    id: str
    title: str
    description: str
    price: str
    original_price: str | None
    currency: str
    condition: str
    category: list[str]
    brand: str | None
    size: str | None
    colors: list[str]
    quantity: int
    sku: str | None
    shipping: ShippingOut
    zip_code: str | None
    tags: list[str]
    attributes: dict[str, str]
    auto_fit: bool = Field(default=False, description="may be fitted to a marketplace's limits, as preflight shows it")
    overrides: dict[str, dict[str, Any]]
    photos: list[PhotoOut]
    created_at: str
    updated_at: str


class ListingPage(BaseModel):
    listings: list[ListingOut]
    next_before: str | None = Field(description="the same by time, as ?before=; kept for older clients")
    next_cursor: str | None = Field(description="pass as ?cursor= for the next page; null at the end")


class LoosePhotoOut(BaseModel):
    id: str
    width: int
    height: int
    byte_count: int
    sha256: str


class LoosePhotosOut(BaseModel):
    photos: list[LoosePhotoOut]


# ---- sessions -----------------------------------------------------------------------------------------------------


class SealedSessionIn(Asked):
    """A session that the extension sealed for the worker's first key."""

    key_id: Identifier
    sealed: Sealed = Field(repr=False)
    captured_at: AwareDatetime
    user_agent: str = Field(default="", max_length=500)


class SessionSync(Asked):
    """The first seed's body: plain (`cookies`, `localStorage`, …), or sealed (`key_id`, `sealed`)."""

    marketplace: Name
    cookies: list[dict[str, Any]] | None = Field(default=None, max_length=3000, repr=False)
    localStorage: dict[str, Any] = Field(default_factory=dict, repr=False)
    sessionStorage: dict[str, Any] = Field(default_factory=dict, repr=False)
    isLoggedIn: bool = True
    timestamp: AwareDatetime | None = None
    userAgent: str = Field(default="", max_length=500)
    key_id: Identifier | None = None
    sealed: Sealed | None = Field(default=None, repr=False)


class SyncedOut(BaseModel):
    success: bool
    marketplace: str
    browserProfileId: str
    message: str


class SessionOut(BaseModel):
    marketplace: str
    key_id: str
    version: int
    status: Literal["unproven", "active", "signed_out"] = Field(
        description="unproven until an attempt has shown the account; signed_out when one has shown the opposite"
    )
    account: str | None
    captured_at: str
    expires_at: str
    proven_at: str | None
    browser_profile_id: str


class SessionsOut(BaseModel):
    sessions: list[SessionOut]


class LiveViewOut(BaseModel):
    """A posting whose attempt keeps its browser open for the seller."""

    posting_id: str
    job_id: str
    listing_id: str
    marketplace: str
    reason: ReasonOut
    opened_at: str
    until: str
    page: str = Field(description="path of the page on which the signed-in seller answers")


class LiveViewsOut(BaseModel):
    live_views: list[LiveViewOut]


class SessionUseOut(BaseModel):
    """One opening of a stored session by a worker."""

    marketplace: str
    purpose: Literal["posting", "operation", "watch", "import", "check"]
    subject_id: str | None = Field(description="the posting or operation it was opened for")
    attempt: int | None
    job_id: str | None
    title: str
    opened_at: str


class SessionUsesOut(BaseModel):
    uses: list[SessionUseOut]


class SessionNames(Asked):
    """One marketplace, several, or none for all."""

    marketplace: Name | None = None
    marketplaces: list[Name] | None = Field(default=None, max_length=50)


class SessionCheck(BaseModel):
    marketplace: str
    isValid: bool
    status: str
    needsRefresh: bool
    account: str | None
    capturedAt: str | None
    expiresAt: str | None
    browserProfileId: str | None
    message: str


class ValidatedOut(BaseModel):
    success: bool
    sessions: list[SessionCheck]


class RefreshIn(Asked):
    marketplace: Name


class RefreshedOut(BaseModel):
    success: bool
    marketplace: str
    message: str


# ---- extension ----------------------------------------------------------------------------------------------------


class PairingOut(BaseModel):
    code: str
    expires_at: str


class PairingRedeemed(Asked):
    code: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = Field(repr=False)
    device: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)] = "Chrome"


class DirectProject(BaseModel):
    url: str
    publishable_key: str


class DeviceToken(BaseModel):
    token: str
    user_id: str
    keys: dict[str, Any] = Field(description="the worker's signed key list")
    direct: DirectProject | None = Field(
        default=None, description="the Supabase project that takes sealed sessions while the API is away"
    )


class ExtensionStatus(BaseModel):
    user_id: str
    sessions: list[SessionOut]


class DeviceOut(BaseModel):
    id: str
    name: str
    created_at: str
    last_used_at: str


class DevicesOut(BaseModel):
    devices: list[DeviceOut]


# ---- jobs ---------------------------------------------------------------------------------------------------------


class PostIn(Asked):
    """The first seed's body. Without `marketplaces`: all of them."""

    listingId: Identifier
    marketplaces: list[Name] | None = Field(default=None, min_length=1, max_length=50)
    publishAt: AwareDatetime | None = Field(
        default=None, description="not before this time, at most a year ahead", examples=["2026-12-01T18:00:00Z"]
    )
    dryRun: bool = Field(default=False, description="fill the real forms and read them back; publish nothing")
    autoFit: bool | None = Field(
        default=None, description="true: post with the changes that preflight shows; kept with the listing"
    )
    fingerprints: dict[Name, str] = Field(
        default_factory=dict, description="by marketplace, as preflight gave them: refused if anything differs since"
    )


class CategoryIn(Asked):
    """The seller's choice: the marketplace's own full path, broadest first."""

    category: list[Annotated[str, Field(min_length=1, max_length=120)]] = Field(min_length=1, max_length=8)


class MarketplaceCategories(BaseModel):
    """`current`: what the listing says for this marketplace alone, if it does."""

    current: list[str] | None
    suggestions: list[Suggestion]


class CategoriesOut(BaseModel):
    listing_id: str
    marketplaces: dict[str, MarketplaceCategories]


class PreflightIn(Asked):
    """Without `marketplaces`: all of them."""

    marketplaces: list[Name] | None = Field(default=None, min_length=1, max_length=50)


class PreflightOut(BaseModel):
    """`ready`: the marketplaces it can be posted to as it stands."""

    listing_id: str
    ready: list[str]
    marketplaces: dict[str, Preflight]


class ReasonOut(BaseModel):
    code: str
    message: str
    action: str | None = None
    field: str | None = None


class AutomationResult(BaseModel):
    """One posting in the first seed's words."""

    id: str
    marketplace: str
    status: str
    externalId: str | None
    url: str | None
    reason: ReasonOut | None


class PostedOut(BaseModel):
    success: bool = Field(description="true if at least one marketplace is, or is being, posted")
    jobId: str
    message: str
    marketplaces: list[str]
    automationResults: list[AutomationResult]
    missingSessions: list[str] = Field(description="sign in there, and these postings go on by themselves")
    alreadyPosted: list[AutomationResult] = Field(description="not posted again: already there, or on the way")
    changes: dict[str, list[Finding]] = Field(
        default_factory=dict, description="by marketplace: what auto-fit changes of the listing there"
    )


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


# ---- webhooks -----------------------------------------------------------------------------------------------------


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


# ---- the rest -----------------------------------------------------------------------------------------------------


class Accepted(BaseModel):
    success: bool
    message: str


class PartOut(BaseModel):
    ok: bool
    milliseconds: int


class HealthOut(BaseModel):
    status: Literal["healthy", "degraded", "unhealthy"]
    service: str
    workers: str
    parts: dict[str, PartOut]
    version: str


class ErrorBody(BaseModel):
    code: str
    message: str
    field: str | None = None
    details: list[dict[str, str]] | None = None


class ErrorOut(BaseModel):
    error: ErrorBody


UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"photos": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["photos"],
                }
            }
        },
    }
}
"""OpenAPI text of a request body that the route reads by itself."""


class FormOut(BaseModel):
    """One marketplace's form: whether its recipe works, seen from live listings."""

    marketplace: str
    last_proven_seconds: int | None
    success_ratio: float | None = Field(description="posted of all that ended in the window")
    ended: int
    message: str


class FormsOut(BaseModel):
    window_seconds: int
    forms: list[FormOut]


class PhotoLink(BaseModel):
    url: str | None = Field(description="good for `expires_in` seconds, for whoever has it")
    expires_in: int
