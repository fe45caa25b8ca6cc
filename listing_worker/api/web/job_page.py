"""A job: a row per marketplace with its state, step, bar, reason and the one button that fixes it; live by SSE."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import csrf_token, session_cookie
from listing_worker.api.jobs import cancel_job, own_job, retry_posting
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.progress import PING, sse, watch
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page, render
from listing_worker.api.web.signin import Seller
from listing_worker.api.web.states import JOB_TONES, Doing, doing_after, fix_of, waiting_for_seller
from listing_worker.models import PostingState
from listing_worker.storage import rows

router = APIRouter(include_in_schema=False)


@router.get("/jobs/{job_id}")
def show_job(request: Request, job_id: str, caller: Seller, wired: Wired) -> HTMLResponse:
    job = own_job(wired, caller.user_id, job_id)
    doing: dict[str, Doing] = {}
    try:
        for _, event in wired.events.read(job["id"]):
            _note(doing, event)
    except (RedisError, OSError):
        doing = {}  # only what is being done is missing; the states are Postgres's
    _note_waiting(wired, caller.user_id, doing)
    row = wired.store.get_listing(caller.user_id, job["listing_id"])
    return page(request, wired, caller, "job.html", **_values(wired, job, doing), listing=row)


@router.get("/jobs/{job_id}/live")
async def live(request: Request, job_id: str, caller: Seller, wired: Wired) -> StreamingResponse:
    """The job's fragments whenever they change. Each connection begins with what changed since the page was made."""
    job = await run_in_threadpool(own_job, wired, caller.user_id, job_id)
    return StreamingResponse(
        _fragments(wired, caller.user_id, job, csrf_token(session_cookie(request) or ""), request.app.state.stopping),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    cancel_job(job_id, caller, wired)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@router.post("/postings/{posting_id}/retry")
def retry(posting_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    posting = retry_posting(posting_id, caller, wired)
    return RedirectResponse(f"/jobs/{posting.job_id}", status_code=303)


async def _fragments(
    wired: Resources, user_id: str, job: rows.JobRow, csrf: str, stopping: threading.Event
) -> AsyncIterator[str]:
    sent: dict[str, str] = {}
    doing: dict[str, Doing] = {}
    yield "retry: 1000\n\n"
    await run_in_threadpool(_note_waiting, wired, user_id, doing)
    async for seen in watch(wired, user_id, job, None, stopping):
        if seen.kind == "ping":
            yield PING
            continue
        if seen.event is not None:
            _note(doing, seen.event)
        values = _values(wired, seen.job, doing)
        parts = {
            "head": render("parts/job_head.html", **values),
            "foot": render("parts/job_foot.html", csrf=csrf, **values),
        }
        for posting in seen.job["postings"]:
            parts[f"row-{posting['id']}"] = render("parts/posting.html", posting=posting, csrf=csrf, **values)
        for name, html in parts.items():
            if sent.get(name) != html:
                sent[name] = html
                yield sse(name, html)
        if seen.kind == "done":
            yield sse("done", "")
            return


def _note(doing: dict[str, Doing], event: dict[str, Any]) -> None:
    posting_id = str(event.get("posting_id") or "")
    before = None if event.get("step") == "prepare" else doing.get(posting_id)
    doing[posting_id] = doing_after(before, event)


def _note_waiting(wired: Resources, user_id: str, doing: dict[str, Doing]) -> None:
    """Who waits for the seller is Postgres's to say: events may be lost, and those of a dead attempt are old."""
    waiting = {view["posting_id"]: view for view in wired.store.list_live_views(user_id)}
    for posting_id, each in list(doing.items()):
        if each.until is not None and posting_id not in waiting:
            del doing[posting_id]
    for posting_id, view in waiting.items():
        doing[posting_id] = waiting_for_seller(doing.get(posting_id), view["until"], view["reason"]["message"])


def _values(wired: Resources, job: rows.JobRow, doing: dict[str, Doing]) -> dict[str, Any]:
    return {
        "job": job,
        "tone": JOB_TONES[job["status"]],
        "live": sum(PostingState(posting["state"]).posted for posting in job["postings"]),
        "moving": [p for p in job["postings"] if not PostingState(p["state"]).settled],
        "doing": doing,
        "names": display_names(wired),
        "homes": {name: wired.marketplaces.home_url(name) for name in wired.marketplaces.names()},
        "fix_of": fix_of,
    }
