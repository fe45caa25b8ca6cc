"""The seller's own app is told of every job at the address that the settings name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from listing_worker.api.seller_app import PATH
from listing_worker.errors import ConfigurationError
from listing_worker.utils.signing import new_secret
from tests.api.conftest import MakeApi
from tests.api.test_jobs import publish


def test_the_app_is_told_of_each_job_once_signed_with_its_secret(make_api: MakeApi) -> None:
    secret = new_secret()
    api = make_api(
        next_public_api_url="http://127.0.0.1:3000/", webhook_secret=SecretStr(secret), allow_private_webhooks=True
    )
    api.sign_in("ebay")
    for _ in range(2):
        publish(api, api.post(api.listing()["id"], "ebay")["automationResults"][0]["id"])
    (endpoint,) = api.client.get("/api/webhooks").json()["webhooks"]
    assert endpoint["url"] == f"http://127.0.0.1:3000{PATH}"
    waiting = api.store.due_webhooks()
    assert len(waiting) == 2
    claimed: Any = api.store.claim_webhook(waiting[0], 30)
    assert claimed["type"] == "job.completed"
    opened = api.ring.open(
        sealed=claimed["sealed_secret"], user_id=api.owner.user_id, marketplace="webhook", key_id=claimed["key_id"]
    )
    assert opened.decode() == secret


def test_an_app_without_a_secret_stops_the_start_and_says_what_to_set(make_api: MakeApi) -> None:
    for secret in (None, SecretStr("whsec_short")):
        with pytest.raises(ConfigurationError, match="WEBHOOK_SECRET"):
            make_api(next_public_api_url="https://app.example.com", webhook_secret=secret)


def test_an_app_that_shall_not_be_told_is_no_endpoint(make_api: MakeApi) -> None:
    api = make_api(next_public_api_url="https://app.example.com", notifications_webhook_enabled=False)
    api.sign_in("ebay")
    api.post(api.listing()["id"], "ebay")
    assert api.client.get("/api/webhooks").json()["webhooks"] == []
