"""The simulated clock and everything that acts on it: workers that are killed and frozen, their heartbeats, the
database that goes away. What they do is said by the plays (play.py: postings; operations.py: changes of live ones).
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count

from listing_worker.errors import Draining
from listing_worker.orchestration.decisions import RetryRule
from listing_worker.orchestration.ledger import Hold, Phase
from listing_worker.storage.store import Store
from tests.crash.clocked import ClockedTransport, SimulatedClock
from tests.crash.schedule import Trouble

LEASE, BEAT, MARGIN, SETTLE, RECONCILE = 15.0, 1.5, 4.0, 20.0, 3.0
HORIZON = 900.0  # seconds; whoever still moves then is stuck
RULE = RetryRule(retries=3, base=2)

Step = Generator[float, None, None]


@dataclass
class Actor:
    """Something that takes steps. A worker has a hold and can be killed or frozen."""

    steps: Step
    worker: bool = False
    hold: Hold | None = None
    dead: bool = False
    frozen_until: float = 0.0
    drain: bool = False


@dataclass
class Verdict:
    """What came of a run. Empty `violations` is a pass; the counts are per posting."""

    schedule: object
    violations: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    listed: list[int] = field(default_factory=list)
    settled_after: float = 0.0


class Stage:
    """Actors taking their steps in simulated time; `troubles` strike workers at their steps. `broken` names
    rules that are switched off on purpose (mutations.py)."""

    def __init__(
        self,
        transport: ClockedTransport,
        clock: SimulatedClock,
        troubles: tuple[Trouble, ...],
        broken: frozenset[str],
    ) -> None:
        self.clock, self.troubles, self.broken = clock, troubles, broken
        self.clock.now = 0.0
        self.transport = transport
        self.transport.away_until = -1.0
        self.store = Store(transport)
        self.queue: list[tuple[float, int, Actor]] = []
        self.order = count()
        self.taken = 0  # steps of all workers so far

    def act_out(self, horizon: float) -> None:
        """Until nobody moves any more, or the horizon (seconds) is reached."""
        while self.queue:
            at, _, actor = heapq.heappop(self.queue)
            if at > horizon:
                break
            self._resume(actor, at)

    def _at(self, when: float, actor: Actor) -> None:
        heapq.heappush(self.queue, (when, next(self.order), actor))

    def _resume(self, actor: Actor, at: float) -> None:
        if actor.dead:
            return
        if at < actor.frozen_until:
            self._at(actor.frozen_until, actor)
            return
        self.clock.now = max(self.clock.now, at)
        if actor.worker:
            self.taken += 1
            self._trouble(actor)
            if actor.dead:
                return
            if actor.frozen_until > self.clock.now:
                self._at(actor.frozen_until, actor)
                return
        self._current = actor
        try:
            pause = next(actor.steps)
        except StopIteration:
            actor.dead = True
            return
        self._at(self.clock.now + pause, actor)

    def _trouble(self, actor: Actor) -> None:
        for trouble in self.troubles:
            if trouble.step != self.taken:
                continue
            if trouble.kind == "kill":
                actor.dead = True
            elif trouble.kind == "freeze":
                actor.frozen_until = self.clock.now + trouble.seconds
            elif trouble.kind == "database_away":
                self.transport.away_until = self.clock.now + trouble.seconds
            elif trouble.kind == "drain":
                actor.drain = True

    def _busy(self) -> bool:
        """Is any worker, cancel or delivery still to come?"""
        return any(not actor.dead for _, _, actor in self.queue if actor.worker or actor.hold is None)

    def _heart(self, worker: Actor) -> Step:
        while not worker.dead and worker.hold is not None and worker.hold.phase is not Phase.ENDED:
            if worker.frozen_until > self.clock.now:
                yield worker.frozen_until - self.clock.now
                continue
            worker.hold.renew()
            yield BEAT

    def _check(self, hold: Hold, me: Actor) -> None:
        if me.drain and hold.phase is Phase.FILLING:
            raise Draining("stopping")
        if "self_fence" not in self.broken:
            hold.check()
