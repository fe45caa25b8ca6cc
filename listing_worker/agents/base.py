"""The contract between orchestration and a marketplace: what an agent must be able to do, and what it is given.

Orchestration calls, in this order: `plan` (pure) → `sign_in_state` → `open_form` → `fill` → `read_back` →
`prepare_publish` → *intent is committed* → `publish` → proof. After an uncertain end only `reconcile` is called.
An agent never commits anything, never retries the press, and never sees the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from playwright.async_api import BrowserContext, Page, Response

from listing_worker.agents.form.form import Healer
from listing_worker.errors import ChallengeShown
from listing_worker.models import ChangeIntent, FieldReport, Intent, Listing, ListingStatus, OperationKind, Proof

if TYPE_CHECKING:
    from listing_worker.agents.recipe import Pacing, PublishRequest
    from listing_worker.agents.vocabulary import Vocabulary

if TYPE_CHECKING:
    from listing_worker.agents.after.data import Discard
    from listing_worker.agents.after.orders import Sale
    from listing_worker.agents.closet import ClosetView

Progress = Callable[[str, dict[str, Any]], Awaitable[None]]


class Checkpoints(Protocol):
    """Finished steps of one posting, kept outside the process so that a later attempt can resume."""

    async def load(self, step: str) -> dict[str, Any] | None:
        """What `save` stored for this step and this recipe version, or None."""

    async def save(self, step: str, data: dict[str, Any]) -> None: ...


@dataclass
class Tally:
    """What an attempt has cost so far, counted where it happens."""

    publish_presses: int = 0
    model_calls: int = 0
    model_tokens: int = 0
    model_cost_usd: float = 0.0


def _always() -> None:
    return None


async def _nobody(page: Page, asked: ChallengeShown) -> None:
    raise asked


@dataclass(frozen=True)
class Attempt:
    """What an agent works with during one attempt.

    `listing` already has this marketplace's overrides applied; `photo_files` are local JPEG files in listing order.
    `progress(step, fields)` reports a step to the seller, and raises Cancelled, Draining or LeaseLost when the attempt
    has to stop: call it between steps, never between the press and the proof.
    `may_press()` is the self-fence (design §4 rule 4): `publish` calls it as the very last thing before its one press;
    it counts the press, and raises LeaseLost when the lease has too little left.
    `healer` is asked for fields that are not where the recipe says (agents/heal/healer.py).
    `person(page, asked)` asks the seller to answer a challenge in this very page and returns when they have; it raises
    `asked` where nobody can be asked, or nobody came.
    """

    listing: Listing
    photo_files: tuple[Path, ...]
    progress: Progress
    checkpoints: Checkpoints
    may_press: Callable[[], None] = _always
    tally: Tally = field(default_factory=Tally)
    healer: Healer | None = None
    person: Callable[[Page, ChallengeShown], Awaitable[None]] = _nobody


@dataclass(frozen=True)
class SignIn:
    """The site's own answer to "who is signed in here?". `account` is the handle, where the site shows one."""

    signed_in: bool
    account: str | None = None


@dataclass(frozen=True)
class Baseline:
    """What is known before the press, so that its effect can be recognised afterwards (design §4 rule 3)."""

    draft_id: str | None = None
    known_ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Sighting:
    """A listing of ours seen on the marketplace."""

    external_id: str
    url: str
    title: str
    price_cents: int | None = None
    sku: str | None = None
    photo_count: int | None = None


@dataclass(frozen=True)
class Looked:
    """The answer of `reconcile`: which listings fit the intent, and whether everything there is was seen.

    `complete` is True only if the page was proven signed in and listed completely; absence means nothing otherwise.
    """

    matches: tuple[Sighting, ...]
    complete: bool
    seen: str = ""  # what was looked at, for the seller


@dataclass(frozen=True)
class Standing:
    """How a listing stands on its marketplace, and where that was seen."""

    status: ListingStatus
    external_id: str
    url: str
    seen: str
    title: str = ""
    price_cents: int | None = None


async def _no_commit(intent: ChangeIntent) -> None:
    return None


async def _no_progress(step: str, fields: dict[str, Any]) -> None:
    return None


@dataclass(frozen=True)
class Deed:
    """One change of a live listing. `listing` is ours as it shall be, the marketplace's overrides applied; `fields` are
    those of it that an edit pushes, empty = all but the photos. `before`: how it stood when it was looked at.

    `commit(intent)` is awaited once, when nothing but the press is left to do, and raises LeaseLost or Cancelled if it
    must not be done; `may_press()` is the self-fence, called right before the press.
    """

    kind: OperationKind
    external_id: str
    listing: Listing
    fields: tuple[str, ...] = ()
    before: ListingStatus = ListingStatus.UNKNOWN
    progress: Progress = _no_progress
    commit: Callable[[ChangeIntent], Awaitable[None]] = _no_commit
    may_press: Callable[[], None] = _always


