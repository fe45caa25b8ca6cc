"""`listing-worker preflight` on a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listing_worker.agents.registry import names
from listing_worker.cli import app
from listing_worker.demo.listing import demo_listing
from tests.agents.cases.common import make_photos


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    file = tmp_path / "listing.json"
    file.write_text(json.dumps({**demo_listing("1"), "price": "48.50"}))
    (photo,) = make_photos(tmp_path, 1)
    return ["preflight", str(file), "--photo", str(photo)]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_the_command_tells_all_marketplaces_as_json(asked: list[str]) -> None:
    told = json.loads(run(*asked, "--json").output)
    assert [one["marketplace"] for one in told] == list(names())
    assert all(one["ready_with_auto_fit"] for one in told)
    assert any(f["field"] == "price" and f["severity"] == "change" for one in told for f in one["findings"])


def test_the_command_is_readable_and_ends_with_the_verdict(asked: list[str]) -> None:
    answer = run(*asked)
    assert (
        answer.exit_code == 0
        and "ready with auto-fit" in answer.output
        and "48.50" in answer.output
        and "→ 49.00" in answer.output
    )
    without_photo = run(*asked[:2])
    assert without_photo.exit_code == 1 and "needs at least one photo" in without_photo.output
