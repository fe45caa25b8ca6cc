"""Who may see and call what: sellers read their own rows, see nothing sealed, and call nothing."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from listing_worker.storage.psycopg import PsycopgTransport
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller
from tests.storage.restd import SERVICE_KEY, RestServer

# rows of no seller: the worker's own
OURS = {"worker_keys", "pairings", "learned_locators"}
TABLES = {
    "listings", "jobs", "listing_automation_results", "attempts", "user_marketplace_sessions", "worker_keys",
    "pairings", "devices", "webhook_endpoints", "webhooks", "posting_operations",
    "learned_locators", "category_choices", "api_keys", "idempotent_requests",
    "auto_delist", "sale_signals", "inventory_watches",
    "closet_imports", "found_listings", "match_answers", "match_questions", "sale_mails",
    "live_views", "session_uses",
    "price_rules", "repost_rules", "batches", "batch_rows", "ignored_differences",
}  # fmt: skip
SECRET_COLUMNS = {
    "user_marketplace_sessions": {"sealed", "key_id"},
    "webhook_endpoints": {"sealed_secret", "key_id", "former_sealed_secret", "former_key_id"},
    "devices": {"token_hash"},
    "api_keys": {"token_hash"},
    "idempotent_requests": {"key", "request_hash", "answer"},
    "pairings": {"code_hash"},
    "worker_keys": {"document"},
    "listing_automation_results": {"intent", "lease_owner", "fence"},
    "jobs": {"idempotency_key", "request_hash"},
    "live_views": {"fence", "public_key", "viewer_hash", "viewer_until"},
    "posting_operations": {"intent", "lease_owner", "fence", "answer"},
}
FOR_DEVICES = "sync_session_from_device"  # open to strangers on purpose: it checks a device token itself
OF_THE_RELEASE_BEFORE = {"create_simple_jobs", "job_views", "posts_beginnings"}  # it still runs while ours starts


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def seller(database_url: str) -> Iterator[Seller]:
    """A seller with a row in every table."""
    store = Store(PsycopgTransport(database_url))
    seller = Seller(store)
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    reason = {"code": "challenge", "message": "A code is asked for.", "action": None, "field": None}
    assert store.open_live_view(posting, fence, "k" * 43, 60, reason)
    store.finish_posting(posting, fence, {"state": "failed"})
    store.put_session(seller.id, "ebay", "k", "sealed", "2026-11-21T10:00:00Z", 7)
    store.request_dry_run(seller.id, store.list_listings(seller.id)[0]["id"], "ebay", 4)
    store.remember_category(seller.id, "ebay", "women > dresses", ["Art", "Paintings"])
    store.create_pairing(seller.id, "code", 60)
    store.redeem_pairing("code", "token", "Chrome")
    store.publish_keys({"version": 1})
    store.create_api_key(seller.id, "sync", "hash", "lwk_a", ["jobs:read"], 5)
    store.begin_request(seller.id, "key", "hash")
    store.set_auto_delist(seller.id, store.list_listings(seller.id)[0]["id"], ["ebay"], True)
    store.record_signal(posting, "told", certain=True)
    store.claim_watch(seller.id, "mercari", "worker", 30)
    store.request_import(seller.id, ["ebay"])
    store.want_found(seller.id, store.list_listings(seller.id)[0]["id"], "ebay", "1", "")
    store.answer_match(seller.id, "found:a", "found:b", same=True, said_by="seller")
    store.put_price_rule(seller.id, "ebay", {"ratio": 1.1})
    store.put_repost_rule(seller.id, "ebay", {"ended": True})
    store.ignore_difference(seller.id, posting, "title", "x")
    row = {"listing_id": store.list_listings(seller.id)[0]["id"], "marketplace": "ebay", "kind": "post"}
    store.create_batch(seller.id, {"title": "All", "state": "paused"}, [row])
    store.put_match_questions(seller.id, [{"one": "found:a", "other": "found:c", "score": 0.7}])
    store.record_mail(seller.id, "<1@ebay>", "ebay", genuine=False, order="", signals=[])
    store.open_session(seller.id, "ebay", "posting", posting, 1)
    yield seller
    store.close()


@contextmanager
def acting_as(connection: psycopg.Connection[Any], role: str, user_id: str) -> Iterator[Callable[[str], list[Any]]]:
    with connection.transaction(force_rollback=True):
        connection.execute(f"set local role {role}")
        claims = json.dumps({"sub": user_id, "role": role})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        yield lambda query: connection.execute(query).fetchall()


def columns_for(connection: psycopg.Connection[Any], role: str, table: str, privilege: str) -> set[str]:
    rows = connection.execute(
        "select attname from pg_catalog.pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " and has_column_privilege(%s, attrelid, attnum, %s)",
        [f"public.{table}", role, privilege],
    )
    return {row[0] for row in rows}


# ---- the catalogue


def test_every_table_has_row_security(connection: psycopg.Connection[Any]) -> None:
    tables = dict(
        connection.execute(
            "select relname, relrowsecurity from pg_catalog.pg_class"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
        ).fetchall()
    )
    assert tables == dict.fromkeys(TABLES, True)


def test_every_policy_lets_owners_read_and_is_planned_once(connection: psycopg.Connection[Any]) -> None:
    policies = connection.execute(
        "select tablename, roles::text[], cmd, qual from pg_catalog.pg_policies where schemaname = 'public'"
    ).fetchall()
    assert {policy[0] for policy in policies} == TABLES - OURS
    for _, roles, command, condition in policies:
        assert (roles, command) == (["authenticated"], "SELECT")
        assert "( SELECT auth.uid() AS uid) = user_id" in condition


def test_sellers_may_only_read_and_nothing_secret(connection: psycopg.Connection[Any]) -> None:
    for table in TABLES:
        for privilege in ("insert", "update", "references"):
            assert columns_for(connection, "authenticated", table, privilege) == set(), (table, privilege)
        for privilege in ("select", "insert", "update", "references"):
            assert columns_for(connection, "anon", table, privilege) == set(), (table, privilege)
        readable = columns_for(connection, "authenticated", table, "select")
        assert not readable & SECRET_COLUMNS.get(table, set()), table
        for role in ("anon", "authenticated"):
            [[allowed]] = connection.execute(
                "select has_table_privilege(%s, %s, 'delete, truncate, trigger')", [role, f"public.{table}"]
            )
            assert not allowed, (role, table)


def test_every_function_is_for_the_service_alone_and_has_a_fixed_search_path(
    connection: psycopg.Connection[Any],
) -> None:
    functions = connection.execute(
        "select oid::regprocedure::text, proconfig, prosecdef, has_function_privilege('anon', oid, 'execute'),"
        " has_function_privilege('authenticated', oid, 'execute'),"
        " has_function_privilege('service_role', oid, 'execute'),"
        " exists (select from aclexplode(proacl) where grantee = 0)"
        " from pg_catalog.pg_proc where pronamespace in ('public'::regnamespace, 'listing_worker'::regnamespace)"
    ).fetchall()
    assert len(functions) > 50
    open_ones = [row for row in functions if row[0].startswith(FOR_DEVICES)]
    assert [(row[2], row[3], row[6]) for row in open_ones] == [(True, True, False)]
    for name, config, definer, anon, authenticated, service, public in functions:
        assert 'search_path=""' in config, name
        if name.startswith(FOR_DEVICES):
            continue
        assert (anon, authenticated, public) == (False, False, False), name
        assert service, name
        assert definer == name.startswith("listing_worker.forget_user"), name


def test_sql_functions_are_those_of_the_port_with_its_parameters(connection: psycopg.Connection[Any]) -> None:
    wanted = {}
    modules = {inspect.getmodule(part) for part in Store.__mro__ if part is not object}
    for node in (node for each in modules if each for node in ast.walk(ast.parse(inspect.getsource(each)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_call":
            function = node.args[0]
            assert isinstance(function, ast.Constant)
            wanted[function.value] = {f"p_{keyword.arg}" for keyword in node.keywords}
    found = connection.execute(
        "select proname, coalesce(proargnames, '{}') from pg_catalog.pg_proc"
        " where pronamespace = 'public'::regnamespace"
    ).fetchall()
    called = {name: set(arguments) for name, arguments in found if name not in {FOR_DEVICES, *OF_THE_RELEASE_BEFORE}}
    assert called == wanted


def test_sql_is_old_enough_for_supabase() -> None:
    """Supabase runs 17, the embedded server 18: what only 18 knows must not slip in (Postgres 15 runs the contract)."""
    folder = Path(__file__).parents[2] / "migrations"
    for file in folder.glob("*.sql"):
        text = file.read_text().lower()
        for word in ("uuidv7", "uuidv4", "virtual", "pgcrypto", "gen_random_bytes", "digest(", "listen "):
            assert word not in text, (file.name, word)


# ---- what happens


def test_seller_reads_own_rows_and_strangers_none(connection: psycopg.Connection[Any], seller: Seller) -> None:
    for table in TABLES - OURS:
        query = f"select user_id::text from public.{table}"
        with acting_as(connection, "authenticated", seller.id) as ask:
            assert ask(query) == [(seller.id,)], table
        with acting_as(connection, "authenticated", str(uuid4())) as ask:
            assert ask(query) == [], table


FORBIDDEN = [
    "select sealed from public.user_marketplace_sessions",
    "select * from public.user_marketplace_sessions",
    "select sealed_secret from public.webhook_endpoints",
    "select token_hash from public.devices",
    "select * from public.pairings",
    "select * from public.worker_keys",
    "update public.listing_automation_results set state = 'live'",
    "delete from public.jobs",
    "select public.get_session(auth.uid(), 'ebay')",
    "select public.finish_posting('x', 1, '{}')",
    "select listing_worker.announce_job('x')",
    "select nextval('public.session_version')",
]


@pytest.mark.parametrize("role", ["authenticated", "anon"])
def test_sellers_and_strangers_are_refused(connection: psycopg.Connection[Any], seller: Seller, role: str) -> None:
    for query in FORBIDDEN:
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            acting_as(connection, role, seller.id) as ask,
        ):
            ask(query)


def test_service_role_calls_everything_past_row_security(connection: psycopg.Connection[Any], seller: Seller) -> None:
    with acting_as(connection, "service_role", seller.id) as ask:
        assert ask("select count(*) from public.listings") == [(1,)]
        [[session]] = ask(f"select public.get_session('{seller.id}', 'ebay')")
        assert session["sealed"] == "sealed"


def test_deleted_user_leaves_nothing(connection: psycopg.Connection[Any], seller: Seller) -> None:
    connection.execute("insert into auth.users (id) values (%s)", [seller.id])
    connection.execute("delete from auth.users where id = %s", [seller.id])
    for table in TABLES - {"worker_keys", "learned_locators"}:
        assert connection.execute(f"select count(*) from public.{table}").fetchone() == (0,), table


# ---- over HTTP, as PostgREST would


def test_keys_and_tokens_over_http(database_url: str, seller: Seller) -> None:
    def ask(function: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
        answer = httpx.post(f"{server.url}/rest/v1/rpc/{function}", json=body, headers=headers, trust_env=False)
        return answer.status_code, answer.json()

    with RestServer(database_url) as server:
        session = {"p_user_id": seller.id, "p_marketplace": "ebay"}
        token = server.user_token(seller.id)
        assert ask("get_session", session, apikey=SERVICE_KEY, Authorization=f"Bearer {SERVICE_KEY}")[0] == 200
        status, body = ask("get_session", session, apikey="publishable", Authorization=f"Bearer {token}")
        assert (status, body["code"]) == (403, "42501")
        assert ask("get_session", session)[0] == 401
        assert ask("get_session", session, Authorization="Bearer nonsense")[0] == 401
        service = {"apikey": SERVICE_KEY, "Authorization": f"Bearer {SERVICE_KEY}"}
        status, body = ask("get_session", {"p_user": seller.id}, **service)
        assert (status, body["code"]) == (404, "PGRST202")
        body = {"p_user_id": seller.id, "p_marketplace": "ebay", "p_version": 1, "p_status": "x", "p_account": None}
        status, body = ask("mark_session", body, **service)
        assert (status, body["code"], body["message"]) == (400, "LW001", "invalid_value")
        assert body["details"].startswith("An attempt proves")
