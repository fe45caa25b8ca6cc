"""Listings and their photos."""

from __future__ import annotations

import threading
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, from_validation, invalid, not_found
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.listing_input import ListingIn
from listing_worker.api.paging import Cursor, cursor_of, read_cursor
from listing_worker.api.params import Before, IfMatch, Limit, Search, known_id, known_marketplaces, moment
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.uploads import each_file
from listing_worker.models import PHOTO_LIMIT, ListingDraft, Money, Photo
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.decoder import decoder
from listing_worker.utils.images import PhotoRefused, PreparedPhoto

router = APIRouter(prefix="/api", tags=["listings"], route_class=IdempotentRoute)

_PHOTO_EDITS = threading.Lock()  # reading and replacing a listing's photo list is two calls


# ---- listings -----------------------------------------------------------------------------------------------------


@router.post("/listings", status_code=201)
def create_listing(listing: ListingIn, response: Response, caller: User, wired: Wired) -> schemas.ListingOut:
    """Stores a listing without photos; they follow by `POST /api/listings/{id}/photos`."""
    _known_overrides(wired, listing)
    return tagged(response, wired.store.create_listing(caller.user_id, listing.draft().model_dump(mode="json")))


@router.get("/listings")
def list_listings(
    caller: User, wired: Wired, limit: Limit = 50, before: Before = None, cursor: Cursor = None, q: Search = None
) -> schemas.ListingPage:
    """Newest first, a page at a time: pass `next_cursor` as `cursor` for the next one."""
    at, row_id = read_cursor(cursor)
    found = wired.store.find_listings(
        caller.user_id, text=q, limit=limit, before=at or moment(before), before_id=row_id
    )
    return schemas.ListingPage(
        listings=[shown(row) for row in found],
        next_before=found[-1]["created_at"] if len(found) == limit else None,
        next_cursor=cursor_of(found[-1]) if len(found) == limit else None,
    )


@router.get("/listings/{listing_id}")
def get_listing(listing_id: str, response: Response, caller: User, wired: Wired) -> schemas.ListingOut:
    """The answer's ETag is the version to send back as `If-Match` with a change."""
    return tagged(response, own_listing(wired, caller.user_id, listing_id))


@router.put("/listings/{listing_id}")
def replace_listing(
    listing_id: str, listing: ListingIn, response: Response, caller: User, wired: Wired, if_match: IfMatch = None
) -> schemas.ListingOut:
    """Replaces everything but the photos. Postings that have not begun yet use the new text."""
    row = own_listing(wired, caller.user_id, listing_id)
    _known_overrides(wired, listing)
    return tagged(response, _updated(wired, row, listing, if_match))


@router.patch("/listings/{listing_id}")
def edit_listing(
    listing_id: str,
    changes: Annotated[dict[str, Any], Body()],
    response: Response,
    caller: User,
    wired: Wired,
    if_match: IfMatch = None,
) -> schemas.ListingOut:
    """Changes the fields that are sent and keeps the others."""
    row = own_listing(wired, caller.user_id, listing_id)
    try:
        listing = ListingIn.model_validate({**row["body"], **changes})
    except ValidationError as error:
        raise from_validation(error.errors()) from error
    _known_overrides(wired, listing)
    return tagged(response, _updated(wired, row, listing, if_match))


@router.delete("/listings/{listing_id}", status_code=204)
def delete_listing(listing_id: str, caller: User, wired: Wired) -> None:
    """Deletes the listing and its photos here; what is live on a marketplace stays there."""
    row = own_listing(wired, caller.user_id, listing_id)
    if not wired.store.delete_listing(caller.user_id, listing_id):
        raise ApiError(409, "listing_busy", "This listing is being posted. Cancel the job, or wait for its end.")
    for photo in row["photos"]:
        wired.photos.delete(photo["key"])


# ---- photos -------------------------------------------------------------------------------------------------------


@router.post("/listings/{listing_id}/photos", status_code=201, openapi_extra=schemas.UPLOAD_BODY)
async def add_photos(listing_id: str, request: Request, caller: User, wired: Wired) -> schemas.ListingOut:
    """Appends photos in the order they are sent. If one is refused, none of this request is stored."""
    row = await run_in_threadpool(own_listing, wired, caller.user_id, listing_id)
    room = PHOTO_LIMIT - len(row["photos"])
    if room <= 0:
        raise _full()
    prepared = await prepared_photos(request, room)
    stored = await run_in_threadpool(store_photos, wired, caller.user_id, listing_id, prepared)
    if stored is None:
        raise not_found("listing")
    return shown(stored)


@router.put("/listings/{listing_id}/photos")
def order_photos(listing_id: str, order: schemas.PhotoOrder, caller: User, wired: Wired) -> schemas.ListingOut:
    """Puts the photos in another order; the first is the cover."""
    with _PHOTO_EDITS:
        row = own_listing(wired, caller.user_id, listing_id)
        by_id = {photo["id"]: photo for photo in row["photos"]}
        if sorted(order.order) != sorted(by_id):
            raise invalid("The order must name every photo of the listing once.", "order")
        return _with_photos(wired, caller.user_id, listing_id, [by_id[photo_id] for photo_id in order.order])


