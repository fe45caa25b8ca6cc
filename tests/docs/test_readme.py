"""Every command in the README is one that exists and answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from listing_worker.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    """The lines of the README's code blocks, and what its sentences put in backticks, without comments."""
    blocks = re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|python main\.py)[^`]*)`", README)
    return sorted({line for line in [*lines, *inline] if line})


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_exists(command: str) -> None:
    words = command.split()
    if words[0] == "make":
        run = ["make", "--dry-run", *words[1:]]
    else:
        assert words[:2] == ["python", "main.py"], command
        run = [sys.executable, "main.py", *[word for word in words[2:] if word != "--help"], "--help"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_demo_and_the_tests_are_the_first_two_commands() -> None:
    first = re.search(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert first is not None
    assert [line.partition("#")[0].strip() for line in first[1].splitlines()] == ["make demo", "make test"]


def test_every_setting_is_in_the_example_file_and_nothing_else_is() -> None:
    names = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    fields = {name.upper() for name in Settings.model_fields}
    assert names == fields


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_ci_runs_exactly_the_two_commands_and_a_sample_of_the_crash_campaign() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make")]
    assert lines == ["make check", "make test", "make crash TRIALS=4 SCHEDULES=300"]
