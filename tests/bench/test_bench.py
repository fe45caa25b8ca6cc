"""The bench itself: medians, goals, what it writes, and what the soak calls growth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from rich.console import Console

from bench.__main__ import measure
from bench.figures import Figure, Result
from bench.place import Place
from bench.report import markdown, write
from bench.soak import SLACK, Sample, grown


def sample(**changes: float) -> Sample:
    usual = {"at": 0, "memory_mb": 200, "files": 60, "processes": 6, "leftovers": 0, "temporary": 3}
    usual["redis_keys"] = 20
    return Sample(**{**usual, **changes})  # type: ignore[arg-type]


def test_a_goal_is_met_by_the_median() -> None:
    assert Figure("g", "n", "s", (9, 1, 2), goal=2).met is True
    assert Figure("g", "n", "s", (9, 3, 2), goal=2).met is False
    assert Figure("g", "faster", "×", (9, 6, 1), goal=-5).met is True
    assert Figure("g", "faster", "×", (9, 4, 1), goal=-5).met is False
    assert Figure("g", "n", "s", (1,)).met is None


def test_what_was_measured_is_written_whole(tmp_path: Path) -> None:
    result = Result()
    result.add("one posting", "mercari, ours ÷ floor", "×", [1.5, 1.1, 1.2], goal=1.25, note="read with care")
    result.add("one posting", "mercari, ours", "s", [5.0])
    result.add("one posting", "mercari, floor", "s", [4.0])
    result.stages["mercari"] = {"fill": 1.0, "publish and prove": 0.5}
    result.left_out["something"] = "a reason"
    docs = tmp_path / "docs"
    docs.mkdir()
    write(result, tmp_path / "out", docs)
    found = json.loads((tmp_path / "out/result.json").read_text())
    figure = found["figures"][0]
    assert (figure["median"], figure["met"], figure["values"]) == (1.2, True, [1.5, 1.1, 1.2])
    assert found["machine"]["cores"] >= 1
    text = (docs / "performance.md").read_text()
    assert text == markdown(found)
    for words in ("mercari, ours ÷ floor", "1.20 ×", "≤ 1.25", "Read with care", "Not measured: something: a reason"):
        assert words in text
    with Image.open(docs / "performance-stages.png") as chart:
        assert chart.width == 1000
    with Image.open(docs / "performance-ways.png") as chart:
        assert chart.getpixel((345, 20)) != (255, 255, 255), "the bar of ours"


def test_a_part_that_fails_is_told_and_the_others_are_measured() -> None:
    result = Result()

    def breaks(_: Any) -> None:
        result.add("half", "done", "s", [1])
        raise OSError("the disk is full")

    steps = [("first", breaks), ("second", lambda _: result.add("second", "measured", "s", [2]) and None)]
    assert measure(steps, cast(Place, None), result, Console(quiet=True)) == ["first"]
    assert [each.group for each in result.figures] == ["second"]
    assert "the disk is full" in result.left_out["first"]


@pytest.mark.parametrize("name", SLACK)
def test_steady_growth_is_found_and_noise_is_not(name: str) -> None:
    steady = [sample(**{name: getattr(sample(), name) + (number % 3 == 0) * SLACK[name] * 0.5}) for number in range(40)]
    assert grown(steady, warm_up=5) == {}
    step = (SLACK[name] + 1) / 20
    growing = [sample(**{name: getattr(sample(), name) + number * step}) for number in range(40)]
    assert list(grown(growing, warm_up=5)) == [name]


def test_what_grows_only_while_warming_up_is_no_growth() -> None:
    warming = [sample(memory_mb=100 + min(number, 10) * 30) for number in range(60)]
    assert grown(warming, warm_up=10) == {}


def test_a_profile_that_stays_is_growth() -> None:
    assert "leftovers" in grown([sample(leftovers=number > 20) for number in range(40)], warm_up=5)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(240)
def test_a_short_soak_leaves_nothing_behind() -> None:
    from bench.soak import soak

    found = soak(minutes=3, postings=6, seed=3, console=Console(quiet=True))
    assert found["postings"] >= 3
    assert found["wrong"] == []
    assert found["samples"][-1]["leftovers"] == 0
