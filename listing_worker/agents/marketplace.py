"""`RecipeAgent`: a marketplace driven by its recipe and its vocabulary, with few methods to override.

Overridable, in the order they are used: `form_url`, `account`, `enter_form`, `draft_id`, `fill_<field>(page, planned)`,
`read_<field>(page, planned) -> str`, `known_ids`, `site_title`, `look_at_listing`. An agent that overrides nothing is
a name and two values.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar
from weakref import WeakKeyDictionary

from playwright.async_api import BrowserContext, Page, Response
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.after.live import LiveListings
from listing_worker.agents.base import Attempt, Baseline, Looked, Sighting, SignIn
from listing_worker.agents.browsers.appearance import open_tab
from listing_worker.agents.closet import (
    ClosetView,
    closet_url,
    fitting,
    open_closet,
    read_closet,
    undecided,
    with_title,
)
from listing_worker.agents.form.by_recipe import fields_of, leaves
from listing_worker.agents.form.by_recipe import fill as fill_form
from listing_worker.agents.form.form import Form, Healer
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.readback import read_back
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.new_form import is_new_form
from listing_worker.agents.page_signs import PageKind, challenge_of, classify, raise_unless_ok, visit
from listing_worker.agents.proof import press_and_prove
from listing_worker.agents.recipe import AnyStep, Pacing, Planned, Recipe
from listing_worker.agents.vocabulary import Vocabulary
from listing_worker.errors import (
    ChallengeShown,
    FormChanged,
    ListingWorkerError,
    PageTimeout,
    RateLimited,
    ReadBackDiffers,
    SiteUnavailable,
)
from listing_worker.models import FieldReport, Intent, Listing, Proof

MOVED_AFTER = 4_000  # milliseconds until a page without the form's usual sign may be the form nevertheless
ENOUGH_FIELDS = 3


@dataclass
class Notes:
    """What an agent remembers about one page during one attempt."""

    account: str | None = None
    form: Form | None = None
    interruptions: Interruptions | None = None
    known: asyncio.Task[tuple[str, ...] | None] | None = None


class RecipeAgent(LiveListings):
    """The generic marketplace agent (contract: agents/base.py). Subclasses set `recipe` and `vocabulary`."""

    recipe: ClassVar[Recipe]
    vocabulary: ClassVar[Vocabulary]

    def __init__(self, healer: Healer | None = None) -> None:
        self._healer = healer
        self._notes: WeakKeyDictionary[Page, Notes] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        return self.recipe.name

    @property
    def display_name(self) -> str:
        return self.recipe.display_name

    @property
    def recipe_version(self) -> str:
        return self.recipe.version

    @property
    def hosts(self) -> tuple[str, ...]:
        return self.recipe.hosts

    @property
    def pacing(self) -> Pacing:
        return self.recipe.pacing

    @property
    def home_url(self) -> str:
        return self.recipe.home_url

    # ---- what a marketplace may override ----

    def form_url(self, attempt: Attempt) -> str:
        """Where a new form is opened."""
        return self.recipe.sell_url

    def site_title(self, listing: Listing) -> str:
        """The title as the site holds it."""
        return listing.title

    async def account(self, page: Page) -> str | None:
        """The handle of who is signed in, from the page of the sign-in test."""
        test = self.recipe.sign_in
        found = await find(page, test.account) if test.account is not None else None
        if found is None:
            return None
        attribute = test.account_attribute
        text = await found.locator.get_attribute(attribute) if attribute else await found.locator.inner_text()
        match = re.search(test.account_pattern, text or "")
        return match.group(1).strip() if match else None

    async def enter_form(self, page: Page, attempt: Attempt) -> None:
        """From anywhere to a new form: by default its address. Left out if the form is open already."""
        if await find(page, self.recipe.form_ready) is None:
            response = await visit(page, self.form_url(attempt))
            raise_unless_ok(await classify(page, self.recipe.signs, response), self.recipe)

    async def draft_id(self, page: Page) -> str | None:
        """The id of the draft that the open form edits, where the page tells it and it becomes the listing's id."""
        return None

    async def open_draft(self, page: Page) -> str | None:
        """The id by which `recipe.draft_url` opens this form's draft again; not always the listing's later id."""
        return await self.draft_id(page)

    async def known_ids(self, page: Page, attempt: Attempt) -> tuple[str, ...] | None:
        """Ids of listings with this title that exist already; None = not looked at. `page` is a tab of its own."""
        view = await self._closet(page, attempt.listing, self.notes(page).account)
        ids = tuple(s.external_id for s in with_title(view.listings, self.site_title(attempt.listing)))
        return ids if view.complete else None

    async def look_at_listing(self, page: Page, external_id: str) -> Sighting | None:
        """The listing with this id, if its own page shows that it exists; None if not. Changes nothing."""
        if self.recipe.listing_page is None:
            return None
        url = self.recipe.publication.listing_url.replace("{id}", external_id)
        response = await visit(page, url)
        exists, gone = self.recipe.listing_page, self.recipe.listing_gone

        async def decided() -> str | None:
            if response is not None and response.status in {404, 410}:
                return "gone"
            if gone is not None and await is_visible(page, gone):
                return "gone"
            if await is_visible(page, exists):
                return "exists"
            state = await classify(page, self.recipe.signs, response)
            if state.kind is not PageKind.OK:
                raise_unless_ok(state, self.recipe)
            return None

        if await until(decided, Deadline(8_000)) != "exists":
            return None
        return Sighting(external_id=external_id, url=url, title="")

    # ---- the contract ----

    def plan(self, listing: Listing) -> list[Planned]:
        """The listing in the marketplace's words. Raises ListingInvalid, VocabularyGap."""
        return self.vocabulary.plan(listing)

    async def sign_in_state(self, page: Page) -> SignIn:
        """Opens the page of the sign-in test and looks. Raises ChallengeShown, AccountRestricted, RateLimited,
        SiteUnavailable, PageTimeout."""
        test = self.recipe.sign_in
        if test.cookie and not await self._has_cookie(page, test.cookie):
            return SignIn(signed_in=False)
        response = await visit(page, test.url)

        async def decided() -> SignIn | None:
            if await is_visible(page, test.signed_in):
                return SignIn(signed_in=True)
            state = await classify(page, self.recipe.signs, response)
            if state.kind is PageKind.SIGNED_OUT:
                return SignIn(signed_in=False)
            raise_unless_ok(state, self.recipe)
            return None

        answer = await until(decided, Deadline(test.timeout))
        if answer is None:
            raise PageTimeout(f"{self.display_name} did not show whether you are signed in.")
        if not answer.signed_in:
            return answer
        account = await self.account(page)
        self.notes(page).account = account
        return SignIn(signed_in=True, account=account)

    async def open_form(self, page: Page, attempt: Attempt) -> None:
        """To an empty form, or to the draft that an earlier attempt left, ready to be filled."""
        draft = await attempt.checkpoints.load("draft") if self.recipe.draft_url else None
        if not (draft and await self._reopen(page, str(draft["id"]))):
            await self.enter_form(page, attempt)
            await self._form_ready(page, attempt)
        draft_id = await self.draft_id(page)
        if self.recipe.draft_url and (open_draft := await self.open_draft(page)):
            await attempt.checkpoints.save("draft", {"id": open_draft})
        if not draft_id:
            self._look_meanwhile(page, attempt)

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Fills every planned field, one after the other; `progress` is told before each."""
        form = self.form(page, attempt)

        async def before(step: AnyStep) -> None:
            fields = [f for f in dict.fromkeys(fields_of(step)) if f in form.plan or f == "photos"]
            if fields:
                await attempt.progress(f"fill {fields[0]}", {"fields": fields})

        return await fill_form(form, self.recipe.steps, before=before, in_the_way=lambda: self._answered(page, attempt))

    def filled_so_far(self, page: Page) -> list[FieldReport]:
        form = self.notes(page).form
        return list(form.reported.values()) if form is not None else []

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        return await read_back(self.form(page, attempt), self.recipe.steps)

    async def challenge(self, page: Page, response: Response | None = None) -> ChallengeShown | None:
        """By the recipe's signs, the ones by which challenges are told everywhere else."""
        state = await classify(page, self.recipe.signs, response)
        return challenge_of(state, self.recipe) if state.kind is PageKind.CHALLENGE else None

    async def baseline(self, page: Page, attempt: Attempt) -> Baseline:
        """The draft's id where it becomes the listing's, else the ids of listings with this title."""
        draft_id = await self.draft_id(page)
        if draft_id:
            return Baseline(draft_id=draft_id)
        return Baseline(known_ids=await (self.notes(page).known or self._known_ids(page, attempt)))

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Presses what leads up to the last button, waits until that works, and notes what exists already."""
        publication = self.recipe.publication
        form = self.form(page, attempt)
        baseline = await self.baseline(page, attempt)
        targets = [*publication.lead_up, publication.button]
        for here, following in pairwise(targets):
            if await find(page, following) is None:
                await form.press(here, timeout=10_000, field="publish")
                if not await form.wait_shown(following, timeout=15_000):
                    raise FormChanged(f"{here} was pressed, but {following} does not show. Nothing was published.")
        if publication.ready:
            try:
                await page.wait_for_function(publication.ready, timeout=60_000, polling=50)
            except PlaywrightTimeout as error:
                raise PageTimeout("The form never became ready to publish.") from error
        return baseline

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """Presses the last button once and waits for proof (agents/proof.py)."""
        return await press_and_prove(
            page, self.recipe, attempt.may_press, self._interruptions(page), person=attempt.person
        )

    async def reconcile(self, context: BrowserContext, page: Page, listing: Listing, intent: Intent) -> Looked:
        """The draft id's own address first, then the closet. Call `sign_in_state` on the page before."""
        if intent.draft_id:
            seen = await self.look_at_listing(page, intent.draft_id)
            if seen is not None:
                return Looked(matches=(seen,), complete=True, seen=f"the listing's own page {seen.url}")
        view = await self._closet(page, listing, self.notes(page).account)
        matches = fitting(view.listings, intent, self.site_title(listing))
        if intent.draft_id:  # the listing's id is known: others with its title are other listings
            matches = tuple(s for s in matches if s.external_id == intent.draft_id)
        if (unsure := undecided(matches, intent)) is not None:
            return unsure
        count = len(view.listings)
        return Looked(matches=matches, complete=view.complete, seen=f"your {self.display_name} listings ({count} seen)")

    # ---- parts ----

    def notes(self, page: Page) -> Notes:
        return self._notes.setdefault(page, Notes())

    def form(self, page: Page, attempt: Attempt) -> Form:
        """The form on this page, with its plan; the same object for fill, read_back and prepare_publish."""
        notes = self.notes(page)
        if notes.form is None:
            notes.form = Form(
                page,
                self.plan(attempt.listing),
                photos=attempt.photo_files,
                interruptions=self._interruptions(page),
                healer=attempt.healer or self._healer,
                special=self,
            )
        return notes.form

    def open_form_of(self, page: Page) -> Form:
        """The form that is being filled on this page, for `fill_<field>` methods."""
        form = self.notes(page).form
        if form is None:
            raise FormChanged("No form is open on this page.")
        return form

    async def settle(self, page: Page, attempt: Attempt) -> None:
        """For forms that change by themselves: reads all fields once more and sets right what has changed since.

        Raises ReadBackDiffers if it does not stay so.
        """
        if all(report.same for report in await self.read_back(page, attempt)):
            return
        reports = await fill_form(self.form(page, attempt), self.recipe.steps)
        if different := [report for report in reports if not report.same]:
            raise ReadBackDiffers(different)

    async def _answered(self, page: Page, attempt: Attempt) -> bool:
        """Whether a challenge was in the way of the form, and the seller has answered it: the same step is done again.

        Raises ChallengeShown where nobody did; what waiting for the form raises where it did not come back.
        """
        asked = await self.challenge(page)
        if asked is None:
            return False
        await attempt.person(page, asked)
        await self._form_ready(page)
        return True

    def _interruptions(self, page: Page) -> Interruptions:
        notes = self.notes(page)
        if notes.interruptions is None:
            notes.interruptions = Interruptions(page, self.recipe.interruptions, self.recipe.safe_buttons)
        return notes.interruptions

    async def _form_ready(self, page: Page, attempt: Attempt | None = None) -> None:
        watch = self._interruptions(page)
        moved = Deadline(MOVED_AFTER)

        async def ready() -> bool:
            if await find(page, self.recipe.form_ready) is not None:
                return True
            if moved.passed and (await self._is_form(page) or await is_new_form(page, self, attempt)):
                return True
            raise_unless_ok(await classify(page, self.recipe.signs), self.recipe)
            await watch.clear()
            return False

        if not await until(ready, Deadline(self.recipe.form_timeout)):
            if await is_new_form(page, self, attempt, by_model=True):
                return
            raise PageTimeout(f"The {self.display_name} form did not appear.")

    async def _is_form(self, page: Page) -> bool:
        """Whether this is the form although its usual sign is missing: several of its fields are there."""
        targets = [target for step in leaves(self.recipe.steps).values() if (target := own_target(step)) is not None]
        seen = 0
        for target in targets:
            plain = not any("{" in f"{one.value}{one.name}" for one in target.candidates)
            seen += plain and await find(page, target) is not None
            if seen == ENOUGH_FIELDS:
                return True
        return False

    async def _reopen(self, page: Page, draft_id: str) -> bool:
        """Opens the draft of an earlier attempt; False if it is not there any more, which sites also tell by the page
        that asks to slow down: if they mean it, a new form will tell it again."""
        await visit(page, self.recipe.draft_url.replace("{draft_id}", draft_id))
        try:
            await self._form_ready(page)
        except (PageTimeout, RateLimited, SiteUnavailable):
            return False
        return await self.open_draft(page) == draft_id

    async def _has_cookie(self, page: Page, name: str) -> bool:
        cookies = await page.context.cookies([self.recipe.home_url, self.recipe.sign_in.url])
        return any(cookie.get("name") == name for cookie in cookies)

    async def _closet(self, page: Page, listing: Listing, account: str | None) -> ClosetView:
        url = closet_url(self.recipe.closet, account=account or "", keyword=self.site_title(listing))
        await open_closet(page, self.recipe, url)
        return await read_closet(page, self.recipe)

    def _look_meanwhile(self, page: Page, attempt: Attempt) -> None:
        """Starts looking for listings of this title while the form is being filled; `prepare_publish` awaits it."""
        task = asyncio.create_task(self._known_ids(page, attempt))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may never be awaited
        page.once("close", lambda _: _cancel(task))
        self.notes(page).known = task

    async def _known_ids(self, page: Page, attempt: Attempt) -> tuple[str, ...] | None:
        """Looks in a tab of its own, so that the filled form stays as it is. None if it could not be looked at."""
        tab = await open_tab(page.context)
        self._notes[tab] = Notes(account=self.notes(page).account)
        try:
            return await self.known_ids(tab, attempt)
        except (ListingWorkerError, PlaywrightError) as error:
            if isinstance(error, PlaywrightError):
                raise_if_gone(error)
            return None
        finally:
            await tab.close()


def _cancel(task: asyncio.Task[tuple[str, ...] | None]) -> None:
    task.cancel()
