"""From a target to the one visible element it means, and by which candidate.

"Visible" is stricter than Playwright's: an element that a person cannot see or reach (transparent, off the page's
upper left edge, a text field of one pixel, inert, a text field under aria-hidden) is a trap or a leftover, and counts
as absent. Check boxes and radio buttons may be transparent: sites draw their own over them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import FrameLocator, Locator, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.targets import By, Candidate, Match, Target
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.errors import FieldNotFound

Words = Mapping[str, str]
NO_WORDS: Words = {}

# what a person sees and what Playwright calls visible differ at times, so one wait is never longer (milliseconds)
CHANGE_WAIT = 300

# per element: 0 = not visible, 1 = visible to Playwright but not to a person, 2 = visible
SEEN = r"""elements => elements.map(e => {
  const box = e.getBoundingClientRect();
  if (!(e.checkVisibility({visibilityProperty: true}) && box.width > 0 && box.height > 0)) return 0;
  const type = (e.getAttribute('type') || '').toLowerCase();
  const tick = e.tagName === 'INPUT' && (type === 'checkbox' || type === 'radio' || type === 'file');
  const typed = e.isContentEditable || e.tagName === 'TEXTAREA' || (e.tagName === 'INPUT' && !tick);
  if (typed && (box.width <= 1 || box.height <= 1)) return 1;
  let opacity = 1, scrolled = false, hidden = false;
  for (let a = e; a; a = a.parentElement || (a.getRootNode() instanceof ShadowRoot ? a.getRootNode().host : null)) {
    if (a.inert) return 1;
    if (a.getAttribute('aria-hidden') === 'true') hidden = true;
    opacity *= parseFloat(getComputedStyle(a).opacity);
    if (a !== document.scrollingElement && (a.scrollLeft || a.scrollTop)) scrolled = true;
  }
  if (typed && hidden) return 1;
  if (!tick && opacity < 0.05) return 1;
  if (!scrolled && (box.right + scrollX <= 0 || box.bottom + scrollY <= 0)) return 1;
  return 2;
})"""


@dataclass(frozen=True)
class Found:
    """The one element, the candidate that found it, and its rank (0 = the first candidate)."""

    locator: Locator
    candidate: str
    rank: int


@dataclass
class Look:
    """What one look at the page gave: the element or, per candidate tried, how many visible elements matched."""

    found: Found | None = None
    counts: list[tuple[str, int]] = field(default_factory=list)

    def __str__(self) -> str:
        return ", ".join(f"{candidate} ({count})" for candidate, count in self.counts)


def pattern(text: str, match: Match) -> re.Pattern[str]:
    """A wanted text as a regular expression that both Python and the browser understand."""
    words = r"\s+".join(re.sub(r"([.*+?^${}()|\[\]\\/-])", r"\\\1", word) for word in text.split())
    match match:
        case Match.EXACT:
            return re.compile(rf"^\s*{words}\s*$")
        case Match.SAME:
            return re.compile(rf"^\s*{words}\s*$", re.IGNORECASE)
        case Match.PREFIX:
            return re.compile(rf"^\s*{words}(?![\w/]|[.,]\d)")
        case Match.CONTAINS:
            return re.compile(words, re.IGNORECASE)


def build(root: Page | FrameLocator | Locator, candidate: Candidate) -> Locator:
    """All elements that a candidate matches inside `root`, visible or not."""
    text = candidate.value
    match candidate.by:
        case By.TEST_ID:
            return root.locator(f'[{candidate.attribute}="{text}"]')
        case By.CSS:
            found = root.locator(text)
            if candidate.has_text is not None:
                return found.filter(has_text=pattern(candidate.has_text, candidate.match))
            return found
        case By.ROLE:
            role: Any = text
            if candidate.name is None:
                return root.get_by_role(role)
            return root.get_by_role(role, name=pattern(candidate.name, candidate.match))
        case By.LABEL:
            return root.get_by_label(pattern(text, candidate.match))
        case By.PLACEHOLDER:
            return root.get_by_placeholder(pattern(text, candidate.match))
        case By.TEXT:
            return root.get_by_text(pattern(text, candidate.match))
        case By.NEAR_TEXT:
            wanted = re.compile(pattern(text, candidate.match).pattern.removesuffix(r"\s*$") + r"\s*[*:]?\s*$")
            box = f"xpath=ancestor-or-self::*[descendant::*[{controls_as_xpath(candidate.control)}]][1]"
            return root.get_by_text(wanted).locator(box).locator(candidate.control)


_SIMPLE_CSS = re.compile(r"([a-z]+)?((?:\[[a-z-]+=\"?[^\]\"]+\"?\])*)(:not\(\[type=hidden\]\))?")


def controls_as_xpath(selectors: str) -> str:
    """A comma list of simple CSS selectors (tag, [attribute=value], :not([type=hidden])) as an XPath condition.

    Raises ValueError for anything else. Needed because only XPath can ask for the *nearest* ancestor.
    """
    tests = []
    for selector in selectors.split(","):
        simple = _SIMPLE_CSS.fullmatch(selector.strip())
        if simple is None or not simple.group(0):
            raise ValueError(f"near() takes simple CSS only, not {selector.strip()!r}")
        tag, attributes, not_hidden = simple.groups()
        parts = [f"self::{tag}"] if tag else []
        parts += [f"@{name}='{value}'" for name, value in re.findall(r"\[([a-z-]+)=\"?([^\]\"]+)\"?\]", attributes)]
        parts += ["not(@type='hidden')"] if not_hidden else []
        tests.append(f"({' and '.join(parts)})")
    return " or ".join(tests)


def choices(page: Page, target: Target, words: Words = NO_WORDS) -> list[tuple[str, Locator]]:
    """Every way to look for a target, best first: the candidates inside each candidate of its scope."""
    roots: list[tuple[str, Page | FrameLocator | Locator]]
    if target.within is not None:
        roots = [(f"{name} >> ", locator) for name, locator in choices(page, target.within, words)]
    else:
        root: Page | FrameLocator = page
        for frame in target.frame:
            root = root.frame_locator(frame)
        roots = [("", root)]
    filled = [candidate.filled(words) if words else candidate for candidate in target.candidates]
    return [(f"{scope}{candidate}", build(root, candidate)) for scope, root in roots for candidate in filled]


async def look(page: Page, target: Target, words: Words = NO_WORDS) -> Look:
    """Looks once, without waiting. On a page that is just being replaced nothing is found."""
    seen = Look()
    for rank, (name, locator) in enumerate(choices(page, target, words)):
        if target.hidden:
            count = await counted(locator)
            if count == 1:
                seen.found = Found(locator, name, rank)
        else:
            states = await _evaluated(locator.evaluate_all(SEEN), [])
            count = states.count(2)
            if count == 1:
                seen.found = Found(_the_one(locator, states), name, rank)
        seen.counts.append((name, count))
        if seen.found:
            break
    return seen


async def look_and_read(page: Page, target: Target, words: Words, script: str, argument: Any) -> tuple[Look, Any]:
    """One look, and what `script` (a function of element and argument) says of the element: one call per candidate."""
    seen = Look()
    for rank, (name, locator) in enumerate(choices(page, target, words)):
        wanted = "() => true" if target.hidden else "i => states[i] === 2"
        both: list[Any] = await _evaluated(
            locator.evaluate_all(
                f"(all, argument) => {{ const states = ({SEEN})(all); const read = {script};"
                f" const one = [...all.keys()].filter({wanted});"
                " return [states, one.length, one.length === 1 ? read(all[one[0]], argument) : null]; }",
                argument,
            ),
            [[], 0, None],
        )
        states, count, value = both
        seen.counts.append((name, count))
        if count == 1:
            seen.found = Found(locator if target.hidden else _the_one(locator, states), name, rank)
            return seen, value
    return seen, None


T = TypeVar("T")


async def _evaluated(call: Awaitable[T], otherwise: T) -> T:
    """The answer of the page, or `otherwise` if it was being replaced just then. Raises BrowserCrashed."""
    try:
        return await call
    except PlaywrightError as error:
        raise_if_gone(error)
        if not is_passing(error):
            raise
        return otherwise


def _the_one(locator: Locator, states: list[int]) -> Locator:
    """Narrows to the element whose state is 2. A position is the last resort, and only for this moment's use."""
    if len(states) == 1:
        return locator
    visible = [state for state in states if state]
    return locator.visible if len(visible) == 1 else locator.visible.nth(visible.index(2))


