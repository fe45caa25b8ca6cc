"""What gave up: failed postings and undelivered webhooks, each with its reason and one action; and receipts, the
opposite of a dead letter."""

from __future__ import annotations

from fastapi import APIRouter

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.params import Limit, known_id
from listing_worker.api.ports import Wired
from listing_worker.api.shapes import posting_out
from listing_worker.utils.receipts import Receipt

router = APIRouter(prefix="/api", tags=["dead letters"])


@router.get("/dead-letters")
def list_dead_letters(caller: User, wired: Wired, limit: Limit = 50) -> schemas.DeadLettersOut:
    """Newest first. Each names the route that tries it again and the one that puts it aside."""
    found = wired.store.list_dead_letters(caller.user_id, limit)
    return schemas.DeadLettersOut(
        postings=[
            schemas.DeadPosting(
                posting=posting_out(posting),
                retry=f"/api/postings/{posting['id']}/retry",
                dismiss=f"/api/postings/{posting['id']}/dismiss",
            )
            for posting in found["postings"]
        ],
        webhooks=[
            schemas.DeadDelivery(
                delivery=schemas.DeliveryOut.model_validate(row),
                retry=f"/api/webhooks/deliveries/{row['id']}/redeliver",
                dismiss=f"/api/webhooks/deliveries/{row['id']}/dismiss",
            )
            for row in found["webhooks"]
        ],
    )


@router.post("/postings/{posting_id}/dismiss")
def dismiss_posting(posting_id: str, caller: User, wired: Wired) -> schemas.Accepted:
    """Puts a failed posting aside. It stays in its job, and is listed again if it fails again."""
    if not wired.store.dismiss_posting(caller.user_id, known_id(posting_id, "posting")):
        raise not_found("failed posting")
    return schemas.Accepted(success=True, message="Put aside.")


@router.post("/webhooks/deliveries/{delivery_id}/dismiss")
def dismiss_delivery(delivery_id: str, caller: User, wired: Wired) -> schemas.Accepted:
    """Puts a delivery aside that gave up."""
    if not wired.store.dismiss_webhook(caller.user_id, known_id(delivery_id, "delivery")):
        raise not_found("dead delivery")
    return schemas.Accepted(success=True, message="Put aside.")


@router.get("/postings/{posting_id}/receipt")
def get_receipt(posting_id: str, caller: User, wired: Wired) -> Receipt:
    """The signed receipt of a live posting; `listing-worker receipt verify FILE` checks it offline."""
    posting = wired.store.get_posting(known_id(posting_id, "posting"))
    if posting is None or posting["user_id"] != caller.user_id or not (posting["proof"] or {}).get("receipt"):
        raise not_found("receipt")
    return Receipt.model_validate((posting["proof"] or {})["receipt"])
