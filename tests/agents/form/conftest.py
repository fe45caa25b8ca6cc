"""Small pages for the form engine's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.readback import read_back
from listing_worker.agents.recipe import AnyStep, Interruption, Planned
from listing_worker.models import FieldReport

JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d"
    "1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc0000b080001000101011100ffc4001f000001050101"
    "0101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d010203000411051221314106"
    "13516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455"
    "565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9ba"
    "c2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbd3ffd9"
)


def page_file(name: str) -> str:
    """The HTML of `pages/<name>.html`."""
    return (Path(__file__).parent / "pages" / f"{name}.html").read_text(encoding="utf-8")


@dataclass
class Filled:
    """What a scenario left: the table, the table read once more, and what the page holds."""

    reports: list[FieldReport]
    again: list[FieldReport]
    page: dict[str, Any]
    dismissed: dict[str, int]

    def __getitem__(self, field: str) -> FieldReport:
        return next(report for report in self.reports if report.field == field)


FillPage = Callable[..., Filled]


@pytest.fixture
def fill_page(browser_page: Page, run_async: Any) -> FillPage:
    """Fills a page and tells what came of it: `fill_page(html, steps, plan, held="js expression")`."""

    def run(
        html: str,
        steps: Sequence[AnyStep],
        plan: dict[str, Any] | Sequence[Planned],
        *,
        held: str = "({})",
        photos: Sequence[Path] = (),
        interruptions: Sequence[Interruption] = (),
        safe_buttons: Sequence[str] = (),
        then: Callable[[Page], Awaitable[None]] | None = None,
        rounds: int = 2,
        **more: Any,
    ) -> Filled:
        planned = [Planned(field, value) for field, value in plan.items()] if isinstance(plan, dict) else list(plan)

        async def scenario() -> Filled:
            await browser_page.goto("about:blank")  # set_content alone would keep the globals of a former page
            await browser_page.set_content(html)
            watch = Interruptions(browser_page, interruptions, safe_buttons)
            form = Form(browser_page, planned, photos=photos, interruptions=watch, **more)
            reports = await fill(form, steps, rounds=rounds)
            if then is not None:
                await then(browser_page)
            again = await read_back(form, steps)
            return Filled(reports, again, await browser_page.evaluate(held), dict(watch.seen))

        result: Filled = run_async(scenario())
        return result

    return run
