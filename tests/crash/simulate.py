"""The simulated level: thousands of drawn schedules with the real ledger, and those of postings with plain retry too.

Of what is chosen, postings take every other seed and operations on live listings (delist, price, relist) the rest.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from listing_worker.embedded.postgres import ensure_postgres
from tests.crash.clocked import Change, ClockedTransport, SimulatedClock, load
from tests.crash.operation_schedule import KINDS, OperationSchedule, draw_operations
from tests.crash.operations import OperationPlay
from tests.crash.plain import play_plain
from tests.crash.play import Play
from tests.crash.schedule import Schedule, draw, shrink
from tests.crash.stage import Verdict

POST = "post"
ACTS = (POST, *KINDS)
PROCESSES = 2
EXAMPLES = 3


@dataclass
class SimulationResult:
    """What came of the schedules. `violations` pairs a seed with what went wrong in it."""

    schedules: int = 0
    operations: int = 0  # delists, price changes and relists asked for in them
    violations: list[tuple[int, list[str]]] = field(default_factory=list)
    plain: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "schedules": self.schedules,
            "operations": self.operations,
            "violations": len(self.violations),
            "plain": dict(self.plain),
            "states": dict(self.states),
            "examples": self.examples,
            "seconds": round(self.seconds, 1),
        }


@contextmanager
def playground(
    change: Change = lambda text: text, broken: frozenset[str] = frozenset(), database: str | None = None
) -> Iterator[Callable[[Schedule | OperationSchedule], Verdict]]:
    """A database on a simulated clock; gives a function that plays a schedule in it.

    `database`: the address of an empty database to play in; without one, a server is started for it.
    """
    own = nullcontext(database) if database else _own_database()
    with own as address, psycopg.connect(address, autocommit=True) as connection:
        load(connection, change)
        clock = SimulatedClock()
        transport = ClockedTransport(connection, clock)

        def play(schedule: Schedule | OperationSchedule) -> Verdict:
            if isinstance(schedule, OperationSchedule):
                return OperationPlay(transport, clock, schedule, broken).run()
            return Play(transport, clock, schedule, broken).run()

        yield play


@contextmanager
def _own_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="lw-simulated-") as folder:
        server = ensure_postgres(Path(folder), durable=False)
        try:
            yield server.url
        finally:
            server.stop(at_once=True)


def draw_any(seed: int, acts: Sequence[str]) -> Schedule | OperationSchedule:
    """The schedule of a seed, of what is chosen (ACTS)."""
    operations = [act for act in acts if act != POST]
    if operations and (POST not in acts or seed % 2):
        return draw_operations(seed, operations)
    return draw(seed)


def play_range(first: int, count: int, acts: Sequence[str]) -> SimulationResult:
    """Plays the schedules of `count` seeds from `first` on, in this process."""
    result = SimulationResult()
    with playground() as play:
        for seed in range(first, first + count):
            schedule = draw_any(seed, acts)
            verdict = play(schedule)
            result.schedules += 1
            result.states.update(verdict.states)
            if verdict.violations:
                result.violations.append((seed, verdict.violations))
                if len(result.examples) < EXAMPLES:
                    small = shrink(schedule, lambda other: bool(play(other).violations))
                    result.examples.append(f"seed {seed}: {play(small).violations} by {small}")
            if isinstance(schedule, OperationSchedule):
                result.operations += len(verdict.states)
                continue
            plain = play_plain(schedule)
            result.plain.update({"listed twice": plain.twice, "listed and reported failed": plain.false_failure})
    return result


def simulate(count: int, seed: int, tell: Callable[[str], None], acts: Sequence[str] = ACTS) -> SimulationResult:
    """Plays `count` schedules, split over two processes."""
    began = time.monotonic()
    batch = max(1, min(500, -(-count // PROCESSES)))
    jobs = [(first, min(batch, count - first)) for first in range(0, count, batch)]
    total = SimulationResult()
    with get_context("spawn").Pool(PROCESSES) as pool:
        for part in pool.imap_unordered(_play_job, [(seed * 1_000_000 + first, size, acts) for first, size in jobs]):
            total.schedules += part.schedules
            total.operations += part.operations
            total.violations += part.violations
            total.plain.update(part.plain)
            total.states.update(part.states)
            total.examples = (total.examples + part.examples)[:EXAMPLES]
            tell(f"{total.schedules} of {count} schedules, {len(total.violations)} violations")
    total.seconds = time.monotonic() - began
    return total


def _play_job(job: tuple[int, int, Sequence[str]]) -> SimulationResult:
    return play_range(*job)
