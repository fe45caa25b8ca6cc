"""A replica names all its variants, and no other: what its code asks for is in its `variants.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import listing_worker.sandbox
from listing_worker.sandbox.admin import told_of
from listing_worker.sandbox.registry import SITES, make_site

FOLDER = Path(listing_worker.sandbox.__file__).parent
ASKED = re.compile(
    r"""["']([A-Za-z_-]+)["'] (?:not )?in [\w.]*variants?\b"""  # "fragile" in variants
    r"""|(?<![.\w])has\(["'](\w+)["']\)"""  # has("fragile"), in a page's script
    r"""|variant\.get\(["']([\w-]+)["']"""  # variant.get("hydration", …)
    r"""|(?:variants|words) [&-] \{([^}]*)\}"""  # one of several
)


def asked_for(name: str) -> set[str]:
    files = [file for file in (FOLDER / name).rglob("*") if file.suffix in {".py", ".js", ".html"}]
    found = [groups for file in files for groups in ASKED.findall(file.read_text(encoding="utf-8"))]
    return {word for groups in found for part in groups for word in re.findall(r"[\w-]+", part)}


@pytest.mark.parametrize("name", SITES)
def test_the_variants_that_are_named_are_those_that_the_code_asks_for(name: str) -> None:
    named = set(make_site(name, "canary").variant_words)
    assert asked_for(name) - named == set()
    assert named - asked_for(name) == set()


@pytest.mark.parametrize("name", SITES)
def test_people_are_told_of_them(name: str) -> None:
    site = make_site(name, "canary")
    assert all(f"{word} " in told_of(site) for word in site.variant_words)
