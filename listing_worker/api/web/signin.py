"""Signing in to the pages: the owner's link, a cookie that scripts cannot read, and who it is.

The link carries the token in the address's fragment, which no server sees; a small script posts it once, and the
answer puts it into an HttpOnly cookie. Every write from a page carries a second secret, made from the first, which
only a page of ours can know (auth.csrf_token).
"""

from __future__ import annotations

from email.utils import formatdate
from typing import Annotated
from urllib.parse import quote

import jwt
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import SESSION_COOKIE, Caller, refuse_foreign_origin, session_cookie
from listing_worker.api.errors import ApiError
from listing_worker.api.ports import Wired
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.render import page

router = APIRouter(include_in_schema=False)


def seller(request: Request, wired: Wired) -> Caller:
    """Who is signed in to the pages. Everybody else is sent to the sign-in page and comes back afterwards."""
    session = session_cookie(request)
    if session:
        try:
            caller = Caller(wired.verifier.user_id(session))
        except ApiError as error:
            if error.status_code != 401:
                raise
        else:
            request.state.user_id = caller.user_id
            return caller
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = f"/sign-in?next={quote(here if request.method == 'GET' else '/', safe='/')}"
    if request.headers.get("hx-request"):
        raise ApiError(401, "sign_in_needed", "Sign in first.", headers={"HX-Redirect": to})
    raise ApiError(303, "sign_in_needed", "Sign in first.", headers={"Location": to})


Seller = Annotated[Caller, Depends(seller)]


@router.get("/sign-in")
def show_sign_in(request: Request, wired: Wired, next: str = "/", out: bool = False) -> HTMLResponse:
    return page(request, wired, None, "sign_in.html", next=local_path(next), refused=None, out=out)


@router.post("/sign-in")
async def sign_in(request: Request, wired: Wired) -> Response:
    """Takes a token from our own sign-in page and keeps it in a cookie until it runs out."""
    refuse_foreign_origin(request)
    async with request.form(max_fields=4, max_part_size=20_000) as form:
        token = str(form.get("token") or "").strip()
        target = local_path(str(form.get("next") or "/"))
    try:
        await run_in_threadpool(wired.verifier.user_id, token)
    except ApiError as error:
        if error.status_code != 401:
            raise
        return page(request, wired, None, "sign_in.html", status=401, next=target, refused=error.message, out=False)
    answer = RedirectResponse(target, status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        expires=_expiry(token),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/sign-out")
def sign_out(form: Posted, caller: Seller) -> Response:
    answer = RedirectResponse("/sign-in?out=1", status_code=303)
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return answer


def local_path(value: str) -> str:
    """`value` if it is a path on this very site, else the home page: nobody is sent elsewhere by a link to us."""
    plain = value.startswith("/") and not value.startswith(("//", "/\\")) and value.isprintable() and "\\" not in value
    return value if plain else "/"


def _expiry(token: str) -> str:
    """When the token runs out, as a cookie says it. The token was verified before."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return formatdate(float(claims["exp"]), usegmt=True)
