"""The at-most-once core: hold a posting by a lease, commit the intent before the press, finish with the fence.

The rules are design §4. Postgres decides (its clock, its rows); this module makes sure that the process obeys:
nothing is pressed without a committed intent, nothing is pressed on a lease that may have run out, nothing is written
after losing it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol

from listing_worker.errors import Cancelled, Draining, LeaseLost, ListingWorkerError
from listing_worker.models import ChangeIntent, Intent, Listing
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.store import Store
from listing_worker.utils.clock import utc_now


def steady_clock() -> float:
    """Seconds that go on while the process is stopped and while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def fingerprint(listing: Listing, marketplace: str) -> str:
    """What makes two postings the same thing to a buyer: title, price, photos, account and marketplace."""
    parts = [
        listing.user_id,
        marketplace,
        " ".join(listing.title.casefold().split()),
        str(listing.price.cents),
        *[photo.sha256 for photo in listing.photos],
    ]
    return sha256("\x1f".join(parts).encode()).hexdigest()


class Phase(Enum):
    """Where the attempt stands. Stopping is allowed while FILLING only."""

    FILLING = "filling"
    PUBLISHING = "publishing"
    ENDED = "ended"


class Leased(Protocol):
    """The rows that a Hold holds one of: postings, or operations. As the Store's methods of these names."""

    def heartbeat(self, posting_id: str, fence: int, lease_seconds: float) -> rows.Heartbeat: ...

    def record_intent(self, posting_id: str, fence: int, intent: Any) -> bool: ...

    def finish_posting(self, posting_id: str, fence: int, outcome: Mapping[str, Any]) -> rows.Finished: ...


class Hold:
    """A claimed posting: renews its lease in a thread, and stops the attempt when it must not go on."""

    def __init__(
        self,
        store: Leased,
        claim: rows.Claim,
        *,
        lease_seconds: float,
        heartbeat_seconds: float,
        margin_seconds: float,
        claimed_at: float,
        clock: Callable[[], float] = steady_clock,
    ) -> None:
        """`claimed_at` is the steady clock before the claim was sent, so that our idea of the lease is never longer
        than the database's."""
        self.posting = claim["posting"]
        self.fence: int = self.posting["fence"]
        self.phase = Phase.FILLING
        self.intent_at: datetime | None = None  # of this hold, by our own clock
        self._store = store
        self._lease = lease_seconds
        self._beat = heartbeat_seconds
        self._margin = margin_seconds
        self._clock = clock
        self._until = claimed_at + lease_seconds
        self._stop = threading.Event()
        self._why: ListingWorkerError | None = None
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._keep, name="heartbeat", daemon=True)

    # ---- the lease ----

    def start(self, task: asyncio.Task[Any]) -> None:
        """Starts the heartbeat; `task` is the attempt that it may stop."""
        self._task = task
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def release(self) -> None:
        """Ends the heartbeat. Call on every path."""
        self.phase = Phase.ENDED
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._lease)

    def lease_left(self) -> float:
        """Seconds for which the lease surely holds, by our own steady clock."""
        return self._until - self._clock()

    def _keep(self) -> None:
        while not self._stop.wait(self._beat):
            self.renew()

    def renew(self) -> None:
        """One heartbeat: a longer lease, or the news that there is none any more, or the wish to cancel."""
        sent = self._clock()
        try:
            answer = self._store.heartbeat(self.posting["id"], self.fence, self._lease)
        except StoreUnavailable:
            if self.lease_left() < self._margin:
                self.interrupt(LeaseLost("The database did not answer before the lease ran out."))
            return
        if not answer["alive"]:
            self.interrupt(LeaseLost("Another worker has this posting now."))
            return
        self._until = sent + self._lease
        if answer["cancel_requested"]:
            self.interrupt(Cancelled("You cancelled this posting before it was published."))

    # ---- stopping ----

    def interrupt(self, why: ListingWorkerError) -> None:
        """Stops the attempt with `why`, now if it may be stopped; from any thread or signal handler."""
        if self._why is None or isinstance(why, LeaseLost):
            self._why = why
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel_if_filling)

    def drain(self) -> None:
        self.interrupt(Draining("The worker is stopping."))

    def _cancel_if_filling(self) -> None:
        if self.phase is Phase.FILLING and self._task is not None and not self._task.done():
            self._task.cancel()

    @property
    def interrupted_by(self) -> ListingWorkerError | None:
        return self._why

    def check(self) -> None:
        """Raises why the attempt has to stop, if it has to and may. Called between steps."""
        if self._why is not None and self.phase is Phase.FILLING:
            raise self._why
        if self.phase is Phase.FILLING and self.lease_left() <= 0:
            raise LeaseLost("The lease ran out while this process stood still.")

    # ---- intent and finish ----

    async def commit_intent(self, intent: Intent | ChangeIntent) -> None:
        """Commits the decision to press. Raises LeaseLost (not ours, or too little lease left) or what interrupted."""
        self.check()
        await asyncio.to_thread(self.renew)
        self.check()
        self.phase = Phase.PUBLISHING  # from here on nothing may cancel the attempt
        await asyncio.to_thread(self.record_intent, intent)

    def record_intent(self, intent: Intent | ChangeIntent) -> None:
        """The write itself. Raises as `commit_intent` does."""
        self.phase = Phase.PUBLISHING
        try:
            ours = self._store.record_intent(self.posting["id"], self.fence, intent)
        except StoreUnavailable:
            # It may have been committed: nobody presses, and whoever claims next reconciles first.
            raise LeaseLost("The database went away while committing the intent; nothing was pressed.") from None
        if not ours:
            self.phase = Phase.FILLING
            self.renew()
            self.check()
            raise LeaseLost("The posting is not ours any more; nothing was pressed.")
        self.intent_at = utc_now()

    def may_press(self) -> None:
        """The self-fence, the last thing before the press. Raises LeaseLost with less than the margin left."""
        if self.phase is not Phase.PUBLISHING:
            raise LeaseLost("No intent is committed; nothing was pressed.")
        if self.lease_left() < self._margin:
            raise LeaseLost("Too little of the lease is left to press safely; nothing was pressed.")

    def finish(self, outcome: Mapping[str, Any]) -> rows.Finished:
        """Writes the outcome with our fence. A stale fence writes nothing (`finished: false`)."""
        return self._store.finish_posting(self.posting["id"], self.fence, outcome)


def claim(
    store: Store,
    posting_id: str,
    owner: str,
    *,
    lease_seconds: float,
    heartbeat_seconds: float,
    margin_seconds: float,
    clock: Callable[[], float] = steady_clock,
) -> tuple[rows.Claim, Hold | None]:
    """Claims a posting; the Hold is None if it was not to be had (`why` in the claim)."""
    claimed_at = clock()
    answer = store.claim_posting(posting_id, owner, lease_seconds)
    if not answer["claimed"]:
        return answer, None
    hold = Hold(
        store,
        answer,
        lease_seconds=lease_seconds,
        heartbeat_seconds=heartbeat_seconds,
        margin_seconds=margin_seconds,
        claimed_at=claimed_at,
        clock=clock,
    )
    return answer, hold
