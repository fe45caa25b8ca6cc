"""Every marketplace is a whole one, and generic code knows none by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from listing_worker.agents.registry import names
from listing_worker.sandbox.registry import SITES, make_site
from tests.agents.conformance import ROOT, missing

# where a name may stand, and why
ITS_OWN = re.compile(
    rf"listing_worker/agents/({'|'.join(SITES)})/"  # its folder
    r"|listing_worker/agents/registry\.py$|listing_worker/sandbox/"  # the registry and the sandbox
    r"|extension/marketplaces/|extension/src/marketplaces\.js$|extension/manifest\.json$"  # the extension's list
)
# Names of environment variables that the first users' deployments set already.
ALLOWED = re.compile(r"^    (\w+_rate_limit: int = Field\(|sqs_\w+_queue_url: str \| None = None$)")
TEXTS = {".py", ".sql", ".js", ".html", ".css", ".json", ".txt", ".toml", ".svg"}


@pytest.mark.parametrize("name", names())
def test_nothing_is_missing(name: str) -> None:
    told = missing(name)
    assert not told, "\n".join(["still missing:", *told])


def generic_files() -> list[Path]:
    found = [file for top in ("listing_worker", "extension/src", "migrations") for file in (ROOT / top).rglob("*")]
    found.append(ROOT / "main.py")
    kept = [file for file in found if file.suffix in TEXTS and "__pycache__" not in file.parts]
    return [file for file in kept if not ITS_OWN.match(file.relative_to(ROOT).as_posix())]


def test_generic_code_names_no_marketplace() -> None:
    hosts = {host for name in SITES for host in make_site(name, "canary").hosts}
    named = re.compile("|".join([*SITES, *map(re.escape, sorted(hosts))]), re.IGNORECASE)
    files = generic_files()
    assert len(files) > 100
    lines = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line) and not ALLOWED.match(line)
    ]
    assert lines == []
