"""The direct transport: calls the SQL functions over a Postgres connection (embedded, or Supabase's own string).

Works through a pooler in transaction mode: nothing is prepared, nothing is kept between calls, each call is a
transaction of its own.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Iterator, Mapping
from functools import lru_cache
from threading import BoundedSemaphore, Lock
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb, set_json_loads
from pydantic_core import from_json

from listing_worker.storage.calls import REPEATABLE, error_for, undone
from listing_worker.storage.errors import StoreRefused, StoreUnavailable

CONNECTIONS = 8
CONNECT_SECONDS = 5

_OPTIONS: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": None,  # fact: runtime-stack §4, Supavisor on port 6543
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "listing-worker",
    # Over TCP, notice a dead peer within seconds: a heartbeat that hangs is a lease that runs out.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}


class PsycopgTransport:
    """Calls by psycopg. Threads may share it; after a fork the child opens connections of its own."""

    def __init__(self, database_url: str) -> None:
        self._connections = _Connections(database_url)

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        query = _query(function, tuple(parameters))
        values = {name: Jsonb(v) if isinstance(v, dict | list) else v for name, v in parameters.items()}
        return self._ask(query, values, repeatable=function in REPEATABLE)

    def ping(self) -> None:
        self._ask(b"select 1", {}, repeatable=True)

    def close(self) -> None:
        self._connections.close()

    def _ask(self, query: bytes, values: Mapping[str, Any], *, repeatable: bool) -> Any:
        for last in (False, True):
            try:
                with self._connections.one() as connection:
                    row = connection.execute(query, values).fetchone()
                    return None if row is None else row[0]
            except UnicodeEncodeError as error:  # half of a surrogate pair
                raise StoreRefused("invalid_value", "A text holds a character that cannot be stored.") from error
            except psycopg.Error as error:
                broken = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
                broken = broken or (error.sqlstate or "").startswith(("08", "57P"))
                if not last and ((broken and repeatable) or undone(error.sqlstate)):
                    continue
                if isinstance(error, psycopg.DataError) and error.sqlstate is None:  # a NUL, found before sending
                    raise StoreRefused("invalid_value", "A text holds a character that cannot be stored.") from error
                detail = error.diag.message_detail
                raise error_for(error.sqlstate, error.diag.message_primary or "", detail) from error
        raise AssertionError("unreachable")


@lru_cache(maxsize=1000)
def _query(function: str, parameters: tuple[str, ...]) -> bytes:
    """The call as SQL; there is one text per function, so it is put together once."""
    return (
        sql.SQL("select public.{}({})")
        .format(
            sql.Identifier(function),
            sql.SQL(", ").join(
                sql.SQL("{} => {}").format(sql.Identifier(f"p_{name}"), sql.Placeholder(name)) for name in parameters
            ),
        )
        .as_bytes()
    )


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    connection = psycopg.connect(url, **_OPTIONS)
    set_json_loads(from_json, connection)  # takes two thirds of the time of json.loads
    return connection


class _Connections:
    """A few connections, reused last in, first out.

    Ours rather than psycopg_pool's because that one works in background threads, which do not survive a fork (a worker
    forks for each posting), and waits out its timeout when the server is down instead of saying so at once.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._fresh()

    def _fresh(self) -> None:
        self._pid = os.getpid()
        self._idle: list[psycopg.Connection[tuple[Any, ...]]] = []
        self._lock = Lock()
        self._places = BoundedSemaphore(CONNECTIONS)
        self._closed = False  # a connection that is in use just then is closed when it comes back

    @contextlib.contextmanager
    def one(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection that looks alive; goes back unless it broke."""
        if self._pid != os.getpid():
            _inherited.append(self._idle)  # the parent's: must be neither used nor closed here
            self._fresh()
        places = self._places
        if not places.acquire(timeout=CONNECT_SECONDS):
            raise StoreUnavailable(f"All {CONNECTIONS} database connections of this process are busy.")
        try:
            connection = self._take() or _connect(self._url)
            try:
                yield connection
            finally:
                with self._lock:
                    reusable = not (self._closed or connection.closed or connection.broken)
                    if reusable:
                        self._idle.append(connection)
                if not reusable:
                    connection.close()
        finally:
            places.release()

    def _take(self) -> psycopg.Connection[tuple[Any, ...]] | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            # An idle connection has nothing to say; if it has, the server said good-bye.
            if not connection.closed and not select.select([connection.fileno()], [], [], 0)[0]:
                return connection
            connection.close()

    def close(self) -> None:
        if self._pid != os.getpid():
            return
        with self._lock:
            self._closed = True
            for connection in self._idle:
                connection.close()
            self._idle.clear()


_inherited: list[Any] = []  # connections of the process we were forked from: kept, so that nobody closes them
