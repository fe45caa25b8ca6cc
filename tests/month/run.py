"""One month on a fresh database of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg

from listing_worker.embedded.postgres import ensure_postgres
from listing_worker.storage.store import Store
from tests.crash.clocked import ClockedTransport, SimulatedClock, load
from tests.month.play import Month, Player


def play_month(
    seed: int,
    *,
    sellers: int = 3,
    listings: int = 300,
    days: float = 30,
    tell: Callable[[str], None] = lambda _: None,
) -> Month:
    """The same seed plays the same month."""
    with tempfile.TemporaryDirectory(prefix="lw-month-") as folder:
        server = ensure_postgres(Path(folder), durable=False)
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                load(connection)
                clock = SimulatedClock()
                store = Store(ClockedTransport(connection, clock))
                return Player(store, clock, seed, sellers=sellers, listings=listings, days=days).play(tell)
        finally:
            server.stop(at_once=True)
