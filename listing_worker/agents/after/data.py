"""What a marketplace says about its live listings, as data (`agents/<marketplace>/after.py`): where one sees how a
listing stands, and by which page and press it is changed. All values are frozen. Times are milliseconds.

Templates over {id} (the listing's), {account} (the seller's handle there) and {keyword}.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from listing_worker.agents.form.steps import AnyStep, Planned
from listing_worker.agents.form.targets import Target
from listing_worker.agents.recipe import Closet, Pattern, Publication
from listing_worker.models import Frozen, ListingStatus, OperationKind


class Mark(Frozen):
    """A visible sign that tells a status."""

    status: ListingStatus
    sign: Target


class Pictures(Frozen):
    """The photos on a listing's public page, in the buyer's order.

    `css` matches the pictures; `attribute` holds the address; `name` (one group) is what stays the same of a picture in
    all its sizes: pictures with the same name count once. `larger` = (pattern, replacement) turns an address into that
    of the large version. `cover_ratio`: the site cuts the first photo to this width / height, around its middle.
    """

    css: str
    attribute: str = "src"
    name: Pattern
    larger: tuple[Pattern, str] | None = None
    cover_ratio: float | None = None


class OwnPage(Frozen):
    """A listing's own page (`Publication.listing_url`), as its seller sees it.

    `there`: the listing shows. `owner`: only its seller sees this, which proves whose it is and that one is signed in;
    without it (or where it does not show) the page's word counts only if the lists agree. `gone`: the page says that
    there is no such listing; status 404 and 410 say so too. `marks` tell a status by a visible sign.
    `told`: a JavaScript expression for {status, price, title} as the page's own data has them (each may be missing);
    `words`: its status words → ours. `plain` is the status where nothing else tells one, UNKNOWN if that says nothing.
    `price`, `title`: where the page shows them.
    """

    there: Target
    owner: Target | None = None
    gone: Target | None = None
    marks: tuple[Mark, ...] = ()
    told: str = ""
    words: dict[str, ListingStatus] = Field(default_factory=dict)
    plain: ListingStatus = ListingStatus.UNKNOWN
    price: Target | None = None
    title: Target | None = None
    pictures: Pictures | None = None
    timeout: int = 10_000


class OwnList(Frozen):
    """One of the seller's own lists: all listings of one status.

    `own` must be visible for the list to count as the seller's (None: the page cannot be seen by anybody else).
    `total`: a pattern with one group searched in the page's text, the number of listings it claims to have.
    `next` leads to the next page, which replaces the tiles. `page_size`: a list that seems to end just where a page is
    full is not believed to be complete, unless a total or a missing `next` says so. `by_id`: {keyword} takes an id.
    """

    status: ListingStatus
    closet: Closet
    own: Target | None = None
    total: Pattern = ""
    next: Target | None = None
    page_size: int = 0
    by_id: bool = False


class Orders(Frozen):
    """The seller's page of orders, the newest first.

    `ready`: the page shows, with orders or without. `row`: one order; in it `number` and `item` are (css, attribute,
    pattern with one group) of the order's number and of the items it names. A row whose text matches `void` is no sale
    (it was cancelled).
    """

    url: str
    ready: Target
    row: str
    number: tuple[str, str, Pattern]
    item: tuple[str, str, Pattern]
    void: Pattern
    timeout: int = 15_000


class Sets(Frozen):
    """A field that a change itself sets, whatever the listing says: availability → "Not For Sale"."""

    field: str
    value: str
    words: dict[str, str] = Field(default_factory=dict)

    def planned(self) -> Planned:
        return Planned(self.field, self.value, words=self.words)


class Change(Frozen):
    """How a live listing is changed: a page, fields on it, and one press.

    `ready`: the page can be used. `filled`: an input that holds something once the page shows the listing's values.
    `steps`: the fields of this page that a change may set; () for the recipe's own. `sets`: what this change always
    sets. `lead_up`: pressed in order before the intent, each reversible and each waits for what follows. `press`: the
    one press and how the page tells that it went through (its `listing_url` is not used); all proofs that it names may
    lack an id: the listing is known. `expects`: how the listing stands afterwards.
    """

    url: str
    ready: Target
    filled: Target | None = None
    steps: tuple[AnyStep, ...] = ()
    sets: tuple[Sets, ...] = ()
    lead_up: tuple[Target, ...] = ()
    press: Publication
    timeout: int = 45_000


class Discard(Frozen):
    """How a form is left without a trace: from the form itself, or from the page at `url`; templates over {draft_id}.

    `presses` in order. It is done once the address matches `away`, or `gone` (the draft's row) shows no more; on a form
    that was not touched the later presses may not be asked for.
    """

    url: str = ""
    presses: tuple[Target, ...]
    away: Pattern = ""
    gone: Target | None = None


class AfterPublishing(Frozen):
    """Everything about a marketplace's live listings. What is None cannot be done there.

    `orders`: where the lists do not tell what was sold. `edit` serves change_price, too. A `relist` puts the very
    listing back; where a site only makes a new one, leave it None: the listing is posted anew, with all that posting
    promises.
    `discard`: how the form of a dry run is left, where opening or filling it leaves a draft on the site.
    """

    own_page: OwnPage
    lists: tuple[OwnList, ...]
    orders: Orders | None = None
    edit: Change | None = None
    delist: Change | None = None
    relist: Change | None = None
    discard: Discard | None = None

    @model_validator(mode="after")
    def _one_list_per_status(self) -> Self:
        statuses = [one.status for one in self.lists]
        if len(set(statuses)) != len(statuses) or ListingStatus.ACTIVE not in statuses:
            raise ValueError("lists: one per status, and one of what is active")
        return self

    def change(self, kind: OperationKind) -> Change | None:
        """How this kind of operation is done, or None."""
        return {
            OperationKind.CHANGE_PRICE: self.edit,
            OperationKind.EDIT: self.edit,
            OperationKind.DELIST: self.delist,
            OperationKind.RELIST: self.relist,
        }.get(kind)
