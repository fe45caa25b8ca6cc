"""Jobs: "Post to All" in both seeds' shapes, their state, cancelling, trying again, and live progress."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, not_found
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import ask_dry_runs
from listing_worker.api.paging import Cursor, cursor_of, read_cursor
from listing_worker.api.params import (
    Before,
    IdempotencyKey,
    Limit,
    checked_key,
    known_id,
    moment,
)
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.posting import post
from listing_worker.api.posts_together import asked_by, checked, told
from listing_worker.api.progress import follow
from listing_worker.api.scenario import PlaysScenario
from listing_worker.api.schemas.operations import DryRunsOut
from listing_worker.api.sessions import signed_in_to, wake
from listing_worker.api.shapes import job_out, marketplace_result, posting_out
from listing_worker.api.spec_posting import post_spec_once
from listing_worker.models import PostingState
from listing_worker.storage import rows

router = APIRouter(prefix="/api", tags=["jobs"])

ESTIMATE = "1-2 minutes"


# ---- the first seed -----------------------------------------------------------------------------------------------


@router.post("/listings/post", status_code=202, dependencies=[PlaysScenario])
def post_listing(
    asked: schemas.PostIn, response: Response, caller: User, wired: Wired, idempotency_key_header: IdempotencyKey = None
) -> schemas.PostedOut | DryRunsOut:
    """Posts a listing to the named marketplaces, or to all. What cannot be posted is named; the rest goes on.

    With `dryRun` the forms are filled and read back, and nothing is published: the answer names the dry runs.
    """
    ask = asked_by(wired, caller.user_id, asked, idempotency_key_header)
    if asked.dryRun:
        return ask_dry_runs(wired, caller.user_id, own_listing(wired, caller.user_id, asked.listingId), ask.names)
    begun = wired.store.post_beginnings(caller.user_id, ask.listing_id)
    prepared = checked(wired, ask, begun["listing"], signed_in_to(begun["sessions"]))
    posted = post(wired, prepared)
    _mark_replay(response, posted.created)
    return told(wired, prepared, posted)


# ---- the second seed ----------------------------------------------------------------------------------------------


@router.post("/v1/post", status_code=202, dependencies=[PlaysScenario])
def post_spec(
    asked: schemas.PostSpecIn,
    response: Response,
    caller: User,
    wired: Wired,
    idempotency_key_header: IdempotencyKey = None,
) -> schemas.PostSpecOut:
    """Makes a listing and posts it. Nothing is left behind when it is refused, or repeated by its Idempotency-Key."""
    key = checked_key(idempotency_key_header)
    if asked.user_id is not None and asked.user_id != caller.user_id:
        raise ApiError(403, "other_user", "user_id is not the user who is signed in. Leave it out.", field="user_id")
    posted = post_spec_once(wired, caller.user_id, asked.listing_spec, idempotency_key=key)
    _mark_replay(response, posted.created)
    job = posted.created["job"]
    return schemas.PostSpecOut(
        job_id=job["id"],
        status=job["status"],
        created_at=job["created_at"],
        marketplace_jobs=[
            schemas.MarketplaceJob(marketplace=posting["marketplace"], job_id=posting["id"], status=posting["state"])
            for posting in job["postings"]
        ],
        estimated_completion=ESTIMATE,
        listing_id=job["listing_id"],
    )


@router.get("/v1/jobs/{job_id}", response_model_exclude_none=True)
def get_job_v1(job_id: str, caller: User, wired: Wired) -> schemas.JobV1Out:
    job = own_job(wired, caller.user_id, job_id)
    results = [marketplace_result(posting) for posting in job["postings"]]
    successes = sum(PostingState(posting["state"]).posted for posting in job["postings"])
    failures = sum(
        PostingState(posting["state"]).settled and not PostingState(posting["state"]).posted
        for posting in job["postings"]
    )
    return schemas.JobV1Out(
        job_id=job["id"],
        status=job["status"],
        created_at=job["created_at"],
        completed_at=job["completed_at"],
        success_count=successes,
        failure_count=failures,
        marketplace_results=results,
    )


@router.delete("/v1/jobs/{job_id}", response_model_exclude_none=True)
def cancel_job_v1(job_id: str, caller: User, wired: Wired) -> schemas.CancelledV1Out:
    """Cancels what is not published yet. 409 if nothing is left to cancel."""
    job = _cancel(wired, caller.user_id, job_id)
    return schemas.CancelledV1Out(
        job_id=job["id"],
        status=job["status"],
        cancelled_at=job["completed_at"] or datetime.now(UTC).isoformat(),
        message=" ".join(filter(None, [_cancel_message(job), _too_late(wired, job)])),
        marketplace_results=[marketplace_result(posting) for posting in job["postings"]],
    )


@router.post("/v1/jobs/{job_id}/postings/{marketplace}/retry", status_code=202)
def retry_posting_v1(job_id: str, marketplace: str, caller: User, wired: Wired) -> schemas.PostingOut:
    """Tries one marketplace of a job again, after it failed, was cancelled or needed the seller."""
    job = own_job(wired, caller.user_id, job_id)
    for posting in job["postings"]:
        if posting["marketplace"] == marketplace:
            return retry_posting(posting["id"], caller, wired)
    raise not_found("posting")


# ---- ours ---------------------------------------------------------------------------------------------------------


@router.get("/jobs")
def list_jobs(
    caller: User, wired: Wired, limit: Limit = 50, before: Before = None, cursor: Cursor = None
) -> schemas.JobPage:
    """Newest first, a page at a time: pass `next_cursor` as `cursor` for the next one."""
    at, row_id = read_cursor(cursor)
    found = wired.store.jobs_page(caller.user_id, limit, at or moment(before), row_id)
    return schemas.JobPage(
        jobs=[job_out(job) for job in found],
        next_before=found[-1]["created_at"] if len(found) == limit else None,
        next_cursor=cursor_of(found[-1]) if len(found) == limit else None,
    )


@router.get("/jobs/{job_id}")
def get_job(job_id: str, caller: User, wired: Wired) -> schemas.JobOut:
    return job_out(own_job(wired, caller.user_id, job_id))


@router.delete("/jobs/{job_id}")
def cancel_job(job_id: str, caller: User, wired: Wired) -> schemas.JobOut:
    """Cancels what is not published yet. 409 if nothing is left to cancel."""
    return job_out(_cancel(wired, caller.user_id, job_id))


@router.post("/postings/{posting_id}/retry", status_code=202)
def retry_posting(posting_id: str, caller: User, wired: Wired) -> schemas.PostingOut:
    """Tries a posting again that failed, was cancelled or needed the seller."""
    posting = wired.store.retry_posting(caller.user_id, known_id(posting_id, "posting"))
    if posting is None:
        raise not_found("posting")
    wake(wired, [posting["id"]])
    return posting_out(posting)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "snapshot, progress…, job…, done"}},
)
async def job_events(
    job_id: str,
    request: Request,
    caller: User,
    wired: Wired,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[str | None, Query(description="for clients that cannot send Last-Event-ID")] = None,
) -> StreamingResponse:
    """Live progress as server-sent events; resumes after `Last-Event-ID`. Ends with `done` when the job settles."""
    job = await run_in_threadpool(own_job, wired, caller.user_id, job_id)
    return StreamingResponse(
        follow(wired, caller.user_id, job, last_event_id or after, request.app.state.stopping),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


# ---- shapes -------------------------------------------------------------------------------------------------------


def own_job(wired: Resources, user_id: str, job_id: str) -> rows.JobRow:
    """The user's job. Raises ApiError 404."""
    job = wired.store.get_job(user_id, known_id(job_id, "job"))
    if job is None:
        raise not_found("job")
    return job


