"""Scenarios: switches and accounts from a file, all or nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from listing_worker.sandbox.__main__ import main
from listing_worker.sandbox.registry import all_sites
from listing_worker.sandbox.scenario import FOLDER, BadScenario, Scenario, as_document, ready_made
from listing_worker.sandbox.server import SandboxFile
from listing_worker.sandbox.site import Site
from tests.fixtures.sandbox import RunningSandbox

BAD_DAY = """
title = "A bad day"

[sites.poshmark]
switches = { publish_lost = true, slow = 1 }
accounts = [{ username = "two@example.com", password = "p", handle = "two" }]

[sites.ebay.switches]
variant = "B"
"""


@pytest.fixture
def sites() -> dict[str, Site]:
    return {site.name: site for site in all_sites("canary-scenario")}


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "day.toml"
    path.write_text(text)
    return str(path)


def test_a_scenario_sets_switches_and_adds_accounts(sites: dict[str, Site], tmp_path: Path) -> None:
    sites["mercari"].faults.update({"challenge": True})
    Scenario.read(written(tmp_path, BAD_DAY)).play(sites)
    assert sites["poshmark"].faults.publish_lost
    assert sites["poshmark"].faults.slow == 1.0
    assert sites["ebay"].faults.variant == "B"
    assert not sites["mercari"].faults.challenge, "switches that a scenario does not name are off"
    session = sites["poshmark"].sign_in("two@example.com", "p")
    assert session
    assert session.account.handle == "two"
    assert sites["poshmark"].sign_in("seller@example.com", "sandbox-password")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 'x'\n[sites.nowhere.switches]\nslow = 1", "no such site: nowhere"),
        ("title = 'x'\n[sites.ebay.switches]\nunheard_of = 1", "ebay: unknown switch 'unheard_of'"),
        ("title = 'x'\n[sites.ebay.switches]\nslow = 'very'", "ebay: switch 'slow' takes a float"),
        ("title = 'x'\n[[sites.ebay.accounts]]\nusername = 'a'", "password: Field required"),
        ("title = 'x'\nswitches = {}", "switches: Extra inputs"),
        ("sites = {}", "title: Field required"),
        ("title = ", "day.toml"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_set(sites: dict[str, Site], tmp_path: Path, text: str, said: str) -> None:
    sites["poshmark"].faults.update({"slow": 2})
    with pytest.raises(BadScenario, match=said):
        Scenario.read(written(tmp_path, text)).play(sites)
    assert sites["poshmark"].faults.slow == 2.0


def test_a_name_that_is_no_file_names_the_ready_made_ones() -> None:
    with pytest.raises(BadScenario, match="lost-answers"):
        Scenario.read("no-such-day")


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_the_ready_made_scenarios_play(sites: dict[str, Site], name: str) -> None:
    scenario = Scenario.read(name)
    assert scenario.title == ready_made()[name]
    scenario.play(sites)
    said = as_document(sites, scenario.title)
    assert said["sites"]
    again = {site.name: site for site in all_sites("canary-again")}
    Scenario.of(said).play(again)
    assert as_document(again) == as_document(sites), "what is told can be played again"


def test_a_replica_that_does_not_run_is_passed_over(sites: dict[str, Site]) -> None:
    Scenario.read("lost-answers").play({"poshmark": sites["poshmark"]})
    assert sites["poshmark"].faults.publish_lost


def test_the_admin_port_plays_scenarios_and_tells_them(clean_sandbox: RunningSandbox) -> None:
    day = {"title": "x", "sites": {"mercari": {"switches": {"slow": 0.25}, "accounts": []}}}
    assert clean_sandbox.play(day)["sites"] == day["sites"]
    assert clean_sandbox.admin.get("/faults/mercari").json()["slow"] == 0.25
    refused = clean_sandbox.admin.put("/scenario", json={"title": "x", "sites": {"mercari": {"switches": {"x": 1}}}})
    assert refused.status_code == 400
    assert "unknown switch" in refused.json()["error"]["message"]
    assert clean_sandbox.admin.put("/scenario", content=b"{").status_code == 400
    assert clean_sandbox.admin.post("/scenarios/lost-answers").json()["sites"]["poshmark"]["switches"] == {
        "publish_lost": True
    }
    assert clean_sandbox.admin.post("/scenarios/none").status_code == 404
    clean_sandbox.reset()
    assert clean_sandbox.admin.get("/scenario").json()["sites"] == {}


def test_the_page_lists_sites_scenarios_accounts_switches_and_what_was_received(clean_sandbox: RunningSandbox) -> None:
    clean_sandbox.play({"title": "x", "sites": {"craigslist": {"switches": {"variant": "ghost"}}}})
    page = clean_sandbox.admin.get("/").text
    for site in clean_sandbox.admin.get("/sites").json():
        assert f'<a href="#{site["name"]}">{site["display_name"]}</a>' in page
        assert f'<section id="{site["name"]}">' in page
        assert f'data-site="{site["name"]}" data-switch="publish_lost"' in page
    assert 'data-scenario="lost-answers"' in page
    assert 'data-switch="variant" value="ghost"' in page
    assert "seller@example.com" in page
    assert "a posting goes live for its owner and is absent from search" in page
    assert "Nothing yet." in page


def test_the_command_starts_with_a_scenario(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    command = [sys.executable, "main.py", "sandbox", "--state-file", str(state)]
    day = written(tmp_path, BAD_DAY)
    with subprocess.Popen(
        [*command, "--scenario", day], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        try:
            assert running.stdout.readline().startswith("Sandbox: ")
            admin = SandboxFile.read(state).admin_url
            assert httpx.get(f"{admin}/faults/poshmark", trust_env=False).json()["publish_lost"] is True
        finally:
            running.terminate()
            running.communicate(timeout=10)


def test_a_scenario_that_is_none_keeps_the_sandbox_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--state-file", str(tmp_path / "sandbox.json"), "--scenario", "no-such-day"]) == 1
    assert "ready-made scenarios: " in capsys.readouterr().err
