"""Recordings of attempts: what happened, step by step, as one page to keep or as JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.jobs import own_job
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.recordings.keep import kept
from listing_worker.recordings.timeline import Recording
from listing_worker.recordings.view import POLICY, as_html

router = APIRouter(prefix="/api", tags=["jobs"])


class Format(StrEnum):
    HTML = "html"
    JSON = "json"


Attempt = Annotated[int | None, Query(ge=1, le=1_000_000_000, description="which attempt; without it the last one")]


@router.get(
    "/v1/jobs/{job_id}/postings/{marketplace}/recording",
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/json": {}}}},
)
def get_recording(
    job_id: str, marketplace: str, caller: User, wired: Wired, attempt: Attempt = None, format: Format = Format.HTML
) -> Response:
    """The timeline of one attempt, without cookies, tokens, addresses or e-mail. 404 if none was kept."""
    job = own_job(wired, caller.user_id, job_id)
    for posting in job["postings"]:
        if posting["marketplace"] == marketplace:
            return _shown(_recording(wired, caller.user_id, posting["id"], attempt), format)
    raise not_found("posting")


@router.get(
    "/postings/{posting_id}/recording",
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/json": {}}}},
)
def get_recording_of_posting(
    posting_id: str, caller: User, wired: Wired, attempt: Attempt = None, format: Format = Format.HTML
) -> Response:
    """The same by the posting's own id."""
    return _shown(_recording(wired, caller.user_id, known_id(posting_id, "posting"), attempt), format)


def _recording(wired: Resources, user_id: str, posting_id: str, attempt: int | None) -> Recording:
    """Raises ApiError 404."""
    for row in wired.store.list_recordings(user_id, posting_id):
        if attempt in {None, row["attempt"]} and (recording := kept(row, wired.photos)) is not None:
            return recording
    raise not_found("recording")


def _shown(recording: Recording, format: Format) -> Response:
    if format is Format.JSON:
        return Response(recording.model_dump_json(), media_type="application/json")
    return Response(
        as_html(recording), media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
    )
