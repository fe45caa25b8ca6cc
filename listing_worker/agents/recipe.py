"""A marketplace as data: identity, addresses, limits, pacing, page signs, steps, publication, closet.

Everything a recipe file needs is imported from here. Recipes hold no logic: words come from the vocabulary
(`Planned`), behaviour from the form engine (`agents/form/`) and from the few methods an agent overrides
(`agents/marketplace.py`). All values are frozen and validated at import. Times are milliseconds unless named seconds.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from listing_worker.agents.form.steps import (
    AnyStep,
    Await,
    Cascade,
    Choose,
    Compare,
    Dialog,
    Fill,
    FillMasked,
    FillRich,
    Level,
    Modal,
    OneOf,
    Page,
    Planned,
    Read,
    ReadBy,
    Reveal,
    Special,
    Specifics,
    Step,
    Tiles,
    Toggle,
    Tokens,
    Typeahead,
    Upload,
    Value,
    When,
    Wizard,
)
from listing_worker.agents.form.targets import (
    By,
    Candidate,
    Match,
    Target,
    at,
    css,
    label,
    named,
    near,
    placeholder,
    role,
    test_id,
    text,
)
from listing_worker.models import Frozen

__all__ = [
    "AnyStep",
    "Await",
    "By",
    "Candidate",
    "Cascade",
    "Choose",
    "Closet",
    "Compare",
    "Dialog",
    "Fill",
    "FillMasked",
    "FillRich",
    "Interruption",
    "Level",
    "Limits",
    "Match",
    "Modal",
    "OneOf",
    "Pacing",
    "Page",
    "PageSigns",
    "Planned",
    "Publication",
    "PublishRequest",
    "Read",
    "ReadBy",
    "Recipe",
    "Reveal",
    "SignInTest",
    "Special",
    "Specifics",
    "Step",
    "Target",
    "Tiles",
    "Toggle",
    "Tokens",
    "Typeahead",
    "Upload",
    "Value",
    "When",
    "Wizard",
    "at",
    "css",
    "label",
    "named",
    "near",
    "placeholder",
    "role",
    "test_id",
    "text",
]


def _compiles(pattern: str) -> str:
    re.compile(pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]  # a regular expression, searched (not matched) unless said


class Limits(Frozen):
    """What the marketplace accepts. Lengths in UTF-16 units, as forms count; amounts in cents; None = not known."""

    title: int
    description: int
    description_words: int = Field(default=0, description="least words")
    photos: int
    photo_bytes: int | None = None
    photo_side: int | None = Field(default=None, description="least pixels of the longer side")
    price_min: int | None = None
    price_max: int | None = None
    price_step: int = Field(default=1, description="100 = whole dollars only")
    tags: int = 0
    colors: int = 0


class Pacing(Frozen):
    """Seconds between two postings of one account, as a range, and how many in an hour and in a day."""

    between_postings: tuple[float, float] = (0, 0)
    per_hour: int | None = None
    per_day: int | None = None


class PageSigns(Frozen):
    """How pages that are not the one we wanted look. Patterns are searched without regard to letter case.

    `*_urls` in the address; `*_titles` in the document's title and its headings, dialogs and alerts, nowhere else:
    footers and help links mention "suspended" and "verify" on ordinary pages.
    `languages`: the only ones that the recipe can read, as "en"; compared with what the page says of itself, where it
    does. Empty: any.
    """

    signed_out_urls: tuple[Pattern, ...] = ()
    signed_out: tuple[Target, ...] = ()
    challenge_urls: tuple[Pattern, ...] = ()
    challenge_titles: tuple[Pattern, ...] = ()
    challenge: tuple[Target, ...] = ()
    suspended_titles: tuple[Pattern, ...] = ()
    suspended: tuple[Target, ...] = ()
    try_later_titles: tuple[Pattern, ...] = ()
    languages: tuple[str, ...] = ()


class Interruption(Frozen):
    """Something known that gets in the way: seen by `sign`, dismissed by pressing `press`, never anything else.

    `limit`: seen more often than this in one attempt = FormChanged.
    """

    name: str
    sign: Target
    press: Target
    limit: int = 4


class SignInTest(Frozen):
    """The site's own answer to "who is signed in here?": open `url` and look.

    `signed_in` visible = yes; PageSigns.signed_out = no. `account`: where the handle is read, `account_attribute` of
    it or its text; `account_pattern` has one group. `cookie`: a cookie that must exist, checked first and cheaply: its
    absence means signed out, its presence means nothing.
    """

    url: str
    signed_in: Target
    account: Target | None = None
    account_attribute: str = ""
    account_pattern: Pattern = r"(.+)"
    cookie: str = ""
    timeout: int = 15_000


class PublishRequest(Frozen):
    """The page's own publish request. `url` is a pattern searched in method-less addresses; `body` must be contained
    in the request's body (a GraphQL operation name). The id is `id_path` in the JSON answer ("data.createListing.id"),
    or the one group of `id_in_url`, accepted only with a 2xx answer.

    `error_path`: a value there in the answer (status < 500) means that the site refused and listed nothing: its text
    (or its `message`) is told to the seller. Only for answers known to mean that. `refused_statuses`: answers that mean
    the same once the form shows errors (`Publication.errors`).
    """

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    url: Pattern
    body: str = ""
    id_path: str = ""
    id_in_url: Pattern = ""
    error_path: str = ""
    refused_statuses: tuple[int, ...] = ()


class Publication(Frozen):
    """From the filled form to the proof.

    `lead_up`: pressed in order before the intent, each reversible, e.g. "Next" (each waits until the next one, or
    `button`, is visible). `button` is the last one, pressed exactly once. Proof is any of: the answer to `request`,
    the address matching `address` (one group: the id), `success` visible with `success_id` (one group) found in its
    links or text. `listing_url`: template over {id}. `confirm`: a dialog that follows the press and must be answered
    before the site acts ("Are you sure?").
    `errors`: where the form tells what it refuses. `review`: pattern in the success view that means "under review".
    `ready`: a JavaScript expression that is true once the button works (hydrated).
    """

    lead_up: tuple[Target, ...] = ()
    button: Target
    ready: str = ""
    request: PublishRequest | None = None
    address: Pattern = ""
    success: Target | None = None
    success_id: Pattern = ""
    listing_url: str
    confirm: tuple[Dialog, ...] = ()
    errors: Target | None = None
    review: Pattern = ""
    proof_timeout: int = 45_000
    refusal_quiet: int = Field(default=3_000, description="no request this long after the press, and errors = refused")


class Closet(Frozen):
    """The seller's own page of active listings, read by one look at the document.

    `url` may hold {account} and {keyword}. `ready` must be visible (the list or its empty state). `tile` is CSS for
    one listing; inside it: `id` = (CSS, attribute, pattern with one group) with "" for the tile itself; `title` and
    `price` = (CSS, attribute or "text"). `more` is pressed, or the page scrolled if `scroll`, until no new tile comes.
    `total`: a pattern with one group for the number of listings the page claims, where it does.
    """

    url: str
    ready: Target
    tile: str
    id: tuple[str, str, Pattern]
    title: tuple[str, str]
    price: tuple[str, str] | None = None
    sku: tuple[str, str] | None = None
    more: Target | None = None
    scroll: bool = False
    page_limit: int = 20
    timeout: int = 15_000


class Recipe(Frozen):
    """One marketplace. `version` changes whenever a step changes: checkpoints of another version are not used.

    `hosts`: all hosts a page of this marketplace may talk to ("*.x" allowed). `form_ready` is visible once the form
    can be filled. `draft_url`: template over {draft_id}, where the site keeps drafts that can be reopened.
    `listing_page`: sign on a listing's own page that it exists and is public, e.g. its heading; `listing_gone`: that
    it does not exist.
    `interruptions` are looked for before each step and whenever a press is intercepted; `safe_buttons` may be pressed
    in a dialog we do not know, and nothing else.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    display_name: str
    version: str
    checked_on: date
    status: Literal["working", "broken", "draft_only"] = "working"
    home_url: str
    sell_url: str
    hosts: tuple[str, ...]
    limits: Limits
    pacing: Pacing = Pacing()
    signs: PageSigns
    sign_in: SignInTest
    form_ready: Target
    form_timeout: int = 45_000
    draft_url: str = ""
    steps: tuple[AnyStep, ...]
    interruptions: tuple[Interruption, ...] = ()
    safe_buttons: tuple[str, ...] = ("Got it", "Not now", "Maybe later", "No thanks", "Skip", "Dismiss")
    publication: Publication
    closet: Closet
    listing_page: Target | None = None
    listing_gone: Target | None = None