@router.delete("/listings/{listing_id}/photos/{photo_id}")
def delete_photo(listing_id: str, photo_id: str, caller: User, wired: Wired) -> schemas.ListingOut:
    with _PHOTO_EDITS:
        row = own_listing(wired, caller.user_id, listing_id)
        photo = _own_photo(row, photo_id)
        kept = [other for other in row["photos"] if other["id"] != photo_id]
        listing = _with_photos(wired, caller.user_id, listing_id, kept)
    wired.photos.delete(photo.key)
    return listing


@router.get(
    "/listings/{listing_id}/photos/{photo_id}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "the photo"}},
)
def get_photo(listing_id: str, photo_id: str, request: Request, caller: User, wired: Wired) -> Response:
    """The photo as marketplaces get it: a JPEG."""
    photo = _own_photo(own_listing(wired, caller.user_id, listing_id), photo_id)
    headers = {"ETag": f'"{photo.sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    try:
        return Response(wired.photos.open(photo.key), media_type="image/jpeg", headers=headers)
    except PhotoMissing as error:
        raise not_found("photo") from error


# ---- shared with the other routers --------------------------------------------------------------------------------


def own_listing(wired: Resources, user_id: str, listing_id: str) -> rows.ListingRow:
    """The user's listing. Raises ApiError 404."""
    row = wired.store.get_listing(user_id, known_id(listing_id, "listing"))
    if row is None:
        raise not_found("listing")
    return row


def tagged(response: Response, row: rows.ListingRow) -> schemas.ListingOut:
    """The listing, and its version as the answer's ETag."""
    response.headers["ETag"] = f'"{row["updated_at"]}"'
    return shown(row)


def version_named(if_match: str | None, row: rows.ListingRow) -> str | None:
    """The version that `If-Match` asks for; None if any will do. One that cannot be any more is refused by 412."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    return row["updated_at"] if row["updated_at"] in tags else tags[0]


def shown(row: rows.ListingRow) -> schemas.ListingOut:
    """A stored listing as the API shows it."""
    draft = ListingDraft.model_validate(row["body"])

    def text(money: Money | None) -> str | None:
        return str(money) if money else None

    return schemas.ListingOut(
        **draft.model_dump(mode="json", exclude={"price", "original_price", "shipping"}),
        price=str(draft.price),
        original_price=text(draft.original_price),
        currency=draft.price.currency,
        shipping=schemas.ShippingOut(
            **draft.shipping.model_dump(mode="json", exclude={"cost"}), cost=text(draft.shipping.cost)
        ),
        id=row["id"],
        photos=[
            schemas.PhotoOut(
                **{name: photo[name] for name in ("id", "width", "height", "byte_count", "sha256")},
                url=f"/api/listings/{row['id']}/photos/{photo['id']}",
            )
            for photo in row["photos"]
        ],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _known_overrides(wired: Resources, listing: ListingDraft) -> None:
    known_marketplaces(wired, list(listing.overrides), "overrides")


async def prepared_photos(request: Request, room: int) -> list[PreparedPhoto]:
    """All photos of the request, decoded. Raises ApiError naming the photo that is wrong."""
    prepared: list[PreparedPhoto] = []
    async with aclosing(each_file(request, count_limit=PHOTO_LIMIT)) as files:
        async for upload in files:
            if len(prepared) >= room:
                raise _full()
            try:
                prepared.append(await run_in_threadpool(decoder.prepare, upload.file))
            except PhotoRefused as refused:
                status = 413 if refused.too_large else 422
                raise ApiError(status, refused.code, refused.message, field=f"photos[{upload.position}]") from refused
    if not prepared:
        raise invalid("There is no photo in this request. Send each as a file.", "photos", "no_photos")
    return prepared


def store_photos(
    wired: Resources, user_id: str, listing_id: str, prepared: list[PreparedPhoto]
) -> rows.ListingRow | None:
    """Keeps the photos and appends them to the listing; None if the listing is gone. Raises StoreRefused."""
    row: rows.ListingRow | None = None
    for photo in prepared:
        stored = photo.stored_at(wired.photos.put(user_id, photo.photo.id, photo.data))
        try:
            with _PHOTO_EDITS:
                row = wired.store.add_photo(user_id, listing_id, stored.photo.model_dump(mode="json"), PHOTO_LIMIT)
        except StoreRefused:
            wired.photos.delete(stored.photo.key)
            raise
        if row is None:
            wired.photos.delete(stored.photo.key)
            return None
    return row


def _updated(wired: Resources, row: rows.ListingRow, listing: ListingIn, if_match: str | None) -> rows.ListingRow:
    """Stores the new body; with `If-Match` only over the version that it names. Raises ApiError 404, StoreRefused."""
    body = listing.draft().model_dump(mode="json")
    version = version_named(if_match, row)
    if version is None:
        changed = wired.store.update_listing(row["user_id"], row["id"], body)
    else:
        changed = wired.store.replace_listing(row["user_id"], row["id"], body, version)
    if changed is None:
        raise not_found("listing")
    return changed


def _own_photo(row: rows.ListingRow, photo_id: str) -> Photo:
    for photo in row["photos"]:
        if photo["id"] == photo_id:
            return Photo.model_validate(photo)
    raise not_found("photo")


def _with_photos(wired: Resources, user_id: str, listing_id: str, photos: list[dict[str, Any]]) -> schemas.ListingOut:
    row = wired.store.set_photos(user_id, listing_id, photos)
    if row is None:
        raise not_found("listing")
    return shown(row)


def _full() -> ApiError:
    return invalid(f"A listing may have at most {PHOTO_LIMIT} photos.", "photos", "photo_limit")
