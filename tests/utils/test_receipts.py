"""Receipts: anyone can check one offline, and nobody can change one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from listing_worker.cli import app
from listing_worker.models import Intent, Proof, ProofKind
from listing_worker.storage import rows
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.receipts import Receipt, ReceiptInvalid, make_receipt

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
RING = KeyRing("a-secret-for-tests-of-receipts-only-0001")


@pytest.fixture
def receipt() -> Receipt:
    posting = cast("rows.PostingRow", {"id": "p", "listing_id": "l", "marketplace": "ebay"})
    intent = Intent(fingerprint="f" * 64, title="Dress", price_cents=4800, photo_count=4)
    proof = Proof(kind=ProofKind.RESPONSE, external_id="123", url="https://www.ebay.com/itm/123", at=AT)
    return make_receipt(RING, posting, intent, AT, proof, 1)


def test_a_receipt_survives_its_json_and_verifies(receipt: Receipt) -> None:
    again = Receipt.model_validate(json.loads(receipt.model_dump_json()))
    again.verify()
    again.verify(receipt.signer)


@pytest.mark.parametrize("field", [name for name in Receipt.model_fields if name not in {"version", "signature"}])
def test_no_field_can_be_changed(receipt: Receipt, field: str) -> None:
    other: Any = {
        "intent_at": datetime(2026, 11, 22, 9, 31, tzinfo=UTC),
        "proved_at": datetime(2026, 11, 22, 9, 31, tzinfo=UTC),
        "proof": ProofKind.RECONCILED,
        "pending_review": True,
        "publish_presses": 2,
        "signer": KeyRing("another-secret-for-tests-of-receipts-002").key_list().signer,
    }.get(field, "changed")
    with pytest.raises(ReceiptInvalid):
        receipt.model_copy(update={field: other}).verify()


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64!", "A" * 86])
def test_a_broken_signature_is_refused(receipt: Receipt, signature: str) -> None:
    with pytest.raises(ReceiptInvalid):
        receipt.model_copy(update={"signature": signature}).verify()


def test_another_worker_s_receipt_is_told_apart(receipt: Receipt) -> None:
    stranger = KeyRing("another-secret-for-tests-of-receipts-002").key_list().signer
    with pytest.raises(ReceiptInvalid, match="signed by"):
        receipt.verify(stranger)


def test_the_command_tells_whole_from_changed(receipt: Receipt, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    run = CliRunner()
    file.write_text(receipt.model_dump_json())
    whole = run.invoke(app, ["receipt", "verify", str(file), "--json"])
    assert whole.exit_code == 0 and json.loads(whole.output)["valid"] is True
    assert "Valid" in run.invoke(app, ["receipt", "verify", str(file)]).output
    file.write_text(receipt.model_copy(update={"url": "https://www.ebay.com/itm/999"}).model_dump_json())
    changed = run.invoke(app, ["receipt", "verify", str(file)])
    assert changed.exit_code == 1 and "changed" in changed.output
    file.write_text("{}")
    assert run.invoke(app, ["receipt", "verify", str(file)]).exit_code == 1
