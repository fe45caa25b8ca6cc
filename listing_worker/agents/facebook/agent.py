"""Facebook Marketplace: what its recipe cannot say. A form on one, two or three pages; photos that arrive late; limits;
whether a new listing is under review. Fields of its own: own_fields.py; live listings: live.py, cards.py."""

from __future__ import annotations

import re
import time
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.base import Attempt, Baseline, SignIn
from listing_worker.agents.facebook.after import SAVE
from listing_worker.agents.facebook.own_fields import LOCATION, OwnFields
from listing_worker.agents.facebook.recipe import LATER_STEPS, LIMIT_TEXTS, REMOVE_PHOTO, button
from listing_worker.agents.facebook.vocabulary import FacebookVocabulary
from listing_worker.agents.form.by_recipe import fill as fill_form
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import any_visible, find, visible_matches
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.page_signs import classify, raise_unless_ok
from listing_worker.agents.recipe import Target, at, css
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import FormChanged, ListingInvalid, PageTimeout, RateLimited, ReadBackDiffers
from listing_worker.models import FieldReport, Intent, Proof

NEXT, PUBLISH = button("Next"), button("Publish")
GROUPS = at(  # on the page "List in more places" (fact: facebook §3, step "audience"): nobody's field
    css('body:has(:is(h1, h2, h3, [role="heading"]):has-text("List in more places")) [role="checkbox"]')
)
MOST_PAGES = 5
PHOTOS_TRAVEL = 120_000  # milliseconds for "Next" to work: it waits for the uploads (fact: facebook §5)
SURELY_NOT = 10_000  # milliseconds with all photos uploaded, after which a button that does not work never will
UPLOAD = "upload"

# what a page of the form is: its address, its headings, its buttons, its fields
_LOOKS = """() => {
  const seen = e => e.checkVisibility({visibilityProperty: true});
  const texts = css => [...document.querySelectorAll(css)].filter(seen).map(e =>
    (e.getAttribute('aria-label') || e.innerText || e.type || '').trim().slice(0, 80));
  return JSON.stringify([location.pathname + location.search, texts('h1,h2,[role=heading]'),
    texts('[role=button][aria-label]').filter(t => /^(next|previous|publish)$/i.test(t)),
    document.querySelectorAll('label input, textarea').length]);
}"""
_BOOSTS = """() => [...document.querySelectorAll('[role=switch], input[type=checkbox]')].some(e =>
  /boost|promot/i.test(e.getAttribute('aria-label') || e.closest('label')?.innerText || '')
  && (e.getAttribute('aria-checked') === 'true' || e.checked === true))"""


def upload_of(request: Request) -> str | None:
    """A photo on its way (fact: facebook §5)."""
    return UPLOAD if request.method == "POST" and "/photo/upload" in request.url else None


