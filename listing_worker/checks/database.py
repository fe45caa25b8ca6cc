"""The database: does it answer, does it have our functions, and are they closed to everybody else?"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from listing_worker.checks.finding import Finding, Mark, advice, fine, wrong
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_store
from listing_worker.storage.migrate import migrations_folder
from listing_worker.storage.store import Store

PART = "database"
OLDEST = 150000  # Postgres 15, as server_version_num
SLOW_MILLISECONDS = 80
CLOCK_SECONDS = 5.0
UNREACHABLE = "Check DATABASE_URL, or SUPABASE_URL and SUPABASE_SECRET_KEY"
# Open on purpose: they check a device token themselves
FOR_EXTENSIONS = frozenset({"sync_session_from_device"})


def check_database(settings: Settings) -> Iterable[Finding]:
    """Raises StoreUnavailable, or ConfigurationError when a function is missing or the key is refused."""
    store = open_store(settings)
    try:
        store.ping()
        began = time.perf_counter()
        store.ping()
        milliseconds = (time.perf_counter() - began) * 1000
        yield _transport(settings, milliseconds)
        facts = store.deployment_facts()
        yield _version(int(facts["server_version"]))
        yield _functions(facts["functions"])
        yield _open_functions(facts["functions"])
        yield _row_security(facts["row_security"])
        yield _clock(str(facts["now"]))
        yield _published_keys(store)
    finally:
        store.close()


def require_schema(settings: Settings) -> None:
    """Raises ConfigurationError unless the database has every function of this version."""
    store = open_store(settings)
    try:
        found = _functions(store.deployment_facts()["functions"])
    finally:
        store.close()
    if found.mark is not Mark.FINE:
        raise ConfigurationError(
            f"The Supabase project is not up to date: {found.found}.",
            action="Run `listing-worker migrate` with DATABASE_URL set to the project's connection string, or paste "
            "what `listing-worker migrate --sql` prints into the project's SQL editor",
        )


def expected_functions() -> set[str]:
    """Every function in schema public that our migrations create and do not drop again."""
    names: set[str] = set()
    for file in sorted(migrations_folder().glob("[0-9]*_*.sql")):
        text = file.read_text(encoding="utf-8")
        names |= set(re.findall(r"^create (?:or replace )?function public\.(\w+)\s*\(", text, re.MULTILINE))
        names -= {
            dropped
            for dropped in re.findall(r"^drop function (?:if exists )?public\.(\w+)", text, re.MULTILINE)
            if not re.search(rf"^create (?:or replace )?function public\.{dropped}\s*\(", text, re.MULTILINE)
        }
    return names


def _transport(settings: Settings, milliseconds: float) -> Finding:
    by = "directly" if settings.database_url is not None else "by Supabase's API"
    found = f"answers {by} in {milliseconds:.1f} ms"
    if milliseconds > SLOW_MILLISECONDS:
        return advice(PART, found, "Run the worker in the database's region: each posting makes some fifty calls")
    return fine(PART, found)


def _version(number: int) -> Finding:
    found = f"Postgres {number // 10000}.{number % 10000}"
    if number < OLDEST:
        return wrong(PART, found, "Use Postgres 15 or newer")
    return fine(PART, found)


def _functions(functions: Mapping[str, Mapping[str, bool]]) -> Finding:
    expected = expected_functions()
    missing = sorted(expected - functions.keys())
    if missing:
        return wrong(
            PART,
            f"{len(missing)} functions of this version are missing: {', '.join(missing[:5])}",
            "Run `listing-worker migrate`",
        )
    refused = sorted(name for name in expected if not functions[name]["service_role"])
    if refused:
        return wrong(
            PART,
            f"the service role may not call {', '.join(refused[:5])}",
            f"grant execute on function public.{refused[0]} to service_role",
        )
    return fine(PART, f"all {len(expected)} functions are there, and ours to call")


def _open_functions(functions: Mapping[str, Mapping[str, bool]]) -> Finding:
    opened = sorted(
        name
        for name in expected_functions() & functions.keys()
        if name not in FOR_EXTENSIONS and (functions[name]["anon"] or functions[name]["authenticated"])
    )
    if opened:
        return wrong(
            PART,
            f"anybody may call {', '.join(opened[:5])}",
            f"revoke execute on function public.{opened[0]} from public, anon, authenticated",
        )
    return fine(PART, "none of our functions is open to strangers")


def _row_security(tables: Mapping[str, bool]) -> Finding:
    ours = re.compile(r"^create table (?:if not exists )?public\.(\w+)", re.MULTILINE)
    names = {
        name
        for file in migrations_folder().glob("[0-9]*_*.sql")
        for name in ours.findall(file.read_text(encoding="utf-8"))
    }
    bare = sorted(name for name in names & tables.keys() if not tables[name])
    if bare:
        return wrong(
            PART,
            f"row security is off on {', '.join(bare)}",
            f"alter table public.{bare[0]} enable row level security",
        )
    return fine(PART, "row security is on everywhere")


def _clock(now: str) -> Finding:
    off = (datetime.now(UTC) - datetime.fromisoformat(now)).total_seconds()
    if abs(off) > CLOCK_SECONDS:
        return advice(
            "clock", f"this machine is {off:+.1f} s off the database", "Synchronise the clocks (chrony, ntpd)"
        )
    return fine("clock", f"{off:+.2f} s off the database")


def _published_keys(store: Store) -> Finding:
    document: dict[str, Any] | None = store.get_keys()
    if document is None:
        return advice("keys", "no worker has published its keys yet: no session can be sealed", "Start the worker once")
    return fine("keys", f"{len(document.get('keys', []))} published, so extensions can seal sessions")
