"""Craigslist's pages before the form: the place, the kind of posting and the category, one choice a page (fact:
craigslist §3). They are told apart by their step's name, never by an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Page

from listing_worker.agents.base import Attempt
from listing_worker.agents.craigslist.chain import (
    choose_radio,
    fee_of,
    not_offered,
    plain,
    radios,
    raise_if_sellers,
    step_of,
)
from listing_worker.agents.craigslist.live import PAGES, LivePosts
from listing_worker.agents.craigslist.recipe import ANY_CONTINUE, BRAND_NEW
from listing_worker.agents.craigslist.vocabulary import NEIGHBORHOOD, SUBAREA, CraigslistVocabulary
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.locate import find
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Planned, named
from listing_worker.errors import FormChanged, OptionNotFound
from listing_worker.models import FieldReport

BY_OWNER = "fso"


@dataclass
class Walk:
    """What was chosen and filled on pages that have been left."""

    category: str = ""
    fee: str = ""
    chain: str | None = None
    reports: list[FieldReport] = field(default_factory=list)


class WayIn(LivePosts):
    """Part of the agent: from an area's start page to the form."""

    vocabulary = CraigslistVocabulary()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._walks: WeakKeyDictionary[Page, Walk] = WeakKeyDictionary()

    def walk(self, page: Page) -> Walk:
        return self._walks.setdefault(page, Walk())

    def form_url(self, attempt: Attempt) -> str:
        code, _, _ = self.vocabulary.place(attempt.listing)
        return f"{self.recipe.sell_url}{code}"

    async def enter_form(self, page: Page, attempt: Attempt) -> None:
        """A new chain from the area's start page."""
        self._walks[page] = Walk()
        response = await visit(page, self.form_url(attempt))
        await page.wait_for_load_state("domcontentloaded")
        raise_unless_ok(await classify(page, self.recipe.signs, response), self.recipe)
        await self.to_form(page, words_of(self.form(page, attempt).planned("category")))

    async def to_form(self, page: Page, words: dict[str, str]) -> None:
        """Each page is answered by its step's name until it is the form."""
        for _ in range(PAGES):
            step = step_of(page)
            if step == "edit":
                return
            await raise_if_sellers(page)
            await self._answer(page, step, words)
        raise FormChanged("Craigslist's pages before the form go round in circles.")

    async def _answer(self, page: Page, step: str, words: dict[str, str]) -> None:
        """Makes the one choice of a page and goes on. Raises FormChanged for a step we do not know."""
        if step == "copyfromanother":
            await self._forward(page, BRAND_NEW)
            return
        if step == "area":
            await self._choose_area(page, words["area"])
        elif step == "subarea":
            await self._choose_label(page, "subarea", words["subarea"], SUBAREA)
        elif step == "hood":
            await self._choose_label(page, "neighborhood", words["neighborhood"], NEIGHBORHOOD)
        elif step == "type":
            await choose_radio(page, "id", BY_OWNER)
        elif step == "cat":
            await self._choose_category(page, words["value"])
        else:
            raise FormChanged(f"Craigslist shows a page we do not know: {step or page.url.partition('?')[0]}.")
        await self._forward(page, ANY_CONTINUE)

    async def _choose_area(self, page: Page, label: str) -> None:
        found = await find(page, named("n", "select"))
        if found is None:
            raise FormChanged("Craigslist asks for the area in a way we do not know.")
        options: list[str] = await found.locator.evaluate("e => [...e.options].map(o => o.label.trim())")
        same = [option for option in options if plain(option) == plain(label)]
        if len(same) != 1:
            raise not_offered("area", label, options, "Craigslist area")
        await found.locator.select_option(label=same[0], timeout=5_000)

    async def _choose_label(self, page: Page, what: str, label: str, attribute: str) -> None:
        offered = await radios(page, "n")
        same = [value for value, text in offered if label and plain(text) == plain(label)]
        if len(same) != 1:
            raise not_offered(what, label, [text for _, text in offered], attribute)
        await choose_radio(page, "n", same[0])

    async def _choose_category(self, page: Page, label: str) -> None:
        """By the label's text: the numbers differ from city to city (fact: craigslist §4)."""
        offered = await radios(page, "id")
        same = [(value, text) for value, text in offered if plain(text) == plain(label)]
        if len(same) != 1:
            raise OptionNotFound(f"category: Craigslist offers no {label!r} here.", field="category")
        ((value, text),) = same
        walk = self.walk(page)
        walk.category, walk.fee = plain(text), fee_of(text)
        await choose_radio(page, "id", value)

    async def fill_category(self, page: Page, planned: Planned) -> None:
        """Chosen on the pages before the form."""

    async def read_category(self, page: Page, planned: Planned) -> str:
        return self.walk(page).category
