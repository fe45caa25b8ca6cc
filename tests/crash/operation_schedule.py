"""A schedule for a live listing: what the seller asks for, and everything that goes wrong meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from listing_worker.models import OperationKind
from tests.crash.schedule import WORKER_TROUBLES, Trouble
from tests.crash.stage import LEASE, MARGIN, SETTLE

# How the campaign's options name what is done.
KINDS = {
    "delist": OperationKind.DELIST,
    "price": OperationKind.CHANGE_PRICE,
    "relist": OperationKind.RELIST,
}
# ok, lost, late: done, and the answer comes, never, late. error_after, refused_after: done, and the answer says
# otherwise. error_before, refused_before, ignored: not done, and the answer says error, no, or yes. refused: the form.
PRESSES = (
    "ok", "ok", "ok", "lost", "late", "error_after", "refused_after", "error_before", "refused_before", "ignored",
    "refused",
)  # fmt: skip
LOOKS = ("ok", "ok", "ok", "ok", "unknown", "down")
_NETWORK = (0.02, 0.05, 0.5, 2.0)


@dataclass(frozen=True)
class Ask:
    """The seller asks for `kind`, `after` seconds after the ask before it. `twice`: pressed twice at once."""

    kind: OperationKind
    after: float
    cents: int = 0
    twice: bool = False


@dataclass(frozen=True)
class OperationSchedule:
    """One run. Times in seconds. `presses` and `looks`: what the site does with the 1st, 2nd … of each."""

    seed: int
    asks: tuple[Ask, ...]
    lag: float = 0.0  # a change shows on the site's pages this much later
    network: float = 0.05  # a press takes effect this much later
    presses: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    duplicates: tuple[float, ...] = ()  # extra deliveries of everything that is open then
    cancel_at: float | None = None  # the newest operation
    sold_at: float | None = None  # somebody buys it
    dropped_field: bool = False  # the form silently holds another price once
    redis_away: tuple[float, float] | None = None

    def simpler(self) -> Iterator[OperationSchedule]:
        """Schedules with one thing less going wrong."""
        for index in range(len(self.troubles)):
            yield replace(self, troubles=self.troubles[:index] + self.troubles[index + 1 :])
        for index in range(len(self.asks)):
            if len(self.asks) > 1:
                yield replace(self, asks=self.asks[:index] + self.asks[index + 1 :])
        for name, plain in (
            ("duplicates", ()),
            ("cancel_at", None),
            ("sold_at", None),
            ("dropped_field", False),
            ("redis_away", None),
            ("lag", 0.0),
            ("network", 0.05),
        ):
            if getattr(self, name) != plain:
                yield replace(self, **{name: plain})
        for name in ("presses", "looks"):
            said = getattr(self, name)
            for index, word in enumerate(said):
                if word != "ok":
                    yield replace(self, **{name: (*said[:index], "ok", *said[index + 1 :])})


def draw_operations(seed: int, acts: Sequence[str] = tuple(KINDS)) -> OperationSchedule:
    """The schedule of a seed. `acts`: of delist, price, relist; to put something back, it is taken down first."""
    rng = random.Random(f"{seed} {' '.join(acts)}")
    troubles = tuple(
        Trouble(rng.randrange(1, 40), rng.choice(WORKER_TROUBLES), rng.choice((0.5, 3, 9, 14, 16, 30, 90)))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5)))
    )
    network = rng.choice(_NETWORK)
    away = rng.uniform(0, 30)
    return OperationSchedule(
        seed=seed,
        asks=tuple(_asks(rng, acts)),
        lag=rng.choice((0, 0, 0.5, 3, _latest(troubles, network))),
        network=network,
        presses=tuple(rng.choice(PRESSES) for _ in range(6)),
        looks=tuple(rng.choice(LOOKS) for _ in range(12)),
        troubles=troubles,
        duplicates=tuple(rng.uniform(0, 90) for _ in range(rng.choice((0, 0, 1, 2)))),
        cancel_at=rng.uniform(0, 40) if rng.random() < 0.15 else None,
        sold_at=rng.uniform(0, 90) if rng.random() < 0.2 else None,
        dropped_field=rng.random() < 0.15,
        redis_away=(away, away + 40) if rng.random() < 0.1 else None,
    )


def _asks(rng: random.Random, acts: Sequence[str]) -> Iterator[Ask]:
    on_sale = True
    for _ in range(rng.choice((1, 2, 2, 3, 4))):
        act = rng.choice(list(acts))
        if act == "relist" and on_sale:
            yield Ask(KINDS["delist"], rng.uniform(0, 10))
        yield Ask(KINDS[act], rng.choice((0.0, 1.0, 5.0, 30.0)), rng.randrange(500, 9000), rng.random() < 0.2)
        on_sale = act != "delist" if act != "price" else on_sale


def _latest(troubles: tuple[Trouble, ...], network: float) -> float:
    """The longest lag that the settle time promises to cover: it counts from the intent, and a worker that stood still
    may press as long as the self-fence lets it."""
    stood_still = LEASE - MARGIN if any(trouble.kind == "freeze" for trouble in troubles) else 1.0
    return SETTLE - stood_still - network
