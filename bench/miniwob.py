"""The form tasks of MiniWoB++ (PyPI `miniwob`, MIT), by the engine alone: no model, no recipe.

A task's sentence is turned into wanted fields by one pattern per task (that is reading a sentence, not the page); the
page is filled by `fill`; only if every field read back as meant, the task's own button is pressed by this file and the
task's own judge says 1 or -1. `wrong` = the engine said all is well and the judge disagreed.

    python -m bench.miniwob --episodes 10 [--task login-user]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import importlib.util
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from bench.tally import Tally, table_of
from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form import Intent, Sort, fill

Fields = dict[str, Any]
SUBMIT = "#subbtn, #area button:text-is('Submit')"


@dataclass(frozen=True)
class Task:
    """`fields`: from the sentence's match to what is wanted. `press`: the button that hands the task in."""

    pattern: str
    fields: Callable[[re.Match[str]], Fields]
    press: str = SUBMIT


def _iso(text: str) -> str:
    month, day, year = (int(part) for part in text.split("/"))
    return dt.date(year, month, day).isoformat()


def _clock(text: str) -> str:
    return dt.datetime.strptime(text, "%I:%M %p").strftime("%H:%M")  # noqa: DTZ007 - a time of day


def _ticks(text: str) -> Fields:
    return {} if text == "nothing" else dict.fromkeys(text.split(", "), True)


def _many(text: str) -> Any:
    return text.split(", ") if ", " in text else text


def _movie(found: re.Match[str]) -> Fields:
    return {
        "Genre": found[1],
        "Director": found[2],
        "Year": Intent("Year", found[3], synonyms=("Released Date",)),
    }


def _login(found: re.Match[str]) -> Fields:
    return {"Username": found[1], "Password": found[2]}


_DATE = Task(r"Select (\S+) as the date", lambda m: {"Date": _iso(m[1])})
_MOVIE = Task(
    r"Search for (.+) movies directed by (.+) from year (\d+)",
    _movie,
    "#area button, #area .final, #area .ui-submit",
)
_TICKS = Task(r"Select (.+) and click Submit", lambda m: _ticks(m[1]))
_TEXT = Task(r'Enter "(.*)" into the text field', lambda m: {"text field": Intent("text field", m[1], sort=Sort.TEXT)})

TASKS: dict[str, Task] = {
    "enter-text": _TEXT,
    "enter-text-dynamic": _TEXT,
    "enter-text-2": Task(
        r'Type "(.*)" in all (upper|lower) case',
        lambda m: {"text input": m[1].upper() if m[2] == "upper" else m[1].lower()},
    ),
    "enter-password": Task(
        r'Enter the password "(.*)" into both',
        lambda m: {"Password": m[1], "Verify password": m[1]},
    ),
    "enter-date": Task(r"Enter (\S+) as the date", lambda m: {"Date": _iso(m[1])}),
    "enter-time": Task(r"Enter (.+) as the time", lambda m: {"Time": Intent("Time", _clock(m[1]), ("text field",))}),
    "choose-date-easy": _DATE,
    "choose-date-medium": _DATE,
    "choose-date": _DATE,
    "choose-list": Task(r"Select (.+) from the list", lambda m: {"list": m[1]}),
    "click-scroll-list": Task(r"Select (.+) from the scroll list", lambda m: {"scroll list": _many(m[1])}),
    "click-option": Task(r"Select (.+) and click Submit", lambda m: {"option": m[1]}),
    "click-checkboxes": _TICKS,
    "click-checkboxes-large": _TICKS,
    "click-checkboxes-transfer": _TICKS,
    "use-autocomplete": Task(r'starts with "(.+?)"(?: and ends with "(.+?)")?', lambda m: {"Tags": (m[1], m[2] or "")}),
    "use-slider": Task(r"Select (-?\d+) with the slider", lambda m: {"slider": int(m[1])}),
    "use-slider-2": Task(
        r"combination \[(.+)\]",
        lambda m: {f"slider {i + 1}": int(one) for i, one in enumerate(m[1].split(","))},
    ),
    "use-spinner": Task(r"Select (-?\d+) with the spinner", lambda m: {"spinner": int(m[1])}),
    "form-sequence": Task(
        r"Select (-?\d+) with the slider, click the (\S+) checkbox",
        lambda m: {"slider": int(m[1]), f"{m[2]} checkbox": True},
    ),
    "form-sequence-2": Task(
        r'Check the (\d)\S+ radio button and enter the number "(-?\d+)" into the (\S+) textbox',
        lambda m: {"radio button": m[1], f"{m[3]} textbox": int(m[2])},
    ),
    "form-sequence-3": Task(
        r'Choose (.+) from the dropdown, then click the button labeled "(.+)"',
        lambda m: {"dropdown": m[1]},
        "#buttons button:text-is('{2}')",
    ),
    "login-user": Task(r'username "(.*?)" and the password "(.*?)"', _login),
    "login-user-popup": Task(r'username "(.*?)" and the password "(.*?)"', _login),
    "book-flight": Task(
        r"flight from: (.+) to: (.+) on (\S+)\.",
        lambda m: {"From": m[1], "To": m[2], "Departure Date": _iso(m[3])},
        "#search",
    ),
    "multi-layouts": _MOVIE,
    "multi-orderings": _MOVIE,
}
NOTES = {
    "book-flight": "the form only: the search is pressed and must be accepted; choosing among the flights is no form",
    "use-autocomplete": "the whole word is looked up in the task's own list of countries, as a caller would know it",
}


