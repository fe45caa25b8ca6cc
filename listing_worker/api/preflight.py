"""Preflight: what every chosen marketplace would say to a listing, before anything is queued. Changes nothing."""

from __future__ import annotations

from fastapi import APIRouter

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.listings import own_listing
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Wired
from listing_worker.api.posting import stored_listing

router = APIRouter(prefix="/api", tags=["preflight"])


@router.post("/listings/{listing_id}/preflight")
def preflight_listing(
    listing_id: str, caller: User, wired: Wired, asked: schemas.PreflightIn | None = None
) -> schemas.PreflightOut:
    """Every finding at once, per marketplace. Post with `autoFit` to accept the changes, and with the fingerprints to
    be sure that nothing but what was shown is posted."""
    wanted = asked.marketplaces if asked is not None else None
    names = known_marketplaces(wired, wanted or list(wired.marketplaces.names()))
    listing = stored_listing(own_listing(wired, caller.user_id, listing_id))
    found = {name: wired.marketplaces.look_ahead(name, listing) for name in names}
    return schemas.PreflightOut(
        listing_id=listing.id, ready=[name for name, one in found.items() if one.ready], marketplaces=found
    )
