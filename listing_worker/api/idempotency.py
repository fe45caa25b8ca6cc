"""`Idempotency-Key` on every write that creates something: the same key and request give the first answer again.

Answers are kept for a day, without the secrets in them (a key or signing secret is shown once and never again). The
two posting routes do the same inside their own transaction and are not of this class.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import identify
from listing_worker.api.errors import ApiError
from listing_worker.api.params import IdempotencyKey, checked_key
from listing_worker.api.ports import Resources

SECRET_FIELDS = ("secret", "key", "token", "code")


def _documented(idempotency_key_header: IdempotencyKey = None) -> None:
    """Only so that the description of the API names the header."""


class IdempotentRoute(APIRoute):
    """A route whose POST may be repeated."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["dependencies"] = [*(options.get("dependencies") or []), Depends(_documented)]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return answer

        async def once(request: Request) -> Response:
            key = checked_key(request.headers.get("idempotency-key"))
            if key is None:
                return await answer(request)
            caller = request.state.caller = await run_in_threadpool(identify, request)
            wired: Resources = request.app.state.resources
            begun = await run_in_threadpool(
                wired.store.begin_request, caller.user_id, key, await _request_hash(request)
            )
            if begun["state"] == "busy":
                raise ApiError(
                    409, "idempotency_busy", "This very request is being answered just now. Try again shortly.",
                    headers={"Retry-After": "1"},
                )  # fmt: skip
            if begun["state"] == "done":
                return JSONResponse(begun["answer"], begun["status"], headers={"Idempotency-Replayed": "true"})
            kept = False
            try:
                response = await answer(request)
                if response.status_code < 300:
                    kept = await run_in_threadpool(
                        wired.store.finish_request,
                        caller.user_id,
                        key,
                        response.status_code,
                        _without_secrets(response),
                    )
                return response
            finally:
                if not kept:
                    await run_in_threadpool(wired.store.forget_request, caller.user_id, key)

        return once


async def _request_hash(request: Request) -> str:
    """Of method, address and body; uploads are told apart by their length, because they are not read twice."""
    digest = sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if request.headers.get("content-type", "").startswith("multipart/"):
        digest.update(request.headers.get("content-length", "").encode())
    else:
        digest.update(await request.body())
    return digest.hexdigest()


def _without_secrets(response: Response) -> Any:
    document = json.loads(bytes(response.body) or b"null")
    if isinstance(document, dict):
        return {name: None if name in SECRET_FIELDS else value for name, value in document.items()}
    return document
