"""Brings a database to this version: `migrations/*.sql` in order, as the Supabase CLI would.

What was applied is written to the CLI's own table, so `supabase db push` can take a database over, and the other way
round. Each file is one transaction under one advisory lock: any number of processes may migrate at once.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import psycopg
from psycopg import sql

from listing_worker.errors import ConfigurationError
from listing_worker.storage.errors import StoreUnavailable

_LOCK = 5_417_662_301  # any number that is only ours
_BOOTSTRAP = "bootstrap.sql"
_HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""
_AS_ONE_STATEMENT = """-- {file}
do $migrate$
begin
  if exists (select from supabase_migrations.schema_migrations where version = '{version}') then
    return;
  end if;
  execute {tag}
{body}
{tag};
  insert into supabase_migrations.schema_migrations (version, name) values ('{version}', '{name}');
end $migrate$;"""


def migrations_folder() -> Path:
    """Where the SQL files are: `migrations/` of the checkout, or what the installed package brought."""
    checkout = Path(__file__).parents[2] / "migrations"
    if (checkout / _BOOTSTRAP).exists():
        return checkout
    try:
        installed = importlib.metadata.files("listing-worker") or []
    except importlib.metadata.PackageNotFoundError:
        installed = []
    for file in installed:
        if file.name == _BOOTSTRAP:
            return Path(str(file.locate())).resolve().parent
    raise ConfigurationError(
        "The migrations are missing: neither a checkout's migrations folder nor an installed copy was found.",
        action="Install the package again (pip install --force-reinstall listing-worker)",
    )


def migrate(database_url: str) -> list[str]:
    """Applies what is missing; returns the names of the files applied, `bootstrap` first on a bare Postgres.

    Raises StoreUnavailable if the database cannot be reached, ConfigurationError if a file cannot be applied (nothing
    of that file is then in the database).
    """
    folder = migrations_folder()
    try:
        with psycopg.connect(database_url, autocommit=True, prepare_threshold=None, connect_timeout=10) as connection:
            applied = _bootstrap(connection, folder)
            for file in sorted(folder.glob("*.sql")):
                if re.match(r"\d{14}_", file.name) and _apply(connection, file):
                    applied.append(file.stem)
            if applied:
                connection.execute("notify pgrst, 'reload schema'")  # PostgREST learns of new functions only so
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"The database cannot be migrated: {error}") from error
    return applied


def migrations_as_sql() -> str:
    """All migrations as one script that may be run again and again: what is applied already is left out.

    For Supabase's SQL editor, which shows one result at the end: each file is a statement of its own and writes itself
    into the history, so that `migrate` and `supabase db push` know of it.
    """
    parts = [_HISTORY.strip()]
    for file in sorted(migrations_folder().glob("*.sql")):
        if re.match(r"\d{14}_", file.name):
            version, _, name = file.stem.partition("_")
            body, tag = file.read_text(encoding="utf-8"), f"$file_{version}$"
            parts.append(_AS_ONE_STATEMENT.format(file=file.name, version=version, name=name, body=body, tag=tag))
    return "\n\n".join([*parts, "notify pgrst, 'reload schema';"])


def _bootstrap(connection: psycopg.Connection[tuple[object, ...]], folder: Path) -> list[str]:
    """On a bare Postgres, adds what Supabase brings."""
    with connection.transaction():
        _lock(connection)
        complete = connection.execute(
            "select to_regclass('auth.users') is not null and (select count(*) = 4 from pg_catalog.pg_roles"
            " where rolname in ('anon', 'authenticated', 'service_role', 'authenticator'))"
        ).fetchone()
        if complete is not None and complete[0]:
            return []
        _execute(connection, folder / _BOOTSTRAP)
    return ["bootstrap"]


def _apply(connection: psycopg.Connection[tuple[object, ...]], file: Path) -> bool:
    version, _, name = file.stem.partition("_")
    with connection.transaction():
        _lock(connection)
        # The CLI makes this table lazily too; asking for it here keeps everything in one transaction.
        connection.execute(_HISTORY)
        known = connection.execute(
            "select from supabase_migrations.schema_migrations where version = %s", [version]
        ).fetchone()
        if known is not None:
            return False
        _execute(connection, file)
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)",
            [version, [file.read_text(encoding="utf-8")], name],
        )
    return True


def _lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """For the transaction, not the session: a pooler may give the next one another connection."""
    connection.execute(sql.SQL("set local client_min_messages = warning"))
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


def _execute(connection: psycopg.Connection[tuple[object, ...]], file: Path) -> None:
    try:
        connection.execute(file.read_text(encoding="utf-8").encode())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise ConfigurationError(
            f"{file.name} cannot be applied: {error}",
            action="Use an empty database, or one that `listing-worker migrate` made, and a role that may create roles",
        ) from error
