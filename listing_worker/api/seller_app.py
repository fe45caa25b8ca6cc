"""The seller's own app is told of every job, without anybody registering it: `NEXT_PUBLIC_API_URL/api/jobs/webhook`,
signed with `WEBHOOK_SECRET` like every other webhook (Standard Webhooks).

It becomes an ordinary endpoint of each user who posts, so that it has retries, deliveries and redelivery like the
others, and is seen among them.
"""

from __future__ import annotations

from listing_worker.api.extension import sealed_for_worker
from listing_worker.api.ports import Resources
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.utils.signing import is_signing_secret

PATH = "/api/jobs/webhook"  # fact: seeds, "POST /api/jobs/webhook"


def app_address(settings: Settings) -> str | None:
    """Where the app is told; None where it shall not be. Raises ConfigurationError without a usable secret."""
    if settings.next_public_api_url is None or not settings.notifications_webhook_enabled:
        return None
    if settings.webhook_secret is None or not is_signing_secret(settings.webhook_secret.get_secret_value()):
        raise ConfigurationError(
            "NEXT_PUBLIC_API_URL is set, but WEBHOOK_SECRET is no signing secret: the app could not tell our calls from"
            " a stranger's. Set WEBHOOK_SECRET to whsec_ followed by base64 of 24 to 64 bytes, here and in the app; or"
            " NOTIFICATIONS_WEBHOOK_ENABLED=false."
        )
    return settings.next_public_api_url.rstrip("/") + PATH


def knows_seller(wired: Resources, user_id: str) -> bool:
    """Whether nothing is left to register. Raises ConfigurationError."""
    return user_id in wired.seller_app_knows or app_address(wired.settings) is None


def register_seller_app(wired: Resources, user_id: str) -> None:
    """Makes the app an endpoint of this user, once in the life of this process. Raises ConfigurationError."""
    if knows_seller(wired, user_id):
        return
    address = app_address(wired.settings)
    assert address is not None and wired.settings.webhook_secret is not None
    key_id, sealed = sealed_for_worker(wired, user_id, "webhook", wired.settings.webhook_secret.get_secret_value())
    wired.store.put_webhook_endpoint(user_id, address, key_id, sealed)
    wired.seller_app_knows.add(user_id)
