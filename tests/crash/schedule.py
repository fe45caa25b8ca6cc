"""A schedule: everything that goes wrong in one run, as data. Drawn from a seed, replayable, shrinkable."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

# What can happen to a worker at one of its steps.
WORKER_TROUBLES = ("kill", "freeze", "database_away", "drain")
# What a press can lead to.
PRESS_TROUBLES = ("ok", "ok", "ok", "lost", "error_after", "refused", "refused_after", "late", "error_before")


@dataclass(frozen=True)
class Trouble:
    """At the `step`-th step that any worker takes (counted over the whole run), `kind` for `seconds`."""

    step: int
    kind: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """One run. Times in seconds. `presses` is what the site does with the 1st, 2nd … press."""

    seed: int
    lag: float = 0.0  # a new listing appears in the closet this much later
    network: float = 0.05  # a press takes effect this much later
    presses: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    duplicates: tuple[float, ...] = ()  # extra deliveries of the same job
    cancel_at: float | None = None
    double_post: bool = False  # "Post to All" pressed twice at once
    same_key: bool = False  # … with the same Idempotency-Key
    twin: bool = False  # a second, identical item of the same seller is posted too
    old_twin: bool = False  # an identical listing is in the closet from before
    dropped_field: bool = False  # the form silently loses a value once
    redis_away: tuple[float, float] | None = None  # no wake-ups between these times

    def simpler(self) -> Iterator[Schedule]:
        """Schedules with one thing less going wrong."""
        for index in range(len(self.troubles)):
            yield replace(self, troubles=self.troubles[:index] + self.troubles[index + 1 :])
        for name, plain in (
            ("duplicates", ()),
            ("cancel_at", None),
            ("double_post", False),
            ("twin", False),
            ("old_twin", False),
            ("dropped_field", False),
            ("redis_away", None),
            ("lag", 0.0),
            ("network", 0.05),
        ):
            if getattr(self, name) != plain:
                yield replace(self, **{name: plain})
        for index, press in enumerate(self.presses):
            if press != "ok":
                yield replace(self, presses=(*self.presses[:index], "ok", *self.presses[index + 1 :]))


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    rng = random.Random(seed)
    troubles = tuple(
        Trouble(rng.randrange(1, 24), rng.choice(WORKER_TROUBLES), rng.choice((0.5, 3, 9, 14, 16, 30, 90)))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5)))
    )
    away = rng.uniform(0, 20)
    return Schedule(
        seed=seed,
        lag=rng.choice((0, 0, 0.5, 3, 10, 18)),
        network=rng.choice((0.02, 0.05, 0.5, 2)),
        presses=tuple(rng.choice(PRESS_TROUBLES) for _ in range(4)),
        troubles=troubles,
        duplicates=tuple(rng.uniform(0, 40) for _ in range(rng.choice((0, 0, 1, 2)))),
        cancel_at=rng.uniform(0, 15) if rng.random() < 0.12 else None,
        double_post=rng.random() < 0.15,
        same_key=rng.random() < 0.5,
        twin=rng.random() < 0.12,
        old_twin=rng.random() < 0.25,
        dropped_field=rng.random() < 0.1,
        redis_away=(away, away + 40) if rng.random() < 0.1 else None,
    )


class Shrinkable(Protocol):
    """A schedule of any kind."""

    def simpler(self) -> Iterator[Self]: ...


S = TypeVar("S", bound=Shrinkable)


def shrink(schedule: S, fails: Callable[[S], bool]) -> S:
    """The simplest schedule reachable by leaving things out that still fails."""
    while True:
        for simpler in schedule.simpler():
            if fails(simpler):
                schedule = simpler
                break
        else:
            return schedule
