"""The parts that a whole system is made of."""

from __future__ import annotations

from pathlib import Path

from listing_worker.embedded.system import Part


def test_a_part_tells_how_often_it_said_something_since_it_was_started(tmp_path: Path) -> None:
    (tmp_path / "help.log").write_text("Usage: of the day before\n")
    part = Part("help", ["--help"], {}, tmp_path)
    part.process.wait(60)
    assert part.times_said("Usage:") == part.log.read_text().count("Usage:") - 1 > 0
    assert part.times_said("nothing of the kind") == 0
