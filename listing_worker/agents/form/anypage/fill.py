"""Any form, no recipe, no model: look, match, fill one field after the other, read every one back.

    table = await fill(page, {"Title": "Silk dress", "Price": "48.00", "Category": ["Women", "Dresses", "Midi"]})
    table.ok, table["Price"].on_form, table.refused

What is not clearly the wanted field is left alone and said so; nothing is ever sent, published or closed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

from playwright.async_api import ElementHandle, Locator, Page
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.anypage import behind
from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.anypage.put import MOVES, put, read, settled, take_out
from listing_worker.agents.form.anypage.report import Filled, Outcome, Row
from listing_worker.agents.form.intents import Given, Intent, intents
from listing_worker.agents.form.inventory import Control, Inventory, candidates
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.heal.match import Match, match
from listing_worker.agents.heal.weights import WEIGHTS, Weights

PATIENCE = 2_000  # milliseconds for a form to be drawn
FIELD = 20_000  # milliseconds for one field
SEARCH = 60_000  # milliseconds behind what is closed


class Finder(Protocol):
    """A further tier: says where a field is that the match could not tell. It must not touch the page."""

    tier: str  # "T2", "T3": what the table says

    def find(self, page: Page, intent: Intent, inventory: Inventory) -> Awaitable[Locator | None]:
        """The control of this field, or None. What it names is filled and read back like any other."""


async def fill(
    page: Page,
    fields: Mapping[str, Given | Intent],
    *,
    timeout: float = FIELD,
    patience: float = PATIENCE,
    finders: Sequence[Finder] = (),
    weights: Weights = WEIGHTS,
) -> Filled:
    """Fills whatever form the page shows; the table of what it says afterwards, in the order of `fields`.

    `fields`: names to values (see `Intent` for what a value may be); None is left out. `timeout`: milliseconds for one
    field. `patience`: milliseconds in which fields may still appear. `finders`: asked in turn for what the match
    refused. Never raises for a field: rows say what was refused and why. Raises ValueError for values that cannot be
    meant (a file that is not there), BrowserCrashed.
    """
    run = _Run(Hand(page), intents(fields), timeout, weights)
    started = time.monotonic()
    try:
        await run.on_the_page(patience)
        await run.behind_something()
        for finder in finders:
            await run.with_finder(finder)
        await run.once_more()
    finally:
        await run.hand.unguard()
    rows = [run.rows[one.name] for one in run.wanted]
    return Filled(rows, milliseconds=_since(started), matching=run.matching)


def _place(one: Match) -> tuple[int, int]:
    return (one.control.frame, one.control.start) if one.control is not None else (0, 0)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


class _Run:
    """One filling: what is wanted, what is done, what was refused."""

    def __init__(self, hand: Hand, wanted: list[Intent], timeout: float, weights: Weights) -> None:
        self.hand, self.wanted, self.timeout, self.weights = hand, wanted, timeout, weights
        self.opened: set[tuple[object, ...]] = set()  # what was closed, and was opened to look behind it
        self.rows: dict[str, Row] = {}
        self.tasks: dict[str, Task] = {}
        self.matching: list[int] = []
        self.matched_on = hand.inventory
        self.not_it: set[tuple[str, tuple[str, ...]]] = set()
        self.search = Deadline(SEARCH)

    searches: float = SEARCH

    @property
    def pending(self) -> list[Intent]:
        """What is not on the form yet and has not failed on a control that was its own."""
        return [one for one in self.wanted if one.name not in self.tasks]

    async def matches(self) -> list[Match]:
        """One look, one match, over what is pending and what no other field has."""
        started = time.monotonic()
        inventory = self.matched_on = await self.hand.look()
        filled = [await inventory.now(task.control, task.element) for task in self.tasks.values()]
        taken = {id(one) for one in filled if one is not None}
        not_it = {key for name, key in self.not_it if any(one.name == name for one in self.pending)}
        free = [one for one in inventory.controls if id(one) not in taken and one.key not in not_it]
        found = match(self.pending, free, self.weights, among=self.wanted, page=inventory.controls)
        self.matching.append(_since(started))
        return found

    async def on_the_page(self, patience: float = 0) -> None:
        """Fills what the page shows, in its order, until nothing more is clear."""
        found: list[Match] = []

        async def all_there() -> bool:
            found[:] = await self.matches()
            return all(match.control is not None for match in found)

        await until(all_there, Deadline(patience))
        while True:
            clear = [one for one in found if one.control is not None]
            clear.sort(key=_place)
            moved = False
            elements = [await self.hand.inventory.element(one.control) for one in clear if one.control is not None]
            for decided, element in zip(clear, elements, strict=True):
                now = await self._now(decided.control, element)
                if now is None:
                    moved = True  # the page has redrawn itself: look again before anything else is touched
                    break
                await self.fill_one(decided.intent, now, decided, tier="T1")
                if now.kind in MOVES:
                    moved = True
                    break
            self.refuse(found)
            if not self.pending or (not moved and not clear):
                return
            found[:] = await self.matches()

    async def _now(self, control: Control | None, element: ElementHandle) -> Control | None:
        """The control as the latest look has it; the page may have redrawn it while others were filled."""
        if control is None or self.hand.inventory is self.matched_on:
            return control
        return await self.hand.inventory.now(control, element)

    def refuse(self, found: Sequence[Match]) -> None:
        """Notes why what is still pending could not be told; a later look may change it."""
        for one in found:
            if one.control is None and one.intent.name not in self.tasks:
                self.rows[one.intent.name] = Row(
                    field=one.intent.name,
                    meant=one.intent.text,
                    on_form="",
                    same=False,
                    outcome=Outcome.REFUSED,
                    score=one.score,
                    rival=one.rival,
                    code=one.code,
                    reason=one.reason,
                    found_by="",
                )

    async def fill_one(self, intent: Intent, control: Control, found: Match | None, *, tier: str) -> Row:
        """One field: put in, read back, and taken out again if it is not what was meant."""
        started = time.monotonic()
        task = await self.hand.task(intent, control, self.timeout)
        self.tasks[intent.name] = task
        code = reason = ""
        on_form, same = await self._already(task)
        if not same:
            try:
                await put(self.hand, task)
                on_form, same = await settled(self.hand, task)
            except Refused as problem:
                code, reason = problem.code, problem.reason
            except PlaywrightError as error:
                raise_if_gone(error)
                code, reason = "not_filled", error.message.splitlines()[0][:200]
                if is_passing(error):
                    reason = "The page was replaced while this field was being filled."
        if code == "other_fields":  # it is the way to the field, not the field: looked behind later
            self.not_it.add((intent.name, control.key))
            del self.tasks[intent.name]
        outcome = Outcome.FILLED if same else Outcome.REFUSED
        if not same:
            if not reason:
                code, reason = "read_back_differs", f"The form says {on_form[:80]!r} afterwards."
            if not await take_out(self.hand, task):
                on_form, _ = await read(self.hand, task)
                outcome = Outcome.REFUSED if on_form.strip() == task.before.strip() else Outcome.WRONG
            else:
                on_form = task.before
        row = Row(
            field=intent.name,
            meant=intent.text,
            on_form=on_form,
            same=same,
            found_by=found.by if found else "",
            milliseconds=_since(started),
            outcome=outcome,
            tier=tier,
            widget=control.kind,
            candidate=next((str(one) for one in candidates(control)), ""),
            score=found.score if found else 0.0,
            rival=found.rival if found else 0.0,
            code=code,
            reason=reason,
        )
        self.rows[intent.name] = row
        return row

    async def _already(self, task: Task) -> tuple[str, bool]:
        """A choice that stands as meant is not touched."""
        if task.control.kind in {"select", "radio", "checks", "checkbox", "switch", "listbox"}:
            return await read(self.hand, task)
        return "", False

    async def behind_something(self) -> None:
        """What is not to be seen yet: behind a button named like the field, in a closed section, on a further step."""
        self.search = Deadline(self.searches)
        for way in (behind.dialogs, behind.sections, behind.steps):
            if self.pending:
                await way(self)

    async def with_finder(self, finder: Finder) -> None:
        """Asks a further tier for each field that is refused."""
        for intent in self.pending:
            locator = await finder.find(self.hand.page, intent, self.hand.inventory)
            control = await self._at(locator) if locator is not None else None
            if control is not None:
                await self.fill_one(intent, control, None, tier=finder.tier)

    async def _at(self, locator: Locator) -> Control | None:
        """The control that a locator means: it, or the one it stands in."""
        inventory = await self.hand.look()
        element = await locator.element_handle(timeout=2_000)
        frame = await element.owner_frame() if element else None
        for seen in inventory.seen:
            if seen.frame == frame:
                index = await seen.evaluate(
                    "(h, e) => { for (let a = e; a; a = a.parentElement) if (h.elements.includes(a)) return"
                    " h.elements.indexOf(a); return h.elements.findIndex(x => e.contains(x)); }",
                    element,
                )
                return next((one for one in seen.controls if one.index == index), None)
        return None

    async def once_more(self) -> None:
        """Reads everything again once the last field was left; what changed meanwhile is filled once more."""
        await self.hand.page.evaluate("document.activeElement instanceof HTMLElement && document.activeElement.blur()")
        for name, task in list(self.tasks.items()):
            row = self.rows[name]
            if row.outcome is not Outcome.FILLED or row.widget == "behind":
                continue
            on_form, same = await self._read_again(task)
            if same is None:
                continue
            if not same:
                again = await self.hand.inventory.now(task.control, task.element)
                if again is not None:
                    former = self.rows[name]
                    row = await self.fill_one(task.intent, again, None, tier=former.tier)
                    self.rows[name] = row.model_copy(
                        update={"found_by": former.found_by, "score": former.score, "rival": former.rival}
                    )
                    continue
            self.rows[name] = row.model_copy(
                update={"on_form": on_form, "same": same, "outcome": Outcome.FILLED if same else Outcome.WRONG}
            )

    async def _read_again(self, task: Task) -> tuple[str, bool | None]:
        """None: it is not to be seen any more, so what was read when it was filled stands."""
        on_form, same = await settled(self.hand, task, 400)
        if not same and await self.hand.inventory.now(task.control, task.element) is None:
            return on_form, None
        return on_form, same
