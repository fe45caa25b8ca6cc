"""`X-Scenario`: how the sandbox behaves, said by the app that tests against it; refused wherever there is none."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api, error_of
from tests.fixtures.sandbox import RunningSandbox


def asked(api: Api, scenario: str) -> Any:
    listing = api.listing()["id"]
    return api.client.post(
        "/api/listings/post", json={"listingId": listing, "marketplaces": ["ebay"]}, headers={"X-Scenario": scenario}
    )


def test_without_a_sandbox_a_scenario_is_refused_and_nothing_is_posted(api: Api) -> None:
    error_of(asked(api, "mercari=challenge"), 422, "scenario_refused")
    assert api.client.get("/api/jobs").json()["jobs"] == []


def test_a_scenario_sets_exactly_the_switches_that_it_names(make_api: Any, clean_sandbox: RunningSandbox) -> None:
    api: Api = make_api(sandbox_file=clean_sandbox.path)
    api.sign_in("ebay")
    clean_sandbox.set_faults("mercari", modal=True)
    clean_sandbox.set_faults("poshmark", suspended=True)
    assert asked(api, "mercari=challenge, mercari=publish_slow:5").status_code == 202
    now = clean_sandbox.admin.get("/scenario").json()["sites"]
    assert now["mercari"]["switches"] == {"challenge": True, "publish_slow": 5.0}
    assert now["poshmark"]["switches"] == {"suspended": True}
    assert asked(api, "mercari=ok,poshmark=none").status_code == 202
    assert clean_sandbox.admin.get("/scenario").json()["sites"] == {}


def test_what_cannot_be_read_is_told(make_api: Any, clean_sandbox: RunningSandbox) -> None:
    api: Api = make_api(sandbox_file=clean_sandbox.path)
    for wrong in ("mercari", "nowhere=challenge", "mercari=teapot", "mercari=slow:much", "mercari=challenge;ebay=ok"):
        error_of(asked(api, wrong), 422, "scenario_unknown", "X-Scenario")
    assert clean_sandbox.admin.get("/scenario").json()["sites"] == {}
