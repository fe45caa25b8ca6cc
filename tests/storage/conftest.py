"""The contract suite's `store`: every promise is kept by both transports, and by the oldest Postgres we support."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from listing_worker.embedded.postgres import Programs, ensure_postgres, programs_in
from listing_worker.embedded.process import EmbeddedServer
from listing_worker.models import Intent, Reason
from listing_worker.storage import rows
from listing_worker.storage.migrate import migrate
from listing_worker.storage.psycopg import PsycopgTransport
from listing_worker.storage.store import Store
from listing_worker.storage.supabase import SupabaseTransport
from tests.fixtures.servers import database_on
from tests.storage.restd import SERVICE_KEY, RestServer

_numbers = count(1)


def oldest_postgres() -> Programs | None:
    """An installed Postgres 15: with the embedded 18 it brackets what Supabase runs."""
    return programs_in(Path("/usr/lib/postgresql/15/bin"))


@pytest.fixture(scope="session")
def postgres_15_server(servers_folder: Path) -> Iterator[EmbeddedServer]:
    programs = oldest_postgres()
    if programs is None:
        pytest.skip("no Postgres 15 is installed (apt-get install postgresql-15)")
    server = ensure_postgres(servers_folder / "15", durable=False, programs=programs)
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create database migrated")
        migrate(database_on(server, "migrated"))
        yield server
    finally:
        server.stop(at_once=True)


@pytest.fixture
def postgres_15_url(postgres_15_server: EmbeddedServer) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres_15_server.url, autocommit=True) as connection:
        connection.execute(f"create database {name} template migrated strategy file_copy")
        yield database_on(postgres_15_server, name)
        connection.execute(f"drop database {name} with (force)")


HOSTED = "CONFORMANCE_SUPABASE_URL"  # a real project or a local stack: `make conformance-supabase`
OLDEST = pytest.param("postgres-15", marks=pytest.mark.slow)  # in `make test-all`
TRANSPORTS = ["psycopg", "supabase", OLDEST, *(["hosted"] if os.environ.get(HOSTED) else [])]


@pytest.fixture(params=TRANSPORTS)
def contract_url(request: pytest.FixtureRequest) -> str:
    """The database behind `store`, for what no function of the port can show or bring about."""
    if request.param == "hosted":
        url = os.environ["CONFORMANCE_DATABASE_URL"]
        migrate(url)
        return url
    return str(request.getfixturevalue("postgres_15_url" if request.param == "postgres-15" else "database_url"))


@pytest.fixture
def store(request: pytest.FixtureRequest, contract_url: str) -> Iterator[Store]:
    with ExitStack() as stack:
        if request.node.callspec.params["contract_url"] == "supabase":
            server = stack.enter_context(RestServer(contract_url))
            opened = Store(SupabaseTransport(server.url, SERVICE_KEY))
        elif request.node.callspec.params["contract_url"] == "hosted":
            opened = Store(SupabaseTransport(os.environ[HOSTED], os.environ["CONFORMANCE_SUPABASE_KEY"]))
        else:
            opened = Store(PsycopgTransport(contract_url))
        stack.callback(opened.close)
        yield opened


@pytest.fixture
def execute(contract_url: str) -> Iterator[Callable[..., list[Any]]]:
    """Runs SQL as the owner of the database, beside the store."""
    with psycopg.connect(contract_url, autocommit=True) as connection:

        def run(query: str, *values: object) -> list[Any]:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

        yield run


INTENT = Intent(
    fingerprint="f" * 64, title="Dress", price_cents=4800, photo_count=4, draft_id="d1", baseline_ids=("1",)
)
PROOF = {
    "kind": "response", "external_id": "x1", "url": "https://marketplace.example/x1",
    "at": "2026-11-21T10:00:00Z", "pending_review": False,
}  # fmt: skip
LIVE: rows.OutcomeDoc = {"state": "live", "proof": PROOF, "external_id": "x1", "url": "https://marketplace.example/x1"}
SIGN_IN = Reason(code="sign_in", message="You are signed out.", action="Sign in")


@dataclass
class Seller:
    """A seller with the shortest words for what tests do."""

    store: Store
    id: str = field(default_factory=lambda: str(uuid4()))

    def listing(self) -> str:
        return self.store.create_listing(self.id, {"title": "Dress"})["id"]

    def post(self, *marketplaces: str, listing: str | None = None, **options: Any) -> rows.CreatedJob:
        options = {"blocked": {}, "idempotency_key": None, "request_hash": "h", "max_attempts": 4, **options}
        return self.store.create_job(self.id, listing or self.listing(), marketplaces or ("ebay",), **options)

    def posting(self, marketplace: str = "ebay") -> str:
        """A queued posting of a new listing."""
        return self.post(marketplace)["job"]["postings"][0]["id"]

    def claim(self, posting_id: str, lease: float = 30) -> rows.PostingRow:
        claim = self.store.claim_posting(posting_id, "worker", lease)
        assert claim["claimed"], claim
        return claim["posting"]

    def press(self, posting_id: str) -> int:
        """Claims and commits the intent; returns the fence."""
        fence = self.claim(posting_id)["fence"]
        assert self.store.record_intent(posting_id, fence, INTENT)
        return fence

    def die(self, posting_id: str, fence: int) -> None:
        """The lease runs out, as if the worker had been killed."""
        assert self.store.heartbeat(posting_id, fence, 0)["alive"]

    def state(self, posting_id: str) -> str:
        row = self.store.get_posting(posting_id)
        assert row is not None
        return row["state"]


@pytest.fixture
def seller(store: Store) -> Seller:
    return Seller(store)
