"""Widgets that nobody here wrote. Three libraries whole: `make forms`; a bundle of one is always here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from bench.component_forms import one_form
from bench.corpora import BUILT, built

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).parents[2] / "corpora"


def test_radix_widgets_hold_what_was_meant(browser_page: Page, run_async: Any) -> None:
    only = ["Title", "Condition", "Accept offers", "Size", "Price"]
    tallies = run_async(one_form(browser_page, "radix", [], only, False, folder=SAMPLE))
    assert [note for tally in tallies for note in tally.notes] == []


@pytest.mark.slow
@pytest.mark.skipif(not built(), reason="make corpora builds them")
@pytest.mark.parametrize("library", ["mui", "antd", "radix"])
def test_no_widget_of_a_library_is_ever_wrong(library: str, browser_page: Page, run_async: Any, tmp_path: Path) -> None:
    photos = [tmp_path / name for name in ("front.jpg", "back.jpg")]
    for photo in photos:
        photo.write_bytes(b"\xff\xd8\xff\xd9")
    tallies = run_async(one_form(browser_page, library, photos, None, False, folder=BUILT))
    assert [note for tally in tallies if tally.wrong for note in tally.notes] == []
    assert sum(tally.right for tally in tallies) >= 0.9 * len(tallies)
