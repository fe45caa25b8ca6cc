"""Listeners: a developer's own machine comes for its events, because no webhook can reach it (`listing-worker listen`).

What comes is what a webhook would get; whoever took it signs it with the listener's secret and hands it on.
"""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from pydantic import BaseModel, Field

from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.extension import sealed_for_worker
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.params import known_id
from listing_worker.api.ports import Wired
from listing_worker.api.schemas import Asked, DeliveryOut, WebhookEvent
from listing_worker.utils.signing import new_secret

router = APIRouter(prefix="/api/webhooks/listeners", tags=["webhooks"], route_class=IdempotentRoute)


class ListenerIn(Asked):
    events: list[WebhookEvent] | None = Field(
        default=None, min_length=1, max_length=20, description="all if absent", examples=[["job.completed"]]
    )


class ListenerOut(BaseModel):
    id: str
    events: list[str]
    secret: str | None = Field(description="what its events are signed with; shown this once")


class TakenOut(BaseModel):
    deliveries: list[DeliveryOut]


@router.post("", status_code=201)
def open_listener(asked: ListenerIn, caller: User, wired: Wired) -> ListenerOut:
    """Gathers events for a machine that comes for them. Forgotten when it has not come for an hour."""
    events = [event.value for event in dict.fromkeys(asked.events or WebhookEvent)]
    secret = new_secret()
    key_id, sealed = sealed_for_worker(wired, caller.user_id, "webhook", secret)
    row = wired.store.open_listener(caller.user_id, f"listener {secrets.token_hex(8)}", key_id, sealed, events)
    return ListenerOut(id=row["id"], events=row["events"], secret=secret)


@router.post("/{listener_id}/take")
def take_events(listener_id: str, caller: User, wired: Wired) -> TakenOut:
    """What has happened since last time, oldest first. Each event is given once."""
    found = wired.store.take_events(caller.user_id, known_id(listener_id, "listener"))
    if found is None:
        raise not_found("listener")
    return TakenOut(deliveries=[DeliveryOut.model_validate(row) for row in found])


@router.delete("/{listener_id}", status_code=204)
def close_listener(listener_id: str, caller: User, wired: Wired) -> None:
    chosen = known_id(listener_id, "listener")
    if wired.store.take_events(caller.user_id, chosen, 0) is None:
        raise not_found("listener")
    wired.store.delete_webhook_endpoint(caller.user_id, chosen)
