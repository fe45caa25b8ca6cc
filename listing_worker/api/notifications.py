"""Notifications: a person is told by e-mail or push, for the events that they choose; off until they do.

The address is sealed for the worker, because push addresses hold tokens. What is shown afterwards has none.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.auth import User
from listing_worker.api.errors import not_found
from listing_worker.api.extension import sealed_for_worker
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.params import known_id
from listing_worker.api.ports import Wired
from listing_worker.api.schemas import Asked, WebhookEvent
from listing_worker.storage import rows
from listing_worker.utils.people import checked

router = APIRouter(prefix="/api/notifications", tags=["notifications"], route_class=IdempotentRoute)
MOST = 10


class NotificationIn(Asked):
    to: Annotated[str, StringConstraints(min_length=3, max_length=1000, strip_whitespace=True)] = Field(
        repr=False,
        description="an e-mail address, or a push service's address as Apprise writes it",
        examples=["anna@example.org", "ntfy://my-secret-topic"],
    )
    events: list[WebhookEvent] = Field(
        min_length=1, max_length=20, examples=[["job.completed", "posting.action_required", "session.expiring"]]
    )


class NotificationOut(BaseModel):
    id: str
    to: str = Field(description="without its secrets")
    events: list[str]
    created_at: str


class NotificationsOut(BaseModel):
    notifications: list[NotificationOut]


@router.post("", status_code=201)
def put_notification(asked: NotificationIn, caller: User, wired: Wired) -> NotificationOut:
    """Tells somebody of these events from now on. The same address again changes its events."""
    address, label = checked(asked.to)
    key_id, sealed = sealed_for_worker(wired, caller.user_id, "webhook", address)
    events = [event.value for event in dict.fromkeys(asked.events)]
    return _shown(wired.store.put_notification(caller.user_id, label, key_id, sealed, events, MOST))


@router.get("")
def list_notifications(caller: User, wired: Wired) -> NotificationsOut:
    found = wired.store.list_notifications(caller.user_id)
    return NotificationsOut(notifications=[_shown(row) for row in found])


@router.delete("/{notification_id}", status_code=204)
def delete_notification(notification_id: str, caller: User, wired: Wired) -> None:
    mine = {row["id"] for row in wired.store.list_notifications(caller.user_id)}
    chosen = known_id(notification_id, "notification")
    if chosen not in mine or not wired.store.delete_webhook_endpoint(caller.user_id, chosen):
        raise not_found("notification")


def _shown(row: rows.WebhookEndpoint) -> NotificationOut:
    return NotificationOut(id=row["id"], to=row["url"], events=row["events"], created_at=row["created_at"])
