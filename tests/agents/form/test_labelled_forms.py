"""Every page of the labelled corpus (tests/forms) is filled as its labels say, and nothing on it is ever wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from bench.labelled import FORMS, corpus, fill_and_judge
from tests.agents.form.conftest import JPEG

pytestmark = pytest.mark.browser

EVERY_TIME = {"decoys", "modal_price", "absent_and_like", "shadow_and_frames"}
NAMES = sorted(file.stem for file in FORMS.glob("*.json"))


@pytest.mark.parametrize(
    "name", [name if name in EVERY_TIME else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_a_page_is_filled_as_its_labels_say(name: str, browser_page: Page, run_async: Any, tmp_path: Path) -> None:
    photos = [tmp_path / file for file in ("front.jpg", "back.jpg")]
    for photo in photos:
        photo.write_bytes(JPEG)
    form = corpus([name])[0]
    tally, _, held = run_async(fill_and_judge(browser_page, form, photos))
    assert (tally.notes, held) == ([], form.expected)
