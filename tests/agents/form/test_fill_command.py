"""`listing-worker fill`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listing_worker.cli import app

PAGE = "<label>Title <input></label><label>Price <input></label><form action='/sent'><button>Publish</button></form>"


@pytest.mark.browser
def test_a_refused_field_ends_it_with_one_and_the_rest_is_filled(tmp_path: Path) -> None:
    page, values, picture = tmp_path / "form.html", tmp_path / "values.json", tmp_path / "form.png"
    page.write_text(PAGE, encoding="utf-8")
    values.write_text(json.dumps({"Title": "Silk dress", "Price": 48, "Brand": "Zara"}), encoding="utf-8")
    result = CliRunner().invoke(
        app, ["fill", str(page), "--values", str(values), "--json", "--screenshot", str(picture)]
    )
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert [(row["field"], row["on_form"], row["outcome"]) for row in said["fields"]] == [
        ("Title", "Silk dress", "filled"),
        ("Price", "48", "filled"),
        ("Brand", "", "refused"),
    ]
    assert picture.stat().st_size > 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Photos": ["missing.jpg"]}', '{"Title": {"text": "x"}}'])
def test_values_that_cannot_be_used_are_said_before_a_browser_starts(text: str, tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    values.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["fill", "about:blank", "--values", str(values)])
    assert result.exit_code == 2
