"""Looking for one field on a page whose other fields are known: they are taken, and their names speak against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from listing_worker.agents.form.anypage.behind import NEXT, harmless
from listing_worker.agents.form.anypage.fill import FIELD, _Run
from listing_worker.agents.form.anypage.hand import Hand, Task
from listing_worker.agents.form.anypage.put import settled
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.intents import Intent
from listing_worker.agents.form.inventory import Control, Inventory, candidates
from listing_worker.agents.form.locate import NO_WORDS, Words, choices, find, look_and_read, visible_matches
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.readback import read_field
from listing_worker.agents.form.steps import Step
from listing_worker.agents.form.targets import Candidate, Target
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.heal.fit import fits
from listing_worker.agents.heal.match import Match, match, score
from listing_worker.agents.heal.weights import WEIGHTS
from listing_worker.models import FieldReport

MOST_CANDIDATES = 4
_INDEX = """(h, e) => {
  for (let a = e; a; a = a.parentElement) if (h.elements.includes(a)) return h.elements.indexOf(a);
  return h.elements.findIndex(x => e.contains(x));
}"""


SEARCH = 6_000  # milliseconds behind what is closed, for one field that moved


class OneField(_Run):
    """A filling of a single wanted field. `pinned` are controls that belong to other fields; `among` are all fields of
    the form, for what speaks against a control."""

    searches = SEARCH

    def __init__(self, page: Page, wanted: Intent, among: Mapping[str, Intent]) -> None:
        super().__init__(Hand(page), [wanted], FIELD, WEIGHTS)
        self.one = wanted
        self.among = [wanted, *(intent for intent in among.values() if intent.name != wanted.name)]
        self.pinned: dict[str, Control] = {}
        self.here: Control | None = None  # what the recipe takes for it: then it has not moved, and is nothing else
        self.matched: Control | None = None  # what T1 took for it, whether or not it took the value
        self.untouched: Control | None = None  # the first such, as it was before anything was put into it

    def say(self, value: str) -> None:
        """From now on another word is meant."""
        self.one = replace(self.one, value=value)
        self.wanted, self.among = [self.one], [self.one, *self.among[1:]]
        self.tasks.clear()

    def only_leads(self, control: Control) -> bool:
        """Whether it was pressed, and what opened holds fields of its own."""
        return (self.one.name, control.key) in self.not_it

    async def further(self, forbidden: Collection[str]) -> None:
        """What is on a further step: presses the one button that says no more than Next or Continue, if it sends
        nothing and the fields that are known stay where they are."""
        never = {loose(name) for name in forbidden}
        inventory = self.hand.inventory
        ways = [
            one
            for one in inventory.controls
            if one.kind == "button" and NEXT.match(one.content) and harmless(one) and loose(one.content) not in never
        ]
        if not self.pending or len(ways) != 1:
            return
        await (await inventory.element(ways[0])).click(timeout=2_000)
        before = len(inventory.controls)

        async def more() -> bool:
            return len((await self.hand.look()).controls) >= before

        if not await until(more, Deadline(1_500)):
            return
        found = next(iter(await self.matches(look=False)), None)
        if found is not None and found.control is not None:
            self.matched = found.control
            await self.fill_one(self.one, found.control, found, tier="T1")

    async def matches(self, *, look: bool = True) -> list[Match]:
        """The match of the wanted field, decided together with all fields that are not placed yet."""
        inventory = await self.hand.look() if look else self.hand.inventory
        if not self.pending:
            return []
        taken = [here for control in self.pinned.values() if (here := inventory.again(control)) is not None]
        not_it = {key for name, key in self.not_it if name == self.one.name}
        free = [
            one
            for one in inventory.controls
            if one.key not in not_it and not any(one is t or one.overlaps(t) for t in taken)
        ]
        open_fields = [one for one in self.among if one.name not in self.pinned]
        found = match(open_fields, free, self.weights, among=self.among)
        return [_unless_doubled(one, free) for one in found if one.intent.name == self.one.name]

    async def pin(self, name: str, target: Target, words: Words) -> None:
        """Says that what this target means is another field's."""
        control = await control_of(self.hand.page, self.hand.inventory, target, words)
        if control is not None:
            self.pinned[name] = control

    def rival_of(self, control: Control) -> str | None:
        """Another field that this control fits as well, or better; or whose control it is."""
        if owner := next((name for name, taken in self.pinned.items() if taken.overlaps(control)), None):
            return owner
        mine = score(self.one, control, self.among).score
        for other in self.among[1:]:
            theirs = score(other, control, self.among).score
            if theirs >= max(mine, self.weights.accept):
                return other.name
        return None


def _unless_doubled(found: Match, controls: Sequence[Control]) -> Match:
    """Nothing where two controls say the same of themselves: which of two equal labels is the better bound tells
    nobody which of the two was meant."""
    chosen = found.control
    if chosen is None or not spoken(chosen):
        return found
    said = {word for word in (spoken(chosen), loose(chosen.label)) if word}
    for other in controls:
        texts = {loose(text) for text in (other.label, other.name, *other.own[:1], *other.beside[:1]) if text}
        if other.kind != "button" and said & texts and fits(found.intent, other) > 0 and not other.overlaps(chosen):
            reason = f"{chosen} and {other} are called the same."
            return replace(found, control=None, reason=reason, code="ambiguous")
    return found


