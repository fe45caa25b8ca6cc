"""A `listing_spec` becomes a listing, and a listing a job: for the route and for the bridges alike."""

from __future__ import annotations

from listing_worker.api.listing_spec import check_shipping, draft_of, photo_ids
from listing_worker.api.loose_photos import attach_copies
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.posting import Posted, post_to, request_hash
from listing_worker.api.schemas import ListingSpec
from listing_worker.storage import rows


def targets(wired: Resources, spec: ListingSpec) -> list[str]:
    """The marketplaces it names. Raises ApiError 422."""
    return known_marketplaces(wired, spec.target_marketplaces, "listing_spec.target_marketplaces")


def store_spec(wired: Resources, user_id: str, spec: ListingSpec) -> rows.ListingRow:
    """A new listing with its own copies of the photos. Raises ApiError; nothing is left behind then."""
    draft = draft_of(spec)
    check_shipping(spec)
    media = photo_ids(spec)
    row = wired.store.create_listing(user_id, draft.model_dump(mode="json"))
    whole = False
    try:
        row = attach_copies(wired, user_id, row["id"], media)
        whole = True
    finally:
        if not whole:
            forget_listing(wired, user_id, row["id"])
    return row


def post_spec_once(wired: Resources, user_id: str, spec: ListingSpec, *, idempotency_key: str | None) -> Posted:
    """Makes the listing and posts it. Nothing is left behind when it is refused, or repeated by its key."""
    names = targets(wired, spec)
    row = store_spec(wired, user_id, spec)
    kept = False
    try:
        posted = post_to(
            wired,
            user_id,
            row,
            names,
            idempotency_key=idempotency_key,
            request_hash=request_hash("v1", spec.model_dump(mode="json")),
        )
        kept = posted.created["created"]
    finally:
        if not kept:
            forget_listing(wired, user_id, row["id"])
    return posted


def forget_listing(wired: Resources, user_id: str, listing_id: str) -> None:
    """Removes a listing that nothing was made of, and its photos."""
    row = wired.store.get_listing(user_id, listing_id)
    if row is not None and wired.store.delete_listing(user_id, listing_id):
        for photo in row["photos"]:
            wired.photos.delete(photo["key"])
