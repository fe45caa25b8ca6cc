"""One form on one page during one attempt: the plan, the hands, and what is remembered from filling it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.glimpse import Glimpse, Wanted
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.locate import NO_WORDS, Found, Words, any_visible, change, find, is_visible, locate
from listing_worker.agents.form.steps import Planned, Step
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport

JUST_NOW = 0.1  # seconds in which an element that was found need not be looked for again


class Healed(Protocol):
    """A field that was filled where the recipe did not know it. `report` is from when it was filled."""

    report: FieldReport

    async def read(self) -> FieldReport:
        """What the field says now."""


class Healer(Protocol):
    """Finds, fills and reads back a field that the recipe's own locators could not (tiers T1 and up)."""

    @property
    def before_recipe(self) -> bool:
        """Whether it is asked for every field, whatever the recipe knows."""

    @property
    def asks_a_model(self) -> bool:
        """Whether a model may be asked: then a form that nobody recognises is worth trying."""

    async def knows(self, field: str) -> bool:
        """Whether this field was found elsewhere before, so that it need not be waited for where the recipe says."""

    async def heal(self, form: Form, step: Step, planned: Planned, *, optional: bool = False) -> Healed | None:
        """The field, filled and read back where it is now, or None with nothing left on the form.

        `optional`: the form need not have the field. Never publishes, navigates, or touches another field.
        """


class SpecialFields(Protocol):
    """An agent that fills or reads some fields by methods of its own: `fill_<field>`, `read_<field>`."""


class Form:
    """What widgets work with. `plan` by field, `photos` in order, `special` the agent with its own methods."""

    def __init__(
        self,
        page: Page,
        plan: Sequence[Planned],
        *,
        photos: Sequence[Path] = (),
        interruptions: Interruptions | None = None,
        healer: Healer | None = None,
        special: SpecialFields | None = None,
    ) -> None:
        self.page = page
        self.plan = {planned.field: planned for planned in plan}
        self.photos = tuple(photos)
        self.interruptions = interruptions or Interruptions(page)
        self.healer = healer
        self.special = special
        self.healed: dict[str, Healed] = {}
        self.leaves: dict[str, Step] = {}  # the recipe's step of each field
        self.reported: dict[str, FieldReport] = {}  # what was filled so far, and how
        self.gave_up: set[str] = set()  # fields that no tier could settle
        self.doubted: dict[str, str] = {}  # fields that the form need not have, and why they may be there all the same
        self.missed: set[str] = set()  # fields whose absence was looked into and is believed
        self.waited: set[str] = set()  # fields that were waited for in full once, in vain
        self._just_found: tuple[float, Target, Found] | None = None
        self.glimpses: dict[Wanted, Glimpse] = {}  # read in one call, for the length of one reading of the whole form
        self.under_way: dict[str, object] = {}  # background uploads, by field
        self.remembered: dict[str, FieldReport] = {}  # fields that cannot be read again once their dialog is closed

    def planned(self, field: str) -> Planned | None:
        return self.plan.get(field)

    def wants(self, fields: Sequence[str]) -> bool:
        return any(field in self.plan for field in fields)

    async def find(self, target: Target, words: Words = NO_WORDS) -> Found | None:
        found = await find(self.page, target, words)
        if found is not None:
            self.note_found(target, words, found)
        return found

    def note_found(self, target: Target, words: Words, found: Found) -> None:
        """Remembers for a moment where it is."""
        self._just_found = (time.monotonic(), target.filled(words) if words else target, found)

    def just_found(self, target: Target, words: Words = NO_WORDS) -> Found | None:
        """What a look a moment ago gave for it; words that its locators do not use make no difference."""
        if self._just_found is None or time.monotonic() - self._just_found[0] > JUST_NOW:
            return None
        _, what, found = self._just_found
        return found if what == (target.filled(words) if words else target) else None

    async def shows(self, target: Target, words: Words = NO_WORDS) -> bool:
        if self.glimpses and Wanted(target.filled(words)) in self.glimpses:
            return True
        return await is_visible(self.page, target, words)

    async def locate(self, target: Target, words: Words = NO_WORDS, *, timeout: float, field: str = "") -> Found:
        if (found := self.just_found(target, words)) is not None:
            return found
        return await locate(self.page, target, words, timeout=timeout, field=field)

    async def wait_shown(self, target: Target, words: Words = NO_WORDS, *, timeout: float) -> bool:
        """Waits until any element of the target is visible."""
        return await self.wait_any((target,), words, timeout=timeout)

    async def wait_gone(self, target: Target, words: Words = NO_WORDS, *, timeout: float) -> bool:
        """Waits until no element of the target is visible."""

        async def gone() -> bool:
            return not await self.shows(target, words)

        async def goes(left: float) -> None:
            await change(self.page, (target,), words, shown=False, timeout=left)

        return bool(await until(gone, Deadline(timeout), goes))

    async def wait_any(self, targets: Sequence[Target], words: Words = NO_WORDS, *, timeout: float) -> bool:
        """Waits until any of the targets (of one frame) is visible."""

        async def shown() -> bool:
            return await any_visible(self.page, targets, words)

        async def appears(left: float) -> None:
            await change(self.page, targets, words, timeout=left)

        return bool(await until(shown, Deadline(timeout), appears))

    async def press(
        self, target: Target, words: Words = NO_WORDS, *, timeout: float, field: str = "", found: Found | None = None
    ) -> Found:
        """Clicks the element (`found`, if it was just found), dismissing what covers it. For reversible presses only:
        it may click again after a click that did not arrive. Raises FieldNotFound, or FormChanged if it stays covered
        or disabled.
        """
        deadline = Deadline(timeout)
        problem = ""
        while True:
            if found is None:
                found = await self.locate(target, words, timeout=max(deadline.left, 50), field=field)
            try:
                await found.locator.click(timeout=max(min(deadline.left, 1_000), 100))
                return found
            except PlaywrightTimeout as error:
                problem = blocked_by(error, before=problem)
            except PlaywrightError as error:  # the element was replaced, or doubled, under the click
                raise_if_gone(error)
                if not is_passing(error) and "strict mode" not in error.message and "not attached" not in error.message:
                    raise
                problem = error.message.splitlines()[0]
            name, found = found.candidate, None
            if deadline.passed:
                raise FormChanged(f"{field or name} could not be pressed: {problem}", field=field or None)
            if not await self.interruptions.clear():
                await self.interruptions.clear_unknown()


def blocked_by(error: PlaywrightError, before: str = "") -> str:
    """What Playwright's log says was in the way: the covering element, or "not enabled". A last try may be too short to
    tell; then what was said `before` stands.
    """
    lines = [line.strip(" -") for line in error.message.splitlines()]
    telling = [line for line in lines if "intercepts pointer events" in line or "not enabled" in line]
    telling += [line for line in lines if "not visible" in line or "not stable" in line]
    return (telling or ([before] if before else lines))[0][:200]
