"""Fields of Facebook's form that a recipe cannot say: those of the category, which come as text or as a list or not at
all (fact: facebook §3 row 8), tags, and the place, which has to be chosen (§3 row 12)."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Page

from listing_worker.agents.facebook.cards import QUERY, query_of
from listing_worker.agents.facebook.live import OwnCards
from listing_worker.agents.facebook.recipe import field
from listing_worker.agents.facebook.vocabulary import ATTRIBUTES, BRITISH
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.locate import any_visible, find
from listing_worker.agents.form.observe import ABSENT
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.recipe import Match, Planned, Target, at, css, role
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import ListingInvalid
from listing_worker.models import FieldReport

LOCATION = at(css('input[role="combobox"][aria-label="Location" i]'), role("combobox", "Location"))
PLACES = '[role="listbox"] li, [role="listbox"] [role="option"]'
NO_MORE = 1_000  # milliseconds after the last answer in which the field would ask again
NOT_OFFERED = "not among the form's options"


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


class OwnFields(OwnCards):
    """Part of the agent: the fields that are filled and read by methods of its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._chosen_places: WeakKeyDictionary[Page, tuple[str, str]] = WeakKeyDictionary()  # typed, chosen
        self._not_offered: WeakKeyDictionary[Page, set[str]] = WeakKeyDictionary()

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

    async def told(self, page: Page, reports: list[FieldReport]) -> list[FieldReport]:
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
        asked = Traffic(page, query_of)
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

        async def best() -> str | None:
            """Once every answer came and nothing more is asked, no better place can come."""
            if (named := await offered()) is not None:
                return named
            return await only_one() if asked.sent[QUERY] and asked.settled(QUERY, NO_MORE) else None

        text = await until(best, Deadline(4_000)) or await until(only_one, Deadline(500))
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


def _serve_attributes() -> None:
    """`fill_brand`, `read_brand` and so on: every field of a category is filled and read in the same two ways."""
    for name in ATTRIBUTES:
        setattr(OwnFields, f"fill_{name}", OwnFields.fill_attribute)
        setattr(OwnFields, f"read_{name}", OwnFields.read_attribute)


_serve_attributes()
