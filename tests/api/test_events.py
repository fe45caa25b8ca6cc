"""Live progress over a real server: resumable, ended by Postgres, and no worse for a lost Redis."""

from __future__ import annotations

import threading
import time

import httpx

from listing_worker.orchestration.events import stream_key
from tests.api.conftest import Served
from tests.api.test_jobs import publish


def posted(served: Served) -> tuple[str, str]:
    """A job with one posting: (job id, posting id)."""
    served.api.sign_in("ebay")
    answer = served.api.post(served.api.listing()["id"], "ebay")
    return answer["jobId"], answer["automationResults"][0]["id"]


def test_a_viewer_sees_every_step_and_then_the_end_from_postgres(served: Served) -> None:
    job_id, posting_id = posted(served)
    served.events.publish(job_id, {"marketplace": "ebay", "step": "open"})
    stream = served.stream(job_id)
    first = next(stream)
    assert first["event"] == "snapshot" and first["data"]["status"] == "processing"
    assert next(stream)["data"]["step"] == "open"
    served.events.publish(job_id, {"marketplace": "ebay", "step": "fill 🌸\nline"})
    step = next(stream)
    assert step["event"] == "progress" and step["data"]["step"] == "fill 🌸\nline" and step["id"]
    publish(served.api, posting_id)
    rest = list(stream)
    assert rest[-1]["event"] == "done" and rest[-1]["data"]["status"] == "completed"
    assert rest[-1]["data"]["postings"][0]["url"] == "https://www.ebay.com/itm/1234"


def test_a_reconnect_resumes_right_after_the_last_event(served: Served) -> None:
    job_id, posting_id = posted(served)
    for step in range(5):
        served.events.publish(job_id, {"marketplace": "ebay", "step": step})
    stream = served.stream(job_id)
    seen = [next(stream) for _ in range(3)]  # snapshot, 0, 1
    stream.close()  # type: ignore[attr-defined]
    publish(served.api, posting_id)
    resumed = list(served.stream(job_id, **{"Last-Event-ID": seen[-1]["id"]}))
    assert [event["data"]["step"] for event in resumed if event["event"] == "progress"] == [2, 3, 4]
    assert resumed[0]["event"] == "snapshot" and resumed[-1]["event"] == "done"
    everything = list(served.stream(job_id, **{"Last-Event-ID": "nonsense"}))
    assert [event["data"]["step"] for event in everything if event["event"] == "progress"] == [0, 1, 2, 3, 4]


def test_a_finished_job_ends_the_stream_at_once(served: Served) -> None:
    job_id, posting_id = posted(served)
    publish(served.api, posting_id)
    began = time.monotonic()
    assert [event["event"] for event in served.stream(job_id)] == ["snapshot", "done"]
    assert time.monotonic() - began < 3


def test_losing_redis_loses_steps_and_never_the_end(served: Served) -> None:
    job_id, posting_id = posted(served)
    served.redis.set(stream_key(job_id), "not a stream")  # every read fails from here on
    stream = served.stream(job_id)
    assert next(stream)["event"] == "snapshot"
    publish(served.api, posting_id)
    assert list(stream)[-1]["event"] == "done"


def test_a_stopping_server_lets_viewers_go(served: Served) -> None:
    job_id, _ = posted(served)
    stream = served.stream(job_id)
    next(stream)
    served.server.handle_exit(15, None)
    began = time.monotonic()
    assert list(stream) == []
    assert time.monotonic() - began < 5


def test_many_viewers_do_not_keep_others_waiting(served: Served) -> None:
    job_id, posting_id = posted(served)
    ends: list[str] = []

    def view() -> None:
        ends.append(list(served.stream(job_id))[-1]["event"])

    viewers = [threading.Thread(target=view) for _ in range(12)]
    for viewer in viewers:
        viewer.start()
    answer = httpx.get(f"{served.url}/health", timeout=10, trust_env=False)
    assert answer.status_code == 200
    publish(served.api, posting_id)
    for viewer in viewers:
        viewer.join(20)
    assert ends == ["done"] * 12


def test_forty_megabytes_over_the_wire_get_their_413(served: Served) -> None:
    """A client that sends everything before it reads still sees the sentence, not a broken connection."""
    listing = served.api.listing(photos=0)
    answer = httpx.post(
        f"{served.url}/api/listings/{listing['id']}/photos",
        files=[("photos", ("big.jpg", b"\xff\xd8" + bytes(40 * 1024 * 1024), "image/jpeg"))],
        headers={"Authorization": f"Bearer {served.api.owner.token()}"},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 413 and "at most 25 MB" in answer.json()["error"]["message"]
