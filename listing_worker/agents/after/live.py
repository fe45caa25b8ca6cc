"""`LiveListings`: what an agent can do about a listing that is live, driven by its `after` data.

Overridable: `open_own_list` (a list that loads after its page), `bring_up` (a listing that is not in view yet),
`judged` (fields that need not be there), `ready_to_change` and `ready_to_press` (a form that comes alive late, saves by
itself or has further pages).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from playwright.async_api import Page

from listing_worker.agents.after.change import fields_to_set, lead_up, open_change, set_fields
from listing_worker.agents.after.data import AfterPublishing, Change, Discard, OwnList
from listing_worker.agents.after.orders import Sale, read_orders
from listing_worker.agents.after.own_lists import holding, read_own_list
from listing_worker.agents.after.own_page import fetch_pictures, listing_url, look_at_own_page, picture_addresses
from listing_worker.agents.base import Deed, Effect, Looked, Standing
from listing_worker.agents.closet import ClosetView, open_closet, with_title
from listing_worker.agents.form.by_recipe import run_step
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.readback import read_back
from listing_worker.agents.page_signs import visit
from listing_worker.agents.proof import press_and_prove
from listing_worker.agents.recipe import AnyStep, Planned, PublishRequest, Recipe, Reveal
from listing_worker.errors import FormChanged, ListingInvalid
from listing_worker.models import ChangeIntent, FieldReport, Listing, ListingStatus, OperationKind, Proof

if TYPE_CHECKING:
    from listing_worker.agents.marketplace import Notes

_THERE = {ListingStatus.ACTIVE, ListingStatus.PENDING}
_OFF_SALE = {ListingStatus.DELISTED, ListingStatus.GONE, ListingStatus.SOLD}


class LiveListings:
    """Part of `RecipeAgent`. An agent without `after` can do nothing here and says so."""

    recipe: ClassVar[Recipe]
    after: ClassVar[AfterPublishing | None] = None

    if TYPE_CHECKING:

        def plan(self, listing: Listing) -> list[Planned]: ...
        async def draft_id(self, page: Page) -> str | None: ...
        def site_title(self, listing: Listing) -> str: ...
        def notes(self, page: Page) -> Notes: ...
        def _interruptions(self, page: Page) -> Interruptions: ...

    # ---- what a marketplace may override ----

    async def open_own_list(self, page: Page, recipe: Recipe, url: str) -> bool:
        """Goes to a list of own listings and waits for it; whether it came whole, as far as that can be told here."""
        await open_closet(page, recipe, url)
        return True

    async def bring_up(self, page: Page, deed: Deed, change: Change) -> None:
        """Called while the page of a change is not ready: brings the listing into view where a list shows only a part,
        or goes on where the site has led elsewhere."""

    async def judged(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
        """What was read from an edit form, as the marketplace takes it: fields that need not be there, and the like."""
        return reports

    async def ready_to_change(self, page: Page, form: Form) -> None:
        """Waits until the opened edit form takes input."""

    async def ready_to_press(self, page: Page, form: Form) -> None:
        """Waits until what was filled has arrived where the press takes it from."""

    # ---- the contract ----

    def can(self, kind: OperationKind) -> bool:
        """Whether this kind of operation is possible there. Every marketplace can be dry-run."""
        if kind is OperationKind.DRY_RUN:
            return True
        if self.after is None:
            return False
        return kind is OperationKind.CHECK or self.after.change(kind) is not None

    async def own_listings(self, page: Page, status: ListingStatus = ListingStatus.ACTIVE) -> ClosetView:
        """Everything in one of the seller's own lists, newest first; call `sign_in_state` before. One page for many
        listings. `complete` is True only for a list proven to be the seller's and read to its end."""
        own = next((one for one in self._after().lists if one.status is status), None)
        if own is None:
            return ClosetView((), complete=False)
        return await self._list(page, own, "")

    async def own_orders(self, page: Page) -> tuple[Sale, ...] | None:
        """The newest orders; call `sign_in_state` before. None where no page of orders is known. Raises what the page's
        kind asks for, or PageTimeout."""
        orders = self._after().orders
        return None if orders is None else await read_orders(page, self.recipe, orders)

    async def find_in_closet(self, page: Page, listing: Listing) -> Looked:
        """Active listings with this title (as the site holds it); of several, those with the very price or label."""
        own = self._active_list()
        view = await self._list(page, own, "" if own.by_id else self.site_title(listing))
        matches = with_title(view.listings, self.site_title(listing))
        for narrowed in (
            tuple(each for each in matches if each.price_cents == listing.price.cents),
            tuple(each for each in matches if listing.sku is not None and each.sku == listing.sku),
        ):
            matches = narrowed or matches
        count = len(view.listings)
        return Looked(matches, view.complete, f"your {self.recipe.display_name} listings ({count} seen)")

    async def status(self, page: Page, external_id: str) -> Standing:
        """How a listing stands. Its own page decides if it is proven to be the seller's view; otherwise the seller's
        lists have to agree, and absence counts only where every list is proven complete. Call `sign_in_state` before.
        """
        seen = await look_at_own_page(page, self.recipe, self._after().own_page, external_id)
        if seen.owned and seen.standing.status is not ListingStatus.UNKNOWN:
            return seen.standing
        return await self._by_lists(page, seen.standing)

    async def change_price(self, page: Page, deed: Deed) -> Proof | None:
        """Sets the price of `deed.listing`. None: the form said so already, and nothing was pressed.

        As all four acts: fields are filled and read back, then `deed.commit` is awaited, then one press. Raises before
        the press FormChanged, ReadBackDiffers, ListingInvalid, RetryLater; after it PublishRefused, PublishUncertain.
        """
        return await self._change(page, deed)

    async def edit(self, page: Page, deed: Deed) -> Proof | None:
        """Makes the live listing say what ours says, in `deed.fields` or, if that is empty, in all but the photos."""
        return await self._change(page, deed)

    async def delist(self, page: Page, deed: Deed) -> Proof | None:
        """Takes the listing off sale, in the way that can be undone where there is an honest one; else deletes it, as
        the marketplace's data says (a mark "sold" on what did not sell is not honest)."""
        return await self._change(page, deed)

    async def relist(self, page: Page, deed: Deed) -> Proof | None:
        """Puts the very listing back on sale."""
        return await self._change(page, deed)

    async def in_effect(self, page: Page, deed: Deed) -> Effect:
        """Looks whether the deed has taken effect; presses nothing. None where that cannot be told."""
        standing = await self.status(page, deed.external_id)
        status = standing.status
        if status is ListingStatus.UNKNOWN:
            return Effect(None, standing)
        if deed.kind is OperationKind.DELIST:
            return Effect(status in _OFF_SALE, standing)
        if deed.kind is OperationKind.RELIST or status not in _THERE:
            return Effect(status in _THERE and deed.kind is OperationKind.RELIST, standing)
        if deed.kind is OperationKind.CHANGE_PRICE and standing.price_cents is not None:
            return Effect(standing.price_cents == deed.listing.price.cents, standing)
        if "price" in deed.fields and standing.price_cents not in {None, deed.listing.price.cents}:
            return Effect(False, standing)
        change = self._changing(deed)
        form = self._form_for(page, deed, change)
        await self._open(page, deed, change, form)
        reports = await self.judged(page, await read_back(form, self._steps(change)))
        return Effect(all(report.same for report in reports), standing, tuple(reports))

    async def live_pictures(self, page: Page, external_id: str) -> list[bytes] | None:
        """The photos that the public page shows, in order; None where the marketplace's data does not tell where."""
        pictures = self.after.own_page.pictures if self.after else None
        if pictures is None:
            return None
        url = listing_url(self.recipe, external_id)
        if not page.url.startswith(url):
            await visit(page, url)
        return await fetch_pictures(page, await picture_addresses(page, pictures, external_id))

    @property
    def cover_ratio(self) -> float | None:
        """Width / height to which the site cuts the first photo, where it does."""
        pictures = self.after.own_page.pictures if self.after else None
        return pictures.cover_ratio if pictures else None

    @property
    def publish_request(self) -> PublishRequest | None:
        return self.recipe.publication.request

    @property
    def discard(self) -> Discard | None:
        return self.after.discard if self.after else None

    async def form_draft(self, page: Page) -> str | None:
        """The id of the site's draft behind the open form; by default what becomes the listing's id."""
        return await self.draft_id(page)

    # ---- parts ----

    def _after(self) -> AfterPublishing:
        if self.after is None:
            raise FormChanged(f"{self.recipe.display_name}: what comes after publishing is not known yet.")
        return self.after

    def _active_list(self) -> OwnList:
        return next(one for one in self._after().lists if one.status is ListingStatus.ACTIVE)

    def _changing(self, deed: Deed) -> Change:
        change = self._after().change(deed.kind)
        if change is None:
            raise ListingInvalid(f"This cannot be done on {self.recipe.display_name}: {deed.kind.value}.")
        return change

    def _steps(self, change: Change) -> tuple[AnyStep, ...]:
        return change.steps or self.recipe.steps

    def _form_for(self, page: Page, deed: Deed, change: Change) -> Form:
        """The form of this page; also what `fill_<field>` and `read_<field>` of the agent work with."""
        acts_on_fields = deed.kind in {OperationKind.CHANGE_PRICE, OperationKind.EDIT}
        plan = self.plan(deed.listing) if acts_on_fields else []
        form = Form(page, fields_to_set(plan, deed, change), interruptions=self._interruptions(page), special=self)
        self.notes(page).form = form
        return form

    async def _list(self, page: Page, own: OwnList, keyword: str) -> ClosetView:
        account = self.notes(page).account or ""
        if "{account}" in own.closet.url and not account:
            return ClosetView((), complete=False)
        return await read_own_list(
            page, self.recipe, own, account=account, keyword=keyword, open_list=self.open_own_list
        )

    async def _by_lists(self, page: Page, standing: Standing) -> Standing:
        found: list[OwnList] = []
        whole = True
        for own in self._after().lists:
            view = await self._list(page, own, standing.external_id if own.by_id else "")
            if holding(view, standing.external_id) is not None:
                found.append(own)
                if standing.status in {own.status, ListingStatus.UNKNOWN}:
                    break
            whole = whole and view.complete
        name = self.recipe.display_name

        def says(status: ListingStatus, seen: str) -> Standing:
            return Standing(
                status, standing.external_id, standing.url, seen, title=standing.title, price_cents=standing.price_cents
            )

        if found:
            said = {own.status for own in found} | ({standing.status} - {ListingStatus.UNKNOWN})
            seen = f"your {name} listings, {found[0].status.value}"
            return says(said.pop() if len(said) == 1 else ListingStatus.UNKNOWN, f"{seen}; {standing.seen}")
        if not whole:
            return says(ListingStatus.UNKNOWN, f"your {name} listings could not be seen completely; {standing.seen}")
        if standing.status in _OFF_SALE:
            return says(standing.status, f"{standing.seen}; not among your {name} listings on sale")
        return says(ListingStatus.UNKNOWN, f"not among your {name} listings; {standing.seen}")

    async def _open(self, page: Page, deed: Deed, change: Change, form: Form) -> None:
        bring_up = partial(self.bring_up, page, deed, change)
        await open_change(page, self.recipe, change, deed.external_id, form, bring_up)
        await self.ready_to_change(page, form)
        for step in self._steps(change):
            if isinstance(step, Reveal):  # what is folded cannot be read
                await run_step(form, step)

    async def _change(self, page: Page, deed: Deed) -> Proof | None:
        change = self._changing(deed)
        form = self._form_for(page, deed, change)
        steps = self._steps(change)
        await deed.progress("open_form", {})
        await self._open(page, deed, change, form)
        reports: list[FieldReport] = []
        if form.plan:
            reports = await self.judged(page, await read_back(form, steps))
            if reports and all(report.same for report in reports):
                return None
            reports = await set_fields(form, steps, deed, partial(self.judged, page))
        await deed.progress("prepare_press", {"fields_checked": len(reports)})
        await lead_up(form, change, deed.external_id)
        await self.ready_to_press(page, form)
        await deed.commit(_intent(deed, reports))
        button = change.press.button.filled({"id": deed.external_id})
        theirs = self.recipe.model_copy(update={"publication": change.press.model_copy(update={"button": button})})
        return await press_and_prove(page, theirs, deed.may_press, self._interruptions(page), known_id=deed.external_id)


def _intent(deed: Deed, reports: list[FieldReport]) -> ChangeIntent:
    meant: dict[str, Any] = {report.field: report.meant[:300] for report in reports}
    return ChangeIntent(kind=deed.kind, external_id=deed.external_id, meant=meant, before=deed.before)
