"""What a marketplace has to bring, as a list of what is still missing. It names things and asserts nothing."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from listing_worker.agents import registry
from listing_worker.agents.form.by_recipe import fields_of
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.vocabulary import COLORS, path_of
from listing_worker.errors import ListingInvalid
from listing_worker.models import Condition
from listing_worker.preflight.check import preflight
from listing_worker.sandbox.registry import SITES, make_site
from tests.agents.cases.common import listing

LEAST_CASES = 4
ROOT = Path(__file__).parents[2]


def missing(name: str, root: Path = ROOT) -> list[str]:
    """Everything that keeps a registered marketplace from being a whole one, each as a sentence. `root`: the checkout
    that its files are in."""
    agent = registry.get_agent(name)
    if not isinstance(agent, RecipeAgent):
        return [f"agent: {type(agent).__name__} is no RecipeAgent"]
    return [
        *_recipe(name, agent),
        *_words(name, agent),
        *_replica(name, agent),
        *_cases(name, agent),
        *_extension(name, root),
        *_left_to_do(name, root),
    ]


def _recipe(name: str, agent: RecipeAgent) -> Iterator[str]:
    recipe = agent.recipe
    if not agent.name == recipe.name == agent.vocabulary.name == name:
        yield "names: registry, recipe and vocabulary do not agree"
    if agent.vocabulary.limits is not recipe.limits:
        yield "limits: recipe and vocabulary have different ones"
    if recipe.status != "working":
        yield f"recipe: its status is {recipe.status!r}"
    for step in recipe.steps:
        if step.kind == "special":
            for way in ("fill", "read"):
                if not hasattr(agent, f"{way}_{step.field}"):
                    yield f"agent: {way}_{step.field} is missing"
    for address in (recipe.home_url, recipe.sell_url, recipe.closet.url, recipe.publication.listing_url):
        host = address.split("/")[2]
        if not any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in recipe.hosts):
            yield f"recipe: {host} is not among its hosts"
    if type(recipe).model_validate_json(recipe.model_dump_json()) != recipe:
        yield "recipe: it does not survive JSON"


def _words(name: str, agent: RecipeAgent) -> Iterator[str]:
    vocabulary = agent.vocabulary
    yield from (f"vocabulary: no word for the condition {one}" for one in Condition if one not in vocabulary.conditions)
    yield from (f"vocabulary: no word for the colour {one}" for one in COLORS if one not in vocabulary.colors)
    try:
        leaves = set(vocabulary.tree().leaves())
    except OSError:
        yield "vocabulary: no categories.json beside it"
        return
    if not leaves:
        yield "vocabulary: its category tree is empty"
    for row, answer in vocabulary.table().rows.items():
        if "{" not in answer and path_of(answer) not in leaves:
            yield f"category_map.json: {row!r} leads to {answer!r}, which is no leaf"


def _replica(name: str, agent: RecipeAgent) -> Iterator[str]:
    if name not in SITES:
        yield "sandbox: no replica in sandbox/registry.py"
        return
    site = make_site(name, "canary")
    for address in (agent.recipe.home_url, agent.recipe.sell_url):
        if (host := address.split("/")[2]) not in site.hosts:
            yield f"sandbox: the replica does not answer {host}"
    visitor = importlib.import_module(f"listing_worker.sandbox.{name}.visitor")
    yield from (f"sandbox: visitor.{part} is missing" for part in ("sign_in", "EXPECTED") if not hasattr(visitor, part))


def _cases(name: str, agent: RecipeAgent) -> Iterator[str]:
    try:
        cases = importlib.import_module(f"tests.agents.cases.{name}").CASES
    except ModuleNotFoundError:
        yield f"tests: no cases in tests/agents/cases/{name}.py"
        return
    if len({case.name for case in cases}) < LEAST_CASES:
        yield f"tests: fewer than {LEAST_CASES} cases"
    served = {field for step in agent.recipe.steps for field in fields_of(step)}
    for case in cases:
        told = listing(case.changes, photos=case.photos)
        try:
            planned = {one.field for one in agent.plan(told)}
        except ListingInvalid as problem:
            yield f"case {case.name!r}: {problem.message}"
            continue
        yield from (f"recipe: no step for the planned field {field!r}" for field in sorted(planned - served))
        if preflight(told, agent).fingerprint is None:
            yield f"case {case.name!r}: preflight blocks what plan allows"


def _extension(name: str, root: Path) -> Iterator[str]:
    entry = root / f"extension/marketplaces/{name}.js"
    if not entry.is_file():
        yield f"extension: no marketplaces/{name}.js"
        return
    text = entry.read_text(encoding="utf-8")
    if f"../marketplaces/{name}.js" not in (root / "extension/src/marketplaces.js").read_text(encoding="utf-8"):
        yield "extension: not listed in src/marketplaces.js"
    allowed = json.loads((root / "extension/manifest.json").read_text(encoding="utf-8"))["optional_host_permissions"]
    wanted = re.findall(r"'(\*://[^']+)'", text)
    yield from (f"extension: {host} is not in manifest.json" for host in wanted if host not in allowed)
    if "offered: true" not in text:
        yield "extension: it is not offered to sellers"


def _left_to_do(name: str, root: Path) -> Iterator[str]:
    folders = (root / "listing_worker/agents" / name, root / "listing_worker/sandbox" / name)
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    files += [root / f"tests/agents/cases/{name}.py", root / f"extension/marketplaces/{name}.js"]
    for file in files:
        for found in re.finditer(r"TODO\([a-z]+\): (.*)", file.read_text(encoding="utf-8") if file.is_file() else ""):
            yield f"{file.relative_to(root)}: {found[1]}"
