"""Webhook endpoints of the seller's own systems, and what was delivered there.

The signing secret (Standard Webhooks, `whsec_…`) is sealed for the worker on arrival; we show one only if we made it,
and only once.
"""

from __future__ import annotations

from fastapi import APIRouter

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.extension import sealed_for_worker
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.params import Limit, known_id
from listing_worker.api.ports import Wired
from listing_worker.utils.addresses import AddressRefused, resolve
from listing_worker.utils.signing import is_signing_secret, new_secret

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"], route_class=IdempotentRoute)

FORMER_SECONDS = 86_400.0  # how long a replaced secret signs beside the new one


@router.post("", status_code=201)
def put_webhook(asked: schemas.WebhookIn, caller: User, wired: Wired) -> schemas.WebhookCreated:
    """Registers an address, or changes the secret of one that is registered."""
    _check_address(asked.url, allow_private=wired.settings.allow_private_webhooks)
    secret = asked.secret if asked.secret is not None else new_secret()
    _check_secret(secret)
    key_id, sealed = sealed_for_worker(wired, caller.user_id, "webhook", secret)
    row = wired.store.put_webhook_endpoint(caller.user_id, asked.url, key_id, sealed)
    if asked.events is not None:
        chosen = wired.store.choose_webhook_events(caller.user_id, row["id"], [e.value for e in asked.events])
        row = chosen or row
    return schemas.WebhookCreated(
        **schemas.WebhookOut.model_validate(row).model_dump(), secret=secret if asked.secret is None else None
    )


@router.patch("/{endpoint_id}")
def choose_events(endpoint_id: str, asked: schemas.WebhookEvents, caller: User, wired: Wired) -> schemas.WebhookOut:
    """Which events are delivered there from now on."""
    events = [event.value for event in dict.fromkeys(asked.events)]
    row = wired.store.choose_webhook_events(caller.user_id, known_id(endpoint_id, "webhook"), events)
    if row is None:
        raise not_found("webhook")
    return schemas.WebhookOut.model_validate(row)


@router.post("/{endpoint_id}/rotate")
def rotate_secret(endpoint_id: str, caller: User, wired: Wired) -> schemas.WebhookCreated:
    """A new signing secret. For a day deliveries are signed with the former one too (two signatures, one header)."""
    secret = new_secret()
    key_id, sealed = sealed_for_worker(wired, caller.user_id, "webhook", secret)
    row = wired.store.rotate_webhook_secret(
        caller.user_id, known_id(endpoint_id, "webhook"), key_id, sealed, FORMER_SECONDS
    )
    if row is None:
        raise not_found("webhook")
    return schemas.WebhookCreated(**schemas.WebhookOut.model_validate(row).model_dump(), secret=secret)


@router.get("")
def list_webhooks(caller: User, wired: Wired) -> schemas.WebhooksOut:
    endpoints = wired.store.list_webhook_endpoints(caller.user_id)
    return schemas.WebhooksOut(webhooks=[schemas.WebhookOut.model_validate(endpoint) for endpoint in endpoints])


@router.get("/deliveries")
def list_deliveries(caller: User, wired: Wired, limit: Limit = 50) -> schemas.DeliveriesOut:
    """Newest first."""
    found = wired.store.list_webhooks(caller.user_id, limit)
    return schemas.DeliveriesOut(deliveries=[schemas.DeliveryOut.model_validate(row) for row in found])


@router.post("/deliveries/{delivery_id}/redeliver", status_code=202)
def redeliver(delivery_id: str, caller: User, wired: Wired) -> schemas.Accepted:
    """Sends a delivery again, with the same webhook id."""
    if not wired.store.redeliver_webhook(caller.user_id, known_id(delivery_id, "delivery")):
        raise not_found("delivery")
    return schemas.Accepted(success=True, message="It is sent again within a few seconds.")


@router.delete("/{endpoint_id}", status_code=204)
def delete_webhook(endpoint_id: str, caller: User, wired: Wired) -> None:
    if not wired.store.delete_webhook_endpoint(caller.user_id, known_id(endpoint_id, "webhook")):
        raise not_found("webhook")


def _check_address(url: str, *, allow_private: bool) -> None:
    try:
        resolve(url, allow_private=allow_private)
    except AddressRefused as refused:
        raise invalid(refused.message, "url", refused.code) from refused
    except (OSError, UnicodeError, ValueError) as error:
        raise invalid("The name in this address cannot be found.", "url", "address_refused") from error


def _check_secret(secret: str) -> None:
    if not is_signing_secret(secret):
        raise ApiError(
            422, "invalid", "A secret is whsec_ followed by base64 of 24 to 64 bytes. Leave it out to get one.",
            field="secret",
        )  # fmt: skip
