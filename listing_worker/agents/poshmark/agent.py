"""Poshmark: what its recipe cannot say. The size grid, the colour tiles, the draft's id, the handle."""

from __future__ import annotations

import contextlib
import json
import re
from urllib.parse import unquote

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.base import Attempt
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import NO_WORDS, find, visible_matches
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.form.widgets.choose import open_until, pick
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.poshmark.after import AFTER
from listing_worker.agents.poshmark.recipe import CATEGORY, RECIPE, SUBCATEGORY
from listing_worker.agents.poshmark.vocabulary import COLORS, NO_DISCOUNT, PoshmarkVocabulary
from listing_worker.agents.recipe import Match, Planned, at, css, role, text
from listing_worker.agents.sizes import ONE_SIZE
from listing_worker.errors import FieldNotFound, FormChanged, OptionNotFound, PublishUncertain
from listing_worker.models import FieldReport, Intent, Proof

# the hook is on the dropdown or on its button; the menu is inside the dropdown either way
SIZE = at(css('[data-test="dropdown"]:has([data-test="size"])'), css('[data-test="size"]'))
SIZE_OPENER = at(
    css("[data-test=size].dropdown__selector"), css("[data-test=size] .dropdown__selector"), css("[data-test=size]")
)
SIZE_VALUE = at(
    css('button.multi-size-selector__button[id="size-{value}"]', "the grid's own ids"),
    css("button.multi-size-selector__button", has_text="{value}"),
)
SIZE_TAB = "li.navigation--horizontal__tab > a.navigation--horizontal__link"
SIZE_TABS = at(css(SIZE_TAB), within=SIZE)
SIZE_MENU = at(css("button.multi-size-selector__button"), css(SIZE_TAB), within=SIZE)
SIZE_DONE = at(css('button[data-et-name="apply"]'), within=SIZE)
# name, and whether it is the chosen one (only the first look may trust that)
_TABS = r"""tabs => tabs.map((e, i) => [
  e.innerText.trim(), i === 0 && /selected|active/.test(e.className + e.parentElement.className) ? 'chosen' : ''
])"""
CUSTOM_TAB = at(css(SIZE_TAB, has_text="Custom", match=Match.SAME), within=SIZE)
CUSTOM_TEXT = at(css("input[type=text]"), css("input"), within=SIZE)
CUSTOM_SAVE = at(role("button", "Save", Match.SAME), css("button", has_text="Save", match=Match.SAME), within=SIZE)

COLOR_TILE = "li.listing-editor__tile--color"
COLOR_OPENER = at(
    css(f'[data-test="dropdown"]:has({COLOR_TILE}) .dropdown__selector', "the section has no name of its own"),
    css('[data-test="dropdown"] .dropdown__selector', has_text="Select up to 2 colors", match=Match.CONTAINS),
    text("Select up to 2 colors", Match.CONTAINS),
)
COLOR = at(css(COLOR_TILE, has_text="{value}"))
COLOR_DONE = at(css('[data-et-name="apply"][data-et-on-name="color_tile"]'))
THEIR_COLORS = sorted({word for word in COLORS.values() if word})

TAG_INPUT = 'input[data-vv-name="style-tag-input"]'
# own texts of what is visible in the box around the input, its menu of suggestions aside
_TEXTS_BESIDE = r"""input => {
  const box = input.closest('[class*=tag]:not(input)')?.parentElement ?? input.parentElement.parentElement;
  const own = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').trim();
  return [...box.querySelectorAll('*')]
    .filter(e => e.checkVisibility() && !e.closest('.dropdown__menu')).map(own).filter(Boolean);
}"""

OPEN_CATEGORIES = at(css(f"{CATEGORY} .dropdown__menu"), css(f"{SUBCATEGORY} .dropdown__menu"))
HEADLINE = at(role("heading", "Create Listing"), css("h1"))

STATUS_WITHIN = 3_000  # milliseconds for the post's state to be told
_ASK_STATUS = r"""async id => {
  const answer = await fetch(`/vm-rest/posts/${id}`, {credentials: 'include', headers: {accept: 'application/json'}});
  if (!answer.ok) return '';
  const told = await answer.json();
  return (told.data ?? told.post ?? told).status ?? '';
}"""

DRAFT_LINK = 'a[data-et-name="discard"][data-et-prop-listing_id]'


