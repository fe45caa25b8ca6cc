"""Webhooks out: signed by Standard Webhooks, delivered from the outbox, tried again for three days.

Spec: https://www.standardwebhooks.com — headers `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 of
HMAC-SHA256("id.timestamp.body")>`; the id stays the same on every try. The row in Postgres is the truth; the queue
only says when to look.
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import time
from hashlib import sha256

import httpx
import structlog

from listing_worker.errors import SessionUnreadable
from listing_worker.settings import Settings
from listing_worker.storage import rows
from listing_worker.storage.store import Store
from listing_worker.utils import people
from listing_worker.utils.addresses import AddressRefused, resolve
from listing_worker.utils.crypto import KeyRing

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
TIMEOUT_SECONDS = 10.0
# Waits after the 1st, 2nd … failed try (the spec's example schedule), then the delivery is a dead letter.
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
GONE = 410


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header for a `whsec_…` secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


def wait_after(attempts: int, draw: float) -> float | None:
    """Seconds until the next try after `attempts` failed ones, with ±10 % jitter; None: give up."""
    if attempts > len(SCHEDULE):
        return None
    return SCHEDULE[attempts - 1] * (0.9 + draw / 5)


def deliver_webhook(store: Store, ring: KeyRing, settings: Settings, webhook_id: str) -> bool:
    """One try at one delivery. True if delivered. Does nothing if it is not due or somebody else has it."""
    delivery = store.claim_webhook(webhook_id, LEASE_SECONDS)
    if delivery is None:
        return False
    try:
        if delivery["kind"] == "notification":
            status, problem = _tell(delivery, _secrets(ring, delivery)[0], settings)
        else:
            status, problem = _send(delivery, _secrets(ring, delivery), settings)
    except SessionUnreadable:
        status, problem = None, "The signing secret does not open any more; set the webhook again."
    return _settle(store, delivery, status, problem)


def _secrets(ring: KeyRing, delivery: rows.WebhookClaim) -> list[str]:
    """The signing secret, and the one it replaces as long as that one counts."""
    sealed = [(delivery["key_id"], delivery["sealed_secret"])]
    if delivery["former_key_id"] and delivery["former_sealed_secret"]:
        sealed.append((delivery["former_key_id"], delivery["former_sealed_secret"]))
    return [
        ring.open(user_id=delivery["user_id"], marketplace="webhook", key_id=key_id, sealed=text).decode()
        for key_id, text in sealed
    ]


def _send(delivery: rows.WebhookClaim, secrets: list[str], settings: Settings) -> tuple[int | None, str | None]:
    """The status that came back, or None and what went wrong."""
    body = json.dumps(delivery["payload"], separators=(",", ":"), ensure_ascii=False).encode()
    timestamp = int(time.time())
    try:
        target = resolve(delivery["url"], allow_private=settings.allow_private_webhooks)
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            answer = client.post(
                target.url,
                content=body,
                headers={
                    "host": target.host_header,
                    "content-type": "application/json",
                    "user-agent": "listing-worker",
                    "webhook-id": delivery["id"],
                    "webhook-timestamp": str(timestamp),
                    "webhook-signature": " ".join(sign(secret, delivery["id"], timestamp, body) for secret in secrets),
                },
                extensions={"sni_hostname": target.host},
            )
    except AddressRefused as error:
        return None, error.message
    except (httpx.HTTPError, OSError) as error:
        return None, type(error).__name__
    return answer.status_code, None if answer.is_success else f"Answered {answer.status_code}."


def _tell(delivery: rows.WebhookClaim, address: str, settings: Settings) -> tuple[None, str | None]:
    """A person, by e-mail or push: what went wrong, or nothing."""
    title, text = people.told(delivery["payload"])
    try:
        people.send(address, title, text, mail_url=settings.mail_url.get_secret_value() if settings.mail_url else None)
    except people.NotSent as error:
        return None, str(error)
    return None, None


def _settle(store: Store, delivery: rows.WebhookClaim, status: int | None, problem: str | None) -> bool:
    again_in = None
    if problem is None:
        state = "delivered"
    elif status == GONE:
        state = "gone"
    else:
        again_in = wait_after(delivery["attempts"], random.random())  # noqa: S311 - jitter, not a secret
        state = "waiting" if again_in is not None else "dead"
    log.info(
        f"Webhook {state}.", action="webhook", webhook=delivery["id"], status=status, problem=problem, again_in=again_in
    )
    store.finish_webhook(
        delivery["id"], delivery["fence"], state=state, status_code=status, error=problem, again_in=again_in
    )
    return state == "delivered"
