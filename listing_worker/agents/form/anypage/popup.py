"""Controls that show their choices only when pressed or typed into: menus, list boxes, drill-downs, suggestions.

No structure is assumed. What counts as offered is what was not to be seen before; a choice must say exactly what is
wanted, and there must be one of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import ElementHandle, JSHandle
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.anypage.hand import FINISHES, FORBIDDEN, Hand, Refused, Task
from listing_worker.agents.form.anypage.typed import clear
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.intents import Sort
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until

OPENS = 2_500  # milliseconds for a popup to show anything
OFFERS = 2_500  # milliseconds for a choice to appear once the popup is there
SUGGESTS = 5_000  # milliseconds for suggestions, which may come from a server
STAYS = 1_800  # milliseconds after which what is suggested counts as all that is suggested


@dataclass
class Popup:
    """What was visible when: the functions in the page, and a set per moment, newest first."""

    tools: JSHandle
    sets: list[JSHandle] = field(default_factory=list)

    async def remember(self) -> None:
        self.sets.insert(0, await self.tools.evaluate_handle("p => p.seen()"))

    async def offered(self, task: Task, word: str, *, newest: bool = False) -> list[ElementHandle]:
        """The elements that would choose the word now."""
        sets = self.sets[:1] if newest else self.sets
        answer = await self.tools.evaluate_handle(_OFFERED, [sets, word, task.element])
        count = int(await answer.evaluate("a => a.matches.length"))
        found = []
        for position in range(min(count, 3)):
            one = (await answer.evaluate_handle("(a, i) => a.matches[i]", position)).as_element()
            if one is not None:
                found.append(one)
        return found

    async def fresh(self) -> int:
        return int(await self.tools.evaluate("(p, set) => p.fresh(set).length", self.sets[-1]))

    async def choices(self) -> int:
        """How many choices, whatever they say, are offered now."""
        return int(await self.tools.evaluate("(p, set) => p.choices(set).length", self.sets[-1]))

    async def holds_fields(self) -> bool:
        """Whether what opened is a part of a form to type into, not a list with a search box."""
        return bool(await self.tools.evaluate("(p, set) => p.typed(set)", self.sets[-1]))

    async def furniture(self, part: str) -> list[ElementHandle]:
        """Of what is new: "search" boxes, "tabs", lists to "scroll", buttons that may be "done"."""
        found = await self.tools.evaluate_handle("(p, [set, part]) => p.furniture(set)[part]", [self.sets[-1], part])
        count = int(await found.evaluate("a => a.length"))
        every = [(await found.evaluate_handle("(a, i) => a[i]", i)).as_element() for i in range(count)]
        return [one for one in every if one is not None]

    async def finishers(self) -> list[str]:
        names: list[str] = await self.tools.evaluate("(p, set) => p.furniture(set).doneNames", self.sets[-1])
        return names


_OFFERED = """(p, [sets, word, e]) => {
  const ids = ['aria-controls', 'aria-owns'].flatMap(a => (e.getAttribute(a) || '').split(/\\s+/).filter(Boolean));
  const roots = ids.map(id => e.getRootNode().getElementById?.(id) || document.getElementById(id)).filter(Boolean);
  return p.offered(sets, word, roots);
}"""


async def start(hand: Hand, task: Task) -> Popup:
    popup = Popup(await hand.popup(task.frame))
    await popup.remember()
    return popup


async def opener(hand: Hand, task: Task) -> None:
    """Opens it and goes down word by word; several words of a list that is open at once are chosen one by one."""
    popup = await start(hand, task)
    await open_it(hand, task, popup)
    await go_down(hand, task, popup)
    await finish(hand, task, popup)


async def open_it(hand: Hand, task: Task, popup: Popup) -> None:
    """Presses the control until something new is to be seen."""
    if task.control.expanded == "true":
        return
    await task.element.click(timeout=task.within(4_000))

    async def shows() -> bool:
        return await popup.fresh() > 0

    if not await until(shows, Deadline(min(OPENS, task.deadline.left))):
        raise Refused("not_filled", "It was pressed, and nothing opened.")


async def go_down(hand: Hand, task: Task, popup: Popup) -> None:
    words = task.intent.words
    for depth, word in enumerate(words):
        choice = await find_choice(hand, task, popup, word)
        moment = await popup.tools.evaluate_handle("p => p.seen()")
        await press(choice, task, popup, word)
        popup.sets.insert(0, moment)
        if depth == 0 and len(words) > 1:
            task.several = await _stays_chosen(choice)
        if depth + 1 < len(words) and await popup.fresh() == 0 and await _closed(popup):
            await task.element.click(timeout=task.within(3_000))  # a list of many that closes after each


async def _stays_chosen(choice: ElementHandle) -> bool:
    """Whether a choice is one of several: it is marked as chosen, and its list takes more."""
    try:
        return bool(await choice.evaluate(_SEVERAL))
    except PlaywrightError as error:
        raise_if_gone(error)
        return False


_SEVERAL = """e => {
  const box = e.closest('[role=listbox], [role=tree], [role=menu], [role=group]');
  return !!(box && box.getAttribute('aria-multiselectable') === 'true') ||
    /checkbox/.test(e.getAttribute('role') || '') ||
    !!e.querySelector('input[type=checkbox]') || (e.tagName === 'INPUT' && e.type === 'checkbox');
}"""


async def _closed(popup: Popup) -> bool:
    async def closed() -> bool:
        return await popup.fresh() == 0

    return bool(await until(closed, Deadline(150)))


async def find_choice(
    hand: Hand, task: Task, popup: Popup, word: str, *, patience: float = OFFERS, search: bool = True
) -> ElementHandle:
    """The one thing to press for a word: shown at once or soon, by searching, under a tab, further down a list."""
    found = await _appears(task, popup, word, 700)
    if not found and not await popup.choices() and await popup.holds_fields():
        await close(hand, popup)
        raise Refused("other_fields", "What opened holds fields of its own, not choices.")
    if not found and search:
        for way in (_by_search, _under_tabs, _by_scrolling):
            found = await way(hand, task, popup, word)
            if found:
                break
    if not found:
        found = await _appears(task, popup, word, patience)
    if not found:
        await close(hand, popup, task)
        raise Refused("option_not_found", f"What opened offers no {word!r}.")
    if len(found) > 1:
        await close(hand, popup, task)
        raise Refused("ambiguous", f"What opened offers {word!r} more than once.")
    return found[0]


async def _appears(task: Task, popup: Popup, word: str, milliseconds: float) -> list[ElementHandle]:
    async def look() -> list[ElementHandle] | None:
        return await popup.offered(task, word) or None

    return await until(look, Deadline(min(milliseconds, task.deadline.left))) or []


async def _by_search(hand: Hand, task: Task, popup: Popup, word: str) -> list[ElementHandle]:
    boxes = await popup.furniture("search")
    if len(boxes) != 1:
        return []
    await boxes[0].fill(word, timeout=task.within(2_000))
    found = await _appears(task, popup, word, OFFERS)
    if not found and task.intent.kind in {Sort.PATH, Sort.MANY}:
        for joiner in (" > ", " / ", " › "):
            found = found or await popup.offered(task, joiner.join(task.intent.words))
    return found


async def _under_tabs(hand: Hand, task: Task, popup: Popup, word: str) -> list[ElementHandle]:
    """Looks under each tab; a word that stands under two tabs is not decided."""
    tabs = await popup.furniture("tabs")
    hits: list[ElementHandle] = []
    for tab in tabs[:12]:
        await tab.click(timeout=task.within(2_000))
        found = await _appears(task, popup, word, 250)
        if found:
            hits.append(tab)
    if len(hits) > 1:
        raise Refused("ambiguous", f"{word!r} stands under {len(hits)} tabs.")
    if not hits:
        return []
    await hits[0].click(timeout=task.within(2_000))
    return await _appears(task, popup, word, 1_000)


async def _by_scrolling(hand: Hand, task: Task, popup: Popup, word: str) -> list[ElementHandle]:
    """Lists that draw only the part that is seen."""
    for pane in (await popup.furniture("scroll"))[:3]:
        for _ in range(60):
            moved = await pane.evaluate(
                "e => { const y = e.scrollTop; e.scrollTop += e.clientHeight * 0.8; return e.scrollTop !== y }"
            )
            found = await _appears(task, popup, word, 60)
            if found:
                return found
            if not moved or task.deadline.passed:
                break
    return []


async def press(choice: ElementHandle, task: Task, popup: Popup, word: str) -> None:
    """Presses a choice; if its list was drawn anew meanwhile, the same choice in the new one."""
    for _ in range(4):
        try:
            await choice.click(timeout=task.within(3_000))
            return
        except PlaywrightError as error:
            raise_if_gone(error)
            if "not attached" not in error.message:
                raise
        found = await _appears(task, popup, word, 1_500)
        if len(found) != 1:
            raise Refused("option_not_found", f"{word!r} went away before it could be pressed.")
        choice = found[0]


async def close(hand: Hand, popup: Popup, task: Task | None = None) -> None:
    """Leaves an open popup without choosing: by Escape, else by the control that opened it."""
    if await popup.fresh():
        await hand.page.keyboard.press("Escape")
        if not await _closed(popup) and task is not None and await _is_layer(task):
            await task.element.click(timeout=task.within(1_500))
            await _closed(popup)


async def finish(hand: Hand, task: Task, popup: Popup) -> None:
    """What is still open once all is chosen: Done is pressed if there is one, otherwise it is left by Escape."""

    async def closed() -> bool:
        return await popup.fresh() == 0

    if await until(closed, Deadline(350)):
        return
    names = await popup.finishers()
    fitting = [i for i, name in enumerate(names) if FINISHES.match(name) and not FORBIDDEN.search(name)]
    if fitting:
        every = await popup.furniture("done")
        exact = [i for i in fitting if len(names[i].split()) == 1] or fitting
        if len(exact) == 1 and exact[0] < len(every):
            await every[exact[0]].click(timeout=task.within(3_000))
            await until(closed, Deadline(1_500))
            return
    if await _is_layer(task):
        await hand.page.keyboard.press("Escape")
        await _closed(popup)


async def _is_layer(task: Task) -> bool:
    """Whether the control itself says that its popup is still open."""
    try:
        return bool(await task.element.evaluate("e => e.getAttribute('aria-expanded') === 'true'"))
    except PlaywrightError as error:
        raise_if_gone(error)
        return False


async def combobox(hand: Hand, task: Task) -> None:
    """Typed, then the suggestion that says exactly that is taken. One that offers nothing of the kind is refused."""
    several = task.intent.kind in {Sort.MANY, Sort.PATH}
    popup = await start(hand, task)
    for word in task.intent.words if several else (task.intent.text,):
        await _suggested(hand, task, word, popup, several=several)
    if several:
        await _tokens_shown(task, popup)


async def enter(task: Task) -> None:
    """Puts the cursor into a field, also where something is drawn over it."""
    try:
        await task.element.click(timeout=task.within(1_500))
    except PlaywrightError as error:
        raise_if_gone(error)
        await task.element.focus()


async def _suggested(hand: Hand, task: Task, word: str, popup: Popup, *, several: bool) -> None:
    before = await task.element.evaluate("e => 'value' in e ? e.value : e.innerText")
    await enter(task)
    if before.strip():
        await clear(hand, task)
    await task.element.type(word, delay=8, timeout=task.within(6_000))
    found = await _suggestions(task, popup, word, several=several)
    if len(found) == 1:
        await press(found[0], task, popup, word)
        return
    if found:
        await clear(hand, task)
        await close(hand, popup)
        raise Refused("ambiguous", f"{word!r} is suggested more than once.")
    if await _native_suggestions(task, word):
        return
    if several and not await popup.choices():
        await hand.page.keyboard.press("Enter")  # what is no suggestion may become a token all the same
        if not loose(str(await task.element.evaluate("e => e.value ?? ''"))):
            return
    if task.intent.free and not several:
        await hand.page.keyboard.press("Tab")  # a field that takes only what it suggests is empty after that
        return
    await clear(hand, task)
    await close(hand, popup)
    raise Refused("option_not_found", f"{word!r} is not among the suggestions.")


async def _suggestions(task: Task, popup: Popup, word: str, *, several: bool) -> list[ElementHandle]:
    """Waits for the suggestion; less long once others are offered and stay, or where a new word may be a token."""
    if task.control.attributes.get("list"):
        return await _appears(task, popup, word, 200)
    found = await _appears(task, popup, word, STAYS)
    if not found and not several and not (await popup.choices()):
        found = await _appears(task, popup, word, SUGGESTS - STAYS)
    return found


async def _native_suggestions(task: Task, word: str) -> bool:
    """A data list only suggests: what was typed stands."""
    return bool(await task.element.evaluate("(e, word) => !!e.list && e.value === word", word))


async def tokens(hand: Hand, task: Task) -> None:
    """Several values in one input, each ended by a suggestion, Enter or a comma; each must show as a token."""
    first = await start(hand, task)
    for word in task.intent.words:
        popup = await start(hand, task)
        await enter(task)
        await task.element.type(word, delay=8, timeout=task.within(6_000))
        found = await _appears(task, popup, word, 600 if task.control.kind == "text" else SUGGESTS)
        if len(found) == 1 and task.control.kind == "combobox":
            await press(found[0], task, popup, word)
        else:
            await hand.page.keyboard.press("Enter")
            if await task.element.evaluate("e => e.value !== ''"):
                await hand.page.keyboard.type(",")
        if loose(str(await task.element.evaluate("e => e.value"))):
            raise Refused("not_filled", f"The field does not take {word!r} as a token.")
    await _tokens_shown(task, first)


async def _tokens_shown(task: Task, popup: Popup) -> None:
    """Notes which words newly stand on the page, each once: they may stand outside of the field's own box."""

    async def all_shown() -> bool:
        return all([len(await popup.offered(task, word)) == 1 for word in task.intent.words])

    if await until(all_shown, Deadline(800)):
        task.told = ", ".join(task.intent.words)


