"""Sealed sessions, what became of them, and the browsers that wait for their seller."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from listing_worker.api.schemas.asked import Asked, Identifier, Name, Sealed
from listing_worker.api.schemas.posting import ReasonOut


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
