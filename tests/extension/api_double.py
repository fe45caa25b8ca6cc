"""The routes that the extension uses, as the contract has them, recording what arrives and misbehaving on demand."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from listing_worker.api.extension_id import EXTENSION_ID, EXTENSION_ORIGIN
from listing_worker.utils.crypto import KeyRing

PUBLISHABLE_KEY = "sb_publishable_0123456789abcdef"
USER = "0b5c1d7e-5a55-4b8e-9b0e-3f7a7f1f0001"
CONNECT = """<!doctype html><title>Connect</title><p id=state>idle</p><script>
const id = "%s", state = document.getElementById('state');
const ask = (message) => chrome.runtime.sendMessage(id, message);
async function pair(code) { state.textContent = JSON.stringify(await ask({ type: 'pair', code })); }
async function watch() {
  const seen = [await look()];
  while (seen.at(-1) === 'waiting') { const now = await look(); if (now !== 'waiting') seen.push(now); }
  return seen;
}
async function look() { return (await ask({ type: 'pairing-state' })).state; }
</script>"""


def refuse(status: int, code: str, **headers: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": f"Refused: {code}."}}, status, headers=headers)


@dataclass
class ApiDouble:
    """`answers` are given first, one per request to a session's route; then the real behaviour."""

    ring: KeyRing
    keys: dict[str, Any] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    puts: list[dict[str, Any]] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    down: bool = False
    statuses: dict[str, str] = field(default_factory=dict)
    direct: dict[str, str] | None = None  # the project that a pairing is told of
    direct_refusals: list[str] = field(default_factory=list)  # codes with which its function refuses, one each
    direct_puts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.ring.key_list().model_dump(mode="json")

    def reset(self, ring: KeyRing) -> None:
        vars(self).update(vars(ApiDouble(ring)))

    def rotate(self, ring: KeyRing) -> None:
        self.ring, self.keys = ring, ring.key_list().model_dump(mode="json")

    def new_code(self) -> str:
        code = secrets.token_urlsafe(16)
        self.codes.add(code)
        return code

    def opened(self, put: dict[str, Any]) -> bytes:
        return self.ring.open(user_id=USER, marketplace=put["marketplace"], key_id=put["key_id"], sealed=put["sealed"])

    # ---- routes

    async def connect(self, _: Request) -> Response:
        return HTMLResponse(CONNECT % EXTENSION_ID)

    async def get_keys(self, _: Request) -> Response:
        return JSONResponse(self.keys) if self.keys else refuse(503, "no_keys")

    async def token(self, request: Request) -> Response:
        body = await request.json()
        assert set(body) == {"code", "device"}
        assert request.headers["origin"] == EXTENSION_ORIGIN
        if body["code"] not in self.codes:
            return refuse(400, "pairing_invalid")
        self.codes.discard(body["code"])
        token = "lwd_" + secrets.token_urlsafe(32)
        self.tokens.add(token)
        return JSONResponse({"token": token, "user_id": USER, "keys": self.keys, "direct": self.direct})

    def _guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                return refuse(401, "device_unknown")
            return await handler(request)

        return guarded

    async def status(self, _: Request) -> Response:
        rows = [self._row(name, status) for name, status in self.statuses.items()]
        return JSONResponse({"user_id": USER, "sessions": rows})

    async def session(self, request: Request) -> Response:
        name = request.path_params["marketplace"]
        self.tried.append(request.method)
        if self.answers:
            return self.answers.pop(0)
        if self.down:
            return refuse(503, "away")
        if request.method == "DELETE":
            self.deletes.append(name)
            self.statuses.pop(name, None)
            return Response(status_code=204)
        body = await request.json()
        assert set(body) == {"key_id", "sealed", "captured_at", "user_agent"}
        if body["key_id"] != self.keys["keys"][0]["key_id"]:
            return refuse(409, "retired_key")
        self.puts.append({**body, "marketplace": name})
        self.statuses[name] = "unproven"
        return JSONResponse(self._row(name, "unproven"))

    async def direct_sync(self, request: Request) -> Response:
        """The project's function as PostgREST serves it."""
        assert request.headers["apikey"] == PUBLISHABLE_KEY and "authorization" not in request.headers
        body = await request.json()
        assert set(body) == {
            "p_device_token", "p_marketplace", "p_key_id", "p_sealed", "p_captured_at", "p_user_agent",
        }  # fmt: skip
        code = self.direct_refusals.pop(0) if self.direct_refusals else ""
        if body["p_device_token"] not in self.tokens:
            code = "device_unknown"
        if code:
            told = {"code": "LW001", "message": code, "details": f"Refused: {code}.", "hint": None}
            return JSONResponse(told, 400)
        put = {name.removeprefix("p_"): value for name, value in body.items() if name != "p_device_token"}
        self.direct_puts.append(put)
        return JSONResponse(self._row(put["marketplace"], "unproven"))

    def _row(self, name: str, status: str) -> dict[str, Any]:
        return {
            "marketplace": name,
            "status": status,
            "account": "sam" if status == "active" else None,
            "captured_at": "2026-11-21T12:00:00Z",
            "expires_at": "2026-11-28T12:00:00Z",
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/connect", self.connect),
                Route("/api/extension/keys", self.get_keys),
                Route("/api/extension/token", self.token, methods=["POST"]),
                Route("/api/extension/status", self._guarded(self.status)),
                Route("/rest/v1/rpc/sync_session_from_device", self.direct_sync, methods=["POST"]),
                Route("/api/sessions/{marketplace}", self._guarded(self.session), methods=["PUT", "DELETE"]),
            ],
            middleware=[
                Middleware(
                    CORSMiddleware,
                    allow_origins=[EXTENSION_ORIGIN],
                    allow_methods=["GET", "POST", "PUT", "DELETE"],
                    allow_headers=["authorization", "content-type", "apikey"],
                    expose_headers=["Retry-After"],
                )
            ],
        )
