"""The lease as the process sees it: nothing is pressed on a lease that may have run out, nothing without an intent."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from listing_worker.errors import Cancelled, Draining, LeaseLost
from listing_worker.models import Intent
from listing_worker.orchestration.ledger import Hold
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.store import Store

INTENT = Intent(fingerprint="f", title="A dress", price_cents=100, photo_count=1)
CLAIM = cast(rows.Claim, {"claimed": True, "posting": {"id": "p", "fence": 7, "state": "running"}})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Database:
    """Answers heartbeat and intent as told; a stand-in for the two calls that Hold makes."""

    def __init__(self) -> None:
        self.alive = True
        self.cancel = False
        self.away = False
        self.intents: list[Intent] = []

    def heartbeat(self, posting_id: str, fence: int, lease_seconds: float) -> dict[str, bool]:
        if self.away:
            raise StoreUnavailable("away")
        return {"alive": self.alive, "cancel_requested": self.cancel}

    def record_intent(self, posting_id: str, fence: int, intent: Intent) -> bool:
        if self.away:
            raise StoreUnavailable("away")
        if not self.alive or self.cancel:
            return False
        self.intents.append(intent)
        return True


def hold_on(database: Database, clock: Clock) -> Hold:
    return Hold(
        cast(Store, database),
        CLAIM,
        lease_seconds=15,
        heartbeat_seconds=0.01,
        margin_seconds=4,
        claimed_at=clock.now,
        clock=clock,
    )


def test_a_press_needs_a_committed_intent() -> None:
    hold = hold_on(Database(), Clock())
    with pytest.raises(LeaseLost, match="No intent"):
        hold.may_press()


def test_a_press_with_intent_and_lease_is_allowed() -> None:
    database, clock = Database(), Clock()
    hold = hold_on(database, clock)
    asyncio.run(hold.commit_intent(INTENT))
    hold.may_press()
    assert database.intents == [INTENT]


def test_a_process_that_stood_still_between_intent_and_press_does_not_press() -> None:
    clock = Clock()
    hold = hold_on(Database(), clock)
    asyncio.run(hold.commit_intent(INTENT))
    clock.now += 11.5
    with pytest.raises(LeaseLost, match="Too little"):
        hold.may_press()


def test_another_owner_means_no_intent() -> None:
    database = Database()
    database.alive = False
    with pytest.raises(LeaseLost):
        asyncio.run(hold_on(database, Clock()).commit_intent(INTENT))
    assert not database.intents


def test_a_cancel_before_the_intent_wins() -> None:
    database = Database()
    database.cancel = True
    with pytest.raises(Cancelled):
        asyncio.run(hold_on(database, Clock()).commit_intent(INTENT))
    assert not database.intents


def test_a_database_that_is_away_at_the_intent_means_no_press() -> None:
    database = Database()
    hold = hold_on(database, Clock())
    original = database.record_intent

    def breaks(posting_id: str, fence: int, intent: Intent) -> bool:
        database.away = True
        return original(posting_id, fence, intent)

    database.record_intent = breaks  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        asyncio.run(hold.commit_intent(INTENT))


def run_interrupted(hold: Hold, *, after_intent: bool) -> str:
    """Runs an attempt that would last for ever; returns how it ended."""

    async def attempt() -> None:
        if after_intent:
            await hold.commit_intent(INTENT)
            await asyncio.sleep(0.2)
        else:
            await asyncio.Event().wait()

    async def outer() -> str:
        task = asyncio.create_task(attempt())
        hold.start(task)
        try:
            async with asyncio.timeout(5):
                await task
        except asyncio.CancelledError:
            return "stopped"
        finally:
            await asyncio.to_thread(hold.release)
        return "ran on"

    return asyncio.run(outer())


def test_a_cancel_stops_a_running_attempt() -> None:
    database = Database()
    database.cancel = True
    hold = hold_on(database, Clock())
    assert run_interrupted(hold, after_intent=False) == "stopped"
    assert isinstance(hold.interrupted_by, Cancelled)


def test_a_lost_lease_stops_a_running_attempt() -> None:
    database = Database()
    database.alive = False
    hold = hold_on(database, Clock())
    assert run_interrupted(hold, after_intent=False) == "stopped"
    assert isinstance(hold.interrupted_by, LeaseLost)


def test_nothing_stops_an_attempt_between_intent_and_proof() -> None:
    database = Database()
    hold = hold_on(database, Clock())
    original = database.record_intent

    def then_cancel(posting_id: str, fence: int, intent: Intent) -> bool:
        answer = original(posting_id, fence, intent)
        database.cancel = True
        return answer

    database.record_intent = then_cancel  # type: ignore[method-assign]
    assert run_interrupted(hold, after_intent=True) == "ran on"


def test_draining_stops_before_the_intent() -> None:
    hold = hold_on(Database(), Clock())

    async def outer() -> None:
        task: asyncio.Task[Any] = asyncio.create_task(asyncio.Event().wait())
        hold.start(task)
        hold.drain()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(hold.release)

    asyncio.run(outer())
    assert isinstance(hold.interrupted_by, Draining)