async def find(page: Page, target: Target, words: Words = NO_WORDS) -> Found | None:
    """The element, if it is there now."""
    return (await look(page, target, words)).found


async def locate(page: Page, target: Target, words: Words = NO_WORDS, *, timeout: float, field: str = "") -> Found:
    """The element, waited for at most `timeout` milliseconds.

    A candidate other than the first is accepted only if two looks in a row agree on it, so that a form still being
    drawn does not push us to a lesser one. Raises FieldNotFound telling what each candidate matched.
    """
    last = Look()
    ranks: list[int] = []

    async def check() -> Found | None:
        nonlocal last
        last = await look(page, target, words)
        if last.found is None:
            ranks.clear()
            return None
        ranks.append(last.found.rank)
        return last.found if last.found.rank == 0 or ranks[-2:] == [last.found.rank] * 2 else None

    async def appears(left: float) -> None:
        await change(page, (target,), words, timeout=left)

    found = await until(check, Deadline(timeout), appears)
    if found is None:
        raise FieldNotFound(
            f"{field or 'An element'}: nothing matched exactly one visible element: {last}.", field=field or None
        )
    return found


async def counted(locator: Locator) -> int:
    """How many elements match now; 0 on a page that is just being replaced."""
    return await _evaluated(locator.count(), 0)


