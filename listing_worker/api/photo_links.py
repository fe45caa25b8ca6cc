"""Addresses that show a photo for a while to whoever has them: for pages and mails that cannot send a token."""

from __future__ import annotations

from fastapi import APIRouter

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.listings import own_listing
from listing_worker.api.ports import Wired
from listing_worker.storage.photos import PhotoMissing

router = APIRouter(prefix="/api", tags=["listings"])

LINK_SECONDS = 3600


@router.get("/listings/{listing_id}/photos/{photo_id}/link")
def photo_link(listing_id: str, photo_id: str, caller: User, wired: Wired) -> schemas.PhotoLink:
    """`url` is null where photos are kept in a folder: ask for the photo itself, with your token."""
    row = own_listing(wired, caller.user_id, listing_id)
    photo = next((each for each in row["photos"] if each["id"] == photo_id), None)
    if photo is None:
        raise not_found("photo")
    try:
        url = wired.photos.link(photo["key"], LINK_SECONDS)
    except PhotoMissing as error:
        raise not_found("photo") from error
    return schemas.PhotoLink(url=url, expires_in=LINK_SECONDS)
