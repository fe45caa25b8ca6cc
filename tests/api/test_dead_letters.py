"""Dead letters and receipts over the API: each with the routes that deal with it."""

from __future__ import annotations

from datetime import UTC, datetime

from listing_worker.models import Intent, Proof, ProofKind
from listing_worker.utils.receipts import Receipt, make_receipt
from tests.api.conftest import Api, error_of


def posting_of(api: Api) -> str:
    api.sign_in("ebay")
    return str(api.post(api.listing()["id"], "ebay")["automationResults"][0]["id"])


def fail(api: Api, posting: str) -> None:
    claim = api.store.claim_posting(posting, "worker", 30)
    reason = {"code": "refused", "message": "No such brand.", "action": "Edit the listing", "field": "brand"}
    api.store.finish_posting(posting, claim["posting"]["fence"], {"state": "failed", "reason": reason})


def test_a_failed_posting_names_its_reason_and_both_ways_out(api: Api) -> None:
    posting = posting_of(api)
    assert api.client.get("/api/dead-letters").json() == {"postings": [], "webhooks": []}
    fail(api, posting)
    [dead] = api.client.get("/api/dead-letters").json()["postings"]
    assert dead["posting"]["reason"]["message"] == "No such brand."
    assert api.stranger().get("/api/dead-letters").json()["postings"] == []
    error_of(api.stranger().post(dead["dismiss"]), 404)
    assert api.client.post(dead["dismiss"]).status_code == 200
    assert api.client.get("/api/dead-letters").json()["postings"] == []
    assert api.client.post(dead["retry"]).status_code == 202
    error_of(api.client.post(dead["dismiss"]), 404)


def test_a_live_posting_has_a_receipt_and_no_other_has(api: Api) -> None:
    posting = posting_of(api)
    error_of(api.client.get(f"/api/postings/{posting}/receipt"), 404)
    row = api.store.claim_posting(posting, "worker", 30)["posting"]
    intent = Intent(fingerprint="f" * 64, title="Dress", price_cents=4800, photo_count=1)
    assert api.store.record_intent(posting, row["fence"], intent)
    now = datetime.now(UTC)
    proof = Proof(kind=ProofKind.RESPONSE, external_id="123", url="https://www.ebay.com/itm/123", at=now)
    receipt = make_receipt(api.ring, row, intent, now, proof, 1)
    stored = {**proof.model_dump(mode="json"), "receipt": receipt.model_dump(mode="json")}
    api.store.finish_posting(posting, row["fence"], {"state": "live", "proof": stored})
    answer = api.client.get(f"/api/postings/{posting}/receipt")
    assert answer.status_code == 200
    Receipt.model_validate(answer.json()).verify(receipt.signer)
    error_of(api.stranger().get(f"/api/postings/{posting}/receipt"), 404)
