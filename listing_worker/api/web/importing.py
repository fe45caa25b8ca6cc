"""The page that imports listings from a file: only checks, or stores all of them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from listing_worker.api.auth import Caller
from listing_worker.api.errors import ApiError, invalid
from listing_worker.api.listing_files import COLUMNS, read_listings
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.transfer import ImportOut, import_all
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.render import page, words
from listing_worker.api.web.signin import Seller

router = APIRouter(include_in_schema=False)


@router.get("/listings/import")
def show_import(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _page(request, wired, caller)


@router.post("/listings/import")
def do_import(request: Request, form: Posted, caller: Seller, wired: Wired) -> HTMLResponse:
    """The same page with what came of it."""
    data = form.files.get("file", b"")
    as_json = form.file_names.get("file", "").lower().endswith(".json") or data.lstrip()[:1] in {b"[", b"{"}
    try:
        if not data:
            raise invalid(words()["import"]["empty"], "file")
        result = import_all(wired, caller.user_id, read_listings(data, as_json=as_json), dry_run=form.get("dry") == "1")
    except ApiError as error:
        return _page(request, wired, caller, error=error)
    return _page(request, wired, caller, result=result)


def _page(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    result: ImportOut | None = None,
    error: ApiError | None = None,
) -> HTMLResponse:
    bad = error is not None or (result is not None and bool(result.problems))
    return page(
        request, wired, caller, "import.html", status=422 if bad else 200, result=result, error=error, columns=COLUMNS
    )
