"""Craigslist: what its recipe cannot say. The chain gone on with, what is read back where the form cannot be seen any
more, the public address, and the steps that are the seller's. The pages before the form: way_in.py."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, Response

from listing_worker.agents.base import Attempt, Baseline, Looked, Sighting
from listing_worker.agents.closet import fitting, with_title
from listing_worker.agents.craigslist.chain import (
    AFTER_FORM,
    BEFORE_FORM,
    at_step,
    chain_of,
    complaints,
    raise_if_refused,
    raise_if_sellers,
    step_of,
)
from listing_worker.agents.craigslist.draft import (
    Draft,
    forget_draft,
    keep_draft,
    kept_draft,
    made_by,
    open_chain,
    photo_prints,
)
from listing_worker.agents.craigslist.live import PAGES
from listing_worker.agents.craigslist.postings import read_table
from listing_worker.agents.craigslist.recipe import (
    CONTINUE,
    DONE_WITH_IMAGES,
    EDIT_STEPS,
    FIND_ON_MAP,
    PHOTO_STEP,
)
from listing_worker.agents.craigslist.way_in import Walk, WayIn
from listing_worker.agents.dry_run import discard
from listing_worker.agents.form.by_recipe import fields_of
from listing_worker.agents.form.by_recipe import fill as fill_form
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.locate import is_visible
from listing_worker.agents.page_signs import visit
from listing_worker.agents.recipe import AnyStep
from listing_worker.errors import (
    ActionRequired,
    ChallengeShown,
    FormChanged,
    PageTimeout,
    PublishRefused,
    PublishUncertain,
)
from listing_worker.models import FieldReport, Intent, Listing, Proof

_SAYS = "() => document.body.innerText"


class CraigslistAgent(WayIn):
    # ---- to the form ----

    async def open_form(self, page: Page, attempt: Attempt) -> None:
        """To the form of the chain that an earlier attempt left, if it is of the very same post; else to a new one,
        and what is left of the old one is discarded."""
        form = self.form(page, attempt)
        words = {**words_of(form.planned("category")), "zip": str(getattr(form.planned("zip"), "value", ""))}
        kept, photos = await kept_draft(attempt), await photo_prints(attempt)
        if kept is not None:
            self._walks[page] = Walk(kept.category, kept.fee)
            if not (kept.fits(words, photos) and await self._resume(page, words, kept.chain)):
                await discard(self, page, kept.chain, form_open=False)
                kept = None
        if kept is None:
            await self.enter_form(page, attempt)
        await self._form_ready(page)
        walk = self.walk(page)
        walk.chain = chain_of(page)
        if walk.chain:
            await keep_draft(attempt, Draft.of(walk.chain, walk.category, walk.fee, words, photos))
        self._look_meanwhile(page, attempt)

    async def _resume(self, page: Page, words: dict[str, str], chain: str) -> bool:
        """To the form of this chain; False if it is not there any more. Raises what it waits for from the seller, and
        ActionRequired if it was published since."""
        if not await open_chain(page, chain):
            return False
        if (made := await made_by(page)) is not None:
            raise ActionRequired(
                f"This post is on Craigslist already: {made.url}",
                action="Look at it there: either it is what you meant, or delete it there and try again.",
            )
        if step_of(page) in AFTER_FORM:
            await visit(page, at_step(page, "edit"))
            await page.wait_for_load_state("domcontentloaded")
        if step_of(page) not in {*BEFORE_FORM, "edit"}:
            return False
        await self.to_form(page, words)
        return True

    # ---- the form, the map, the photos ----

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """The form, then on to the photos and to the preview. What the form held is read just before it is left,
        because the preview has no fields. Raises ListingInvalid with Craigslist's words if it does not take it."""
        form = self.form(page, attempt)

        async def before(step: AnyStep) -> None:
            fields = [f for f in dict.fromkeys(fields_of(step)) if f in form.plan or f == "photos"]
            if fields:
                await attempt.progress(f"fill {fields[0]}", {"fields": fields})

        walk = self.walk(page)
        walk.reports = await fill_form(form, EDIT_STEPS, before=before)
        if any(not report.same for report in walk.reports):
            return walk.reports
        step = await self._forward(page, CONTINUE)
        for _ in range(PAGES):
            if step == "preview":
                if not form.photos or any(report.field == "photos" for report in walk.reports):
                    return walk.reports
                step = await self._back_to_photos(page, attempt)
            raise_if_refused(step, await complaints(page))
            if step == "geoverify":
                step = await self._forward(page, FIND_ON_MAP)
            elif step == "editimage":
                walk.reports += await fill_form(form, (PHOTO_STEP,), before=before)
                if any(not report.same for report in walk.reports):
                    return walk.reports
                step = await self._forward(page, DONE_WITH_IMAGES)
            else:
                raise FormChanged(f"Craigslist shows a page we do not know: {step}.")
        raise FormChanged("Craigslist's pages after the form go round in circles.")

    async def _back_to_photos(self, page: Page, attempt: Attempt) -> str:
        """A chain that was gone on with may lead from the form to the preview: its photos are looked at all the same.
        Raises PageTimeout where it does not let us; the next attempt begins anew then."""
        await visit(page, at_step(page, "editimage"))
        await page.wait_for_load_state("domcontentloaded")
        if step_of(page) != "editimage":
            await forget_draft(attempt)
            raise PageTimeout("Craigslist does not show the photos of the post that was begun before.")
        return "editimage"

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """What was read before each page was left, and what the preview shows now: title, price and text must be in
        it, word for word."""
        reports = list(self.walk(page).reports)
        if step_of(page) != "preview":
            return reports
        shown = _words(await page.evaluate(_SAYS))
        listing = attempt.listing
        parts = {"title": listing.title, "description": listing.description}
        return [
            report.model_copy(update={"same": False, "on_form": "the preview says something else"})
            if report.field in parts and _words(parts[report.field]) not in shown
            else report
            for report in reports
        ]

    async def challenge(self, page: Page, response: Response | None = None) -> ChallengeShown | None:
        """A step that waits for the person, in its own words; else by the recipe's signs."""
        try:
            await raise_if_sellers(page)
        except ChallengeShown as asked:
            return asked
        except ActionRequired:  # a payment is nothing that could be answered in between
            return None
        return await super().challenge(page, response)

    # ---- publishing ----

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Raises ActionRequired for a paid category: the filled post waits among the seller's drafts."""
        looking = self.notes(page).known
        known = await (looking or self._known_ids(page, attempt))
        walk = self.walk(page)
        if walk.fee:
            raise ActionRequired(
                f"Craigslist charges ${walk.fee} for a post in {walk.category}. It is filled in, and not published.",
                action="Open your drafts on Craigslist (account home), look the post over, pay and publish it.",
            )
        if not await is_visible(page, self.recipe.publication.button):
            raise FormChanged("Craigslist's preview has no publish button.")
        return Baseline(draft_id=chain_of(page), known_ids=known)

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        try:
            proof = await super().publish(page, attempt, intent)
        except PublishUncertain as uncertain:
            if told := await self._refusal(page):
                raise PublishRefused(f"Craigslist refused the post: {told}", sent=True) from uncertain
            raise
        links = page.locator(f'a[href*="{proof.external_id}.html"]')
        url = await links.first.get_attribute("href") if await links.count() else None
        return proof.model_copy(update={"url": url}) if url and url.startswith("https://") else proof

    async def _refusal(self, page: Page) -> str:
        """The sentence about a post that is too much like another (fact: craigslist §7); "" if there is none."""
        for line in str(await page.evaluate(_SAYS)).splitlines():
            if "too similar" in line.casefold():
                return line.strip()[:200]
        return ""

    # ---- finding it again ----

    async def known_ids(self, page: Page, attempt: Attempt) -> tuple[str, ...] | None:
        view = (await read_table(page)).not_deleted
        ids = tuple(one.external_id for one in with_title(view.listings, self.site_title(attempt.listing)))
        return ids if view.complete else None

    async def reconcile(self, context: BrowserContext, page: Page, listing: Listing, intent: Intent) -> Looked:
        """The table of postings, then the chain itself, which resumes at the step it had reached (fact: craigslist
        §3). Raises what that step asks of the seller."""
        view = (await read_table(page)).not_deleted
        matches = fitting(view.listings, intent, self.site_title(listing))
        if not matches and intent.draft_id:
            found = await self._look_at_chain(page, intent.draft_id)
            matches = (found,) if found else ()
        seen = f"your Craigslist postings ({len(view.listings)} seen)"
        return Looked(matches=matches, complete=view.complete, seen=seen)

    async def _look_at_chain(self, page: Page, chain: str) -> Sighting | None:
        """The post, if its chain says that it is made. Changes nothing."""
        await open_chain(page, chain)
        return await made_by(page)

    # ---- drafts: a chain that was interrupted (draft.py) ----

    async def form_draft(self, page: Page) -> str | None:
        return chain_of(page) or self.walk(page).chain


def _words(text: str) -> str:
    return " ".join(text.split())
