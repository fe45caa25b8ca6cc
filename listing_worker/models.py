"""The nouns that every part speaks: listing, photo, money, condition, session, posting, outcome.

Everything here is frozen data with its own validation; nothing here does I/O. Amounts of money are whole cents,
weights are ounces, lengths are inches, times are timezone-aware UTC.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

TITLE_LIMIT = 200  # ours; each marketplace has its own, shorter one
DESCRIPTION_LIMIT = 20_000
PHOTO_LIMIT = 24

Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class Frozen(BaseModel):
    """Base of all value objects: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(StrEnum):
    """Our words for the state of an item, best first. Each vocabulary answers all of them."""

    NEW_WITH_TAGS = "new_with_tags"
    NEW = "new"
    LIKE_NEW = "like_new"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Money(Frozen):
    """An amount in whole cents. `str()` gives "48.00", `whole` tells whether it has no cents."""

    cents: int = Field(gt=0, le=100_000_000)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")

    @classmethod
    def of(cls, amount: Decimal | int | float | str, currency: str = "USD") -> Money:
        """Money from an amount in dollars; more than two decimals are refused by `ValueError`."""
        exact = Decimal(str(amount))
        cents = (exact * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        if cents != exact * 100:
            raise ValueError("an amount has at most two decimals")
        return cls(cents=int(cents), currency=currency)

    @property
    def whole(self) -> bool:
        return self.cents % 100 == 0

    @property
    def dollars(self) -> Decimal:
        return Decimal(self.cents) / 100

    def __str__(self) -> str:
        return f"{self.dollars:.2f}"


class ShippingPayer(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"


class Pickup(StrEnum):
    """Whether buyers may fetch the item themselves."""

    NO = "no"  # by post only
    ALSO = "also"
    ONLY = "only"


class Shipping(Frozen):
    """How the parcel travels. Weight in ounces, sides in inches; None where the seller did not say.

    `pickup` None: the ordinary way of each marketplace, by post, or by hand where sellers meet their buyers.
    """

    payer: ShippingPayer = ShippingPayer.BUYER
    pickup: Pickup | None = None
    weight_oz: int | None = Field(default=None, gt=0, le=2400)
    length_in: int | None = Field(default=None, gt=0, le=108)
    width_in: int | None = Field(default=None, gt=0, le=108)
    height_in: int | None = Field(default=None, gt=0, le=108)
    cost: Money | None = None  # flat price for the buyer, where a marketplace lets the seller set one


class Photo(Frozen):
    """One photo as stored: already decoded, turned upright, stripped of metadata and re-encoded as JPEG."""

    id: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    byte_count: int = Field(gt=0)
    key: str = Field(description="where the photo store keeps it")


class ListingDraft(Frozen):
    """What a seller tells us about an item: the listing without its identity.

    `category` is our own path, broadest first, e.g. ("Women", "Dresses", "Midi"); vocabularies translate it.
    `overrides` replaces fields for one marketplace only: {"<name>": {"title": "...", "category": ["...", "..."]}}.
    """

    title: Annotated[Text, Field(min_length=1, max_length=TITLE_LIMIT)]
    description: Annotated[Text, Field(min_length=1, max_length=DESCRIPTION_LIMIT)]
    price: Money
    original_price: Money | None = None
    condition: Condition
    category: tuple[Text, ...] = Field(min_length=1, max_length=6)
    brand: Annotated[Text, Field(max_length=80)] | None = None
    size: Annotated[Text, Field(max_length=40)] | None = None
    colors: tuple[Text, ...] = Field(default=(), max_length=4)
    quantity: int = Field(default=1, ge=1, le=999)
    sku: Annotated[Text, Field(max_length=50, pattern=r"^[A-Za-z0-9._-]*$")] | None = None
    shipping: Shipping = Shipping()
    zip_code: Annotated[Text, Field(pattern=r"^\d{5}$")] | None = None
    tags: tuple[Text, ...] = Field(default=(), max_length=10)
    attributes: dict[str, str] = Field(default_factory=dict, max_length=60)
    auto_fit: bool = Field(default=False, description="may be fitted to a marketplace's limits, as preflight shows it")
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("title", "description", mode="before")
    @classmethod
    def _no_control_characters(cls, value: object) -> object:
        if isinstance(value, str) and _CONTROL.search(value):
            raise ValueError("contains control characters")
        return value

    @field_validator("title")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @model_validator(mode="after")
    def _overrides_fit(self) -> Self:
        for marketplace in self.overrides:
            self.for_marketplace(marketplace)
        return self

    def for_marketplace(self, marketplace: str) -> Self:
        """This listing with the overrides of one marketplace applied. Raises ValidationError if they do not fit."""
        changes = self.overrides.get(marketplace)
        if not changes:
            return self
        merged = {**self.model_dump(mode="json"), **changes, "overrides": {}}
        return type(self).model_validate(merged)


class Listing(ListingDraft):
    """A stored listing: ours, site-independent, with its photos in order."""

    id: str
    user_id: str
    photos: tuple[Photo, ...] = Field(default=(), max_length=PHOTO_LIMIT)


class PostingState(StrEnum):
    """A posting's life (design §4). `settled` states do not move by themselves."""

    QUEUED = "queued"
    WAITING = "waiting"
    RUNNING = "running"
    PUBLISHING = "publishing"
    UNCERTAIN = "uncertain"
    LIVE = "live"
    PENDING_REVIEW = "pending_review"
    ACTION_REQUIRED = "action_required"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SOLD = "sold"
    DELISTED = "delisted"

    @property
    def settled(self) -> bool:
        return self not in _MOVING

    @property
    def posted(self) -> bool:
        return self in {PostingState.LIVE, PostingState.PENDING_REVIEW, PostingState.SOLD}


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # all but tab and line ends
_MOVING = {
    PostingState.QUEUED,
    PostingState.WAITING,
    PostingState.RUNNING,
    PostingState.PUBLISHING,
    PostingState.UNCERTAIN,
}


class JobStatus(StrEnum):
    """Derived from the postings, never stored."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL_SUCCESS = "partial_success"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def derive(cls, states: list[PostingState]) -> JobStatus:
        if any(not s.settled for s in states):
            return cls.PROCESSING
        if states and all(s is PostingState.CANCELLED for s in states):
            return cls.CANCELLED
        posted = sum(s.posted or s is PostingState.DELISTED for s in states)
        if posted == len(states):
            return cls.COMPLETED
        return cls.PARTIAL_SUCCESS if posted else cls.FAILED


class Reason(Frozen):
    """Why a posting stands where it stands, in words a seller can act on."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    message: str = Field(max_length=500)
    action: str | None = Field(default=None, max_length=200, description="the one thing to do, e.g. 'Sign in again'")
    field: str | None = None


class Intent(Frozen):
    """The committed decision to press publish, and what lets a later attempt recognise its effect.

    `baseline_ids`: listing ids that already existed in the closet with this title; None = not looked at.
    `draft_id`: the site's draft id, which on some sites becomes the listing id.
    """

    fingerprint: str
    title: str
    price_cents: int
    photo_count: int
    sku: str | None = None
    draft_id: str | None = None
    baseline_ids: tuple[str, ...] | None = None


class ListingStatus(StrEnum):
    """How a listing stands on its marketplace, as it was seen there. UNKNOWN is an answer: absence from a page that is
    not proven signed in and complete says nothing."""

    ACTIVE = "active"
    PENDING = "pending"  # there, but not to be bought now: under review, a sale in progress
    SOLD = "sold"
    DELISTED = "delisted"  # there, taken off sale by the seller, or ended
    GONE = "gone"  # not there at all, on pages proven complete
    UNKNOWN = "unknown"


class OperationKind(StrEnum):
    """What can be done about a listing besides posting it."""

    CHECK = "check"
    CHANGE_PRICE = "change_price"
    EDIT = "edit"
    DELIST = "delist"
    RELIST = "relist"
    DRY_RUN = "dry_run"

    @property
    def acts(self) -> bool:
        """Whether it changes anything on the marketplace."""
        return self not in {OperationKind.CHECK, OperationKind.DRY_RUN}


class OperationState(StrEnum):
    """An operation's life: queued → running → acting (pressed) → done; the rest as for postings."""

    QUEUED = "queued"
    WAITING = "waiting"
    RUNNING = "running"
    ACTING = "acting"
    UNCERTAIN = "uncertain"
    DONE = "done"
    ACTION_REQUIRED = "action_required"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ChangeIntent(Frozen):
    """The committed decision to change a live listing: which one, what it shall say, how it stood before."""

    kind: OperationKind
    external_id: str
    meant: dict[str, str] = Field(default_factory=dict, description="field → what it shall say, in their words")
    before: ListingStatus = ListingStatus.UNKNOWN


class ProofKind(StrEnum):
    RESPONSE = "response"  # the page's own publish request was answered with the listing's id
    ADDRESS = "address"  # the page went to the new listing's address
    SUCCESS_VIEW = "success_view"  # the page shows its success view with the listing's id or link
    RECONCILED = "reconciled"  # found afterwards: draft id's address or closet
    ADOPTED = "adopted"  # not posted from here: seen in the seller's own list and linked


class Proof(Frozen):
    """What shows that the listing exists. `at` is the worker's UTC wall clock, for people only."""

    kind: ProofKind
    external_id: str
    url: str
    at: datetime
    pending_review: bool = False


class FieldReport(Frozen):
    """One field of a form after it was filled: what we meant, what the form says, how it was found, how long."""

    field: str
    meant: str
    on_form: str
    same: bool
    found_by: str = ""
    milliseconds: int = 0


class Cookie(BaseModel):
    """A cookie exactly as Chrome reported it (fact: extension-stack §4.1).

    `sameSite` is absent when the site did not set it; `expires` is Unix seconds, -1 for a session cookie;
    `partitionKey` keeps both `topLevelSite` and `hasCrossSiteAncestor`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    value: str
    domain: str
    path: str = "/"
    expires: float = -1
    httpOnly: bool = False
    secure: bool = False
    sameSite: str | None = None
    partitionKey: dict[str, Any] | None = None


class OriginStorage(BaseModel):
    """localStorage and sessionStorage of one origin, as string maps."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: str
    localStorage: dict[str, str] = Field(default_factory=dict)
    sessionStorage: dict[str, str] = Field(default_factory=dict)


class Session(BaseModel):
    """An opened session: the signed-in state of one seller on one marketplace. Exists in the clear only inside the
    extension and inside a running attempt; `repr` never shows values."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = 1
    marketplace: str
    capturedAt: datetime
    cookies: tuple[Cookie, ...] = Field(repr=False)
    origins: tuple[OriginStorage, ...] = Field(default=(), repr=False)
    userAgent: str = ""
    languages: tuple[str, ...] = ()
    timeZone: str = ""
