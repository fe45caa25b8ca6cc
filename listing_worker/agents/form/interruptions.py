"""Known things that get in the way, dismissed by their safe button; unknown ones only by a few harmless words."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from listing_worker.agents.form.locate import choices, counted, find, is_visible, pattern
from listing_worker.agents.form.targets import Match, Target
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.errors import FormChanged

LOOK_EVERY = 0.25  # seconds between looks before steps


_OK = re.compile(r"^\s*ok(ay)?\s*$", re.IGNORECASE)
# what a dialog's visible buttons say, in small letters
_ANSWERS = r"""dialog => [...dialog.querySelectorAll('button, [role=button], a[href], input[type=submit]')]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .map(e => (e.innerText || e.value || e.getAttribute('aria-label') || '').trim().toLowerCase())
  .map(said => said === 'okay' ? 'ok' : said)"""


class KnownInterruption(Protocol):
    """What this module needs of a recipe's Interruption."""

    @property
    def name(self) -> str: ...
    @property
    def sign(self) -> Target: ...
    @property
    def press(self) -> Target: ...
    @property
    def limit(self) -> int: ...


@dataclass
class Interruptions:
    """The watch over one page during one attempt. `seen` counts what was dismissed, by name."""

    page: Page
    known: Sequence[KnownInterruption] = ()
    safe_buttons: Sequence[str] = ()
    seen: Counter[str] = field(default_factory=Counter)
    _looked: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        every: Locator | None = None
        for interruption in self.known:
            for _, locator in choices(self.page, interruption.sign):
                every = locator if every is None else every.or_(locator)
        self._any = every.visible if every is not None else None

    async def clear_before_step(self) -> int:
        """`clear`, unless it was done just now: what shows in between is dismissed when it covers a press."""
        return 0 if time.monotonic() - self._looked < LOOK_EVERY else await self.clear()

    async def clear(self) -> int:
        """Dismisses every known interruption that is visible; one look if there is none. Returns how many.

        Raises FormChanged when one keeps coming back or does not go.
        """
        dismissed = 0
        while self._any is not None and await counted(self._any):
            here = [known for known in self.known if await is_visible(self.page, known.sign)]
            if not here:
                break
            for known in here:
                dismissed += await self._dismiss(known)
        self._looked = time.monotonic()
        return dismissed

    async def clear_unknown(self) -> bool:
        """After a press was intercepted: presses a harmless button of a dialog that no recipe names, if it has one; or
        "Ok", where that is the only answer."""
        dialogs = self.page.locator("[role=dialog], [role=alertdialog], dialog[open], [aria-modal=true]").visible
        for word in self.safe_buttons:
            button = dialogs.get_by_role("button", name=pattern(word, Match.SAME)).visible
            if await button.count() == 1:
                self.seen[f"unknown dialog ({word})"] += 1
                try:
                    await button.click(timeout=2_000)
                except PlaywrightError as error:
                    raise_if_gone(error)
                    return False
                return True
        return await self._acknowledge(dialogs)

    async def _acknowledge(self, dialogs: Locator) -> bool:
        """Presses the "Ok" of a dialog that has no other answer: it tells something and asks nothing."""
        for dialog in await dialogs.all():
            try:
                answers: list[str] = await dialog.evaluate(_ANSWERS)
                if "ok" not in answers or set(answers) - {"ok", "close", "×", "✕"}:
                    continue
                self.seen["a dialog to take note of"] += 1
                await dialog.get_by_role("button", name=_OK).visible.first.click(timeout=2_000)
            except PlaywrightError as error:
                raise_if_gone(error)
                continue
            return True
        return False

    async def _dismiss(self, known: KnownInterruption) -> int:
        self.seen[known.name] += 1
        if self.seen[known.name] > known.limit:
            raise FormChanged(f"The page keeps showing '{known.name}'.")
        button = await find(self.page, known.press)
        if button is not None:
            try:
                await button.locator.click(timeout=2_000)
            except PlaywrightError as error:
                raise_if_gone(error)

        async def gone() -> bool:
            return not await is_visible(self.page, known.sign)

        if not await until(gone, Deadline(3_000)) and self.seen[known.name] >= known.limit:
            raise FormChanged(f"'{known.name}' covers the form and does not go away.")
        return 1
