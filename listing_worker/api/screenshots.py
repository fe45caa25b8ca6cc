"""Pictures that an attempt took: of the filled form, of the live listing, of what a reconcile saw."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Response

from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.params import known_id
from listing_worker.api.ports import Wired
from listing_worker.storage.photos import PhotoMissing

router = APIRouter(prefix="/api", tags=["jobs"])


class Picture(StrEnum):
    FILLED = "filled"
    LIVE = "live"
    RECONCILED = "reconciled"


@router.get(
    "/postings/{posting_id}/screenshots/{picture}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_screenshot(posting_id: str, picture: Picture, caller: User, wired: Wired) -> Response:
    """The last attempt's picture. 404 if the posting is not yours or the picture was not taken (yet)."""
    posting = wired.store.get_posting(known_id(posting_id, "posting"))
    if posting is None or posting["user_id"] != caller.user_id:
        raise not_found("posting")
    try:
        image = wired.photos.open(wired.photos.key(caller.user_id, f"{posting['id']}-{picture.value}"))
    except PhotoMissing:
        raise not_found("screenshot") from None
    return Response(image, media_type="image/jpeg", headers={"cache-control": "private, max-age=60"})
