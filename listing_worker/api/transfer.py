"""Import and export of listings: many at once, all or none, and everything that is a seller's own to take away."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.listing_files import ReadFile, as_csv, read_listings
from listing_worker.api.listings import shown
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Resources, Wired
from listing_worker.storage.finding import FoundListing
from listing_worker.storage.photos import PhotoMissing

router = APIRouter(prefix="/api/listings", tags=["listings"], route_class=IdempotentRoute)
_PAGE = 200
_CHUNK = 256 * 1024

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}


class RowProblemOut(BaseModel):
    row: int = Field(description="from 1, without the header line")
    field: str
    message: str


class ImportOut(BaseModel):
    dry_run: bool
    good: int
    created: list[str] = Field(description="ids of the new listings; empty if a row is wrong, or for a dry run")
    problems: list[RowProblemOut]


@router.post("/import", openapi_extra=_BODY)
async def import_listings(
    request: Request, caller: User, wired: Wired, dry_run: Annotated[bool, Query()] = False
) -> ImportOut:
    """CSV (`text/csv`) or JSON. Nothing is stored while a row is wrong; `problems` names every one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"text/csv", "application/json"}:
        raise ApiError(415, "unsupported_media_type", "Send text/csv or application/json.")
    read = read_listings(await request.body(), as_json=kind == "application/json")
    return await run_in_threadpool(import_all, wired, caller.user_id, read, dry_run=dry_run)


def import_all(wired: Resources, user_id: str, read: ReadFile, *, dry_run: bool) -> ImportOut:
    """Stores all rows, or none."""
    for listing in read.listings:
        known_marketplaces(wired, list(listing.overrides), "overrides")
    problems = [RowProblemOut(**vars(problem)) for problem in read.problems]
    created: list[str] = []
    if not dry_run and not problems:
        for listing in read.listings:
            row = wired.store.create_listing(user_id, listing.draft().model_dump(mode="json"))
            created.append(row["id"])
    return ImportOut(dry_run=dry_run, good=len(read.listings), created=created, problems=problems)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "listings.json, listings.csv, photos/"}},
)
def export_listings(caller: User, wired: Wired) -> StreamingResponse:
    """Everything: all listings as JSON and CSV, and their photos in order."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        _write_archive(wired, caller.user_id, file)
    except BaseException:
        file.close()
        raise
    return StreamingResponse(
        chunks_of(file),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="listings.zip"'},
    )


def _write_archive(wired: Resources, user_id: str, file: IO[bytes]) -> None:
    rows = list(_all(wired, user_id))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        listings = [shown(row).model_dump(mode="json") for row in rows]
        archive.writestr("listings.json", json.dumps({"listings": listings}, indent=2, ensure_ascii=False))
        archive.writestr("listings.csv", as_csv([row["body"] for row in rows]))
        for row in rows:
            for position, photo in enumerate(row["photos"], start=1):
                try:
                    data = wired.photos.open(photo["key"])
                except PhotoMissing:
                    continue
                archive.writestr(f"photos/{row['id']}/{position:02d}.jpg", data, zipfile.ZIP_STORED)


def _all(wired: Resources, user_id: str) -> Iterator[FoundListing]:
    before = before_id = None
    while page := wired.store.find_listings(user_id, limit=_PAGE, before=before, before_id=before_id):
        yield from page
        before, before_id = page[-1]["created_at"], page[-1]["id"]


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """From its beginning; closes it in the end."""
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
