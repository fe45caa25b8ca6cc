"""The worker as a process: what draining, cancelling and idling do to it and to the postings it holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from listing_worker.demo.judge import compare
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import visitor_of
from tests.e2e.seller import Seller
from tests.e2e.worker import WorkerProcess

pytestmark = pytest.mark.browser

StartWorker = Callable[[], WorkerProcess]


@pytest.fixture
def start_worker(seller: Seller, tmp_path: Path) -> Iterator[StartWorker]:
    started: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        started.append(WorkerProcess(seller, tmp_path / f"worker-{len(started)}.log"))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.mark.parametrize("site", ["ebay"], indirect=True)  # the one whose draft lets another worker go on
def test_a_drained_worker_gives_its_posting_back_and_another_goes_on_with_the_draft(
    connected: Seller, start_worker: StartWorker, site: str
) -> None:
    (posting,) = connected.post(connected.create_listing(), site)
    first = start_worker()
    first.wait_for_step(posting, "fill")
    seconds = first.stop()
    print(f"drained in {seconds:.1f} s")
    assert seconds < 10
    given_back = first.state(posting)
    assert (given_back["state"], given_back["attempts"], given_back["intent"]) == ("queued", 0, None)
    done = start_worker().wait_until_settled(posting)
    assert done["state"] == "live", done["reason"]
    (record,) = connected.received(site, posting)
    assert record["publish_requests"] == 1
    assert not [c for c in compare(visitor_of(site).EXPECTED, record, demo_photos()) if not c.equal]
    assert len(connected.sandbox.listings(site)) == 1, "no second draft was begun"


@pytest.mark.slow
@pytest.mark.parametrize("site", ["poshmark"], indirect=True)
def test_a_worker_drained_between_press_and_proof_finishes_first(
    connected: Seller, start_worker: StartWorker, site: str
) -> None:
    connected.sandbox.set_faults(site, publish_slow=3.0)
    (posting,) = connected.post(connected.create_listing(), site)
    worker = start_worker()
    worker.wait_for_state(posting, "publishing")
    assert worker.stop() < 20
    assert worker.state(posting)["state"] == "live"
    (record,) = connected.received(site, posting)
    assert record["publish_requests"] == 1


@pytest.mark.parametrize("site", ["mercari"], indirect=True)
def test_a_running_posting_that_is_cancelled_stops_within_two_seconds_and_lists_nothing(
    connected: Seller, start_worker: StartWorker, site: str
) -> None:
    (posting,) = connected.post(connected.create_listing(), site)
    worker = start_worker()
    worker.wait_for_step(posting, "fill")
    began = time.monotonic()
    connected.resources.store.cancel_job(connected.user_id, posting["job_id"])
    ended = worker.wait_for_state(posting, "cancelled", "live", "failed")
    print(f"cancelled in {time.monotonic() - began:.2f} s")
    assert ended["state"] == "cancelled"
    assert time.monotonic() - began < 4, "two seconds are promised; a busy machine gets two more"
    assert not connected.received(site, posting)


def test_an_idle_worker_sends_at_most_one_command_a_second(seller: Seller, start_worker: StartWorker) -> None:
    redis = seller.resources.redis
    worker = start_worker()
    time.sleep(3)  # past what starting costs
    before, began = redis.info("stats")["total_commands_processed"], time.monotonic()
    time.sleep(8)
    rate = (redis.info("stats")["total_commands_processed"] - before - 1) / (time.monotonic() - began)
    print(f"{rate:.2f} commands a second")
    assert worker.process.poll() is None
    assert rate <= 1
