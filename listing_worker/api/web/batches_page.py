"""Batches: what was asked for about many listings at once, how every row stands, and what can be done about it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.auth import Caller
from listing_worker.api.batch_planning import batch_out, own_batch
from listing_worker.api.batches import bulk_lines, cancel, pause, resume, retry, undo
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.schemas.batches import BatchOut
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.once import once
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page, words
from listing_worker.api.web.signin import Seller
from listing_worker.api.web.states import BATCH_LOOKS, row_look

router = APIRouter(include_in_schema=False)
SHOWN = 50
MOVING = {"rehearsing", "running"}
STEPS: dict[str, Callable[[str, Caller, Resources], BatchOut]] = {
    "pause": pause, "resume": resume, "cancel": cancel, "retry": retry, "undo": undo,
}  # fmt: skip


@router.get("/batches")
def batches(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _page(request, wired, caller)


@router.post("/batches")
def from_csv(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """A batch of the lines of a CSV; nothing is asked for while one is wrong."""
    text = form.files.get("file", b"").decode("utf-8-sig", errors="replace")
    try:
        if not text.strip():
            raise invalid(words()["import"]["empty"], "file")
        rehearse = form.get("rehearse") == "1"
        said = [text, str(rehearse)]
        made = once(
            wired,
            caller.user_id,
            form.get("press"),
            said,
            lambda: bulk_lines(wired, caller.user_id, text, rehearse).id,
        )
    except ApiError as error:
        return _page(request, wired, caller, error=error)
    return RedirectResponse(f"/batches/{made}", status_code=303)


@router.get("/batches/{batch_id}")
def show(request: Request, batch_id: str, caller: Seller, wired: Wired) -> HTMLResponse:
    return _show(request, wired, caller, batch_id)


@router.post("/batches/{batch_id}/{step}")
def act(request: Request, batch_id: str, step: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Pause, resume, cancel, retry or undo; an undo leads to the batch that undoes."""
    if step not in STEPS:
        raise not_found("step")
    try:
        batch = STEPS[step](batch_id, caller, wired)
    except ApiError as error:
        if error.status_code != 409:
            raise
        return _show(request, wired, caller, batch_id, error)
    return RedirectResponse(f"/batches/{batch.id}", status_code=303)


def _page(request: Request, wired: Resources, caller: Caller, error: ApiError | None = None) -> HTMLResponse:
    return page(
        request,
        wired,
        caller,
        "batches.html",
        status=error.status_code if error else 200,
        batches=wired.store.list_batches(caller.user_id, SHOWN),
        looks=BATCH_LOOKS,
        press=secrets.token_hex(8),
        error=error,
    )


def _show(
    request: Request, wired: Resources, caller: Caller, batch_id: str, error: ApiError | None = None
) -> HTMLResponse:
    batch = batch_out(own_batch(wired, caller.user_id, batch_id))
    undone = next(
        (each["id"] for each in wired.store.list_batches(caller.user_id) if each["undo_of"] == batch.id), None
    )
    return page(
        request,
        wired,
        caller,
        "batch.html",
        status=error.status_code if error else 200,
        batch=batch,
        look=BATCH_LOOKS[batch.state],
        row_look=row_look,
        moving=batch.state in MOVING or bool(batch.counts.get("under_way")),
        wrong=batch.counts.get("wrong", 0) + batch.counts.get("cancelled", 0),
        undone_by=undone,
        names=display_names(wired),
        error=error,
    )
