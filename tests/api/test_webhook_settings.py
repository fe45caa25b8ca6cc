"""Chosen events, a new secret beside the old one, and addresses that are never called."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from standardwebhooks import Webhook

from listing_worker.utils import notifications
from listing_worker.utils.addresses import AddressRefused, resolve
from tests.api.conftest import Api, error_of
from tests.api.test_jobs import publish


@pytest.fixture
def local(make_api: Any) -> Api:
    api: Api = make_api(allow_private_webhooks=True)
    return api


def hook(api: Api, *events: str) -> dict[str, Any]:
    body: dict[str, Any] = {"url": "http://127.0.0.1:9/hook"}
    answer = api.client.post("/api/webhooks", json={**body, "events": list(events)} if events else body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def types(api: Api) -> list[str]:
    return sorted(each["type"] for each in api.client.get("/api/webhooks/deliveries").json()["deliveries"])


def test_only_chosen_events_are_delivered(local: Api) -> None:
    local.sign_in("ebay")
    made = hook(local, "posting.live", "posting.action_required", "session.signed_out")
    posting = local.post(local.listing()["id"], "ebay", "mercari")["automationResults"][0]["id"]
    assert types(local) == ["posting.action_required"]
    publish(local, posting)
    assert types(local) == ["posting.action_required", "posting.live"]
    local.client.post("/api/sessions/refresh", json={"marketplace": "ebay"})
    assert types(local)[-1] == "session.signed_out"
    changed = local.client.patch(f"/api/webhooks/{made['id']}", json={"events": ["job.completed"]})
    assert changed.json()["events"] == ["job.completed"]
    local.sign_in("ebay")
    publish(local, local.post(local.listing()["id"], "ebay")["automationResults"][0]["id"])
    assert types(local).count("job.completed") == 1 and types(local).count("posting.live") == 1


def test_an_unknown_event_is_refused(local: Api) -> None:
    error_of(local.client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/", "events": ["all"]}), 422)
    made = hook(local)
    error_of(local.client.patch(f"/api/webhooks/{made['id']}", json={"events": []}), 422)
    error_of(local.stranger().patch(f"/api/webhooks/{made['id']}", json={"events": ["job.completed"]}), 404)
    error_of(local.stranger().post(f"/api/webhooks/{made['id']}/rotate"), 404)


def test_after_a_rotation_both_secrets_verify(local: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    local.sign_in("ebay")
    made = hook(local)
    rotated = local.client.post(f"/api/webhooks/{made['id']}/rotate").json()
    assert rotated["secret"] != made["secret"] and rotated["former_secret_until"]
    publish(local, local.post(local.listing()["id"], "ebay")["automationResults"][0]["id"])
    (webhook,) = local.store.due_webhooks()
    sent: list[tuple[bytes, dict[str, str]]] = []

    class Client:
        def __init__(self, **_: Any) -> None: ...
        def __enter__(self) -> Client:
            return self

        def __exit__(self, *_: object) -> None: ...
        def post(self, url: str, *, content: bytes, headers: dict[str, str], **_: Any) -> Any:
            sent.append((content, headers))
            return type("Answer", (), {"status_code": 204, "is_success": True})()

    monkeypatch.setattr(notifications.httpx, "Client", Client)
    assert notifications.deliver_webhook(local.store, local.ring, local.settings, webhook)
    body, headers = sent[0]
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(body, headers)


PRIVATE = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:a00:1::", "2001:0:0:0:0:0:f5ff:fffe", "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_called_however_it_is_written(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(AddressRefused):
        resolve("https://hooks.example/")


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(AddressRefused):
        resolve("https://hooks.example/")


def test_a_name_is_looked_up_once_so_that_it_cannot_change_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    asked: list[str] = []

    def look_up(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in answers[len(asked) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    target = resolve("https://hooks.example/path?q=1")
    assert target.url == "https://93.184.215.14:443/path?q=1" and target.host_header == "hooks.example"
    assert len(asked) == 1


def test_development_allows_this_machine_and_no_other_private_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("http://127.0.0.1:8000/", allow_private=True).ip == "127.0.0.1"
    for address in ("http://10.0.0.1/", "http://169.254.169.254/latest"):
        with pytest.raises(AddressRefused):
            resolve(address, allow_private=True)
