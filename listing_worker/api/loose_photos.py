"""Photos that are uploaded before their listing exists: what the second seed's `media_s3_keys` name.

They are kept under the user's own id (the photo stores' keys are `<user id>/<photo id>.jpg`), so nobody can name a
stranger's photo. A listing gets its own copy.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.listings import prepared_photos, store_photos
from listing_worker.api.ports import Resources, Wired
from listing_worker.models import PHOTO_LIMIT
from listing_worker.storage import rows
from listing_worker.storage.bucket_photos import SCHEME, BucketUnavailable
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.decoder import decoder
from listing_worker.utils.images import PhotoRefused, PreparedPhoto, describe_photo

router = APIRouter(prefix="/api", tags=["listings"], route_class=IdempotentRoute)


@router.post("/photos", status_code=201, openapi_extra=schemas.UPLOAD_BODY)
async def upload_photos(request: Request, caller: User, wired: Wired) -> schemas.LoosePhotosOut:
    """Stores photos for a listing to come; their ids go into `media_s3_keys` of `POST /api/v1/post`."""
    prepared = await prepared_photos(request, PHOTO_LIMIT)
    await run_in_threadpool(_keep, wired, caller.user_id, prepared)
    return schemas.LoosePhotosOut(
        photos=[
            schemas.LoosePhotoOut(
                id=photo.photo.id,
                width=photo.photo.width,
                height=photo.photo.height,
                byte_count=photo.photo.byte_count,
                sha256=photo.photo.sha256,
            )
            for photo in prepared
        ]
    )


def attach_copies(wired: Resources, user_id: str, listing_id: str, named: list[str]) -> rows.ListingRow:
    """Gives the listing its own copies, in order. `named`: ids of uploads, or addresses in the operator's buckets.

    Raises ApiError 422 for what is not one of the user's photos, 503 when the bucket does not answer.
    """
    copies: list[PreparedPhoto] = []
    for position, name in enumerate(named):
        field = f"listing_spec.media_s3_keys[{position}]"
        copies.append(
            _from_bucket(wired, user_id, name, field)
            if name.startswith(SCHEME)
            else _upload(wired, user_id, name, field)
        )
    row = store_photos(wired, user_id, listing_id, copies)
    if row is None:
        raise not_found("listing")
    return row


def _upload(wired: Resources, user_id: str, photo_id: str, field: str) -> PreparedPhoto:
    try:
        return describe_photo(wired.photos.open(f"{user_id}/{photo_id}.jpg"))
    except (PhotoMissing, PhotoRefused) as error:
        raise invalid("There is no such photo of yours. Upload it to POST /api/photos first.", field) from error


def _from_bucket(wired: Resources, user_id: str, address: str, field: str) -> PreparedPhoto:
    """Whatever lies there is decoded and encoded again, like an upload."""
    if wired.bucket_photos is None:
        raise invalid("Photos are named by the ids that POST /api/photos gives: no bucket is set up here.", field)
    try:
        return decoder.prepare(wired.bucket_photos.read(address, user_id))
    except PhotoMissing as error:
        raise invalid(error.message, field) from error
    except PhotoRefused as error:
        raise invalid(error.message, field, error.code) from error
    except BucketUnavailable as error:
        raise ApiError(503, error.code, f"{error.message} Try again.", headers={"Retry-After": "5"}) from error


def _keep(wired: Resources, user_id: str, prepared: list[PreparedPhoto]) -> None:
    for photo in prepared:
        wired.photos.put(user_id, photo.photo.id, photo.data)