_AT_ONCE = f"(e, [eye, number]) => ({_INDEX})(eye.looks.get(number), e)"
_ALL_AT_ONCE = f"(all, [eye, number]) => all.map(e => ({_INDEX})(eye.looks.get(number), e))"


async def control_of(page: Page, inventory: Inventory, target: Target, words: Words = NO_WORDS) -> Control | None:
    """The control that a target means, if it is there: looked for and told in one call, outside of inner frames."""
    main = inventory.main_of(page)
    if main is None or target.framed:
        found = await find(page, target, words)
        return await control_at(inventory, found.locator) if found is not None else None
    try:
        _, index = await look_and_read(page, target, words, _AT_ONCE, main.reference)
    except PlaywrightError as error:
        raise_if_gone(error)
        return None  # another document stands there by now
    return main.control(index)


async def controls_of(page: Page, inventory: Inventory, target: Target) -> list[Control]:
    """The controls of all visible elements of the first candidate that has any."""
    main = inventory.main_of(page)
    if main is None or target.framed:
        matches = await visible_matches(page, target)
        every = [await control_at(inventory, each) for each in await matches.all()] if matches is not None else []
        return [control for control in every if control is not None]
    for _, locator in choices(page, target):
        try:
            indices: list[int] = await locator.visible.evaluate_all(_ALL_AT_ONCE, main.reference)
        except PlaywrightError as error:
            raise_if_gone(error)
            return []
        if indices:
            return [control for index in indices if (control := main.control(index)) is not None]
    return []


async def control_at(inventory: Inventory, locator: Locator) -> Control | None:
    """The control of the inventory that a locator means: it, the one it stands in, or the one it holds."""
    try:
        element = await locator.element_handle(timeout=2_000)
        frame = await element.owner_frame()
        for seen in inventory.seen:
            if seen.frame == frame:
                index = await seen.evaluate(_INDEX, element)
                return next((one for one in seen.controls if one.index == index), None)
    except PlaywrightError as error:
        raise_if_gone(error)
    return None


async def target_of(page: Page, inventory: Inventory, control: Control) -> Target | None:
    """Several ways to find the control again, each tried on the page; None if nothing finds it and nothing else."""
    frame: tuple[str, ...] = ()
    if inventory.frame_of(control) != page.main_frame:
        named = await _frame_chain(inventory, control)
        if named is None:
            return None
        frame = named
    element = await inventory.element(control)
    kept: list[Candidate] = []
    for candidate in candidates(control):
        try:
            found = await find(page, Target(candidates=(candidate,), frame=frame))
            if found is None:
                continue
            handle = await found.locator.element_handle(timeout=500)
            if await handle.evaluate("(a, b) => a === b || a.contains(b) || b.contains(a)", element):
                kept.append(candidate)
        except PlaywrightError as error:
            raise_if_gone(error)
        except ValueError:
            continue  # a text that this kind of candidate cannot express
        if len(kept) == MOST_CANDIDATES:
            break
    return Target(candidates=tuple(kept), frame=frame) if kept else None


async def _frame_chain(inventory: Inventory, control: Control) -> tuple[str, ...] | None:
    """CSS of the frame elements down to the control's frame; None if one has nothing to be told by."""
    chain: list[str] = []
    frame = inventory.frame_of(control)
    while frame.parent_frame is not None:
        element = await frame.frame_element()
        told: str | None = await element.evaluate(
            "e => { for (const a of ['id', 'name', 'title']) { const v = e.getAttribute(a);"
            ' const css = v && `iframe[${a}="${CSS.escape(v)}"]`;'
            " if (css && e.getRootNode().querySelectorAll(css).length === 1) return css; }"
            " return e.getRootNode().querySelectorAll('iframe').length === 1 ? 'iframe' : null; }"
        )
        if told is None:
            return None
        chain.insert(0, told)
        frame = frame.parent_frame
    return tuple(chain)


class HealedField:
    """A field that was filled where the recipe did not know it, and how it is read again."""

    def __init__(self, run: OneField, task: Task, report: FieldReport) -> None:
        self._run, self._task = run, task
        self.report = report
        self.put_away = False  # whether the dialog that it stands in was finished

    async def read(self) -> FieldReport:
        """What it says now. Where it cannot be seen any more, what it said when it was filled."""
        hand = self._run.hand
        try:
            self._task.control = (await hand.look()).again(self._task.control) or self._task.control
            on_form, same = await settled(hand, self._task, 400)
            if not same and hand.inventory.again(self._task.control) is None:
                return self.report
        except PlaywrightError as error:
            raise_if_gone(error)
            if not is_passing(error):
                raise
            return self.report
        finally:
            await hand.unguard()
        return self.report.model_copy(update={"on_form": on_form or self.report.on_form, "same": same})


class HealedStep:
    """A field that was filled in the recipe's own way, on a control that the recipe did not know."""

    def __init__(self, form: Form, step: Step, report: FieldReport) -> None:
        self._form, self._step = form, step
        self.report = report
        self.put_away = False  # whether the dialog that it stands in was finished

    async def read(self) -> FieldReport:
        """What it says now; in a dialog that is closed, what it said when it was filled."""
        target = own_target(self._step)
        if self.put_away and target is not None and await find(self._form.page, target) is None:
            return self.report
        return await read_field(self._form, self._step, found_by=self.report.found_by)


def spoken(control: Control) -> str:
    """What the page says of a control, for evidence; never what it holds."""
    said = control.label or control.name or next(iter((*control.own, *control.beside)), "") or control.placeholder
    return loose(said)[:80]
