"""Notifications for people, and listeners for a developer's own machine: both get what webhooks get."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from listing_worker.commands.listen import hand_on
from listing_worker.utils import notifications, people
from tests.api.conftest import Api, error_of
from tests.api.test_jobs import publish
from tests.api.web.test_signin import csrf_of, signed_in


def posted_live(api: Api) -> None:
    api.sign_in("ebay")
    publish(api, api.post(api.listing()["id"], "ebay")["automationResults"][0]["id"])


def test_a_person_is_told_of_the_events_they_chose_and_the_address_stays_sealed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(people, "send", lambda to, title, text, mail_url: sent.append((to, text)))
    asked = {"to": "ntfy://my-secret-topic?priority=max", "events": ["posting.live"]}
    made = api.client.post("/api/notifications", json=asked)
    assert made.status_code == 201 and made.json()["to"] == "ntfys://my-secret-topic"
    assert api.client.get("/api/webhooks").json()["webhooks"] == []
    posted_live(api)
    for delivery in api.store.due_webhooks():
        assert notifications.deliver_webhook(api.store, api.ring, api.settings, delivery)
    assert sent == [("ntfy://my-secret-topic", "Your listing is live there.")]
    [delivery] = api.client.get("/api/webhooks/deliveries").json()["deliveries"]
    assert delivery["state"] == "delivered"
    error_of(api.stranger().delete(f"/api/notifications/{made.json()['id']}"), 404)
    assert api.client.delete(f"/api/notifications/{made.json()['id']}").status_code == 204
    assert api.client.get("/api/notifications").json() == {"notifications": []}


def test_what_could_not_be_sent_is_tried_again_and_says_why(api: Api) -> None:
    api.client.post("/api/notifications", json={"to": "anna@example.org", "events": ["posting.live"]})
    posted_live(api)
    [waiting] = api.store.due_webhooks()
    assert not notifications.deliver_webhook(api.store, api.ring, api.settings, waiting)
    [delivery] = api.client.get("/api/webhooks/deliveries").json()["deliveries"]
    assert delivery["state"] == "waiting" and "no mail server" in delivery["error"]


def test_notifications_are_limited_and_checked(api: Api) -> None:
    error_of(api.client.post("/api/notifications", json={"to": "json://127.0.0.1/", "events": ["posting.live"]}), 422)
    for number in range(10):
        body = {"to": f"n{number}@example.org", "events": ["posting.live"]}
        assert api.client.post("/api/notifications", json=body).status_code == 201
    error_of(api.client.post("/api/notifications", json={**body, "to": "one@more.org"}), 409, "too_many")
    assert api.client.post("/api/notifications", json=body).status_code == 201  # the same one again


def test_a_listener_takes_each_event_once_and_hands_it_on_signed(api: Api) -> None:
    opened = api.client.post("/api/webhooks/listeners", json={"events": ["posting.live", "job.completed"]}).json()
    posted_live(api)
    assert api.store.due_webhooks() == []  # the worker leaves them alone
    take = f"/api/webhooks/listeners/{opened['id']}/take"
    error_of(api.stranger().post(take), 404)
    taken = api.client.post(take).json()["deliveries"]
    assert sorted(each["type"] for each in taken) == ["job.completed", "posting.live"]
    assert api.client.post(take).json()["deliveries"] == []
    got: list[Any] = []

    def program(request: httpx.Request) -> httpx.Response:
        got.append(Webhook(opened["secret"]).verify(request.content, dict(request.headers)))
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(program)) as local:
        assert hand_on(local, "http://localhost:3000/", opened["secret"], taken[0]) == 204
    assert got == [json.loads(json.dumps(taken[0]["payload"]))]
    assert api.client.delete(f"/api/webhooks/listeners/{opened['id']}").status_code == 204
    error_of(api.client.post(take), 404)


def test_the_settings_page_adds_and_removes(api: Api) -> None:
    client = signed_in(api)
    asked = {"to": "anna@example.org", "event": "posting.sold", "csrf": csrf_of(client)}
    assert client.post("/activity/notifications", data={**asked, "to": "json://127.0.0.1/"}).status_code == 422
    assert client.post("/activity/notifications", data=asked).status_code == 303
    assert "anna@example.org" in client.get("/activity/notifications").text
    [made] = api.client.get("/api/notifications").json()["notifications"]
    client.post(f"/activity/notifications/{made['id']}/delete", data={"csrf": asked["csrf"]})
    assert api.client.get("/api/notifications").json() == {"notifications": []}
