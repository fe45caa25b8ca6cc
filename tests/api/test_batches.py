"""One change everywhere, many listings at once: preview, rows, rehearsal, pause, retry, undo, by HTTP on the real
store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listing_worker.models import OperationKind
from tests.api.conftest import Api, Json, error_of
from tests.storage.conftest import INTENT, PROOF


def live(api: Api, *sites: str, **changes: Any) -> tuple[str, dict[str, str]]:
    """A listing that is live on these sites: its id, and its postings by site."""
    api.sign_in(*sites)
    listing = api.listing(**changes)
    job = api.store.get_job(api.owner.user_id, api.post(listing["id"], *sites)["jobId"])
    assert job is not None
    postings = {}
    for row in job["postings"]:
        fence = api.store.claim_posting(row["id"], "worker", 30)["posting"]["fence"]
        assert api.store.record_intent(row["id"], fence, INTENT)
        found = f"{row['marketplace']}-{row['id'][:8]}"
        proof = {**PROOF, "external_id": found}
        outcome = {"state": "live", "proof": proof, "external_id": found, "url": f"https://x.example/{found}"}
        assert api.store.finish_posting(row["id"], fence, outcome)["finished"]
        postings[row["marketplace"]] = row["id"]
    return listing["id"], postings


def finish(api: Api, row: Json, state: str = "done", posting: str | None = None) -> None:
    claim = api.store.claim_operation(row["operation_id"], "worker", 30)
    outcome = {"state": state, **({"posting": posting} if posting else {})}
    assert api.store.finish_operation(row["operation_id"], claim["operation"]["fence"], outcome)["finished"]


def test_a_preview_is_a_difference_per_posting_and_changes_nothing(api: Api) -> None:
    listing, _ = live(api, "poshmark", "ebay")
    api.client.put("/api/price-rules/poshmark", json={"keep_listing_price": True})
    api.client.put("/api/price-rules/ebay", json={"ratio": 1.1, "ending": 99})
    shown = api.client.post(f"/api/listings/{listing}/sync/preview", json={"changes": {"price": "40.00"}}).json()
    by_site = {each["marketplace"]: each for each in shown["changes"]}
    assert by_site["poshmark"]["kind"] == by_site["ebay"]["kind"] == "change_price"
    assert by_site["poshmark"]["differences"] == [{"field": "price", "before": "48.00", "after": "50.00"}]
    assert by_site["poshmark"]["net"] == "40.00"
    assert by_site["ebay"]["differences"][0]["after"] == "44.99"
    assert shown["batch"] is None
    assert api.client.get(f"/api/listings/{listing}").json()["price"] == "48.00"
    assert api.client.get("/api/operations").json() == {"operations": []}


def test_one_change_is_asked_for_on_every_live_posting_and_partly_succeeds_and_is_tried_again(api: Api) -> None:
    listing, postings = live(api, "poshmark", "ebay")
    answer = api.client.post(
        f"/api/listings/{listing}/sync", json={"changes": {"title": "Blue midi dress", "price": 45}}
    )
    assert answer.status_code == 202, answer.text
    batch = answer.json()["batch"]
    assert {row["marketplace"]: (row["kind"], row["state"]) for row in batch["rows"]} == {
        "poshmark": ("edit", "queued"), "ebay": ("edit", "queued"),
    }  # fmt: skip
    operation = api.store.get_operation(batch["rows"][0]["operation_id"])
    assert operation is not None and operation["input"] == {"fields": ["price", "title"]}
    finish(api, batch["rows"][0])
    finish(api, batch["rows"][1], "failed")
    api.client.post(f"/api/batches/{batch['id']}/pause")
    retried = api.client.post(f"/api/batches/{batch['id']}/retry").json()
    assert sorted(row["state"] for row in retried["rows"]) == ["done", "queued"]
    assert retried["counts"] == {"well": 1, "under_way": 1}
    assert len(postings) == 2


def test_what_cannot_be_done_from_here_is_a_row_to_do_by_hand(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    listing, _ = live(api, "mercari")
    monkeypatch.setattr(api.marketplaces, "can", lambda marketplace, kind: False)
    batch = api.client.post(f"/api/listings/{listing}/sync", json={"changes": {"price": 45}}).json()["batch"]
    [row] = batch["rows"]
    assert (row["kind"], row["state"]) == ("by_hand", "refused") and "by hand" in row["why"]


def test_many_are_rehearsed_on_one_then_go_on_and_are_undone(api: Api) -> None:
    lives = [live(api, "ebay", sku=f"S-{n}") for n in range(3)]
    asked = {"what": "delist", "listings": [listing for listing, _ in lives], "rehearse": True}
    batch = api.client.post("/api/bulk", json=asked).json()
    assert batch["counts"] == {"under_way": 1, "waiting": 2}
    finish(api, batch["rows"][0], posting="delisted")
    api.client.post(f"/api/batches/{batch['id']}/pause")
    error_of(api.client.post(f"/api/batches/{batch['id']}/pause"), 409, "not_possible")
    error_of(api.stranger().get(f"/api/batches/{batch['id']}"), 404)
    batch = api.client.post(f"/api/batches/{batch['id']}/resume").json()
    assert batch["counts"] == {"well": 1, "under_way": 2}
    error_of(api.client.post(f"/api/batches/{batch['id']}/undo"), 409, "batch_open")
    api.client.post(f"/api/batches/{batch['id']}/cancel")
    undone = api.client.post(f"/api/batches/{batch['id']}/undo")
    assert undone.status_code == 202, undone.text
    kind = "relist" if api.marketplaces.can("ebay", OperationKind.RELIST) else "post"
    assert [(row["kind"], row["listing_id"]) for row in undone.json()["rows"]] == [(kind, lives[0][0])]


def test_undoing_a_sync_brings_the_text_back_here_too(api: Api) -> None:
    listing, _ = live(api, "ebay")
    batch = api.client.post(f"/api/listings/{listing}/sync", json={"changes": {"price": 45}}).json()["batch"]
    finish(api, batch["rows"][0])
    api.client.post(f"/api/batches/{batch['id']}/cancel")
    undone = api.client.post(f"/api/batches/{batch['id']}/undo").json()
    operation = api.store.get_operation(undone["rows"][0]["operation_id"])
    assert operation is not None and operation["input"] == {"price": "48.00"}
    assert api.client.get(f"/api/listings/{listing}").json()["price"] == "48.00"


def test_a_field_that_a_form_does_not_have_is_no_change_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    listing, _ = live(api, "mercari", "ebay")
    taken = {"mercari": frozenset({"title"}), "ebay": None}
    monkeypatch.setattr(api.marketplaces, "form_fields", lambda marketplace, listing: taken[marketplace])
    changes = {"zip_code": "10001", "title": "Blue wrap dress"}
    shown = api.client.post(f"/api/listings/{listing}/sync/preview", json={"changes": changes}).json()
    fields = {each["marketplace"]: {one["field"] for one in each["differences"]} for each in shown["changes"]}
    assert fields == {"mercari": {"title"}, "ebay": {"title", "zip_code"}}


def test_undoing_never_overwrites_what_was_edited_since(api: Api) -> None:
    listing, _ = live(api, "ebay")
    batch = api.client.post(f"/api/listings/{listing}/sync", json={"changes": {"price": 45}}).json()["batch"]
    finish(api, batch["rows"][0])
    api.client.post(f"/api/batches/{batch['id']}/cancel")
    assert api.client.patch(f"/api/listings/{listing}", json={"title": "My new title"}).status_code == 200
    error = error_of(api.client.post(f"/api/batches/{batch['id']}/undo"), 409, "nothing_to_do")
    assert "edited here since" in error["message"]
    body = api.client.get(f"/api/listings/{listing}").json()
    assert (body["title"], body["price"]) == ("My new title", "45.00")


def test_a_csv_names_its_first_wrong_line_and_does_nothing_then(api: Api) -> None:
    listing, _ = live(api, "ebay")

    def send(text: str) -> Any:
        return api.client.post("/api/bulk/csv", content=text, headers={"content-type": "text/csv"})

    head = "listing,what,marketplace,price\n"
    error = error_of(send(f"{head}{listing},price,ebay,41\nnowhere,delist,,\n"), 422, field="csv")
    assert error["message"].startswith("Line 3")
    assert api.client.get("/api/batches").json() == {"batches": []}
    assert api.client.get(f"/api/listings/{listing}").json()["price"] == "48.00"
    error_of(send("a,b\n1,2\n"), 422, field="csv")
    error_of(send(f"{head}\x00,delist,,\n"), 422, field="csv")
    error_of(send(f"{head}{'x' * 200_000},delist,,\n"), 422, field="csv")
    sent = send(f"{head}{listing},price,ebay,41\n")
    assert sent.status_code == 202, sent.text
    assert sent.json()["state"] == "rehearsing" and sent.json()["rows"][0]["state"] == "queued"
    assert api.client.get("/api/batches").json()["batches"][0]["rows"] == 1


def test_bulk_at_a_time_waits_for_it_and_nothing_to_do_says_so(api: Api) -> None:
    listing, _ = live(api, "ebay")
    later = {"what": "delist", "listings": [listing], "at": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    batch = api.client.post("/api/bulk", json=later).json()
    assert batch["counts"] == {"waiting": 1} and batch["id"] not in api.store.open_batches()
    error_of(api.client.post("/api/bulk", json={"what": "relist", "listings": [listing]}), 409, "nothing_to_do")
    error_of(api.client.post("/api/bulk", json={"what": "post", "listings": [listing]}), 422, field="marketplaces")


def test_rules_are_checked_and_removed_by_an_empty_one(api: Api) -> None:
    both = {"ratio": 1.1, "keep_cents": 5}
    assert api.client.put("/api/price-rules/ebay", json=both).status_code == 422
    assert api.client.put("/api/price-rules/ebay", json={"ratio": 1.1}).json()["rules"] == {"ebay": {"ratio": 1.1}}
    assert api.client.put("/api/price-rules/ebay", json={}).json()["rules"] == {}
    rule = {"ended": True, "older_than_days": 60}
    assert api.client.put("/api/repost-rules/ebay", json=rule).json()["rules"]["ebay"] == rule
    error_of(api.client.put("/api/repost-rules/nowhere", json=rule), 422)