class FacebookAgent(OwnFields):
    vocabulary = FacebookVocabulary()
    leads_on = (NEXT, PUBLISH, GROUPS)  # the form has several pages: prepare_publish turns them

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_back: WeakKeyDictionary[Page, str] = WeakKeyDictionary()  # how the page looked that was read back
        self._traffic: WeakKeyDictionary[Page, Traffic] = WeakKeyDictionary()

    # ---- who is signed in (fact: facebook §2) ----

    async def sign_in_state(self, page: Page) -> SignIn:
        """Both cookies, then the page: a navigation that is not redirected."""
        if not await self._has_cookie(page, "xs"):
            return SignIn(signed_in=False)
        return await super().sign_in_state(page)

    async def account(self, page: Page) -> str | None:
        """The user id, which its cookie holds; the page's name for it is in its scripts only."""
        for cookie in await page.context.cookies([self.recipe.home_url]):
            if cookie.get("name") == "c_user":
                return cookie.get("value")
        return None

    async def open_form(self, page: Page, attempt: Attempt) -> None:
        if page not in self._traffic:
            self._traffic[page] = Traffic(page, upload_of)
        await super().open_form(page, attempt)

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Raises ListingInvalid where neither listing nor profile tells the place: "Next" would never work."""
        reports = await self.told(page, await super().fill(page, attempt))
        place = await find(page, LOCATION) if self.form(page, attempt).planned("location") is None else None
        if place is not None and not (await place.locator.input_value()).strip():
            raise ListingInvalid(
                "Facebook asks for the item's location, and your profile presets none: give the listing a ZIP code.",
                field="zip_code",
            )
        return reports

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        reports = await self.told(page, await super().read_back(page, attempt))
        self._read_back[page] = await page.evaluate(_LOOKS)
        return reports

    async def judged(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
        return await self.told(page, reports)

    # ---- from the first page to "Publish" ----

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """While there is "Next", presses it; what later pages ask is filled and read back there (fact: §6)."""
        looking = self.notes(page).known
        await self._to_the_last_page(page, self.form(page, attempt), PUBLISH)
        return Baseline(known_ids=await (looking or self._known_ids(page, attempt)))

    async def _to_the_last_page(self, page: Page, form: Form, last: Target) -> None:
        """Until the last button shows and works."""
        for _ in range(MOST_PAGES):
            if await page.evaluate(_LOOKS) != self._read_back.get(page):
                await self._fill_page(page, form)
            if await find(page, last) is not None:
                break
            await self._next_page(page, form, last)
        else:
            raise FormChanged("Facebook's form goes on and on. Nothing was sent.")
        if await page.evaluate(_BOOSTS):
            raise FormChanged("A paid promotion is switched on and cannot be found to switch it off.", field="boost")
        await self._wait_enabled(page, form, last)
        if last is PUBLISH:
            await self._no_photo_lost(page, form)

    async def ready_to_press(self, page: Page, form: Form) -> None:
        """The edit form may have as many pages as the new one; no promotion is bought on any of them."""
        if form.plan:
            await self._to_the_last_page(page, form, SAVE)

    async def _fill_page(self, page: Page, form: Form) -> None:
        """What this page asks beyond the details, which were filled and read back before."""
        reports = await fill_form(form, LATER_STEPS)
        if different := [report for report in reports if not report.same]:
            raise ReadBackDiffers(different)

    async def _no_photo_lost(self, page: Page, form: Form) -> None:
        """A photo shows before it is uploaded, and goes away if that fails. Raises PageTimeout: the next attempt sends
        all of them again. Later pages show no photos."""
        found = await visible_matches(page, REMOVE_PHOTO)
        count = await found.count() if found is not None else 0
        if 0 < count < len(form.photos):
            raise PageTimeout(f"Only {count} of {len(form.photos)} photos were uploaded.")

    async def _next_page(self, page: Page, form: Form, last: Target) -> None:
        await self._wait_enabled(page, form, NEXT)
        if last is PUBLISH:
            await self._no_photo_lost(page, form)
        before = await page.evaluate(_LOOKS)
        await form.press(NEXT, timeout=10_000, field="publish")

        async def moved() -> bool:
            try:
                return bool(await page.evaluate(_LOOKS) != before) and await any_visible(page, (NEXT, last))
            except PlaywrightError as error:
                raise_if_gone(error)
                if not is_passing(error):
                    raise
                return False

        if not await until(moved, Deadline(20_000)):
            await self._raise_limit(page)
            raise FormChanged('"Next" was pressed, but the form stays where it is. Nothing was sent.')

    async def _wait_enabled(self, page: Page, form: Form, target: Target) -> None:
        """A button that works only once the form is complete and the photos are there. Not longer than it takes to be
        sure: once every photo was seen to be uploaded, nothing comes any more that would make it work."""
        photos = len(form.photos)
        arrived: list[float] = []  # when all photos were first seen to be uploaded

        async def decided() -> str | None:
            await self._raise_limit(page)
            found = await find(page, target)
            if found is not None and await found.locator.get_attribute("aria-disabled") != "true":
                return "works"
            traffic = self._traffic.get(page)
            if traffic is None or not photos or traffic.sent[UPLOAD] < photos or traffic.out(UPLOAD):
                arrived.clear()
                return None
            arrived.append(time.monotonic())
            return "never" if (arrived[-1] - arrived[0]) * 1000 > SURELY_NOT else None

        if await until(decided, Deadline(PHOTOS_TRAVEL if target is NEXT else 60_000)) != "works":
            raise FormChanged(
                f"Facebook's form cannot be sent: {target} does not work. It wants a field that is missing, or takes "
                "no more listings of yours for now. Nothing was sent."
            )

    async def _raise_limit(self, page: Page) -> None:
        """Raises RateLimited where Facebook says that no more can be listed just now (fact: facebook §7)."""
        raise_unless_ok(await classify(page, self.recipe.signs), self.recipe)
        for words in LIMIT_TEXTS:
            told = page.get_by_text(re.compile(re.escape(words), re.IGNORECASE)).visible
            if await told.count():
                text = " ".join((await told.first.inner_text()).split())[:200]
                raise RateLimited(f"Facebook Marketplace lists no more for now: {text}", seconds=6 * 3600)

    # ---- proof ----

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """A new listing may be under review: then its card links to no public page (fact: facebook §6)."""
        proof = await super().publish(page, attempt, intent)
        waiting = page.locator(f'a[href*="/commerce/listing/{proof.external_id}"]').visible
        public = page.locator(f'a[href*="/marketplace/item/{proof.external_id}"]').visible
        try:
            await waiting.or_(public).first.wait_for(timeout=3_000)
            reviewed = not await public.count() and await waiting.count() > 0
        except PlaywrightTimeout:
            return proof
        except PlaywrightError as error:
            raise_if_gone(error)
            return proof
        return proof.model_copy(update={"pending_review": reviewed})