async def visible_matches(page: Page, target: Target, words: Words = NO_WORDS) -> Locator | None:
    """All visible elements of the first candidate that has any, for counting and reading lists."""
    for _, locator in choices(page, target, words):
        matches = locator if target.hidden else locator.visible
        if await counted(matches):
            return matches
    return None


async def is_visible(page: Page, target: Target, words: Words = NO_WORDS) -> bool:
    """Whether any element of the target is visible to a person now, be it one or several."""
    return await any_visible(page, (target,), words)


async def any_visible(page: Page, targets: Sequence[Target], words: Words = NO_WORDS) -> bool:
    """Whether any element of any of these targets (of one frame) is visible to a person now. One call."""
    return 2 in await _evaluated(any_of(page, targets, words).evaluate_all(SEEN), [])


def any_of(page: Page, targets: Sequence[Target], words: Words = NO_WORDS) -> Locator:
    """Everything that any candidate of any of these targets matches; all must be in the same frame."""
    every = [locator for target in targets for _, locator in choices(page, target, words)]
    return reduce(lambda one, other: one.or_(other), every)


async def change(
    page: Page,
    targets: Sequence[Target],
    words: Words = NO_WORDS,
    *,
    also: Sequence[Locator] = (),
    shown: bool = True,
    timeout: float,
) -> None:
    """Waits inside the browser until something of the targets is visible (or nothing is, with `shown=False`).

    `also`: further locators that count. Only saves looking: it ends by itself after a while, and the caller looks
    again.
    """
    every = reduce(lambda one, other: one.or_(other), [*(any_of(page, (t,), words) for t in targets), *also])
    matches = every if any(target.hidden for target in targets) else every.visible
    try:
        await matches.first.wait_for(
            state="attached" if shown else "detached", timeout=max(min(timeout, CHANGE_WAIT), 1)
        )
    except PlaywrightTimeout:
        return
    except PlaywrightError as error:
        raise_if_gone(error)
        if not is_passing(error):
            raise
