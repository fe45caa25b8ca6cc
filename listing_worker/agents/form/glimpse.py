"""Many fields read in one call, where their locators are plain CSS: the same rules, without a round trip for each.

What cannot be told this way (roles, labels, frames, no unique visible element) is simply not in the answer, and is
then read the ordinary way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.form.locate import SEEN
from listing_worker.agents.form.targets import By, Candidate, Target
from listing_worker.agents.form.waiting import is_passing, raise_if_gone

SHOWS = "shows"


@dataclass(frozen=True)
class Wanted:
    """A filled target, and how it is read (ReadBy's value), or SHOWS: is anything of it visible?"""

    target: Target
    how: str = SHOWS
    attribute: str = ""


@dataclass(frozen=True)
class Glimpse:
    """What was read, and by which candidate. For SHOWS the value is "true"."""

    value: str
    found_by: str


_LOOK = """([wanted, shows]) => {
  const seen = %(seen)s, read = %(read)s;
  const matches = chain => chain.reduce(
    (roots, css) => [...new Set(roots.flatMap(root => [...root.querySelectorAll(css)]))], [document]);
  return wanted.map(([chains, hidden, how, attribute]) => {
    for (let rank = 0; rank < chains.length; rank++) {
      let all;
      try { all = matches(chains[rank]); } catch { return null; }
      const ones = hidden ? all : all.filter((_, i, every) => seen([every[i]])[0] === 2);
      if (how === shows) { if (ones.length) return [rank, 'true']; continue; }
      if (ones.length === 1) return [rank, read(ones[0], [how, attribute])];
    }
    return null;
  });
}"""


def plain_css(candidate: Candidate) -> str | None:
    """The candidate as CSS that any browser understands, or None if it is not that plain."""
    if candidate.by is By.TEST_ID:
        return f'[{candidate.attribute}="{candidate.value}"]'
    return candidate.value if candidate.by is By.CSS and candidate.has_text is None else None


def chains(target: Target) -> list[tuple[str, list[str]]]:
    """The ways to a target as chains of CSS, in order, up to the first that is not plain."""
    if target.frame or (target.within is not None and target.within.frame):
        return []
    scopes = chains(target.within) if target.within is not None else [("", [])]
    found: list[tuple[str, list[str]]] = []
    for name, scope in scopes:
        for candidate in target.candidates:
            css = plain_css(candidate)
            if css is None:
                return found
            found.append((f"{name} >> {candidate}" if name else str(candidate), [*scope, css]))
    return found


async def glimpse(page: Page, wanted: Iterable[Wanted], read: str) -> dict[Wanted, Glimpse]:
    """What the page says of each, as far as it can be told in one call. `read`: a function of element and
    [how, attribute]."""
    asked = [(one, ways) for one in dict.fromkeys(wanted) if (ways := chains(one.target))]
    if not asked:
        return {}
    specs = [[[css for _, css in ways], one.target.hidden, one.how, one.attribute] for one, ways in asked]
    try:
        answers: list[tuple[int, str] | None] = await page.evaluate(
            _LOOK % {"seen": SEEN, "read": read}, [specs, SHOWS]
        )
    except PlaywrightError as error:
        raise_if_gone(error)
        if not is_passing(error):
            raise
        return {}
    return {
        one: Glimpse(answer[1], ways[answer[0]][0])
        for (one, ways), answer in zip(asked, answers, strict=True)
        if answer is not None
    }
