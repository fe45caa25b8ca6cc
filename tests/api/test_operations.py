"""Operations on live postings and dry runs, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api, Json

PROOF = {
    "kind": "response", "external_id": "x1", "url": "https://market.example/x1", "at": "2026-11-22T10:00:00Z",
    "pending_review": False,
}  # fmt: skip


def live(api: Api, marketplace: str = "mercari") -> str:
    """A posting that is live."""
    api.sign_in(marketplace)
    posted = api.post(api.listing()["id"], marketplace)
    posting = posted["automationResults"][0]["id"]
    claim = api.store.claim_posting(posting, "w", 30)
    fence = claim["posting"]["fence"]
    intent = {"fingerprint": "f", "title": "t", "price_cents": 4800, "photo_count": 1}
    from listing_worker.models import Intent

    assert api.store.record_intent(posting, fence, Intent.model_validate(intent))
    outcome = {"state": "live", "proof": PROOF, "external_id": "x1", "url": "https://market.example/x1"}
    assert api.store.finish_posting(posting, fence, outcome)["finished"]
    api.queue.enqueued.clear()
    return posting


def ask(api: Api, posting: str, status: int = 202, **body: Any) -> Json:
    answer = api.client.post(f"/api/postings/{posting}/operations", json=body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def finish(api: Api, operation_id: str, **outcome: Any) -> None:
    fence = api.store.claim_operation(operation_id, "w", 30)["operation"]["fence"]
    assert api.store.finish_operation(operation_id, fence, outcome)["finished"]


def test_a_delisting_is_queued_first_and_followed_to_its_picture(api: Api) -> None:
    posting = live(api)
    asked = ask(api, posting, kind="delist")["operation"]
    assert (asked["kind"], asked["state"], asked["posting_id"]) == ("delist", "queued", posting)
    assert api.queue.operations == [(asked["id"], True)]
    key = api.settings and "seen-key"
    finish(
        api, asked["id"], state="done", posting="delisted", result={"status": "delisted", "screenshots": {"seen": key}}
    )
    row = api.client.get(f"/api/operations/{asked['id']}").json()
    assert row["state"] == "done"
    assert row["result"]["screenshots"] == {"seen": f"/api/operations/{asked['id']}/screenshots/seen"}
    assert api.client.get(row["result"]["screenshots"]["seen"]).status_code == 404  # no such picture was stored
    [listed] = api.client.get(f"/api/postings/{posting}/operations").json()["operations"]
    assert listed["id"] == asked["id"]
    assert api.client.get("/api/operations").json()["operations"][0]["id"] == asked["id"]


def test_a_price_is_asked_with_its_amount_and_nothing_else(api: Api) -> None:
    posting = live(api)
    asked = ask(api, posting, kind="change_price", price="41.50")
    assert asked["operation"]["input"] == {"price": "41.50"}
    assert ask(api, posting, kind="change_price", price=41.5)["message"] == "This is under way already."
    assert ask(api, posting, 409, kind="change_price", price="40")["error"]["code"] == "operation_open"
    for wrong in ({"kind": "change_price"}, {"kind": "delist", "price": "3"}, {"kind": "edit", "fields": ["photos"]}):
        ask(api, posting, 422, **wrong)


def test_cancelling_what_has_not_begun(api: Api) -> None:
    posting = live(api)
    operation = ask(api, posting, kind="edit", fields=["title"])["operation"]
    assert api.client.delete(f"/api/operations/{operation['id']}").json()["state"] == "cancelled"
    assert api.client.delete(f"/api/operations/{operation['id']}").status_code in {200, 409}


def test_what_is_not_live_is_refused_with_its_state(api: Api) -> None:
    api.sign_in("mercari")
    queued = api.post(api.listing()["id"], "mercari")["automationResults"][0]["id"]
    error = ask(api, queued, 409, kind="delist")["error"]
    assert error["code"] == "not_possible"
    assert "queued" in error["message"]


def test_strangers_see_and_ask_nothing(api: Api) -> None:
    posting = live(api)
    operation = ask(api, posting, kind="check")["operation"]
    stranger = api.stranger()
    assert stranger.post(f"/api/postings/{posting}/operations", json={"kind": "delist"}).status_code == 404
    assert stranger.get(f"/api/postings/{posting}/operations").status_code == 404
    for path in (f"/api/operations/{operation['id']}", f"/api/operations/{operation['id']}/screenshots/seen"):
        assert stranger.get(path).status_code == 404
    assert stranger.delete(f"/api/operations/{operation['id']}").status_code == 404
    assert stranger.get("/api/operations").json() == {"operations": []}


@pytest.mark.parametrize(("marketplace", "anew"), [("ebay", False), ("mercari", True)])
def test_a_relist_that_makes_a_new_listing_is_posted_anew_and_once(api: Api, marketplace: str, anew: bool) -> None:
    posting = live(api, marketplace)
    delist = ask(api, posting, kind="delist")["operation"]
    finish(api, delist["id"], state="done", posting="delisted")
    first = ask(api, posting, kind="relist", anew=anew)
    assert first["operation"] is None
    [made] = first["job"]["postings"]
    assert made["id"] != posting
    assert made["state"] == "queued"
    assert ask(api, posting, kind="relist", anew=anew)["job"]["id"] == first["job"]["id"]


def test_a_relist_puts_the_very_listing_back_where_that_is_possible(api: Api) -> None:
    posting = live(api, "mercari")
    ask(api, posting, 409, kind="relist", anew=True)
    delist = ask(api, posting, kind="delist")["operation"]
    finish(api, delist["id"], state="done", posting="delisted")
    assert ask(api, posting, kind="relist")["operation"]["kind"] == "relist"


def test_a_dry_run_makes_no_job_and_names_one_operation_per_marketplace(api: Api) -> None:
    api.sign_in()
    listing = api.listing()
    body = {"listingId": listing["id"], "marketplaces": ["mercari", "ebay"], "dryRun": True}
    answer = api.client.post("/api/listings/post", json=body)
    assert answer.status_code == 202, answer.text
    runs = answer.json()["dryRuns"]
    assert [(run["marketplace"], run["kind"], run["posting_id"]) for run in runs] == [
        ("mercari", "dry_run", None),
        ("ebay", "dry_run", None),
    ]
    assert api.queue.enqueued == []
    assert len(api.queue.operations) == 2
    assert api.client.get("/api/jobs").json()["jobs"] == []
    again = api.client.post("/api/listings/post", json=body).json()["dryRuns"]
    assert [run["id"] for run in again] == [run["id"] for run in runs]
    of_listing = api.client.get("/api/operations", params={"listing_id": listing["id"]}).json()["operations"]
    assert {run["id"] for run in of_listing} == {run["id"] for run in runs}


def test_a_dry_run_needs_a_photo_and_ones_own_listing(api: Api) -> None:
    bare = api.listing(photos=0)
    answer = api.client.post("/api/listings/post", json={"listingId": bare["id"], "dryRun": True})
    assert answer.status_code == 422
    body = {"listingId": api.listing()["id"], "dryRun": True}
    assert api.stranger().post("/api/listings/post", json=body).status_code == 404
