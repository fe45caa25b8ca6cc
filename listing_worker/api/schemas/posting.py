"""Asking for postings, what they would be, and the first answer (the first seed's shapes)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from listing_worker.api.schemas.asked import Asked, Identifier, Name
from listing_worker.categories.suggest import Suggestion
from listing_worker.preflight.findings import Finding, Preflight


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
