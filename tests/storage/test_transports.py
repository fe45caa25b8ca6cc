"""What the transports do when the database, the connection or the configuration fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from listing_worker.errors import ConfigurationError
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.psycopg import PsycopgTransport
from listing_worker.storage.store import Store
from listing_worker.storage.supabase import SupabaseTransport
from tests.storage.conftest import Seller
from tests.storage.restd import SERVICE_KEY, RestServer

# Replaces a function by one whose first call goes wrong. A sequence remembers: it does not roll back.
FLAKY = """
create sequence calls;
grant usage on sequence calls to service_role;
create or replace function public.{signature} language plpgsql as $$
begin
  if nextval('public.calls') = 1 then {trouble}; end if;
  return {answer};
end $$;
"""
KILL = "perform pg_terminate_backend(pg_backend_pid())"
DEADLOCK = "raise exception using errcode = '40P01'"

Run = Callable[..., list[Any]]


def calls(execute: Run) -> int:
    return int(execute("select last_value from public.calls")[0][0])


@pytest.mark.parametrize("contract_url", ["psycopg"], indirect=True)
def test_lost_answer_of_a_repeatable_call_is_asked_again(execute: Run, store: Store) -> None:
    execute(FLAKY.format(signature="get_keys() returns jsonb", trouble=KILL, answer="'{}'::jsonb"))
    assert store.get_keys() == {}
    assert calls(execute) == 2


@pytest.mark.parametrize("contract_url", ["psycopg"], indirect=True)
def test_lost_answer_of_any_other_call_is_never_asked_again(execute: Run, store: Store) -> None:
    signature = "record_intent(p_posting_id text, p_fence bigint, p_intent jsonb) returns boolean"
    execute(FLAKY.format(signature=signature, trouble=KILL, answer="true"))
    with pytest.raises(StoreUnavailable):
        store._call("record_intent", posting_id="x", fence=1, intent={})
    assert calls(execute) == 1


def test_deadlock_is_repeated_because_nothing_happened(execute: Run, store: Store) -> None:
    signature = "requeue_signed_in(p_user_id uuid, p_marketplace text) returns jsonb"
    execute(FLAKY.format(signature=signature, trouble=DEADLOCK, answer="'[]'::jsonb"))
    assert store.requeue_signed_in(Seller(store).id, "ebay") == []
    assert calls(execute) == 2


def test_missing_function_says_migrate(execute: Run, store: Store) -> None:
    execute("drop function public.get_keys()")
    with pytest.raises(ConfigurationError, match="lacks a function") as missing:
        store.get_keys()
    assert missing.value.action is not None
    assert "migrate" in missing.value.action


@pytest.mark.parametrize("contract_url", ["psycopg"], indirect=True)
def test_idle_connection_that_the_server_closed_is_not_used(execute: Run, store: Store) -> None:
    store.ping()
    execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listing-worker'")
    while execute("select 1 from pg_stat_activity where application_name = 'listing-worker'"):
        pass
    assert store.create_listing(Seller(store).id, {})["body"] == {}


@pytest.mark.parametrize("contract_url", ["psycopg"], indirect=True)
def test_threads_share_a_few_connections(execute: Run, store: Store) -> None:
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: store.get_keys(), range(100)))
    [[open_now]] = execute("select count(*) from pg_stat_activity where application_name = 'listing-worker'")
    assert 1 <= open_now <= 8


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_gets_connections_of_its_own(execute: Run, store: Store) -> None:
    store.get_keys()
    child = os.fork()
    if child == 0:
        try:
            store.publish_keys({"from": "child"})
            store.close()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a child must never go on as a second test run
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.get_keys() == {"from": "child"}


def test_server_that_is_away_is_told_at_once() -> None:
    nowhere = Store(PsycopgTransport("postgresql://postgres:hush@127.0.0.1:9/none"))
    with pytest.raises(StoreUnavailable) as away:
        nowhere.ping()
    assert "hush" not in str(away.value)
    supabase = Store(SupabaseTransport("http://127.0.0.1:9", SERVICE_KEY))
    with pytest.raises(StoreUnavailable):
        supabase.ping()
    supabase.close()


def test_key_that_is_not_the_services_says_so(database_url: str) -> None:
    with RestServer(database_url) as server:
        store = Store(SupabaseTransport(server.url, server.user_token(Seller(None).id)))  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="refuses this user or key"):
            store.get_keys()
        store.close()


def test_address_that_is_none_says_so() -> None:
    with pytest.raises(ConfigurationError, match="Supabase"):
        SupabaseTransport("not an address", SERVICE_KEY)


def test_nothing_is_prepared_so_that_poolers_work(database_url: str) -> None:
    transport = PsycopgTransport(database_url)
    for _ in range(10):
        transport.ping()
    with transport._connections.one() as connection:
        assert connection.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)
        assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
    transport.close()
