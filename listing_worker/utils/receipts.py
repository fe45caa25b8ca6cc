"""Receipts: a signed statement that a listing is on a marketplace, which anyone can check offline.

Signed by the worker with its Ed25519 key (the one that signs its key list), over the compact JSON of every field but
the signature, in the order of the class, behind a prefix that no other signature of ours has.
"""

from __future__ import annotations

import binascii
import json
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict

from listing_worker.errors import ListingWorkerError
from listing_worker.models import Intent, Proof, ProofKind
from listing_worker.storage import rows
from listing_worker.utils.crypto import KeyRing, decode, encode

_PREFIX = b"listing-worker receipt 1\n"


class ReceiptInvalid(ListingWorkerError):
    """A receipt that nobody should rely on; the message says why."""

    code = "receipt_invalid"


class Receipt(BaseModel):
    """What a worker vouches for. Times are UTC.

    `intent_at` by the database's clock or the worker's, `proved_at` by the worker's. `publish_presses`: how many
    presses this posting can have had, one per committed intent; a second one only after a complete look found nothing.
    `fingerprint`: SHA-256 over account, marketplace, title, price and photos (ledger.fingerprint).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    posting_id: str
    listing_id: str
    marketplace: str
    external_id: str
    url: str
    fingerprint: str
    intent_at: datetime
    proved_at: datetime
    proof: ProofKind
    pending_review: bool
    publish_presses: int
    signer: str  # base64url of the 32 bytes of the public key
    signature: str = ""

    def signed_bytes(self) -> bytes:
        document = self.model_dump(mode="json", exclude={"signature"})
        return _PREFIX + json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    def verify(self, signer: str | None = None) -> None:
        """Raises ReceiptInvalid if the signature is not the signer's, or the signer is not the expected one."""
        if signer is not None and signer != self.signer:
            raise ReceiptInvalid(f"It is signed by {self.signer}, not by {signer}.")
        try:
            Ed25519PublicKey.from_public_bytes(decode(self.signer)).verify(decode(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError, binascii.Error):
            raise ReceiptInvalid(
                "The signature does not fit: the receipt was changed, or is not one of ours."
            ) from None


def make_receipt(
    ring: KeyRing, posting: rows.PostingRow, intent: Intent, intent_at: datetime, proof: Proof, presses: int
) -> Receipt:
    """A signed receipt of a posting that has just been proved."""
    receipt = Receipt(
        posting_id=posting["id"],
        listing_id=posting["listing_id"],
        marketplace=posting["marketplace"],
        external_id=proof.external_id,
        url=proof.url,
        fingerprint=intent.fingerprint,
        intent_at=intent_at,
        proved_at=proof.at,
        proof=proof.kind,
        pending_review=proof.pending_review,
        publish_presses=presses,
        signer=encode(ring.signer_public),
    )
    return receipt.model_copy(update={"signature": encode(ring.sign(receipt.signed_bytes()))})
