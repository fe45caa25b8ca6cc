"""eBay's way to its form: straight to it where the leaf's number is known, else by the pages before it (fact: ebay
§3a). They all live under one address and are told apart by what they show."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from playwright.async_api import Page, Request

from listing_worker.agents.base import Attempt
from listing_worker.agents.ebay.category import CategoryField
from listing_worker.agents.ebay.shapes import radio
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Match, at, css, placeholder, role
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import FormChanged, PageTimeout, RateLimited, SiteUnavailable

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

SAVE, DOCUMENT = "save", "document"
DIRECT_WITHIN = 15_000  # milliseconds for the direct address to show the form, or any other page we know
ALIVE_AFTER = 1_000  # milliseconds without any effect of a press: the page was not alive yet, it is pressed again
PRESSES = 14  # on the way from the search to the form


def kind_of(request: Request) -> str | None:
    """The form's own saving of the draft (fact: ebay §3c), and pages being fetched."""
    if request.is_navigation_request():
        return DOCUMENT
    saving = request.method in {"PUT", "PATCH", "POST"} and re.search(
        r"/lstng/api/listing_draft/\d+(\?|$)", request.url
    )
    return SAVE if saving else None


class WayIn(CategoryField):
    """Part of the agent: from nowhere to the form of a new draft, and what is on its way meanwhile."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._traffic: WeakKeyDictionary[Page, Traffic] = WeakKeyDictionary()

    def traffic(self, page: Page) -> Traffic:
        if page not in self._traffic:
            self._traffic[page] = Traffic(page, kind_of)
        return self._traffic[page]

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

            async def left(sign: str = sign) -> bool:
                return await self._where(page) not in {sign, None}

            try:
                await self._answer(page, form, sign)
            except FormChanged:  # pressed again on the next page: the first press arrived, but was long in leaving
                if not await until(left, Deadline(ALIVE_AFTER)):
                    raise

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

    async def _may_go_on(self, page: Page) -> bool:
        """Whether the condition's button works; it does not where the choice was lost on a page not alive yet."""
        found = await find(page, CONDITION_NEXT)
        return found is not None and await found.locator.and_(page.locator(":enabled")).count() == 1

    async def _answer(self, page: Page, form: Form, sign: str) -> None:
        """Presses what one page asks for; it may be pressed again, if the page was not alive yet."""
        if sign == "search":
            box = await form.locate(SEARCH_BOX, timeout=5_000, field="title")
            await box.locator.fill(words_of(form.planned("title"))["value"], timeout=5_000)
            await form.press(SEARCH_BUTTON, timeout=5_000, field="title")
        elif sign == "condition":
            await form.press(CONDITION, words_of(form.planned("condition")), timeout=5_000, field="condition")
            if await until(lambda: self._may_go_on(page), Deadline(1_500)):
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
            await self.search_category(form, words_of(form.planned("category")))
        else:  # a match would bring eBay's own title and specifics
            await form.press(WITHOUT_MATCH, timeout=10_000, field="category")
