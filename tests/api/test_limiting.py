"""Rate limits per caller, per address, and where secrets could be guessed."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from listing_worker.api import limiting
from listing_worker.api.app import create_app
from listing_worker.api.errors import ApiError
from listing_worker.api.limiting import RateLimits
from listing_worker.api.ports import Resources
from tests.api.conftest import Api, error_of


def limited(api: Api, **limits: str) -> Any:
    """The same API with limits."""
    had: Resources = api.app.state.resources
    chosen = {"caller": "1000/minute", "address": "1000/minute", "guess": "1000/minute", **limits}
    return create_app(
        had.settings,
        store=had.store,
        photos=had.photos,
        queue=had.queue,
        events=had.events,
        marketplaces=had.marketplaces,
        owner=had.owner,
        limiter=RateLimits(**chosen),
    )


def test_a_caller_who_asks_too_often_is_told_how_long_to_wait(api: Api) -> None:
    client = TestClient(limited(api, caller="3/minute"), headers=dict(api.client.headers))
    stranger = TestClient(client.app, headers=dict(api.stranger().headers))
    assert [client.get("/api/jobs").status_code for _ in range(3)] == [200] * 3
    answer = client.get("/api/jobs")
    error_of(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 60 and answer.headers["x-request-id"]
    assert stranger.get("/api/jobs").status_code == 200


def test_the_short_ways_count_as_the_long_ones_do(api: Api) -> None:
    api.sign_in()
    job_id = api.post(api.listing()["id"])["jobId"]
    app = limited(api, caller="4/minute")
    client = TestClient(app, headers=dict(api.client.headers))
    asked = [client.get(f"/api/jobs/{job_id}") for _ in range(5)]  # known to this app after the first one
    assert [answer.status_code for answer in asked] == [200] * 4 + [429]
    refused = client.post("/api/listings/post", json={"listingId": api.listing()["id"], "marketplaces": ["ebay"]})
    assert refused.json() == asked[-1].json() and refused.headers["retry-after"]


def test_of_a_burst_few_have_to_ask_and_all_are_counted(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = RateLimits(caller="5000/minute", address="30/minute", guess="9/minute", redis_url=redis_url)
    together = limits._together
    assert together is not None
    costs: list[int] = []
    hit = together.hit
    monkeypatch.setattr(together, "hit", lambda *what, cost=1: costs.append(cost) or hit(*what, cost=cost))

    async def burst(kind: str, many: int) -> list[bool]:
        answers = await asyncio.gather(*(limits.admit(kind, "anna") for _ in range(many)), return_exceptions=True)
        assert all(each is None or isinstance(each, ApiError) for each in answers)
        return [each is None for each in answers]

    assert asyncio.run(burst("caller", 60)) == [True] * 60
    assert sum(costs) >= 60 and len(costs) <= 10
    assert sum(asyncio.run(burst("address", 40))) == 30


def test_nobody_waits_long_for_another_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "TURN_SECONDS", 0.05)
    limits = RateLimits(caller="9/minute", address="9/minute", guess="9/minute")
    both = threading.Barrier(2, timeout=20)
    monkeypatch.setattr(limits, "check", lambda *_: both.wait())  # answers when two ask at once

    async def two() -> None:
        await asyncio.gather(limits.admit("caller", "anna"), limits.admit("caller", "anna"))

    asyncio.run(two())
    assert not limits._turns


def test_each_key_has_a_limit_of_its_own(api: Api) -> None:
    key = api.client.post("/api/keys", json={"name": "n", "scopes": ["jobs:read"]}).json()["key"]
    app = limited(api, caller="1/minute")
    by_key = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    assert by_key.get("/api/jobs").status_code == 200
    assert by_key.get("/api/jobs").status_code == 429
    assert TestClient(app, headers=dict(api.client.headers)).get("/api/jobs").status_code == 200


def test_an_address_is_limited_before_anything_is_looked_up(api: Api) -> None:
    client = TestClient(limited(api, address="2/minute"))
    assert [client.get("/api/jobs").status_code for _ in range(3)] == [401, 401, 429]
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("path", ["/api/extension/token", "/sign-in"])
def test_secrets_cannot_be_guessed_quickly(api: Api, path: str) -> None:
    client = TestClient(limited(api, guess="2/minute"), raise_server_exceptions=False)
    body: Any = {"data": {"token": "x"}} if path == "/sign-in" else {"json": {"code": "x"}}
    answers = [client.post(path, **body).status_code for _ in range(3)]
    assert answers[:2] in ([401, 401], [400, 400]) and answers[2] == 429


def test_processes_count_together_in_redis_and_alone_without_it(redis_url: str) -> None:
    limits = {"caller": "1/minute", "address": "9/minute", "guess": "9/minute"}
    first, second = RateLimits(**limits, redis_url=redis_url), RateLimits(**limits, redis_url=redis_url)
    first.check("caller", "anna")
    with pytest.raises(ApiError):
        second.check("caller", "anna")
    away = RateLimits(**limits, redis_url="unix:///nowhere/redis.sock")
    away.check("caller", "anna")
    with pytest.raises(ApiError):
        away.check("caller", "anna")
