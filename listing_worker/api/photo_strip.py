"""Photos by their own id: a small picture, a turned copy, and a listing's whole strip set at once.

The editor uploads photos before the listing is saved and names them, in order, when it is: kept ones stay, new ones
are copied into the listing, left-out ones are deleted.
"""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from PIL import Image

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import invalid, not_found
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.models import PHOTO_LIMIT
from listing_worker.storage import rows
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.images import PhotoRefused, describe_photo, prepare_photo

router = APIRouter(prefix="/api", tags=["listings"], route_class=IdempotentRoute)

JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "the photo"}}


@router.get("/photos/{photo_id}", response_class=Response, responses=JPEG)
def get_loose_photo(
    photo_id: str,
    request: Request,
    caller: User,
    wired: Wired,
    width: Annotated[int | None, Query(ge=64, le=1200, description="at most this wide, in pixels")] = None,
) -> Response:
    """A photo of yours by its id, whole or small."""
    tag = f'"{known_id(photo_id, "photo")}-{width or "full"}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}
    data = _bytes(wired, caller.user_id, photo_id)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(_small(data, width) if width else data, media_type="image/jpeg", headers=headers)


@router.post("/photos/{photo_id}/rotate", status_code=201)
def rotate_photo(
    photo_id: str, caller: User, wired: Wired, degrees: Annotated[Literal[90, 180, 270], Query()] = 90
) -> schemas.LoosePhotoOut:
    """A copy of the photo, turned clockwise. The photo itself stays as it is."""
    with Image.open(io.BytesIO(_bytes(wired, caller.user_id, photo_id)), formats=("JPEG",)) as opened:
        turned = opened.rotate(-degrees, expand=True)
        buffer = io.BytesIO()
        turned.save(buffer, "JPEG", quality=95)
    prepared = prepare_photo(buffer.getvalue())
    wired.photos.put(caller.user_id, prepared.photo.id, prepared.data)
    return schemas.LoosePhotoOut(**prepared.photo.model_dump(exclude={"key"}))


def set_strip(wired: Resources, user_id: str, row: rows.ListingRow, photo_ids: list[str]) -> rows.ListingRow:
    """Gives the listing exactly these photos, in this order. Raises ApiError 422 for one that is not the user's."""
    known = {photo["id"]: photo for photo in row["photos"]}
    wanted = list(dict.fromkeys(photo_ids))
    if [photo["id"] for photo in row["photos"]] == wanted:
        return row
    if len(wanted) > PHOTO_LIMIT:
        raise invalid(f"A listing may have at most {PHOTO_LIMIT} photos.", "photos", "photo_limit")
    copies = []
    for photo_id in wanted:
        if photo_id not in known:
            try:
                copies.append((photo_id, describe_photo(_bytes(wired, user_id, known_id(photo_id, "photo")))))
            except PhotoRefused as error:
                raise invalid(error.message, "photos") from error
    for photo_id, copy in copies:
        stored = copy.stored_at(wired.photos.put(user_id, copy.photo.id, copy.data))
        known[photo_id] = stored.photo.model_dump(mode="json")
    changed = wired.store.set_photos(user_id, row["id"], [known[photo_id] for photo_id in wanted])
    if changed is None:
        raise not_found("listing")
    for photo in row["photos"]:
        if photo["id"] not in wanted:
            wired.photos.delete(photo["key"])
    return changed


def _bytes(wired: Resources, user_id: str, photo_id: str) -> bytes:
    try:
        return wired.photos.open(wired.photos.key(user_id, known_id(photo_id, "photo")))
    except PhotoMissing as error:
        raise not_found("photo") from error


def _small(data: bytes, width: int) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        opened.draft("RGB", (width, width))
        picture = opened.convert("RGB")
    picture.thumbnail((width, width * 4), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