class PoshmarkAgent(RecipeAgent):
    recipe = RECIPE
    after = AFTER
    vocabulary = PoshmarkVocabulary()

    async def account(self, page: Page) -> str | None:
        """The display handle out of the `ui` cookie (fact: poshmark §2)."""
        for cookie in await page.context.cookies(["https://poshmark.com/"]):
            if cookie.get("name") == "ui":
                try:
                    told = json.loads(unquote(cookie.get("value", "")))
                except ValueError:
                    return None
                handle = told.get("dh") if isinstance(told, dict) else None
                return handle if isinstance(handle, str) and handle else None
        return None

    async def judged(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
        """A live listing without a shipping discount says "Optional" in its edit form: nothing is chosen. On a new form
        that is no answer: there it is chosen."""
        return [
            report.model_copy(update={"same": True})
            if report.field == "shipping_discount" and (report.meant, report.on_form) == (NO_DISCOUNT, "Optional")
            else report
            for report in reports
        ]

    async def draft_id(self, page: Page) -> str | None:
        """The Cancel link carries the draft's id, which becomes the listing's (fact: poshmark §3 row 19)."""
        links = page.locator(DRAFT_LINK)
        ids = {await link.get_attribute("data-et-prop-listing_id") for link in await links.all()}
        found = {one for one in ids if one and re.fullmatch(r"[0-9a-f]{24}", one)}
        return found.pop() if len(found) == 1 else None

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """Poshmark can answer well and do nothing, and the post stays a draft (fact: poshmark §6): so its state is
        read back before it counts as listed."""
        proof = await super().publish(page, attempt, intent)
        status = await until(lambda: self._status(page, proof.external_id), Deadline(STATUS_WITHIN))
        if status != "published" and await self.look_at_listing(page, proof.external_id) is None:
            raise PublishUncertain(
                f"Poshmark took the listing, but it is not to be seen yet ({status or 'no answer'})."
            )
        return proof

    async def _status(self, page: Page, post_id: str) -> str | None:
        """The post's state by Poshmark's own word, asked from inside the page; None if it cannot be asked now."""
        try:
            told = await page.evaluate(_ASK_STATUS, post_id)
        except PlaywrightError as error:
            raise_if_gone(error)
            return None  # the page is being replaced
        return told if isinstance(told, str) and told else None

    # ---- size: tabs with a grid, one "Custom" (fact: poshmark §3 row 7) ----

    async def fill_size(self, page: Page, planned: Planned) -> None:
        """Picks the size in the first tab that has it, else writes it into their Custom tab."""
        words = {"value": str(planned.value)}
        form = self.open_form_of(page)
        if await form.shows(OPEN_CATEGORIES):  # stays open after a category without subcategories (fact: §3 row 4)
            await form.press(HEADLINE, timeout=3_000, field="category")
        await open_until(form, SIZE_OPENER, SIZE_MENU, NO_WORDS, Deadline(5_000), "size")
        if await self._show_size(page, words):
            await form.press(SIZE_VALUE, words, timeout=3_000, field="size")
        else:
            await self._custom_size(form, words["value"])

        await self._close_size(form)

    async def _close_size(self, form: Form) -> None:
        """The menu closes itself at times, at others it wants Done."""

        async def next_move() -> str | None:
            if not await form.shows(SIZE_MENU):
                return "closed"
            return "done" if await form.find(SIZE_DONE) is not None else None

        deadline = Deadline(4_000)
        while (move := await until(next_move, deadline)) == "done":
            with contextlib.suppress(FieldNotFound):  # it closed itself just then
                await form.press(SIZE_DONE, timeout=1_000, field="size")
            if await form.wait_gone(SIZE_MENU, timeout=1_000):
                return
        if move is None:
            raise FormChanged("The size menu does not close.", field="size")

    async def read_size(self, page: Page, planned: Planned) -> str:
        found = await find(page, SIZE_OPENER)
        if found is None:
            raise FieldNotFound("size: nothing to read it from.", field="size")
        shown = " ".join((await found.locator.inner_text()).split())
        return ONE_SIZE if shown.casefold() == "one size" else shown

    async def _show_size(self, page: Page, words: dict[str, str]) -> bool:
        """Goes through the tabs in their order until one shows the size."""
        tabs = await visible_matches(page, SIZE_TABS)
        if tabs is None:
            return await find(page, SIZE_VALUE, words) is not None
        described: list[list[str]] = await tabs.evaluate_all(_TABS)
        for tab, (name, chosen) in zip(await tabs.all(), described, strict=False):
            if name.casefold() == "custom":
                continue
            if not chosen:
                await tab.click(timeout=3_000)
            if await find(page, SIZE_VALUE, words) is not None:
                return True
        return False

    async def _custom_size(self, form: Form, size: str) -> None:
        if await form.find(CUSTOM_TAB) is None:
            raise OptionNotFound(f"size: Poshmark has no size {size!r} in this category.", field="size")
        await form.press(CUSTOM_TAB, timeout=3_000, field="size")
        box = await form.locate(CUSTOM_TEXT, timeout=3_000, field="size")
        await box.locator.fill(size, timeout=3_000)
        await form.press(CUSTOM_SAVE, timeout=3_000, field="size")

    # ---- colours: tiles that count only after Done (fact: poshmark §3 row 10) ----

    async def fill_colors(self, page: Page, planned: Planned) -> None:
        """Presses the tiles that are missing and those that are too many, then Done."""
        wanted = set(planned.value) if isinstance(planned.value, tuple) else {str(planned.value)}
        there = await self._colors_shown(page)
        form, deadline = self.open_form_of(page), Deadline(8_000)
        await open_until(form, COLOR_OPENER, at(css(COLOR_TILE)), NO_WORDS, deadline, "colors")
        for color in sorted(wanted ^ there):
            await pick(form, COLOR, {"value": color}, deadline, "colors")
        await form.press(COLOR_DONE, timeout=3_000, field="colors")

    async def read_colors(self, page: Page, planned: Planned) -> str:
        """Compared as text: in the order we meant, if they are the same."""
        shown = await self._colors_shown(page)
        wanted = planned.value if isinstance(planned.value, tuple) else (str(planned.value),)
        return ", ".join(wanted if shown == set(wanted) else sorted(shown))

    async def _colors_shown(self, page: Page) -> set[str]:
        found = await find(page, COLOR_OPENER)
        if found is None:
            raise FieldNotFound("colors: nothing to read them from.", field="colors")
        shown = await found.locator.inner_text()
        return {color for color in THEIR_COLORS if re.search(rf"\b{color}\b", shown)}

    # ---- style tags ----

    async def read_tags(self, page: Page, planned: Planned) -> str:
        """Which of the tags stand beside the token input; how a token is marked is not known."""
        wanted = list(planned.value) if isinstance(planned.value, tuple) else [str(planned.value)]
        texts: list[str] = await page.locator(TAG_INPUT).evaluate(_TEXTS_BESIDE)
        return ", ".join(tag for tag in wanted if tag in texts)
