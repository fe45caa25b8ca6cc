"""eBay: what its recipe cannot say. The walk from the search page to the form, the category dialog, required item
specifics, a form that saves itself, and finding a listing again by its label."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from playwright.async_api import BrowserContext, Page, Request

from listing_worker.agents.base import Attempt, Baseline, Looked
from listing_worker.agents.closet import closet_url, fitting, open_closet, read_closet, undecided, with_title
from listing_worker.agents.ebay.after import AFTER
from listing_worker.agents.ebay.recipe import RECIPE, radio
from listing_worker.agents.ebay.vocabulary import POLICIES, EbayVocabulary
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Match, Planned, at, css, placeholder, role
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import (
    FieldNotFound,
    FormChanged,
    ListingInvalid,
    OptionNotFound,
    PageTimeout,
    RateLimited,
    SiteUnavailable,
)
from listing_worker.models import FieldReport, Intent, Listing

# ---- the pages before the form (fact: ebay §3a); all live under one address and are told apart by what they show ----

SEARCH_BOX = at(
    css('input[name="keywords"]'),
    css(".listingflow-top__input"),
    placeholder("Tell us what you're selling"),
    placeholder("Enter brand, model, description, etc."),
)
SEARCH_BUTTON = at(css("button.keyword-suggestion__button"), role("button", "Search"), role("button", "Get started"))
CATEGORY_CARDS = at(css("button.se-field-card__body", has_text=" > ", match=Match.CONTAINS))
CATEGORY_CARD = at(css("button.se-field-card__body", "cards have no name", has_text="{path}", match=Match.CONTAINS))
ALL_CATEGORIES = at(css("button", "[L] its words are not known", has_text="categories", match=Match.CONTAINS))
CATEGORY_BOX = at(placeholder("Enter a category value"))
WITHOUT_MATCH = at(css(".prelist-radix__next-action"), role("button", "Continue without match"))
CONDITIONS = at(css('input[name="condition"]'), css("button.condition-button"))
CONDITION = at(
    *radio('input[name="condition"][value="{id}"]'),
    css("button.condition-button", has_text="{value}", match=Match.PREFIX),
    role("radio", "{value}"),
)
CONDITION_NEXT = at(
    css(".condition-dialog-radix__continue-btn"),
    role("button", "Continue to listing"),
    role("button", "Continue"),
)

# ---- the form's category ----

LAST_SECTION = at(css(".summary__shipping"), css('[name="domesticShippingType"]'))
CATEGORY_BUTTON = at(css('button[name="categoryId"]'))
CATEGORY_SEARCH = at(
    placeholder("Enter a category value"), css("[role=dialog] input.textbox__control"), css(".textbox__control")
)
CATEGORY_CHOICE = at(
    css(".se-radio-group__option", has_text="{path}", match=Match.CONTAINS),
    css("[role=dialog] .se-field-card", has_text="{path}", match=Match.CONTAINS),
    css(".se-field-card", has_text="{path}", match=Match.CONTAINS),
    # the leaf with its path beside it, as the form itself tells a category (fact: ebay §3b row 4)
    css('.se-radio-group__option:has(:text-is("{leaf}")):has(:text-is("in {above}"))', "leaf and path apart"),
    css('.se-field-card:has(:text-is("{leaf}")):has(:text-is("in {above}"))', "leaf and path apart"),
)
DONE = at(css("[role=dialog] button", has_text="Done", match=Match.SAME), role("button", "Done"))

_CATEGORY_TEXT = r"""button => {
  // the leaf is on the button, its path ("in A > B > C", or "in A" alone) stands beside it
  const plain = text => text.replace(/\s+/g, ' ').trim();
  const leaf = plain(button.innerText);
  let box = button;
  for (let up = 0; up < 4 && box.parentElement; up++) {
    box = box.parentElement;
    const text = plain(box.innerText);
    if (text.includes(' > ')) return [leaf, text];
    const beside = [...box.querySelectorAll('*')].map(e => plain(e.innerText ?? ''));
    const parent = beside.find(own => /^in \S/.test(own));
    if (parent) return [leaf, parent];
  }
  return [leaf, ''];
}"""

_REQUIRED = r"""() => [...document.querySelectorAll('[data-testid="attribute"]')]
  .filter(row => row.querySelector('.required-field') || row.matches('.required-field'))
  .map(row => {
    const control = row.querySelector('[name^="attributes."]');
    if (!control) return null;
    const text = control.tagName === 'INPUT' ? control.value : control.innerText;
    return [control.getAttribute('name').slice('attributes.'.length), text.replace(/Trending/g, '').trim()];
  }).filter(Boolean)"""
_EMPTY = re.compile(r"^(?:|[-–—]+|select|enter( your own)?|required)$", re.IGNORECASE)


SAVE, DOCUMENT = "save", "document"
DIRECT_WITHIN = 15_000  # milliseconds for the direct address to show the form, or any other page we know
ALIVE_AFTER = 1_000  # milliseconds without any effect of a press: the page was not alive yet, it is pressed again
SAVES_AFTER = 400  # milliseconds after which a first change that was not saved is made again; doubled each time
RENDERED_WITHIN = 5_000  # milliseconds for all sections to render
PRESSES = 14  # on the way from the search to the form


def kind_of(request: Request) -> str | None:
    """The form's own saving of the draft (fact: ebay §3c), and pages being fetched."""
    if request.is_navigation_request():
        return DOCUMENT
    saving = request.method in {"PUT", "PATCH", "POST"} and re.search(
        r"/lstng/api/listing_draft/\d+(\?|$)", request.url
    )
    return SAVE if saving else None


