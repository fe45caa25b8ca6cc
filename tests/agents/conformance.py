"""What a marketplace has to bring, as a list of what is still missing. It names things and asserts nothing."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from listing_worker.agents import registry
from listing_worker.agents.form.by_recipe import fields_of
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.vocabulary import COLORS, path_of
from listing_worker.errors import ListingInvalid
from listing_worker.models import DESCRIPTION_LIMIT, PHOTO_LIMIT, Condition, Listing, OperationKind
from listing_worker.preflight.check import preflight
from listing_worker.sandbox.registry import SITES, make_site
from listing_worker.utils.text import utf16_length, word_count
from tests.agents.cases.common import Case, listing
from tests.agents.switches import switches_of

LEAST_CASES = 20
# A field of the record at its limit: the limit's name, and how long a value of ours is there.
SIZES_OF: dict[str, Callable[[Listing], int]] = {
    "title": lambda told: utf16_length(told.title),
    "description": lambda told: utf16_length(told.description),
    "description_words": lambda told: word_count(told.description),
    "photos": lambda told: len(told.photos),
    "tags": lambda told: len(told.tags),
    "colors": lambda told: len(told.colors),
    "price_min": lambda told: told.price.cents,
    "price_max": lambda told: told.price.cents,
}
# What a listing of ours can hold at most, where a marketplace would take more; prices below a dollar nobody asks.
MOST = {"description": DESCRIPTION_LIMIT, "photos": PHOTO_LIMIT, "tags": 10, "colors": 4}
LEAST = {"price_min": 99}
CUT = {"tags", "colors"}  # more than the limit is fine: those beyond it stay away
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
        *_beside(name, agent, root),
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


def _beside(name: str, agent: RecipeAgent, root: Path) -> Iterator[str]:
    """What a posting does without, and its seller does not."""
    folder = root / "listing_worker/agents" / name
    if not (folder / "fees.toml").is_file():
        yield "fees: no fees.toml, so no price can keep an amount there"
    if not (folder / "terms.txt").is_file():
        yield "terms: no terms.txt, so a seller is not told what they say about automation"
    if not agent.can(OperationKind.CHECK):
        yield "after publishing: nothing is said (after.py), so no live listing can be looked at or changed"


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
    yield from _kinds_of_cases(agent, cases)


def _kinds_of_cases(agent: RecipeAgent, cases: Sequence[Case]) -> Iterator[str]:
    """Every condition of ours, each limit, the fewest fields, texts of other scripts, each variant of the form."""
    listings = [listing(case.changes, photos=case.photos) for case in cases]
    missing = set(Condition) - {told.condition for told in listings}
    yield from (f"tests: no case in condition {one}" for one in sorted(missing))
    for name, size_of in SIZES_OF.items():
        limit = getattr(agent.vocabulary.limits, name)
        if not limit:
            continue
        wanted = max(min(limit, MOST.get(name, limit)), LEAST.get(name, 0))
        reached = [size_of(told) for told in listings]
        if wanted not in reached and not (name in CUT and max(reached) >= wanted):
            yield f"tests: no case at the limit of {name} ({wanted})"
    if not any(not (told.brand or told.colors or told.tags or told.size) for told in listings):
        yield "tests: no case of the fewest fields"
    for what, pattern in (("emoji", r"[\U0001F300-\U0001FAFF]"), ("right-to-left text", r"[\u0590-\u06FF]")):
        if not any(re.search(pattern, told.title) and re.search(pattern, told.description) for told in listings):
            yield f"tests: no case with {what} in title and description"
    tried = {word.partition("=")[0] for case in cases for word in re.split(r"[ ,]+", case.variant) if word}
    tried |= {word for row in switches_of(agent.name) for word in row.words}
    if agent.name in SITES:
        known = set(make_site(agent.name, "canary").variant_words)
        yield from (f"tests: no case and no row for the variant {word!r}" for word in sorted(known - tried))


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
