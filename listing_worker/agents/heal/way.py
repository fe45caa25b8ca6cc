"""The way to a field: what has to be pressed before it shows or says what is meant, kept as locators and pressed again
without a model.

Only harmless presses are on a way: nothing that sends, publishes, removes or leads away. A press of one of the wanted
words is kept as a template (`{0}`, `{1}`, … of a path, `{value}` otherwise), so that the way serves every listing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from listing_worker.agents.form.anypage.hand import FORBIDDEN, Hand
from listing_worker.agents.form.compare import loose, words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.steps import Planned
from listing_worker.agents.form.targets import Match, Target, at, text
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.heal.memory import templated
from listing_worker.agents.heal.one_field import control_at, target_of
from listing_worker.models import FieldReport

SHOWS_WITHIN = 2_000  # milliseconds until what is pressed next must show
PRESS = 3_000
MOST = 12  # presses on one way
_SAYS = """e => [e.innerText || e.value || e.getAttribute('aria-label') || '',
  e.closest('a[href]') !== null, (e.type || '') === 'submit' && e.form !== null]"""
_STEPS = re.compile(r"\s*[>/›»|]\s*")


async def refusal(locator: Locator, forbidden: Collection[str]) -> tuple[str, bool]:
    """What the element says, and whether it must not be pressed: links, submits, forbidden names, telling words."""
    said, link, submits = await locator.evaluate(_SAYS)
    name = " ".join(str(said).split())[:80]
    refused = link or submits or name.casefold() in {one.casefold() for one in forbidden}
    return name, bool(refused or FORBIDDEN.search(name))


async def way_mark(page: Page, locator: Locator, said: str) -> Target | None:
    """How a pressed element is found again; None if nothing but a position would tell it."""
    hand = Hand(page)
    try:
        inventory = await hand.look()
        control = await control_at(inventory, locator)
        target = await target_of(page, inventory, control) if control is not None else None
    finally:
        await hand.unguard()
    if target is not None or not said:
        return target
    spoken = at(text(said, Match.EXACT))
    return spoken if await find(page, spoken) is not None else None


def as_template(mark: Target, said: str, planned: Planned) -> Target:
    """The mark with the listing's words taken out: one that says a wanted word is found by whatever the word is."""
    words = words_of(planned)
    parts = planned.value if isinstance(planned.value, tuple) else ()
    for position, part in enumerate(parts):
        if loose(said) == loose(part):
            return at(text("{" + str(position) + "}", Match.SAME))
    if loose(said) == loose(words.get("value", "")):
        return at(text("{value}", Match.SAME))
    try:
        return templated(mark, words.get("value", ""))
    except ValueError:
        return mark


def chooses(way: Sequence[Target]) -> bool:
    """Whether the way presses wanted words, and not only what opens something."""
    return any("{" in mark.candidates[0].value for mark in way)


async def go(page: Page, way: Sequence[Target], words: Mapping[str, str], forbidden: Collection[str]) -> bool:
    """Presses what leads to a field, in order. False as soon as something does not show or must not be pressed."""
    for mark in way[:MOST]:

        async def shown(mark: Target = mark) -> Locator | None:
            found = await find(page, mark, words)
            return found.locator if found is not None else None

        locator = await until(shown, Deadline(SHOWS_WITHIN))
        if locator is None:
            return False
        try:
            if (await refusal(locator, forbidden))[1]:
                return False
            await locator.click(timeout=PRESS)
        except PlaywrightError as error:
            raise_if_gone(error)
            return False
    return True


def shows(control: Control, planned: Planned, pressed: Sequence[str]) -> bool:
    """Whether a control says of itself what is meant. A path that shows as its last word only counts if all of its
    words were pressed, in order."""
    said = control.value or control.content
    if isinstance(planned.value, str):
        return loose(said) == loose(planned.value) != ""
    if not isinstance(planned.value, tuple) or not planned.value:
        return False
    words = [loose(word) for word in planned.value]
    if [loose(part) for part in _STEPS.split(said)] == words:
        return True
    chosen = [loose(one) for one in pressed if loose(one) in words]
    return loose(said) == words[-1] and chosen == words


class AsItStands:
    """A field that was brought to its value by presses alone; it is read from its control."""

    def __init__(
        self, form: Form, hand: Hand, control: Control, planned: Planned, pressed: Sequence[str], report: FieldReport
    ) -> None:
        self._form, self._hand, self._control = form, hand, control
        self._planned, self._pressed = planned, tuple(pressed)
        self.report = report
        self.put_away = False  # whether the dialog that it stands in was finished

    async def read(self) -> FieldReport:
        """What it says now."""
        try:
            inventory = await self._hand.look()
            now = inventory.again(self._control) or next(
                (one for one in inventory.controls if one.spot == self._control.spot), None
            )
        finally:
            await self._hand.unguard()
        if now is None and self.put_away:
            return self.report
        if now is None:
            return self.report.model_copy(update={"on_form": "", "same": False})
        self._control = now
        return self.report.model_copy(
            update={"on_form": now.value or now.content, "same": shows(now, self._planned, self._pressed)}
        )
