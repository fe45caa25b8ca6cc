"""The JSON objects that SQL functions answer with. Times are ISO 8601 UTC strings, ids are strings."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class ListingRow(TypedDict):
    id: str
    user_id: str
    body: dict[str, Any]  # models.ListingDraft
    photos: list[dict[str, Any]]  # models.Photo, in order
    created_at: str
    updated_at: str


class ReasonDoc(TypedDict):
    code: str
    message: str
    action: str | None
    field: str | None


class PostingRow(TypedDict):
    id: str
    job_id: str
    user_id: str
    listing_id: str
    marketplace: str
    state: str  # models.PostingState
    reason: ReasonDoc | None
    attempts: int
    max_attempts: int
    fence: int
    not_before: str | None
    intent: dict[str, Any] | None  # models.Intent
    intent_at: str | None
    external_id: str | None
    url: str | None
    proof: dict[str, Any] | None  # models.Proof
    report: dict[str, Any]  # counts of the last attempt: fields_checked, publish_presses, model_calls, seconds …
    cancel_requested: bool
    created_at: str
    updated_at: str
    finished_at: str | None


class JobRow(TypedDict):
    id: str  # "job_" + 20 characters
    user_id: str
    listing_id: str
    status: str  # models.JobStatus, derived
    created_at: str
    completed_at: str | None  # when the last posting settled; null while processing
    postings: list[PostingRow]


class NewPosting(TypedDict):
    id: str
    marketplace: str


class NewJob(TypedDict):
    """A job that was just made, of postings that are all queued."""

    id: str
    postings: list[NewPosting]  # in the order asked for, each marketplace once


class CreatedJob(TypedDict):
    created: bool
    job: JobRow
    existing: list[PostingRow]  # marketplaces where this listing already is, or is being, posted


class Claim(TypedDict):
    claimed: bool
    why: NotRequired[str]  # absent | settled | leased | not_due | account_busy
    again_in: NotRequired[float]  # seconds, for leased, not_due and account_busy
    posting: NotRequired[PostingRow]
    listing: NotRequired[ListingRow]
    lease_seconds: NotRequired[float]
    intent_age: NotRequired[float | None]  # seconds since the posting's intent, by the database's clock
    taken_ids: NotRequired[list[str] | None]  # listing ids known to belong to other postings of this account


class HeldLease(TypedDict):
    posting_id: str
    owner: str


class Heartbeat(TypedDict):
    alive: bool
    cancel_requested: bool


class OutcomeDoc(TypedDict, total=False):
    """What `finish_posting` takes. `state` is required.

    `again_in`: seconds until due, for waiting / queued / uncertain. `count_attempt`: False gives the attempt back
    (drain, pacing, account busy). `reconciled`: a complete look found nothing, so it may be pressed again.
    """

    state: str
    reason: ReasonDoc | None
    proof: dict[str, Any] | None
    external_id: str | None
    url: str | None
    again_in: float | None
    count_attempt: bool
    reconciled: bool
    report: dict[str, Any]


class Finished(TypedDict):
    finished: bool
    job_settled: bool
    webhooks: list[str]  # ids of deliveries written in this transaction


class OperationRow(TypedDict):
    id: str
    user_id: str
    marketplace: str
    listing_id: str
    posting_id: str | None  # None for a dry run
    kind: str  # models.OperationKind
    input: dict[str, Any]
    state: str  # models.OperationState
    reason: ReasonDoc | None
    attempts: int
    max_attempts: int
    fence: int
    not_before: str | None
    intent: dict[str, Any] | None  # models.ChangeIntent
    intent_at: str | None
    result: dict[str, Any]  # what was seen and done: status, seen, at, fields, screenshots, steps …
    cancel_requested: bool
    created_at: str
    updated_at: str
    finished_at: str | None


class RequestedOperation(TypedDict):
    created: bool
    operation: OperationRow


class OperationClaim(TypedDict):
    claimed: bool
    why: NotRequired[str]  # absent | settled | leased | not_due | account_busy
    again_in: NotRequired[float]
    operation: NotRequired[OperationRow]
    posting: NotRequired[PostingRow | None]
    listing: NotRequired[ListingRow]
    lease_seconds: NotRequired[float]
    intent_age: NotRequired[float | None]


class OperationOutcome(TypedDict, total=False):
    """What `finish_operation` takes. `state` is required; `posting` is the state the posting was seen to be in:
    live, sold or delisted. The rest as in OutcomeDoc."""

    state: str
    reason: ReasonDoc | None
    result: dict[str, Any]
    posting: str
    again_in: float | None
    count_attempt: bool
    reconciled: bool


class FinishedOperation(TypedDict):
    finished: bool


class HeldOperation(TypedDict):
    operation_id: str
    owner: str


class SessionRow(TypedDict):
    marketplace: str
    key_id: str
    version: int
    status: str  # unproven | active | signed_out
    account: str | None
    captured_at: str
    expires_at: str
    proven_at: str | None
    browser_profile_id: str  # "bp_<marketplace>_<8 characters>", stable per user and marketplace (seed)


class PostBeginnings(TypedDict):
    listing: ListingRow | None
    sessions: list[SessionRow]


class PostsBeginnings(TypedDict):
    listings: list[ListingRow | None]
    sessions: dict[str, list[SessionRow]]  # by user id


class SimplePost(TypedDict):
    """What `create_job` takes, but for what blocks it."""

    user_id: str
    listing_id: str
    marketplaces: list[str]
    idempotency_key: str | None
    request_hash: str
    max_attempts: int


class SealedSession(SessionRow):
    sealed: str


class Purged(TypedDict):
    sessions: int
    pairings: int


class Device(TypedDict):
    id: str
    user_id: str
    name: str
    created_at: str
    last_used_at: str


class WebhookEndpoint(TypedDict):
    id: str
    url: str
    active: bool
    events: list[str]
    former_secret_until: str | None
    created_at: str


class WebhookRow(TypedDict):
    id: str
    endpoint_id: str
    type: str
    state: str  # waiting | delivered | dead
    attempts: int
    status_code: int | None
    error: str | None
    not_before: str
    payload: dict[str, Any]
    created_at: str


class WebhookClaim(TypedDict):
    id: str
    fence: int
    user_id: str
    kind: str  # webhook | notification
    url: str
    key_id: str
    sealed_secret: str
    former_key_id: str | None  # while a replaced secret still signs beside the new one
    former_sealed_secret: str | None
    type: str
    payload: dict[str, Any]
    attempts: int
    created_at: str


class LocatorRow(TypedDict):
    id: str
    marketplace: str
    form_version: str  # the recipe's version
    field: str
    intent: str
    target: dict[str, Any]  # agents.form.targets.Target
    value_template: str
    tier: str  # T1 … T4
    evidence: dict[str, Any]
    state: str  # active, demoted, refused
    successes: int
    failures: int
    created_at: str
    worked_at: str
    failed_at: str | None


class RecordingRow(TypedDict):
    attempt: int  # its fence
    started_at: str
    recording: dict[str, Any]  # recordings.timeline.Recording


class DeadWebhook(WebhookRow):
    user_id: str


class DeadLetters(TypedDict):
    postings: list[PostingRow]
    webhooks: list[DeadWebhook]
