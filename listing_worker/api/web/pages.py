"""The pages, put together: routers, static files, `/connect`, and what an error looks like to a person."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from listing_worker.api.auth import Caller, session_cookie
from listing_worker.api.errors import ApiError
from listing_worker.api.extension_id import EXTENSION_ID
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web import (
    activity,
    adopting_page,
    batches_page,
    change_page,
    developer,
    drift_page,
    editor,
    grid,
    importing,
    inventory_page,
    job_page,
    learned,
    live_page,
    overview,
    posting_page,
    rules_page,
    signin,
    when_sold_page,
)
from listing_worker.api.web.render import HEADERS, STATIC, page, words
from listing_worker.api.web.signin import Seller

router = APIRouter(include_in_schema=False)


@router.get("/connect")
def connect(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    """Pairs the browser extension with the seller who opened this page."""
    more = [name.strip() for name in wired.settings.extension_ids.split(",") if name.strip()]
    return page(
        request,
        wired,
        caller,
        "connect.html",
        extension_ids=" ".join(dict.fromkeys([EXTENSION_ID, *more])),
        sites=[
            (wired.marketplaces.display_name(n), wired.marketplaces.home_url(n)) for n in wired.marketplaces.names()
        ],
    )


class _Static(StaticFiles):
    """Static files that browsers keep: their addresses change with their content (render.static_version)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            answer.headers["Cache-Control"] = "no-cache"
        return answer


def install(app: FastAPI) -> None:
    """Adds every page to `app`."""
    for each in (
        signin,
        overview,
        grid,
        importing,
        editor,
        posting_page,
        change_page,
        batches_page,
        adopting_page,
        drift_page,
        rules_page,
        when_sold_page,
        job_page,
        live_page,
        activity,
        inventory_page,
        learned,
        developer,
    ):
        app.include_router(each.router)
    app.include_router(router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.state.error_page = _error_page


def _error_page(request: Request, error: ApiError) -> Response:
    if error.status_code in {301, 302, 303, 307, 308}:
        return Response(status_code=error.status_code, headers={**(error.headers or {})})
    wired: Resources = request.app.state.resources
    message = words().errors.not_found if error.status_code == 404 else error.message
    caller: Caller | None = None
    user_id = getattr(request.state, "user_id", None)
    if error.status_code < 500 and session_cookie(request) and user_id:
        caller = Caller(user_id)
    answer = page(request, wired, caller, "error.html", status=error.status_code, message=message)
    answer.headers.update({**HEADERS, **(error.headers or {})})
    return answer