class EbayAgent(RecipeAgent):
    recipe = RECIPE
    after = AFTER
    vocabulary = EbayVocabulary()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._traffic: WeakKeyDictionary[Page, Traffic] = WeakKeyDictionary()

    def traffic(self, page: Page) -> Traffic:
        if page not in self._traffic:
            self._traffic[page] = Traffic(page, kind_of)
        return self._traffic[page]

    # ---- to the form ----

    async def enter_form(self, page: Page, attempt: Attempt) -> None:
        """Straight to the form of a new draft where the leaf's number is known: one page instead of four (fact: ebay
        §1 "Direct to form", medium confidence). Otherwise, or if that leads anywhere else: search page → zero to three
        pages in between → form (§3a).
        """
        self.traffic(page)
        form = self.form(page, attempt)
        if not (words_of(form.planned("category")).get("id") and await self._direct(page, form)):
            await self._walk(page, form)

    async def _direct(self, page: Page, form: Form) -> bool:
        """Whether the direct address led to the form; a number that is no leaf any more stays before it."""
        try:
            await visit(page, self._direct_url(form))
            return await until(lambda: self._where(page), Deadline(DIRECT_WITHIN)) == "form"
        except (RateLimited, SiteUnavailable):  # their "Error Page" is also what an unknown address gives
            return False

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

    def _direct_url(self, form: Form) -> str:
        asked = {
            "mode": "AddItem",
            "categoryId": words_of(form.planned("category"))["id"],
            "title": words_of(form.planned("title"))["value"],
            "condition": words_of(form.planned("condition"))["id"],
        }
        return f"https://www.ebay.com/sl/list?{urlencode(asked)}"

    async def _walk(self, page: Page, form: Form) -> None:
        if await find(page, SEARCH_BOX) is None:
            raise_unless_ok(
                await classify(page, self.recipe.signs, await visit(page, self.recipe.sell_url)), self.recipe
            )
        deadline = Deadline(self.recipe.form_timeout)
        for _ in range(PRESSES):
            sign = await until(lambda: self._where(page), deadline)
            if sign == "form":
                return
            if sign is None:
                raise PageTimeout("eBay's pages before the form led nowhere.")
            await self._answer(page, form, sign)

            async def left(sign: str = sign) -> bool:
                return await self._where(page) not in {sign, None}

            async def moves() -> bool:
                return self.traffic(page).out(DOCUMENT) > 0 or await left()

            if await until(moves, Deadline(ALIVE_AFTER)):
                await until(left, deadline)
        raise FormChanged("eBay's pages before the form go round in circles.")

    async def _where(self, page: Page) -> str | None:
        if await find(page, self.recipe.form_ready) is not None:
            return "form"
        raise_unless_ok(await classify(page, self.recipe.signs), self.recipe)
        await self._interruptions(page).clear()
        for sign, target in (
            ("condition", CONDITIONS),
            ("category search", CATEGORY_BOX),  # a dialog over the cards
            ("category", CATEGORY_CARDS),
            ("match", WITHOUT_MATCH),
        ):
            if await is_visible(page, target):
                return sign
        return "search" if await find(page, SEARCH_BOX) is not None else None

    async def _answer(self, page: Page, form: Form, sign: str) -> None:
        """Presses what one page asks for; it may be pressed again, if the page was not alive yet."""
        if sign == "search":
            box = await form.locate(SEARCH_BOX, timeout=5_000, field="title")
            await box.locator.fill(words_of(form.planned("title"))["value"], timeout=5_000)
            await form.press(SEARCH_BUTTON, timeout=5_000, field="title")
        elif sign == "condition":
            await form.press(CONDITION, words_of(form.planned("condition")), timeout=5_000, field="condition")
            if await form.wait_shown(CONDITION_NEXT, timeout=1_500):
                await form.press(CONDITION_NEXT, timeout=5_000, field="condition")
        elif sign == "category":
            words = words_of(form.planned("category"))
            if await form.find(CATEGORY_CARD, words) is not None:
                await form.press(CATEGORY_CARD, words, timeout=5_000, field="category")
            elif await form.find(ALL_CATEGORIES) is not None:
                await form.press(ALL_CATEGORIES, timeout=5_000, field="category")
            else:
                raise FormChanged("eBay suggests no category that is ours.", field="category")
        elif sign == "category search":
            await self._search_category(form, words_of(form.planned("category")))
        else:  # a match would bring eBay's own title and specifics
            await form.press(WITHOUT_MATCH, timeout=10_000, field="category")

    # ---- category: checked on the form, changed by the dialog (fact: ebay §3b row 4) ----

    async def fill_category(self, page: Page, planned: Planned) -> None:
        if await self.read_category(page, planned) == words_of(planned)["value"]:
            return
        form = self.open_form_of(page)
        await form.press(CATEGORY_BUTTON, timeout=10_000, field="category")
        await self._search_category(form, words_of(planned))

    async def _search_category(self, form: Form, words: dict[str, str]) -> None:
        box = await form.locate(CATEGORY_SEARCH, timeout=5_000, field="category")
        await box.locator.fill(words["search"], timeout=5_000)
        if not await form.wait_shown(CATEGORY_CHOICE, words, timeout=2_000):
            await box.locator.press("Enter", timeout=2_000)
        try:
            await form.press(CATEGORY_CHOICE, words, timeout=5_000, field="category")
        except FieldNotFound as error:
            raise OptionNotFound(
                f"category: eBay offers no {words['path']!r}. Set overrides.ebay.category to eBay's own full path.",
                field="category",
            ) from error
        if await form.wait_shown(DONE, timeout=1_500):
            await form.press(DONE, timeout=5_000, field="category")
        await form.wait_gone(CATEGORY_SEARCH, timeout=5_000)

    async def read_category(self, page: Page, planned: Planned) -> str:
        """The whole path as the form shows it, in the shape it is compared in."""
        found = await find(page, CATEGORY_BUTTON)
        if found is None:
            raise FieldNotFound("category: nothing to read it from.", field="category")
        leaf, beside = await found.locator.evaluate(_CATEGORY_TEXT)
        words = words_of(planned)
        parents = words["path"].rpartition(" > ")[0]
        whole = re.search(rf"(?<![\w&,>] ){re.escape(words['path'])}(?! >)", beside)
        above = (
            re.search(rf"\bin {re.escape(parents)}(?! >)", beside) if " > " in parents else beside == f"in {parents}"
        )
        if leaf == words["leaf"] and (whole or above):
            return words["value"]
        return f"{leaf} ({beside})"

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
        for name in POLICIES:
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
