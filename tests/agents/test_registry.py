"""The hand-written list of marketplaces, and what every marketplace has to bring."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import listing_worker.agents
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.registry import AGENTS, UnknownMarketplace, all_agents, get_agent, names
from listing_worker.errors import ListingInvalid
from listing_worker.sandbox.registry import SITES

AGENTS_FOLDER = Path(listing_worker.agents.__file__).parent
ROOT = AGENTS_FOLDER.parent.parent
every = pytest.mark.parametrize("name", names())


def test_every_folder_with_a_recipe_is_registered_and_the_other_way_round() -> None:
    assert {path.parent.name for path in AGENTS_FOLDER.glob("*/recipe.py")} == set(AGENTS)


def test_the_sandbox_has_a_replica_of_each() -> None:
    assert set(SITES) >= set(AGENTS)


@every
def test_names_agree_and_the_same_agent_is_given_each_time(name: str) -> None:
    agent = get_agent(name)
    assert agent is get_agent(name)
    assert isinstance(agent, RecipeAgent)
    assert agent.name == agent.recipe.name == agent.vocabulary.name == name
    assert agent.display_name == agent.vocabulary.display_name
    assert agent.recipe.limits is agent.vocabulary.limits


def test_all_agents_come_in_the_order_of_the_list() -> None:
    assert [agent.name for agent in all_agents()] == list(names())


def test_an_unknown_marketplace_is_the_sellers_error_and_names_the_known_ones() -> None:
    with pytest.raises(UnknownMarketplace) as caught:
        get_agent("etsy")
    assert isinstance(caught.value, ListingInvalid)
    assert all(name in caught.value.message for name in names())
    assert caught.value.reason.code == "unknown_marketplace"


def test_importing_the_registry_imports_no_marketplace() -> None:
    program = "import sys, listing_worker.agents.registry; print([m for m in sys.modules if 'agents.' in m])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert not any(f"agents.{name}" in loaded for name in names())


@every
def test_every_marketplace_has_cases(name: str) -> None:
    cases = importlib.import_module(f"tests.agents.cases.{name}").CASES
    assert len(cases) >= 4
    assert len({case.name for case in cases}) == len(cases)


@every
def test_every_planned_field_has_a_step(name: str) -> None:
    from listing_worker.agents.form.by_recipe import fields_of
    from tests.agents.cases.common import listing

    agent = get_agent(name)
    assert isinstance(agent, RecipeAgent)
    served = {field for step in agent.recipe.steps for field in fields_of(step)}
    cases = importlib.import_module(f"tests.agents.cases.{name}").CASES
    for case in cases:
        planned = {planned.field for planned in agent.plan(listing(case.changes, photos=case.photos))}
        assert planned <= served, planned - served


@every
def test_every_special_field_has_its_methods(name: str) -> None:
    agent = get_agent(name)
    assert isinstance(agent, RecipeAgent)
    described = json.dumps(agent.recipe.model_dump(mode="json", include={"steps"}))
    for step in agent.recipe.steps:
        if step.kind == "special":
            assert hasattr(agent, f"fill_{step.field}"), step.field
            assert hasattr(agent, f"read_{step.field}"), step.field
    assert described


@every
def test_a_recipe_survives_json(name: str) -> None:
    agent = get_agent(name)
    assert isinstance(agent, RecipeAgent)
    recipe = agent.recipe
    assert type(recipe).model_validate_json(recipe.model_dump_json()) == recipe


@every
def test_the_recipe_may_talk_to_the_hosts_it_names(name: str) -> None:
    agent = get_agent(name)
    assert isinstance(agent, RecipeAgent)
    recipe = agent.recipe

    def allowed(url: str) -> bool:
        host = url.split("/")[2]
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in recipe.hosts)

    assert all(
        allowed(u) for u in (recipe.home_url, recipe.sell_url, recipe.closet.url, recipe.publication.listing_url)
    )
