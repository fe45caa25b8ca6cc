"""The real SQL functions on a clock of our own: a month passes in a second, and a run is the same every time.

The migrations are loaded as they are, with two substitutions: the database's clock is read from a session variable, and
new ids are counted instead of drawn, since what is sorted by id must come in the same order every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from listing_worker.storage.calls import error_for
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.migrate import migrations_folder

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_CLOCK = """
create schema simulation;
create function simulation.clock() returns timestamptz language sql stable
  as $$ select current_setting('simulation.now')::timestamptz $$;
set simulation.now = '2026-01-01T00:00:00Z';
create sequence simulation.ids;
create function simulation.new_id() returns uuid language sql volatile
  as $$ select md5(current_setting('simulation.seed') || nextval('simulation.ids'))::uuid $$;
"""

Change = Callable[[str], str]


def load(
    connection: psycopg.Connection[tuple[Any, ...]], change: Change = lambda text: text, *, seed: str = ""
) -> None:
    """Fills an empty database. `change` may alter the SQL text: that is how a rule is broken on purpose. `seed`: of the
    ids that its rows will get."""
    folder = migrations_folder()
    connection.execute("select set_config('simulation.seed', %s, false)", [seed])
    connection.execute((folder / "bootstrap.sql").read_text().encode())
    connection.execute(_CLOCK.encode())
    for file in sorted(folder.glob("[0-9]*_*.sql")):
        text = change(file.read_text())
        for clock in ("clock_timestamp()", "statement_timestamp()", "now()"):
            text = text.replace(clock, "simulation.clock()")
        connection.execute(text.replace("gen_random_uuid()", "simulation.new_id()").encode())
    connection.execute("set synchronous_commit = off")


class SimulatedClock:
    """Seconds since the simulation's epoch."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class ClockedTransport:
    """Implements storage.store.Transport on one connection; the database believes the simulated clock.

    While `away` is in the future, every call fails as it would with the database down.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], clock: SimulatedClock) -> None:
        self._connection = connection
        self._clock = clock
        self._queries: dict[tuple[str, ...], sql.Composed] = {}
        self.away_until = -1.0
        self._told: float | None = None  # the time that the database has been told

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        if self._clock.now < self.away_until:
            raise StoreUnavailable("The database is away.")
        values = {name: Jsonb(v) if isinstance(v, dict | list) else v for name, v in parameters.items()}
        try:
            with self._connection.pipeline() if self._told != self._clock.now else nullcontext():
                self._tell_time()
                cursor = self._connection.execute(self._query(function, tuple(parameters)), values)
            row = cursor.fetchone()
        except psycopg.Error as error:
            self._told = None  # undone with what failed
            raise error_for(error.sqlstate, error.diag.message_primary or "", error.diag.message_detail) from error
        return None if row is None else row[0]

    def _tell_time(self) -> None:
        if self._told == self._clock.now:
            return
        now = (EPOCH + timedelta(seconds=self._clock.now)).isoformat()
        self._connection.execute("select set_config('simulation.now', %s, false)", [now])
        self._told = self._clock.now

    def _query(self, function: str, names: tuple[str, ...]) -> sql.Composed:
        key = (function, *names)
        if key not in self._queries:
            pairs = [sql.SQL("{} => {}").format(sql.Identifier(f"p_{n}"), sql.Placeholder(n)) for n in names]
            self._queries[key] = sql.SQL("select public.{}({})").format(
                sql.Identifier(function), sql.SQL(", ").join(pairs)
            )
        return self._queries[key]

    def ping(self) -> None:
        return

    def close(self) -> None:
        self._connection.close()
