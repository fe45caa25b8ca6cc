"""The site's API as its own page calls it: /v1/initialize, sign-in, and the GraphQL-shaped /v1/api.

Every call to /v1/api needs the session cookie, `Authorization: Bearer <accessToken>`, the device token of the browser
that signed in, `x-platform: web`, `x-double-web: 1` and `apollo-require-preflight`; POSTs also the csrf token
(fact: mercari §2). Without a session the answer is 401, with something else wrong 403.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from listing_worker.sandbox.mercari import catalogue
from listing_worker.sandbox.mercari.operations import READS, WRITES, Call, refusal
from listing_worker.sandbox.mercari.publish import create_listing
from listing_worker.sandbox.site import BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.mercari.site import MercariSite

Files = dict[str, tuple[bytes, str]]
COOKIE = "merc_sess"
EMAIL_CODE = "123456"
_HANGS_SECONDS = 60.0


def access_token(user_id: int | None) -> str:
    """Looks like the short-lived JWT of the real site; guests get one too."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": user_id, "iat": int(time.time()), "exp": int(time.time()) + 3600, "jti": secrets.token_hex(8)}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{secrets.token_urlsafe(32)}"


class Api:
    def __init__(self, site: MercariSite) -> None:
        self.site = site

    # ---- who is there ----

    async def initialize(self, request: Request) -> Response:
        """The authoritative sign-in test: `user.userId` is there or not (fact: mercari §2).

        The cookie alone says so, but a request that shows the device token of another browser is a guest's.
        """
        session = self.site.session(request)
        device = request.headers.get("x-de-device-token")
        if session and device is not None and device != session.values["device_token"]:
            session = None
        return JSONResponse(
            {
                "csrf": session.values["csrf"] if session else secrets.token_hex(16),
                "accessToken": session.values["access_token"] if session else access_token(None),
                "isBot": False,
                "user": self.site.user_of(session) if session else {},
            },
            headers={"Cache-Control": "no-store"},
        )

    async def log_in(self, request: Request) -> Response:
        body = await request.json()
        session = self.site.sign_in(str(body.get("email", "")), str(body.get("password", "")))
        if session is None:
            return refusal("The email or password you entered is incorrect", "InvalidCredentialsException", 401)
        if "email_code" in self.site.variants and body.get("code") != EMAIL_CODE:
            del self.site.sessions[session.token]
            if body.get("code"):
                return refusal("The code is incorrect", "InvalidVerificationCodeException", 401)
            return JSONResponse({"verification": "email_code"}, 202)
        user = self.site.user_of(session)
        session.values = {
            "csrf": secrets.token_hex(16),
            "access_token": access_token(user["userId"]),
            "device_token": request.headers.get("x-de-device-token", ""),
        }
        response = JSONResponse({"user": user})
        month = 30 * 24 * 3600
        response.set_cookie(
            COOKIE, session.token, max_age=month, domain="mercari.com", secure=True, httponly=True, samesite="lax"
        )
        response.set_cookie("merc_uid", str(user["userId"]), max_age=month, secure=True, samesite=None)
        return response

    async def log_out(self, request: Request) -> Response:
        session = self.site.session(request)
        if session:
            self.site.sessions.pop(session.token, None)
        response = JSONResponse({})
        response.delete_cookie(COOKIE, domain="mercari.com", secure=True, httponly=True)
        response.delete_cookie("merc_uid", secure=True)
        return response

    # ---- GraphQL ----

    async def graphql(self, request: Request) -> Response:
        try:
            async with request.form() as form:
                document, files = await self._document(request, dict(form))
        except (ValueError, KeyError, TypeError):
            return refusal("Bad request", "BAD_USER_INPUT", 400)
        operation = str(document.get("operationName", ""))
        session = self.site.session(request)
        call = Call(self.site, request, session, document.get("variables") or {}, files)
        if operation == "createListing":
            return await create_listing(call, self._refused(request, session))
        read, write = READS.get(operation), WRITES.get(operation)
        if (read or write) is None:
            return refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 400)
        if operation not in {"productQuery", "itemQuery"}:  # item pages are public
            refused = self._refused(request, session)
            if refused is not None:
                return refused
        if write is not None:
            return await write(call)
        assert read is not None
        return JSONResponse({"data": read(call)})

    async def _document(self, request: Request, form: dict[str, Any]) -> tuple[dict[str, Any], Files]:
        """The operation asked for: in the address, as JSON, or as GraphQL multipart (operations, map, files)."""
        if request.method == "GET":
            asked = request.query_params
            return {
                "operationName": asked.get("operationName", ""),
                "variables": json.loads(asked.get("variables", "{}")),
            }, {}
        if "operations" not in form:
            document = await request.json()
            if not isinstance(document, dict):
                raise ValueError("not an operation")
            return document, {}
        files: Files = {}
        for name, places in json.loads(str(form["map"])).items():
            upload = form[name]
            if isinstance(upload, UploadFile):
                data, kind = await upload.read(), upload.content_type or ""
                files[places[0]] = (data, kind)
        document = json.loads(str(form["operations"]))
        return document, files

    def _refused(self, request: Request, session: BrowserSession | None) -> Response | None:
        if session is None:
            return refusal("Unauthorized", "UNAUTHENTICATED", 401)
        headers, values = request.headers, session.values
        wanted = {
            "authorization": f"Bearer {values['access_token']}",
            "x-de-device-token": values["device_token"],
            "x-platform": "web",
            "x-double-web": "1",
            "apollo-require-preflight": "true",
        }
        if request.method == "POST":
            wanted["x-csrf-token"] = values["csrf"]
        wrong = [name for name, value in wanted.items() if not value or headers.get(name) != value]
        return refusal(f"Forbidden ({', '.join(wrong)})", "FORBIDDEN", 403) if wrong else None

    # ---- the rest ----

    async def category_tree(self, request: Request) -> Response:
        return Response(
            catalogue.category_tree_bytes(),
            media_type="application/json",
            headers={"Cache-Control": "public, max-age=3600"},
        )

    async def never_answer(self, request: Request) -> Response:
        """Hangs until the browser gives up: what keeps the real page's network from ever being idle."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HANGS_SECONDS):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return Response(status_code=204)
