"""A seller's whole account as a file, and back into an empty account."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError
from listing_worker.api.ports import Wired
from listing_worker.api.transfer import chunks_of
from listing_worker.archive.read import read_archive
from listing_worker.archive.write import write_archive

router = APIRouter(prefix="/api", tags=["archive"])
BYTE_LIMIT = 4_000_000_000
_MEMORY_BYTES = 8_000_000
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class RestoredOut(BaseModel):
    rows: dict[str, int] = Field(description="how many rows of each kind there are now")


@router.get(
    "/archive",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "rows as JSON, pictures, a manifest"}},
)
def save_archive(caller: User, wired: Wired) -> StreamingResponse:
    """Listings, photos, postings, operations, their history, receipts and evidence of sales. No sign-in is in it. What
    is still under way is written down as waiting for you."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
    try:
        write_archive(wired.store, wired.photos, caller.user_id, file)
    except BaseException:
        file.close()
        raise
    return StreamingResponse(
        chunks_of(file),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="listing-worker-archive.zip"'},
    )


@router.post("/archive", openapi_extra=BODY)
async def restore_archive(request: Request, caller: User, wired: Wired) -> RestoredOut:
    """Into an account without listings only: 409 otherwise. All of it or nothing; nothing is posted by it."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        count = 0
        async for chunk in request.stream():
            count += len(chunk)
            if count > BYTE_LIMIT:
                raise ApiError(413, "too_large", f"An archive may have at most {BYTE_LIMIT // 10**9} GB.")
            await run_in_threadpool(file.write, chunk)
        file.seek(0)
        rows = await run_in_threadpool(read_archive, wired.store, wired.photos, caller.user_id, file)
    return RestoredOut(rows=rows)