async def shown(hand: Hand, task: Task) -> tuple[str, list[str]]:
    """What the control holds, and all texts around it that belong to no other control."""
    holds = str(await hand.tool(task, "holds"))
    around = [str(one) for one in await hand.tool(task, "around")]
    return holds, around


_PARTS = re.compile(r"\s*(?:,|\n| > | › | » | / | \| | · |→)\s*")


def is_called(text: str, word: str) -> bool:
    """Whether a text is the word, or has a note around it: "Calculated: by place", "M (8-10)", "Fort Collins (FNL)"."""
    plain, want = loose(text), loose(word)
    noted = plain.startswith(want) and plain[len(want) :].lstrip()[:1] in set("(–—:×")
    return plain == want or plain.endswith(f"({want})") or noted


def says(text: str, word: str) -> bool:
    """Whether a shown text is called like the word, or has it as one of its parts ("Women > Dresses")."""
    return any(is_called(part, word) for part in [text, *_PARTS.split(text)])


def is_shown(task: Task, holds: str, around: list[str], before: list[str]) -> bool:
    """Whether the control now shows what was chosen: itself, or in what newly stands around it."""
    words = task.intent.words
    wanted = words if task.several else words[-1:]
    new = list(around)
    for one in before:
        if one in new:
            new.remove(one)
    whole = loose(" ".join(words))
    return all(
        says(holds, word) or any(says(one, word) for one in new) or (not task.several and loose(holds) == whole)
        for word in wanted
    )
