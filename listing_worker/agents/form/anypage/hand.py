"""The hand that fills: one page, the latest inventory, and what all widgets need of both."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import ElementHandle, Frame, JSHandle, Page
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control, Inventory, take
from listing_worker.agents.form.waiting import Deadline, raise_if_gone
from listing_worker.errors import FormChanged

# what is never pressed while filling, whatever it is taken for
FORBIDDEN = re.compile(
    r"\b(submit|publish|post|list (it|item|now)|place order|buy|pay|checkout|purchase|delete|remove|discard|cancel|"
    r"sign (in|up|out)|log ?(in|out)|register|send|close|reset|clear( all)?|veröffentlichen|publier|publicar|pubblica|"
    r"plaatsen|absenden|envoyer|enviar|invia)\b",
    re.IGNORECASE,
)
FINISHES = re.compile(
    r"^(done|apply|ok|okay|save|select|confirm|set|choose|use|add|update|fertig|übernehmen|speichern|appliquer|"
    r"terminé|enregistrer|valider|aplicar|guardar|listo|aceptar|applica|salva|fatto|klaar|opslaan|toepassen|bevestigen|"
    r"concluir|salvar)\b.{0,24}$",
    re.IGNORECASE,
)


class Refused(Exception):
    """A widget could not take the value; nothing wrong is left on the form as far as the widget knows."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass
class Task:
    """One intent on one control, and how much time is left for it."""

    intent: Intent
    control: Control
    element: ElementHandle
    frame: Frame
    deadline: Deadline
    before: str = ""
    around: list[str] = field(default_factory=list)  # texts around it before it was touched
    several: bool = False  # the values were chosen side by side, not one below the other
    told: str = ""  # what the widget itself saw come of it, where nothing can be read later

    def within(self, most: float) -> float:
        """Milliseconds for one action: what is left, at most `most`, at least a little."""
        return max(min(self.deadline.left, most), 250)


@cache
def popup_script() -> str:
    return Path(__file__).with_name("popup.js").read_text(encoding="utf-8").split("\n", 2)[2].strip()


class Hand:
    """Works on one page, strictly one thing after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.inventory = Inventory([])
        self.took: list[int] = []
        self._guards: list[tuple[Frame, JSHandle]] = []

    async def look(self) -> Inventory:
        """A new inventory; the former one is let go."""
        started = time.monotonic()
        former, self.inventory = self.inventory, await take(self.page)
        self.took.append(round((time.monotonic() - started) * 1000))
        await former.release()
        await self._guard()
        return self.inventory

    async def _guard(self) -> None:
        """No form is sent while we fill, whatever a key press or a button would do."""
        held = {frame for frame, _ in self._guards}
        for seen in self.inventory.seen:
            if seen.frame not in held:
                self._guards.append((seen.frame, await seen.frame.evaluate_handle(_GUARD)))

    async def unguard(self) -> None:
        """Lets forms be sent again, and lets go of the elements."""
        for _, handle in self._guards:
            try:
                await handle.evaluate("guard => window.removeEventListener('submit', guard, true)")
                await handle.dispose()
            except PlaywrightError as error:
                raise_if_gone(error)
        self._guards = []
        await self.inventory.release()

    async def task(self, intent: Intent, control: Control, milliseconds: float) -> Task:
        element = await self.inventory.element(control)
        return Task(intent, control, element, self.inventory.frame_of(control), Deadline(milliseconds), control.value)

    async def popup(self, frame: Frame) -> JSHandle:
        """The functions of popup.js in a frame."""
        return await frame.evaluate_handle(popup_script())

    async def tool(self, task: Task, function: str, *arguments: Any) -> Any:
        """One function of popup.js about the task's element, as plain data."""
        script = f"([e, a]) => ({popup_script()}).{function}(e, ...a)"
        return await task.frame.evaluate(script, [task.element, list(arguments)])


_GUARD = """() => {
  const guard = event => { event.preventDefault(); event.stopImmediatePropagation(); };
  window.addEventListener('submit', guard, true);
  return guard;
}"""


def refuse_unless(condition: bool, code: str, reason: str) -> None:
    if not condition:
        raise Refused(code, reason)


def changed(error: PlaywrightError, intent: Intent) -> FormChanged:
    return FormChanged(f"{intent.name} could not be filled: {error.message.splitlines()[0]}", field=intent.name)
