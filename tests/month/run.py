"""A month, each seller on a fresh database of their own, side by side."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import psycopg

from listing_worker.embedded.postgres import ensure_postgres
from listing_worker.storage.store import Store
from listing_worker.utils import log
from listing_worker.utils.processes import die_with_parent
from tests.crash.clocked import ClockedTransport, SimulatedClock, load
from tests.month.play import Player
from tests.month.record import Month

Tell = Callable[[str], None]


def play_month(
    seed: int,
    *,
    sellers: int = 3,
    listings: int = 300,
    days: float = 30,
    processes: int = 1,
    tell: Tell = lambda _: None,
) -> Month:
    """The same seed plays the same month, however many processes play it."""
    shares = [(seed, number, listings // sellers + (number < listings % sellers), days) for number in range(sellers)]
    month = Month()
    if processes <= 1:
        for share in shares:
            month.add(play_seller(*share, tell=tell))
        return month
    context = get_context("spawn")
    with context.Pool(min(processes, sellers), die_with_parent, (os.getpid(),)) as pool:
        for number, part in enumerate(pool.imap_unordered(_play_share, shares), start=1):
            month.add(part)
            tell(f"{number} of {sellers} sellers: {month.sales} sold, {month.delists} taken down so far")
    return month


def play_seller(seed: int, number: int, listings: int, days: float, tell: Tell = lambda _: None) -> Month:
    """One seller's month, in this process."""
    with tempfile.TemporaryDirectory(prefix="lw-month-") as folder:
        server = ensure_postgres(Path(folder), durable=False)
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                load(connection, seed=f"{seed} {number}")
                clock = SimulatedClock()
                store = Store(ClockedTransport(connection, clock))
                return Player(store, clock, f"{seed} {number}", listings=listings, days=days).play(tell)
        finally:
            server.stop(at_once=True)


def _play_share(share: tuple[int, int, int, float]) -> Month:
    log.configure("ERROR")
    return play_seller(*share, tell=lambda text: print(f"  seller {share[1] + 1}, {text}", file=sys.stderr, flush=True))