def _mark_replay(response: Response, created: rows.CreatedJob) -> None:
    if not created["created"]:
        response.headers["Idempotency-Replayed"] = "true"


def _cancel(wired: Resources, user_id: str, job_id: str) -> rows.JobRow:
    before = own_job(wired, user_id, job_id)
    job = wired.store.cancel_job(user_id, job_id)
    if job is None:
        raise not_found("job")
    already = {posting["id"] for posting in before["postings"] if posting["state"] == PostingState.CANCELLED}
    stopped = any(p["state"] == PostingState.CANCELLED or p["cancel_requested"] for p in job["postings"])
    if not stopped and (late := _too_late(wired, job)):
        raise ApiError(409, "too_late", f"{late} It ends as it ends, and you are told.")
    if not stopped and not already:
        raise ApiError(409, "not_cancellable", "There is nothing left to cancel: every posting has ended.")
    return job


def _too_late(wired: Resources, job: rows.JobRow) -> str:
    """The sentence for postings whose publish button may have been pressed; empty without any."""
    states = {PostingState.PUBLISHING, PostingState.UNCERTAIN}
    names = [wired.marketplaces.display_name(p["marketplace"]) for p in job["postings"] if p["state"] in states]
    return f"Too late for {' and '.join(names)}: being published." if names else ""


def _cancel_message(job: rows.JobRow) -> str:
    states = [PostingState(posting["state"]) for posting in job["postings"]]
    if any(posting["cancel_requested"] and not PostingState(posting["state"]).settled for posting in job["postings"]):
        return "Cancelling: what is running stops before it is published."
    if all(state is PostingState.CANCELLED for state in states):
        return "Cancelled. Nothing was published."
    return "Cancelled what was not published yet; the other postings stay as they are."
