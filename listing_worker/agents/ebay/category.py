"""eBay's category on its form: read with its whole path, changed by the dialog's search (fact: ebay §3b row 4)."""

from __future__ import annotations

import re

from playwright.async_api import Page

from listing_worker.agents.ebay.recipe import RECIPE
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import find
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.recipe import Match, Planned, at, css, placeholder, role
from listing_worker.errors import FieldNotFound, OptionNotFound

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


class CategoryField(RecipeAgent):
    """Part of the agent: the field `category`."""

    recipe = RECIPE

    async def fill_category(self, page: Page, planned: Planned) -> None:
        if await self.read_category(page, planned) == words_of(planned)["value"]:
            return
        form = self.open_form_of(page)
        await form.press(CATEGORY_BUTTON, timeout=10_000, field="category")
        await self.search_category(form, words_of(planned))

    async def search_category(self, form: Form, words: dict[str, str]) -> None:
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
        told: list[list[str]] = await found.locator.evaluate_all(f"all => all.map({_CATEGORY_TEXT})")
        if len(told) != 1:
            raise FieldNotFound("category: it went away while it was read.", field="category")
        leaf, beside = told[0]
        words = words_of(planned)
        parents = words["path"].rpartition(" > ")[0]
        whole = re.search(rf"(?<![\w&,>] ){re.escape(words['path'])}(?! >)", beside)
        above = (
            re.search(rf"\bin {re.escape(parents)}(?! >)", beside) if " > " in parents else beside == f"in {parents}"
        )
        if leaf == words["leaf"] and (whole or above):
            return words["value"]
        return f"{leaf} ({beside})"
