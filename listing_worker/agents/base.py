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

from playwright.async_api import BrowserContext, Page

from listing_worker.models import FieldReport, Intent, Listing, Proof

if TYPE_CHECKING:
    from listing_worker.agents.recipe import Pacing
    from listing_worker.agents.vocabulary import Vocabulary

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


def _always() -> None:
    return None


@dataclass(frozen=True)
class Attempt:
    """What an agent works with during one attempt.

    `listing` already has this marketplace's overrides applied; `photo_files` are local JPEG files in listing order.
    `progress(step, fields)` reports a step to the seller, and raises Cancelled, Draining or LeaseLost when the attempt
    has to stop: call it between steps, never between the press and the proof.
    `may_press()` is the self-fence (design §4 rule 4): `publish` calls it as the very last thing before its one press;
    it counts the press, and raises LeaseLost when the lease has too little left.
    """

    listing: Listing
    photo_files: tuple[Path, ...]
    progress: Progress
    checkpoints: Checkpoints
    may_press: Callable[[], None] = _always
    tally: Tally = field(default_factory=Tally)


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

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Reads every planned field once more from the form as it stands now, without changing it."""

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Everything reversible up to the last button, which is then visible, enabled and hydrated."""

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """Presses the last button once and waits for proof.

        Raises PublishRefused if the form itself refused and no publish request left the browser; PublishUncertain in
        every other case without proof.
        """

    async def reconcile(self, context: BrowserContext, page: Page, listing: Listing, intent: Intent) -> Looked:
        """Looks for the effect of an earlier press: the draft id's address, then the closet. Changes nothing."""
