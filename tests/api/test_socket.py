"""The same progress over a WebSocket, from a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.api.conftest import Served
from tests.api.test_events import posted
from tests.api.test_jobs import publish


def opened(served: Served, job_id: str, after: str = "", **options: Any) -> ClientConnection:
    url = served.url.replace("http", "ws", 1) + f"/api/jobs/{job_id}/socket" + (f"?after={after}" if after else "")
    return connect(url, proxy=None, open_timeout=10, close_timeout=10, **options)


def signed_in(served: Served, job_id: str, after: str = "") -> ClientConnection:
    return opened(served, job_id, after, additional_headers={"Authorization": f"Bearer {served.api.owner.token()}"})


def refusal(socket: ClientConnection) -> int:
    """The code that the server closes with, at once."""
    with socket, pytest.raises(ConnectionClosed) as closed:
        told(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def told(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return message


def test_a_socket_tells_every_step_and_the_end_and_resumes_after_an_id(served: Served) -> None:
    job_id, posting_id = posted(served)
    for step in range(3):
        served.events.publish(job_id, {"marketplace": "ebay", "step": step})
    with signed_in(served, job_id) as socket:
        assert told(socket)["type"] == "snapshot"
        kept = [told(socket) for _ in range(3)]
        assert [message["data"]["step"] for message in kept] == [0, 1, 2]
        served.events.publish(job_id, {"marketplace": "ebay", "step": 3})
        assert told(socket)["data"]["step"] == 3
    with signed_in(served, job_id, kept[1]["id"]) as socket:
        assert [told(socket)["data"].get("step") for _ in range(3)] == [None, 2, 3]
        publish(served.api, posting_id)
        last: dict[str, Any] = {}
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                last = told(socket)
        assert last["type"] == "done" and last["data"]["status"] == "completed"
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000


def test_a_browser_signs_in_with_its_first_message(served: Served) -> None:
    job_id, _ = posted(served)
    with opened(served, job_id) as socket:
        socket.send(json.dumps({"token": served.api.owner.token()}))
        assert told(socket)["type"] == "snapshot"


@pytest.mark.parametrize("hello", ["{}", '{"token": "lwk_no"}', "nonsense"])
def test_without_a_sign_in_a_socket_is_closed(served: Served, hello: str) -> None:
    job_id, _ = posted(served)
    socket = opened(served, job_id)
    socket.send(hello)
    assert refusal(socket) == 4401


def test_a_page_of_another_site_cannot_use_the_cookie(served: Served) -> None:
    job_id, _ = posted(served)
    cookie = {"Cookie": f"lw_session={served.api.owner.token()}"}
    assert refusal(opened(served, job_id, additional_headers=cookie, origin="https://evil.example")) == 4403
    with opened(served, job_id, additional_headers=cookie, origin=served.url) as socket:
        assert told(socket)["type"] == "snapshot"


def test_a_stranger_s_job_is_not_there(served: Served) -> None:
    job_id, _ = posted(served)
    token = served.api.stranger().headers["authorization"].removeprefix("Bearer ")
    assert refusal(opened(served, job_id, additional_headers={"Authorization": f"Bearer {token}"})) == 4404
