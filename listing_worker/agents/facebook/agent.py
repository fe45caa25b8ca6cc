"""Facebook Marketplace: what its recipe cannot say. A form on one, two or three pages; fields that come as text or as
a list; places that have to be chosen; cards without a hook; whether a new listing is under review."""

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
from listing_worker.agents.facebook.live import OwnCards
from listing_worker.agents.facebook.recipe import LATER_STEPS, LIMIT_TEXTS, REMOVE_PHOTO, button, field
from listing_worker.agents.facebook.vocabulary import ATTRIBUTES, BRITISH, FacebookVocabulary
from listing_worker.agents.form.by_recipe import fill as fill_form
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import any_visible, find, visible_matches
from listing_worker.agents.form.observe import ABSENT
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.page_signs import classify, raise_unless_ok
from listing_worker.agents.recipe import Match, Planned, Target, at, css, role
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import FormChanged, ListingInvalid, PageTimeout, RateLimited, ReadBackDiffers
from listing_worker.models import FieldReport, Intent, Proof

NEXT, PUBLISH = button("Next"), button("Publish")
GROUPS = at(  # on the page "List in more places" (fact: facebook §3, step "audience"): nobody's field
    css('body:has(:is(h1, h2, h3, [role="heading"]):has-text("List in more places")) [role="checkbox"]')
)
LOCATION = at(css('input[role="combobox"][aria-label="Location" i]'), role("combobox", "Location"))
PLACES = '[role="listbox"] li, [role="listbox"] [role="option"]'


def labels_of(name: str) -> tuple[str, ...]:
    """How a category's field may be called."""
    label = ATTRIBUTES[name]
    return (label, BRITISH[label]) if label in BRITISH else (label,)


def listbox(name: str) -> Target:
    """A category's field as a combobox that opens a list; one that is an input is a text field that suggests."""
    return at(
        *(css(f'label[role="combobox"][aria-label="{label}" i]') for label in labels_of(name)),
        *(css(f'[role="combobox"]:not(input):has(span:text-is("{label}"))') for label in labels_of(name)),
    )


OPTION = at(role("option", "{value}", Match.SAME))
MOST_PAGES = 5
OPENS_WITHIN = 4_000  # milliseconds in which the edit form of a listing that exists shows
NOT_OFFERED = "not among the form's options"
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


