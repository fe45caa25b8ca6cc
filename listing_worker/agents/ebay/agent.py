"""eBay: what its recipe cannot say. A form that renders section by section, comes alive late and saves itself; required
item specifics; finding a listing again by its label. The way to the form: way_in.py; the category: category.py."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import BrowserContext, Page

from listing_worker.agents.base import Attempt, Baseline, Looked
from listing_worker.agents.closet import closet_url, fitting, open_closet, read_closet, undecided, with_title
from listing_worker.agents.ebay.after import AFTER
from listing_worker.agents.ebay.vocabulary import POLICIES, EbayVocabulary
from listing_worker.agents.ebay.way_in import SAVE, WayIn
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import any_visible, find, is_visible
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.recipe import at, css, role
from listing_worker.errors import ListingInvalid, PageTimeout
from listing_worker.models import FieldReport, Intent, Listing

LAST_SECTION = at(css(".summary__shipping"), css('[name="domesticShippingType"]'))
SAVES_AFTER = 400  # milliseconds after which a first change that was not saved is made again; doubled each time
RENDERED_WITHIN = 5_000  # milliseconds for all sections to render

_REQUIRED = r"""() => [...document.querySelectorAll('[data-testid="attribute"]')]
  .filter(row => row.querySelector('.required-field') || row.matches('.required-field'))
  .map(row => {
    const control = row.querySelector('[name^="attributes."]');
    if (!control) return null;
    const text = control.tagName === 'INPUT' ? control.value : control.innerText;
    return [control.getAttribute('name').slice('attributes.'.length), text.replace(/Trending/g, '').trim()];
  }).filter(Boolean)"""
_EMPTY = re.compile(r"^(?:|[-–—]+|select|enter( your own)?|required)$", re.IGNORECASE)


class EbayAgent(WayIn):
    after = AFTER
    vocabulary = EbayVocabulary()

    # ---- a draft's form, alive ----

    async def open_draft(self, page: Page) -> str | None:
        """The address names the draft; the listing gets another number (fact: ebay §3c)."""
        named = re.search(r"/lstng\?(?:.*&)?draftId=(\d+)", page.url)
        return named[1] if named else None

    async def open_form(self, page: Page, attempt: Attempt) -> None:
        self.traffic(page)
        await super().open_form(page, attempt)
        await self._render_all(page)
        await self._alive(page, self.form(page, attempt))

    async def _render_all(self, page: Page) -> None:
        """The long page renders section by section: it is scrolled until its last one is there (fact: ebay §3b)."""

        async def whole() -> bool:
            if await is_visible(page, LAST_SECTION):
                return True
            await page.evaluate("() => scrollTo(0, document.scrollingElement.scrollHeight)")
            return False

        if await whole():
            return
        await until(whole, Deadline(RENDERED_WITHIN))
        await page.evaluate("() => scrollTo(0, 0)")

    async def _alive(self, page: Page, form: Form) -> None:
        """A form that is not hydrated yet takes every input and loses it (fact: ebay §6). A living one saves every
        change, so the title is changed until it does."""
        planned = form.planned("title")
        title = words_of(planned)["value"] if planned else await self._title_there(form)
        traffic = self.traffic(page)
        before = traffic.sent[SAVE]

        async def saves() -> bool:
            return traffic.sent[SAVE] > before

        deadline, patience = Deadline(self.recipe.form_timeout), SAVES_AFTER
        while not deadline.passed:
            await self._interruptions(page).clear()
            box = await form.locate(self.recipe.form_ready, timeout=5_000, field="title")
            await box.locator.fill("", timeout=5_000)
            await box.locator.fill(title, timeout=5_000)
            await box.locator.blur(timeout=5_000)
            if await until(saves, Deadline(patience)):
                return
            patience *= 2  # a slow site must get the time to save before the next change puts it off
        raise PageTimeout("eBay's form did not come alive.")

    async def _title_there(self, form: Form) -> str:
        """What a form that changes something else says in its title."""
        box = await form.locate(self.recipe.form_ready, timeout=5_000, field="title")
        return (await box.locator.input_value()).strip()

    async def form_draft(self, page: Page) -> str | None:
        """The draft's number is in the form's address; it is not the listing's (fact: ebay §1)."""
        found = re.search(r"[?&]draftId=(\d+)", page.url)
        return found.group(1) if found else None

    async def ready_to_change(self, page: Page, form: Form) -> None:
        if await find(page, self.recipe.form_ready) is not None:  # the revise form; ending is done in Seller Hub
            await self._render_all(page)
            await self._alive(page, form)

    async def ready_to_press(self, page: Page, form: Form) -> None:
        if await find(page, self.recipe.form_ready) is None:
            return
        if not await self.traffic(page).wait(SAVE, at_least=1, quiet=150, timeout=30_000):
            raise PageTimeout("eBay's form did not save the changes.")

    # ---- specifics ----

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Raises ListingInvalid for a required item specific that the listing does not tell."""
        reports = await super().fill(page, attempt)
        missing = [name for name, value in await page.evaluate(_REQUIRED) if _EMPTY.match(value)]
        if missing:
            raise ListingInvalid(
                f"eBay needs {', '.join(missing)} for this category: add them to the listing's attributes.",
                field=f"attributes.{missing[0]}",
            )
        asked = [at(role("combobox", name)) for name in POLICIES]
        for name in POLICIES if await any_visible(page, asked) else ():
            box = await find(page, at(role("combobox", name)))
            if box is not None and not (await box.locator.evaluate("e => e.value ?? e.innerText")).strip():
                raise ListingInvalid(
                    f"Your eBay form asks for your {name.lower()}: "
                    f"add {name!r} with its name to the listing's attributes, or set a default policy on eBay.",
                    field=f"attributes.{name}",
                )
        return reports

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Waits until the form has saved what was filled: only then is it alive and the press not lost (fact: §6)."""
        baseline = await super().prepare_publish(page, attempt)
        if not await self.traffic(page).wait(SAVE, at_least=1, quiet=150, timeout=30_000):
            raise PageTimeout("eBay's form did not save the draft.")
        await self.settle(page, attempt)  # a recommended price may have been filled in since (fact: ebay §3b row 9)
        return baseline

    # ---- own listings: Active, by label and by title (fact: ebay §8) ----

    async def known_ids(self, page: Page, attempt: Attempt) -> tuple[str, ...] | None:
        listing = attempt.listing
        found = [s.external_id for s in (await self._active(page, listing.sku or listing.title))]
        by_title = with_title(tuple(await self._active(page, listing.title)), self.site_title(listing))
        return tuple(dict.fromkeys([*found, *(s.external_id for s in by_title)]))

    async def reconcile(self, context: BrowserContext, page: Page, listing: Listing, intent: Intent) -> Looked:
        """By the custom label first; by the title where the seller's form has no such field."""
        known = set(intent.baseline_ids or ())
        if intent.sku:
            labelled = [s for s in await self._active(page, intent.sku) if s.external_id not in known]
            matches = with_title(tuple(labelled), self.site_title(listing))
            if matches:
                labelled_so = Looked(matches=matches, complete=True, seen=f"Active listings labelled {intent.sku}")
                return undecided(matches, intent) or labelled_so
        titled = await self._active(page, listing.title)
        matches = fitting(tuple(titled), intent, self.site_title(listing))
        if (unsure := undecided(matches, intent)) is not None:
            return unsure
        return Looked(matches=matches, complete=True, seen=f"your active eBay listings ({len(titled)} of this title)")

    async def _active(self, page: Page, keyword: str) -> list[Any]:
        """Seller Hub's Active page searched for a word. Raises PageTimeout if it does not list."""
        await open_closet(page, self.recipe, closet_url(self.recipe.closet, keyword=keyword))
        view = await read_closet(page, self.recipe)
        if not view.complete:
            raise PageTimeout("eBay did not list all of your active listings.")
        return list(view.listings)
