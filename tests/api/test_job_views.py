"""Looking at a job on the short way: the same answers as on the long one, to the same people, never an old one."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from listing_worker.api import post_lane
from listing_worker.api.job_views import JobViews
from listing_worker.api.shapes import job_out
from listing_worker.models import Reason
from listing_worker.storage.errors import StoreUnavailable
from tests.api.conftest import Api, Json, error_of


def test_the_text_is_what_the_long_way_answers(api: Api) -> None:
    api.sign_in("poshmark", "ebay")
    api.marketplaces.refusals["ebay"] = Reason(code="no_size", message="Say its size.", field="size")
    job_id = api.post(api.listing()["id"])["jobId"]
    claim = api.store.claim_posting(api.queue.enqueued[0], "worker", 30)
    assert claim["claimed"]
    for _ in range(2):
        row = api.store.get_job(api.owner.user_id, job_id)
        assert row is not None
        long_way = json.loads(job_out(row).model_dump_json())
        assert {p["state"] for p in long_way["postings"]} > {"running", "failed"}
        assert api.client.get(f"/api/jobs/{job_id}").json() == long_way
        api.client.delete(f"/api/jobs/{job_id}")


def test_a_known_caller_is_answered_by_the_short_way_and_others_by_the_long_one(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.sign_in()
    job_id = api.post(api.listing()["id"])["jobId"]
    asked: list[list[tuple[str, str]]] = []
    look = api.store.job_views
    monkeypatch.setattr(api.store, "job_views", lambda pairs: asked.append(list(pairs)) or look(pairs))
    stranger = api.stranger()
    for _ in range(2):  # the second time the stranger is known
        error_of(stranger.get(f"/api/jobs/{job_id}"), 404, "not_found")
        error_of(api.anonymous.get(f"/api/jobs/{job_id}"), 401)
    assert {user for pairs in asked for user, _ in pairs} == {"11111111-2222-4333-8444-555555555555"}
    answer = api.client.get(f"/api/jobs/{job_id}")
    assert answer.json()["id"] == job_id and asked[-1] == [(api.owner.user_id, job_id)]
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-request-id"]
    key = api.client.post("/api/keys", json={"name": "n", "scopes": ["listings:read"]}).json()["key"]
    error_of(api.as_user(key).get(f"/api/jobs/{job_id}"), 403, "scope_missing")


def test_what_the_short_way_cannot_answer_the_long_one_explains(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_in()
    job_id = api.post(api.listing()["id"])["jobId"]

    def away(*_: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(api.store, "job_views", away)
    assert api.client.get(f"/api/jobs/{job_id}").json()["id"] == job_id
    monkeypatch.setattr(api.store, "get_job", away)
    error_of(api.client.get(f"/api/jobs/{job_id}"), 503, "unavailable")


class SlowStore:
    """Answers when it is told to; notes who was asked for together."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []
        self.go_on = threading.Semaphore(0)
        self.version = 0

    def job_views(self, asked: list[tuple[str, str]]) -> list[str | None]:
        self.asked.append(asked)
        version = self.version
        assert self.go_on.acquire(timeout=20)
        return [f"{user} {job} {version}" for user, job in asked]


async def _until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is awaited happens in other threads
            await asyncio.sleep(0.001)


def test_looks_are_shared_and_never_begin_before_they_are_asked_for() -> None:
    async def story() -> Json:
        store = SlowStore()
        views = JobViews(store)  # type: ignore[arg-type]
        first = [asyncio.create_task(views.text("anna", f"job{n % 2}")) for n in range(4)]
        await _until(lambda: store.asked)
        second = [asyncio.create_task(views.text("anna", "job0"))]
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(store.asked) == 1  # few beside many wait for more, or for the end of the many's
        second += [asyncio.create_task(views.text("anna", "job0")) for _ in range(3)]
        await _until(lambda: len(store.asked) == 2)
        store.version = 1
        late = [asyncio.create_task(views.text("anna", "job0")) for _ in range(3)]
        gone = asyncio.create_task(views.text("ben", "job0"))
        await asyncio.sleep(0)
        gone.cancel()
        for _ in range(3):
            store.go_on.release()
        texts = {
            "first": await asyncio.gather(*first),
            "second": await asyncio.gather(*second),
            "late": await asyncio.gather(*late),
        }
        return {"asked": store.asked, **texts}

    told = asyncio.run(story())
    assert sorted(pair for asked in told["asked"][:2] for pair in asked) == [
        ("anna", "job0"), ("anna", "job0"), ("anna", "job1"),
    ]  # fmt: skip
    assert told["first"] == ["anna job0 0", "anna job1 0"] * 2 and told["second"] == ["anna job0 0"] * 4
    assert told["late"] == ["anna job0 1"] * 3  # what changed after an earlier look began is in the answer
    assert len(told["asked"]) == 3


def test_who_waits_beside_many_is_answered_after_them() -> None:
    async def story() -> str | None:
        store = SlowStore()
        views = JobViews(store)  # type: ignore[arg-type]
        many = [asyncio.create_task(views.text("anna", f"job{n}")) for n in range(3)]
        await _until(lambda: store.asked)
        one = asyncio.create_task(views.text("ben", "job9"))
        await asyncio.sleep(0)
        assert len(store.asked) == 1
        for _ in range(2):
            store.go_on.release()
        await asyncio.gather(*many)
        return await one

    assert asyncio.run(story()) == "ben job9 0"


def test_posting_on_the_short_way_is_posting(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers with and without it: the lane is switched off by a content type that only the long way takes."""
    api.sign_in("poshmark", "ebay")
    long_way = {"Content-Type": "application/json; charset=utf-8"}
    lanes: list[str] = []
    known = post_lane.known_caller
    monkeypatch.setattr(post_lane, "known_caller", lambda request: lanes.append("short") or known(request))

    def post(body: Any, **headers: str) -> tuple[int, Json, str | None]:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = api.client.post("/api/listings/post", content=text, headers=headers)
        return answer.status_code, answer.json(), answer.headers.get("idempotency-replayed")

    for broken in ({}, "{", {"listingId": "x", "marketplaces": ["nowhere"]}, {"listingId": "absent"}, [1], {"more": 1}):
        assert post(broken, **{"Content-Type": "application/json"}) == post(broken, **long_way)
    answers = []
    for headers in ({"Content-Type": "application/json"}, long_way):
        listing = api.listing()["id"]
        key = {"Idempotency-Key": f"k{len(answers)}", **headers}
        body = {"listingId": listing, "marketplaces": ["poshmark", "mercari"]}
        first, again = post(body, **key), post(body, **key)
        other = post({**body, "marketplaces": ["ebay"]}, **key)
        assert first[0] == again[0] == 202 and first[1] == again[1] and (first[2], again[2]) == (None, "true")
        assert other[0] == 409 and other[1]["error"]["code"] == "idempotency_conflict"
        for result in first[1]["automationResults"]:
            result["id"] = ""
        answers.append({**first[1], "jobId": ""})
    assert answers[0] == answers[1] and lanes
    scenario = post({"listingId": "x"}, **{"Content-Type": "application/json", "X-Scenario": "ebay=ok"})
    assert scenario[0] == 422 and scenario[1]["error"]["code"] == "scenario_refused"
