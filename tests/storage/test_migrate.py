"""Migrating: once, in order, from a checkout or an installed package, on a bare Postgres or on Supabase."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from listing_worker.embedded.process import EmbeddedServer
from listing_worker.errors import ConfigurationError
from listing_worker.storage import migrate as module
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.migrate import migrate, migrations_as_sql, migrations_folder
from tests.fixtures.servers import database_on

FOLDER = Path(__file__).parents[2] / "migrations"
FILES = sorted(file.stem for file in FOLDER.glob("2*.sql"))


@pytest.fixture
def empty_url(postgres_server: EmbeddedServer) -> Iterator[str]:
    """A database as `createdb` makes it. Its roles exist already: they belong to the whole server."""
    name = f"empty_{os.getpid()}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} strategy file_copy")
        yield database_on(postgres_server, name)
        connection.execute(f"drop database {name} with (force)")


def test_bare_database_is_brought_up_once(empty_url: str) -> None:
    assert migrate(empty_url) == ["bootstrap", *FILES]
    assert migrate(empty_url) == []
    with psycopg.connect(empty_url) as connection:
        history = connection.execute(
            "select version, name, statements[1] from supabase_migrations.schema_migrations order by version"
        ).fetchall()
    assert [f"{version}_{name}" for version, name, _ in history] == FILES
    assert history[0][2] == (FOLDER / f"{FILES[0]}.sql").read_text()


def test_many_processes_may_migrate_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(empty_url), range(4)))
    assert sorted(name for names in applied for name in names) == sorted(["bootstrap", *FILES])


def test_the_printed_script_does_the_same_and_may_be_run_twice(empty_url: str, database_url: str) -> None:
    count = "select count(*) from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace"
    history = "select version, name from supabase_migrations.schema_migrations order by version"
    with psycopg.connect(empty_url, autocommit=True) as made, psycopg.connect(database_url) as wanted:
        made.execute((FOLDER / "bootstrap.sql").read_bytes())  # what Supabase brings
        for _ in range(2):
            made.execute(migrations_as_sql().encode())
        assert made.execute(count).fetchone() == wanted.execute(count).fetchone()
        assert made.execute(history).fetchall() == wanted.execute(history).fetchall()
    assert migrate(empty_url) == []


def test_supabase_is_not_bootstrapped(empty_url: str) -> None:
    bootstrap = (FOLDER / "bootstrap.sql").read_bytes()
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute(bootstrap)
        connection.execute(bootstrap)  # harmless twice
        connection.execute("alter table auth.users add column instance_id uuid")  # only Supabase has it
        with pytest.raises(psycopg.errors.RaiseException, match="Supabase"):
            connection.execute(bootstrap)
    assert migrate(empty_url) == FILES


def test_a_role_that_may_only_create_roles_can_bring_a_database_up(empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:  # nothing of it is committed: roles belong to the whole server
        for name in ("anon", "authenticated", "service_role", "authenticator"):
            connection.execute(
                f"do $$ begin if exists (select from pg_roles where rolname = '{name}') then"
                f" alter role {name} rename to former_{name}; end if; end $$"
            )
        connection.execute("create role operator createrole")
        connection.execute(f"alter database {connection.info.dbname} owner to operator")
        connection.execute("set session authorization operator")
        connection.execute((FOLDER / "bootstrap.sql").read_bytes())
        for file in FILES:
            connection.execute((FOLDER / f"{file}.sql").read_bytes())
        listed = connection.execute("select count(*) from public.listings").fetchone()
        bypasses = connection.execute("select rolbypassrls from pg_roles where rolname = 'service_role'").fetchone()
        assert (listed, bypasses) == ((0,), (False,))
        connection.rollback()


def test_broken_file_leaves_nothing_behind(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path / "migrations")
    broken = tmp_path / "migrations" / "29991231235959_broken.sql"
    broken.write_text("create table public.half (id int); select nonsense();")
    monkeypatch.setattr(module, "migrations_folder", lambda: tmp_path / "migrations")
    with pytest.raises(ConfigurationError, match="29991231235959_broken"):
        migrate(empty_url)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select to_regclass('public.half')").fetchone() == (None,)
    broken.unlink()
    assert migrate(empty_url) == []


def test_files_are_named_as_the_supabase_cli_wants() -> None:
    names = [file.name for file in FOLDER.iterdir() if file.name != "bootstrap.sql"]
    assert names
    for name in names:
        assert re.fullmatch(r"\d{14}_[a-z_]+\.sql", name), name
    assert len({name[:14] for name in names}) == len(names)


def test_database_that_is_not_there_says_so_without_the_password() -> None:
    with pytest.raises(StoreUnavailable) as unavailable:
        migrate("postgresql://postgres:hush@127.0.0.1:9/none?connect_timeout=2")
    assert "hush" not in str(unavailable.value)


def test_migrations_are_found_in_a_checkout_and_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrations_folder() == FOLDER
    monkeypatch.setattr(
        module, "__file__", str(tmp_path / "site-packages" / "listing_worker" / "storage" / "migrate.py")
    )
    shared = tmp_path / "share" / "listing-worker" / "migrations"
    shared.mkdir(parents=True)
    (shared / "bootstrap.sql").touch()
    file = SimpleNamespace(name="bootstrap.sql", locate=lambda: shared / "bootstrap.sql")
    monkeypatch.setattr(importlib.metadata, "files", lambda _: [SimpleNamespace(name="other"), file])
    assert migrations_folder() == shared
    monkeypatch.setattr(importlib.metadata, "files", lambda _: None)
    with pytest.raises(ConfigurationError, match="migrations are missing"):
        migrations_folder()
