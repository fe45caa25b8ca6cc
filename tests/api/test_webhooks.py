"""Webhook endpoints: public addresses only, and a secret that is shown once and sealed."""

from __future__ import annotations

import base64
import socket
from typing import Any

import pytest
from standardwebhooks import Webhook

from listing_worker.models import Reason
from tests.api.conftest import Api, MakeApi, error_of


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name service of our own: tests ask nobody."""
    known = {
        "hooks.example.com": ["93.184.216.34"],
        "mixed.example.com": ["93.184.216.34", "10.0.0.5"],
        "inside.example.com": ["192.168.1.1"],
        "mapped.example.com": ["::ffff:127.0.0.1"],
        "localhost": ["127.0.0.1"],
    }

    def look_up(host: str, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            addresses = [host] if host[0].isdigit() or ":" in host else known[host]
        except KeyError:
            raise socket.gaierror(-2, "Name or service not known") from None
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr("listing_worker.utils.addresses.socket.getaddrinfo", look_up)


def sealed_secret(api: Api, database_url: str) -> str:
    """What the worker would open."""
    import psycopg

    with psycopg.connect(database_url) as connection:
        row = connection.execute("select key_id, sealed_secret from webhook_endpoints").fetchone()
    assert row is not None
    plain = api.ring.open(user_id=api.owner.user_id, marketplace="webhook", key_id=row[0], sealed=row[1])
    return plain.decode()


def test_a_secret_is_made_shown_once_and_sealed_for_the_worker(api: Api, database_url: str) -> None:
    answer = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"})
    assert answer.status_code == 201
    secret = answer.json()["secret"]
    Webhook(secret)  # the receiver's library takes it
    assert sealed_secret(api, database_url) == secret
    listed = api.client.get("/api/webhooks").json()["webhooks"]
    assert listed == [{key: value for key, value in answer.json().items() if key != "secret"}]


def test_a_secret_of_the_seller_s_own_is_taken_and_not_repeated(api: Api, database_url: str) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    answer = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in", "secret": secret})
    assert answer.status_code == 201 and answer.json()["secret"] is None
    assert sealed_secret(api, database_url) == secret


def test_a_secret_that_is_none_is_refused_without_repeating_it(api: Api) -> None:
    for secret in ("canary", "whsec_", "whsec_!!!!", "whsec_" + base64.b64encode(b"k" * 23).decode(), "a" * 300):
        answer = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in", "secret": secret})
        error_of(answer, 422, "invalid", "secret")
        assert "canary" not in answer.text


def test_the_same_address_again_changes_its_secret(api: Api, database_url: str) -> None:
    first = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"}).json()
    second = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"}).json()
    assert first["id"] == second["id"] and first["secret"] != second["secret"]
    assert sealed_secret(api, database_url) == second["secret"]


def test_addresses_inside_our_network_and_odd_ones_are_refused(api: Api) -> None:
    for url in (
        "http://hooks.example.com/in",
        "https://inside.example.com/in",
        "https://mixed.example.com/in",
        "https://mapped.example.com/in",
        "https://localhost/in",
        "https://127.0.0.1/in",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/in",
        "https://0.0.0.0/in",
        "https://100.64.0.1/in",
        "https://user:pass@hooks.example.com/in",
        "https://hooks.example.com:22/in",
        "https://hooks.example.com:99999/in",
        "https://nowhere.example.com/in",
        "https:///in",
        "ftp://hooks.example.com/in",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "hooks.example.com",
    ):
        error = error_of(api.client.post("/api/webhooks", json={"url": url}), 422, "address_refused", "url")
        assert "pass@" not in error["message"]
    error_of(api.client.post("/api/webhooks", json={"url": "https://x.example/" + "a" * 2000}), 422, "invalid", "url")
    error_of(api.client.post("/api/webhooks", json={}), 422, "invalid", "url")
    assert api.client.get("/api/webhooks").json() == {"webhooks": []}


def test_a_receiver_on_this_machine_is_taken_where_the_operator_allows_it(make_api: MakeApi) -> None:
    api = make_api(allow_private_webhooks=True)
    assert api.client.post("/api/webhooks", json={"url": "http://127.0.0.1:8123/in"}).status_code == 201


def test_endpoints_belong_to_one_user(api: Api) -> None:
    endpoint = api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"}).json()
    stranger = api.stranger()
    assert stranger.get("/api/webhooks").json() == {"webhooks": []}
    error_of(stranger.delete(f"/api/webhooks/{endpoint['id']}"), 404)
    assert api.client.delete(f"/api/webhooks/{endpoint['id']}").status_code == 204
    error_of(api.client.delete(f"/api/webhooks/{endpoint['id']}"), 404)
    error_of(api.client.delete("/api/webhooks/nonsense"), 404)


def test_deliveries_are_listed_and_can_be_sent_again(api: Api) -> None:
    api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"})
    api.sign_in()
    for name in api.marketplaces.names():
        api.marketplaces.refusals[name] = Reason(code="invalid", message="No.", field="title")
    posted = api.post(api.listing()["id"])  # everything blocked: the job settles at once and says so
    deliveries = api.client.get("/api/webhooks/deliveries").json()["deliveries"]
    assert [delivery["type"] for delivery in deliveries] == ["job.completed"]
    assert deliveries[0]["payload"]["data"]["job_id"] == posted["jobId"]
    claim = api.store.claim_webhook(deliveries[0]["id"], 30)
    assert claim is not None
    api.store.finish_webhook(claim["id"], claim["fence"], state="dead", status_code=500, error="no", again_in=None)
    again = api.client.post(f"/api/webhooks/deliveries/{deliveries[0]['id']}/redeliver")
    assert again.status_code == 202 and again.json()["success"] is True
    assert api.store.due_webhooks() == [deliveries[0]["id"]]
    error_of(api.stranger().post(f"/api/webhooks/deliveries/{deliveries[0]['id']}/redeliver"), 404)
    error_of(api.client.post("/api/webhooks/deliveries/nonsense/redeliver"), 404)


def test_without_a_key_to_seal_with_nothing_is_stored(api: Api) -> None:
    api.store.publish_keys({})
    error_of(api.client.post("/api/webhooks", json={"url": "https://hooks.example.com/in"}), 503, "no_keys")
