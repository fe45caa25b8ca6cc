"""A sample of moved forms, filled and judged as `make drift` does, on every replica."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from tests.drift.__main__ import play_all
from tests.drift.mutations import KINDS
from tests.drift.tally import Parts, result


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in {"labels_reworded", "in_shadow_root", "decoys"}])
def test_no_field_of_a_moved_form_is_wrong_with_or_without_a_model(kind: str, tmp_path: Path) -> None:
    asked = argparse.Namespace(
        forms=5,
        seed=3,
        only=kind,
        marketplace="",
        one=None,
        model="both",
        tier="T1",
        workers=2,
        minutes=0,
        resume=False,
        every_twice=False,
    )
    parts = Parts(tmp_path / "run.jsonl", keep=False)
    asyncio.run(play_all(asked, parts, Console(quiet=True)))
    found = result(parts, {seed for _, seed in parts.forms}, seed=3)
    assert found["totals"]["wrong"] == 0
    assert found["totals"]["forms"] == 5
    scripted = found["modes"]["scripted"]["totals"]
    assert scripted["right"] >= found["totals"]["right_without_model"]
    assert scripted["model_requests"] <= scripted["changed"]
    assert scripted["requests_again"] == 0
