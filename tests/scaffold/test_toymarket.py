"""A sixth marketplace, added by files alone: written by the scaffold into a folder of its own, registered by the lines
that the scaffold writes, and posted to end to end. No generic code knows of it."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import listing_worker.agents
import listing_worker.sandbox
import tests.agents.cases
from listing_worker.agents import registry
from listing_worker.categories.suggest import suggest
from listing_worker.demo.judge import compare
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import visitor_of
from listing_worker.errors import ConfigurationError
from listing_worker.orchestration.resources import Resources
from listing_worker.preflight.check import preflight
from listing_worker.sandbox import registry as sandbox_registry
from listing_worker.scaffold.write import NewMarketplace, write_marketplace
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyRing
from tests.agents.cases.common import listing
from tests.agents.conformance import ROOT, missing
from tests.e2e.seller import SECRET, Seller, signed_in_session
from tests.fixtures.sandbox import RunningSandbox, running_sandbox

TOY = NewMarketplace("toymarket", "Toymarket", "www.toymarket.test")
LISTS = (
    "listing_worker/agents/registry.py",
    "listing_worker/sandbox/registry.py",
    "extension/src/marketplaces.js",
    "extension/manifest.json",
)


@dataclass(frozen=True)
class Toymarket:
    root: Path
    written: list[Path]


@pytest.fixture(scope="module")
def toymarket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toymarket]:
    """Written into a checkout of only the lists, and registered in this process by what these lists say then."""
    root = tmp_path_factory.mktemp("checkout")
    for name in LISTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    written = write_marketplace(TOY, root)
    patch = pytest.MonkeyPatch()
    packages = ((listing_worker.agents, "listing_worker/agents"), (listing_worker.sandbox, "listing_worker/sandbox"))
    for package, folder in (*packages, (tests.agents.cases, "tests/agents/cases")):
        patch.setattr(package, "__path__", [*package.__path__, str(root / folder)])
    patch.setitem(registry.AGENTS, TOY.name, _list(root, "agents", "AGENTS")[TOY.name])
    patch.setitem(sandbox_registry.SITES, TOY.name, _list(root, "sandbox", "SITES")[TOY.name])
    importlib.invalidate_caches()
    yield Toymarket(root, written)
    patch.undo()
    for module in [name for name in sys.modules if TOY.name in name]:
        del sys.modules[module]


def _list(root: Path, room: str, name: str) -> dict[str, Any]:
    """The list as the written registry file has it."""
    spec = importlib.util.spec_from_file_location(f"_{room}_registry", root / f"listing_worker/{room}/registry.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = getattr(module, name)
    return found


@pytest.fixture(scope="module")
def toy_sandbox(toymarket: Toymarket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.json", (TOY.name,)) as sandbox:
        yield sandbox


def test_one_line_per_list_and_nothing_else_is_changed(toymarket: Toymarket) -> None:
    for name in LISTS:
        before, after = (ROOT / name).read_text().splitlines(), (toymarket.root / name).read_text().splitlines()
        added = [line for line in after if line not in before]
        assert 1 <= len(added) <= 2 and any(TOY.name in line for line in added), name
    assert "*://*.toymarket.test/*" in json.loads((toymarket.root / LISTS[3]).read_text())["optional_host_permissions"]


def test_what_is_written_passes_our_own_checks(toymarket: Toymarket) -> None:
    files = [str(file) for file in toymarket.written if file.suffix == ".py"]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    config += ["--config", 'lint.isort.known-first-party = ["listing_worker", "tests"]']
    for check in (["check", *config], ["format", "--check", *config]):
        done = subprocess.run([sys.executable, "-m", "ruff", *check, *files], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_conformance_test_names_what_is_still_missing(toymarket: Toymarket) -> None:
    told = missing(TOY.name, toymarket.root)
    assert "recipe: its status is 'draft_only'" in told
    assert "extension: it is not offered to sellers" in told
    assert {"fees", "terms", "after publishing"} <= {sentence.partition(":")[0] for sentence in told}
    files = {sentence.partition(":")[0] for sentence in told if "/" in sentence.partition(":")[0]}
    assert {Path(file).name for file in files} >= {"recipe.py", "vocabulary.py", "site.py", "toymarket.js"}
    # and nothing that runs is missing
    assert not [sentence for sentence in told if sentence.startswith(("agent:", "vocabulary:", "sandbox:", "case"))]


def test_suggestions_and_preflight_know_it_at_once(toymarket: Toymarket) -> None:
    agent = registry.get_agent(TOY.name)
    dress = listing({"title": "Floral wrap dress", "category": ["Women", "Dresses"]})
    assert suggest(dress, agent.vocabulary)[0].category == ("Clothing", "Dresses")
    found = preflight(listing({"title": "word " * 30 + "end", "price": {"cents": 4850}}), agent)
    assert found.ready_with_auto_fit and [one.field for one in found.findings if one.severity == "change"] == ["title"]


@pytest.mark.browser
def test_it_is_posted_to_end_to_end(
    toymarket: Toymarket, toy_sandbox: RunningSandbox, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path / "data",
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        sandbox_file=toy_sandbox.path,
        pacing=False,
    )
    resources = Resources.open(settings, KeyRing(SECRET))
    try:
        seller = Seller(resources, toy_sandbox, {}, tmp_path / "trips")
        seller.connect(asyncio.run(signed_in_session(toy_sandbox.file, TOY.name)))
        (posting,) = seller.post(seller.create_listing(), TOY.name)
        done = seller.work(posting)
        assert done["state"] == "live", done["reason"]
        (record,) = seller.received(TOY.name, posting)
    finally:
        resources.close()
    assert record["id"] == done["external_id"] and record["publish_requests"] == 1
    assert done["report"]["publish_presses"] == 1 and done["report"]["model_calls"] == 0
    assert done["report"]["fields_checked"] == done["report"]["fields_equal"] >= 5
    assert not [c for c in compare(visitor_of(TOY.name).EXPECTED, record, demo_photos()) if not c.equal]


def test_a_name_that_is_taken_or_cannot_be_one_writes_nothing(toymarket: Toymarket) -> None:
    before = sorted(str(path) for path in toymarket.root.rglob("*"))
    for new in (TOY, NewMarketplace("../evil", "Evil", "evil.test"), NewMarketplace("other", "Other", "no host")):
        with pytest.raises(ConfigurationError):
            write_marketplace(new, toymarket.root)
    assert sorted(str(path) for path in toymarket.root.rglob("*")) == before