class FacebookAgent(OwnCards):
    vocabulary = FacebookVocabulary()
    leads_on = (NEXT, PUBLISH, GROUPS)  # the form has several pages: prepare_publish turns them

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._chosen_places: WeakKeyDictionary[Page, tuple[str, str]] = WeakKeyDictionary()  # typed, chosen
        self._not_offered: WeakKeyDictionary[Page, set[str]] = WeakKeyDictionary()
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

    # ---- fields of the category: a text field or a list, or none (fact: facebook §3 row 8) ----

    async def fill_attribute(self, page: Page, planned: Planned) -> None:
        """Types the value, or chooses it from the list; a list without it is left as it is and told so."""
        form, opener = self.open_form_of(page), listbox(planned.field)
        if await find(page, opener) is None:
            if (box := await find(page, field(*labels_of(planned.field)))) is not None:
                await box.locator.fill(str(planned.value), timeout=5_000)
            return
        if planned.field in self._not_offered.get(page, ()):
            return
        words = {"value": str(planned.value)}
        await form.press(opener, timeout=5_000, field=planned.field)
        await form.wait_shown(at(css('[role="option"]')), timeout=2_000)
        if await find(page, OPTION, words) is not None:
            await form.press(OPTION, words, timeout=3_000, field=planned.field)
            return
        self._not_offered.setdefault(page, set()).add(planned.field)
        await form.press(opener, timeout=3_000, field=planned.field)  # Escape does not close their lists (§3 row 5)

    async def read_attribute(self, page: Page, planned: Planned) -> str:
        """What the field says; "" where there is no such field."""
        if (listed := await find(page, listbox(planned.field))) is not None:
            shown = " ".join((await listed.locator.inner_text()).split())
            shown = re.sub(rf"^({'|'.join(map(re.escape, labels_of(planned.field)))})\s*", "", shown)
            return str(planned.value) if loose(shown) == loose(str(planned.value)) else shown
        box = await find(page, field(*labels_of(planned.field)))
        return (await box.locator.input_value()).strip() if box is not None else ""

    async def fill(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        """Raises ListingInvalid where neither listing nor profile tells the place: "Next" would never work."""
        reports = await self._told(page, await super().fill(page, attempt))
        place = await find(page, LOCATION) if self.form(page, attempt).planned("location") is None else None
        if place is not None and not (await place.locator.input_value()).strip():
            raise ListingInvalid(
                "Facebook asks for the item's location, and your profile presets none: give the listing a ZIP code.",
                field="zip_code",
            )
        return reports

    async def read_back(self, page: Page, attempt: Attempt) -> list[FieldReport]:
        return await self._told(page, await super().read_back(page, attempt))

    async def _told(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
        """Optional fields that this form does not have, or whose list lacks the word, are told as such."""
        missing, doubted = self._not_offered.get(page, set()), self.open_form_of(page).doubted
        told = []
        for report in reports:
            if report.field in ATTRIBUTES and report.field not in doubted and not report.same and not report.on_form:
                there = await any_visible(page, (field(*labels_of(report.field)), listbox(report.field)))
                if not there or report.field in missing:
                    why = NOT_OFFERED if there else ABSENT
                    report = report.model_copy(update={"same": True, "found_by": why})
            told.append(report)
        return told

    async def judged(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
        return await self._told(page, reports)

    # ---- tags: chips that nothing names but their text ----

    async def read_tags(self, page: Page, planned: Planned) -> str:
        wanted = planned.value if isinstance(planned.value, tuple) else (str(planned.value),)
        shown = [tag for tag in wanted if await page.get_by_text(tag, exact=True).visible.count()]
        return ",".join(shown)

    # ---- the place: typed text is no value, a suggestion has to be chosen (fact: facebook §3 row 12) ----

    async def fill_location(self, page: Page, planned: Planned) -> None:
        wanted = str(planned.value)
        if await self.read_location(page, planned) == wanted:
            return
        form = self.open_form_of(page)
        found = await form.locate(LOCATION, timeout=10_000, field="location")
        await found.locator.fill("", timeout=5_000)
        await found.locator.press_sequentially(wanted, timeout=10_000)
        places = page.locator(PLACES).visible

        async def offered() -> str | None:
            texts = [text.strip() for text in await places.all_inner_texts()]
            named = [text for text in texts if text and loose(wanted) in loose(text)]
            return named[0] if named else None

        async def only_one() -> str | None:
            """A place for a ZIP code need not repeat the code; then there is one, and no other."""
            texts = [text.strip() for text in await places.all_inner_texts()]
            return texts[0] if len(texts) == 1 and texts[0] and wanted.isdigit() else None

        text = await until(offered, Deadline(4_000)) or await until(only_one, Deadline(500))
        if text is None:
            raise ListingInvalid(
                f"Facebook suggests no place for {wanted!r}. Set the attribute 'Location' to a city and its state.",
                field=planned.source,
            )
        first = text.splitlines()[0].strip()
        await places.filter(has_text=first).first.click(timeout=3_000)

        async def taken() -> bool:
            return not await places.count()

        await until(taken, Deadline(3_000))
        self._chosen_places[page] = (wanted, first)

    async def read_location(self, page: Page, planned: Planned) -> str:
        """What was meant, if the field holds it or the place that was chosen for it; else what it holds."""
        found = await find(page, LOCATION)
        shown = (await found.locator.input_value()).strip() if found else ""
        wanted = str(planned.value)
        typed, chosen = self._chosen_places.get(page, ("", ""))
        if await page.locator(PLACES).visible.count():
            return f"{shown} (not chosen)"  # the list is still open: typed, and no value yet
        agrees = typed == wanted and shown and (loose(chosen) in loose(shown) or loose(shown) in loose(chosen))
        return wanted if agrees or (loose(wanted) in loose(shown) and shown != wanted) else shown

    # ---- from the first page to "Publish" ----

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """While there is "Next", presses it; what later pages ask is filled and read back there (fact: §6)."""
        looking = self.notes(page).known
        await self._to_the_last_page(page, self.form(page, attempt), PUBLISH)
        return Baseline(known_ids=await (looking or self._known_ids(page, attempt)))

    async def _to_the_last_page(self, page: Page, form: Form, last: Target) -> None:
        """Until the last button shows and works."""
        for _ in range(MOST_PAGES):
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


def _serve_attributes() -> None:
    """`fill_brand`, `read_brand` and so on: every field of a category is filled and read in the same two ways."""
    for name in ATTRIBUTES:
        setattr(FacebookAgent, f"fill_{name}", FacebookAgent.fill_attribute)
        setattr(FacebookAgent, f"read_{name}", FacebookAgent.read_attribute)


_serve_attributes()
