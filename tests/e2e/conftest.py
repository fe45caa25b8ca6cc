"""A seller who is signed in to every replica."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from listing_worker.agents.registry import AGENTS
from listing_worker.models import Session
from listing_worker.orchestration.resources import Resources
from listing_worker.sandbox.registry import SHOWN
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyRing
from tests.e2e.seller import SECRET, Seller, signed_in_session
from tests.fixtures.sandbox import RunningSandbox


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return KeyRing(SECRET)


@pytest.fixture
def sessions(clean_sandbox: RunningSandbox) -> dict[str, Session]:
    """Filled on demand: sessions of the replicas' first accounts."""
    return {}


@pytest.fixture
def seller(
    clean_sandbox: RunningSandbox, database_url: str, redis_url: str, tmp_path: Path, ring: KeyRing
) -> Iterator[Seller]:
    """Nothing is connected yet; see `connected`."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path / "data",
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        sandbox_file=clean_sandbox.path,
        pacing=False,
        lease_seconds=6,
        heartbeat_seconds=0.5,
        fence_margin_seconds=2,
        settle_seconds=2,
    )
    environment = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SANDBOX_FILE": str(clean_sandbox.path),
        "PACING": "false",
        "SESSION_ENCRYPTION_KEY": SECRET,
        "LEASE_SECONDS": "6",
        "HEARTBEAT_SECONDS": "0.5",
        "FENCE_MARGIN_SECONDS": "2",
        "SETTLE_SECONDS": "2",
    }
    resources = Resources.open(settings, ring)
    try:
        yield Seller(resources, clean_sandbox, environment, tmp_path / "trips")
    finally:
        resources.close()


@pytest.fixture(params=[pytest.param(n, marks=[] if n in SHOWN else pytest.mark.slow) for n in sorted(AGENTS)])
def site(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sample_site(site: str, request: pytest.FixtureRequest) -> str:
    """Every site in the slow tests, one of them otherwise. Asked for first, it costs the others nothing."""
    if site != "poshmark" and request.config.getoption("-m") == "not slow":
        pytest.skip("the other marketplaces: make test-all")
    return site


@pytest.fixture
def connected(seller: Seller, site: str) -> Seller:
    """The seller, with a sealed session of the one site under test."""
    seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
    return seller
