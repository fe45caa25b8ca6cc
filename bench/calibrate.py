"""Measures the weights of the match on the labelled corpus (tests/forms), and what changing each would do.

    python -m bench.calibrate            the numbers of the weights as they are
    python -m bench.calibrate --sweep    each weight a little lower and higher: who would do better, and who worse

Only looks and matches, nothing is filled: a pair is right if the control is the labelled one. Fields that must be
refused count too. A wrong pair costs more than twenty refusals. Change `agents/heal/weights.py` by hand, with this in
front of you.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from dataclasses import dataclass, fields, replace

from playwright.async_api import Page, async_playwright

from bench.labelled import Labelled, corpus, load
from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form.intents import Intent, intents
from listing_worker.agents.form.inventory import Control, take
from listing_worker.agents.heal.match import match
from listing_worker.agents.heal.weights import WEIGHTS, Weights

WRONG_COSTS = 20


@dataclass(frozen=True)
class Seen:
    """A page as it was looked at once: controls, wanted fields, and which control each is (None: refuse)."""

    name: str
    controls: list[Control]
    wanted: list[Intent]
    truth: dict[str, Control | None]


@dataclass(frozen=True)
class Outcome:
    right: int = 0
    refused: int = 0
    wrong: int = 0
    narrowest: float = 1.0  # the smallest distance of a right pair to its rival

    @property
    def cost(self) -> int:
        return self.refused + WRONG_COSTS * self.wrong

    def __str__(self) -> str:
        return f"right {self.right}, refused {self.refused}, wrong {self.wrong}, narrowest margin {self.narrowest:.2f}"


async def look(page: Page, form: Labelled) -> Seen:
    await load(page, form)
    seen = await take(page)
    truth: dict[str, Control | None] = {}
    for name, (_, css, must) in form.fields.items():
        if css is None and must:
            continue  # behind a dialog, in a shadow root: no plain selector to compare with
        truth[name] = None
        if css is None:
            continue
        for control in seen.controls:
            element = await seen.element(control)
            script = "(e, css) => [...document.querySelectorAll(css)].some(x => x === e || e.contains(x))"
            smaller = truth[name] is None or control.end - control.start < truth[name].end - truth[name].start  # type: ignore[union-attr]
            if control.kind not in {"section", "frame"} and smaller and await element.evaluate(script, css):
                truth[name] = control
    wanted = [one for one in intents({k: v for k, v in form.wanted([]).items() if v != []}) if one.name in truth]
    return Seen(form.name, seen.controls, wanted, truth)


def judged(pages: list[Seen], weights: Weights, *, loud: bool = False) -> Outcome:
    right = refused = wrong = 0
    narrowest = 1.0
    for page in pages:
        for one in match(page.wanted, page.controls, weights, page=page.controls):
            truth = page.truth[one.intent.name]
            if one.control is None:
                right, refused = (right + 1, refused) if truth is None else (right, refused + 1)
            elif truth is not None and (one.control is truth or one.control.overlaps(truth)):
                right += 1
                narrowest = min(narrowest, one.score - one.rival)
            else:
                wrong += 1
            if loud and (one.control is None) != (truth is None):
                print(f"  {page.name}: {one.intent.name}: {one.reason or one.control} (should be {truth})")
    return Outcome(right, refused, wrong, narrowest)


def sweep(pages: list[Seen]) -> None:
    """Each weight alone, five steps down and up."""
    base = judged(pages, WEIGHTS)
    for one in fields(Weights):
        now = getattr(WEIGHTS, one.name)
        better, limits = [], [now, now]
        for direction, step in itertools.product((-1, 1), (0.05, 0.1, 0.15, 0.2, 0.3)):
            value = round(now + direction * step, 3)
            if not 0 <= value <= 1:
                continue
            outcome = judged(pages, replace(WEIGHTS, **{one.name: value}))
            if outcome.cost < base.cost:
                better.append(f"{value}: {outcome}")
            if outcome.cost <= base.cost:
                limits = [min(limits[0], value), max(limits[1], value)]
        note = f"  better at {better[0]}" if better else ""
        print(f"  {one.name:<16}{now:<6} as good from {limits[0]} to {limits[1]}{note}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweep", action="store_true")
    options = parser.parse_args()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_chromium(), args=base_arguments())
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        pages = [await look(page, form) for form in corpus()]
        await browser.close()
    print(f"{len(pages)} pages, {sum(len(one.wanted) for one in pages)} fields: {judged(pages, WEIGHTS, loud=True)}")
    if options.sweep:
        sweep(pages)


if __name__ == "__main__":
    asyncio.run(main())