def folder() -> Path:
    """Where the package keeps its pages. Raises SystemExit with the command to run."""
    spec = importlib.util.find_spec("miniwob")
    if spec is None or spec.origin is None:
        raise SystemExit("MiniWoB++ is not installed: pip install --no-deps miniwob==1.1.0")
    return Path(spec.origin).parent / "html" / "miniwob"


async def episode(page: Page, name: str, task: Task, seed: int) -> tuple[str, str]:
    """One episode: ("right" | "refused" | "wrong", why)."""
    await page.goto((folder() / f"{name}.html").as_uri())
    await page.evaluate("seed => { Math.seedrandom(String(seed)); core.EPISODE_MAX_TIME = 240000; }", seed)
    await page.evaluate("core.startEpisodeReal()")
    await page.wait_for_function("WOB_TASK_READY !== false")
    sentence = " ".join((await page.locator("#query").inner_text()).split())
    found = re.search(task.pattern, sentence)
    if found is None:
        return "refused", f"the sentence is not understood: {sentence}"
    fields = task.fields(found)
    if name == "use-autocomplete":
        starts, ends = fields["Tags"]
        items: list[str] = await page.evaluate("ITEMS")
        fields = {"Tags": next(one for one in items if one.startswith(starts) and one.endswith(ends))}
    table = await fill(page, fields, patience=300, timeout=12_000)
    if not table.ok:
        kind = "wrong" if table.wrong else "refused"
        return kind, "; ".join(f"{row.field}: {row.reason}" for row in table if not row.same)
    if name == "book-flight":
        await page.locator("#search").click()
        shown = await page.locator("#results .flight").count()
        held = await page.evaluate("[...document.querySelectorAll('#area input')].map(e => e.value)")
        right = shown > 0 and all(str(one) in " ".join(held) for one in (fields["From"], fields["To"]))
        return ("right", "") if right else ("wrong", f"the search was not accepted: {held}")
    selector = task.press.replace("{2}", found[2] if "{2}" in task.press else "")
    await page.locator(selector).first.click()
    reward = float(await page.evaluate("WOB_RAW_REWARD_GLOBAL"))
    return ("right", "") if reward > 0 else ("wrong", f"the judge said {reward}: {sentence}")


async def run(episodes: int, only: list[str] | None = None, *, show: bool = True) -> list[Tally]:
    """All tasks; one tally per task."""
    tallies = []
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_chromium(), args=base_arguments())
        for name, task in TASKS.items():
            if only and name not in only:
                continue
            tally = Tally(name)
            for seed in range(episodes):
                page = await browser.new_page(viewport={"width": 500, "height": 500})
                started = time.monotonic()
                outcome, why = await episode(page, name, task, seed)
                tally.add(outcome, f"seed {seed}: {why}" if why else "", time.monotonic() - started)
                await page.close()
            tallies.append(tally)
            if show:
                print(tally.line(), flush=True)
        await browser.close()
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=10)
    parser.add_argument("--task", action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tallies = asyncio.run(run(options.episodes, options.task, show=not options.json))
    if options.json:
        print(json.dumps([tally.as_dict() for tally in tallies], indent=2))
    else:
        print(table_of(tallies))


if __name__ == "__main__":
    main()
