"""One press does one thing, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable

from listing_worker.api.errors import ApiError
from listing_worker.api.ports import Resources
from listing_worker.api.posting import request_hash


def once(wired: Resources, user_id: str, press: str, what: list[str], make: Callable[[], str]) -> str:
    """What `make` gave for this press (a token of the page's form); the same again when it is sent again. Raises
    ApiError 409 while the first is still at it, and what `make` raises."""
    if not press.isalnum():
        return make()
    key = f"page-{press}"[:200]
    begun = wired.store.begin_request(user_id, key, request_hash(*what))
    if begun["state"] == "done":
        return str(begun["answer"]["made"])
    if begun["state"] == "busy":
        raise ApiError(409, "idempotency_busy", "This is being done just now. Look again in a moment.")
    kept = False
    try:
        made = make()
        kept = wired.store.finish_request(user_id, key, 303, {"made": made})
        return made
    finally:
        if not kept:
            wired.store.forget_request(user_id, key)