@dataclass(frozen=True)
class Effect:
    """Whether a deed has taken effect: True, False, or None where that cannot be told; and what was seen."""

    holds: bool | None
    standing: Standing
    fields: tuple[FieldReport, ...] = ()


class MarketplaceAgent(Protocol):
    """One marketplace. Implementations live in `agents/<marketplace>/agent.py`, mostly as data (`recipe.py`)."""

    name: str
    display_name: str
    recipe_version: str
    hosts: tuple[str, ...]  # hosts a page of this marketplace may talk to, with CDNs; "*.x" allowed
    home_url: str
    pacing: Pacing

    @property
    def vocabulary(self) -> Vocabulary:
        """Our words → theirs, with their limits."""

    def plan(self, listing: Listing) -> list[Any]:
        """Our listing in their words: the fields to fill, in page order. Pure.

        Raises ListingInvalid naming the field when a rule of theirs is broken or a word is missing.
        """

    async def sign_in_state(self, page: Page) -> SignIn:
        """Decided by the site's own test. Raises ChallengeShown, AccountRestricted, PageTimeout, SiteUnavailable."""

    async def open_form(self, page: Page, attempt: Attempt) -> None:
        """From anywhere to an empty (or resumed) sell form, ready to be filled."""

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Fills every planned field, photos included, serially, each read back on the spot."""

    def filled_so_far(self, page: Page) -> list[FieldReport]:
        """The fields of this page's form that were filled before the filling stopped."""

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Reads every planned field once more from the form as it stands now, without changing it."""

    async def challenge(self, page: Page, response: Response | None = None) -> ChallengeShown | None:
        """What the page asks of the person, if it does: a captcha, a code, a confirmation. `response`: the answer that
        brought the page, for its status code. Changes nothing."""

    async def baseline(self, page: Page, attempt: Attempt) -> Baseline:
        """What exists already, with the form open on `page`, which stays as it is."""

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Everything reversible up to the last button, which is then visible, enabled and hydrated."""

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """Presses the last button once and waits for proof.

        Raises PublishRefused if the form itself refused and no publish request left the browser; PublishUncertain in
        every other case without proof.
        """

    async def reconcile(self, context: BrowserContext, page: Page, listing: Listing, intent: Intent) -> Looked:
        """Looks for the effect of an earlier press: the draft id's address, then the closet. Changes nothing."""

    # ---- after publishing: each method wants `sign_in_state` called on the page before ----

    def can(self, kind: OperationKind) -> bool:
        """Whether this kind of operation is possible there."""

    async def own_listings(self, page: Page, status: ListingStatus = ...) -> ClosetView:
        """Everything in one of the seller's own lists (active, sold, delisted), newest first, and whether that was
        proven to be all of it."""

    async def own_orders(self, page: Page) -> tuple[Sale, ...] | None:
        """The newest orders that stand; None where the marketplace has no such page that we know."""

    async def find_in_closet(self, page: Page, listing: Listing) -> Looked:
        """Active listings that look like ours. Absence means something only if the answer is complete."""

    async def status(self, page: Page, external_id: str) -> Standing:
        """How a listing stands. UNKNOWN is an answer. Raises SignInRequired, ChallengeShown, RateLimited, …"""

    async def change_price(self, page: Page, deed: Deed) -> Proof | None:
        """Sets the price. None = it was so already and nothing was pressed. Raises PublishRefused, PublishUncertain
        after the press; anything else before it."""

    async def edit(self, page: Page, deed: Deed) -> Proof | None:
        """Makes the live listing say what ours says. As `change_price`."""

    async def delist(self, page: Page, deed: Deed) -> Proof | None:
        """Takes the listing off sale; deletes only where nothing else does that truthfully. As `change_price`."""

    async def relist(self, page: Page, deed: Deed) -> Proof | None:
        """Puts the very listing back on sale. As `change_price`."""

    async def in_effect(self, page: Page, deed: Deed) -> Effect:
        """Looks whether a deed has taken effect. Presses nothing."""

    async def live_pictures(self, page: Page, external_id: str) -> list[bytes] | None:
        """The photos on the public page, in order; None where it is not known how to read them."""

    @property
    def cover_ratio(self) -> float | None:
        """Width / height to which the site cuts the first photo, where it does."""

    # ---- dry runs (agents/dry_run.py) ----

    @property
    def publish_request(self) -> PublishRequest | None:
        """The page's own publish request, which a dry run holds back."""

    @property
    def discard(self) -> Discard | None:
        """How a form is left without a trace; None where leaving the page is enough."""

    async def form_draft(self, page: Page) -> str | None:
        """The id of the site's draft behind the open form, where it makes one."""
