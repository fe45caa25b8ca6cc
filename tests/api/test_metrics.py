"""Who may see the metrics, and what everybody may know of the forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis import Redis

from listing_worker.api.app import create_app
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import ensure_owner
from listing_worker.orchestration.queue import PostingQueue, connect_redis
from listing_worker.settings import Settings
from listing_worker.storage.photos import FolderPhotos
from listing_worker.storage.store import Store
from listing_worker.utils.metrics import Observation
from tests.storage.conftest import LIVE, Seller


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with closing(connect_redis(redis_url)) as client:
        yield client


def client_of(store: Store, redis: Redis, tmp_path: Any, host: str, **settings: Any) -> TestClient:
    app = create_app(
        Settings(_env_file=None, data_dir=tmp_path, **settings),  # type: ignore[call-arg]
        store=store,
        photos=FolderPhotos(tmp_path),
        queue=PostingQueue(redis),
        events=None,  # type: ignore[arg-type]
        marketplaces=RegisteredMarketplaces(),
        owner=ensure_owner(tmp_path),
        observation=Observation(store, redis),
    )
    return TestClient(app, client=(host, 50_000))


def test_without_a_token_only_private_callers_see_metrics(store: Store, redis: Redis, tmp_path: Any) -> None:
    with client_of(store, redis, tmp_path, "10.0.0.7") as inside:
        answer = inside.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert 'listing_worker_up{part="database"} 1.0' in answer.text
        assert inside.get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 404
    with client_of(store, redis, tmp_path, "93.184.216.34") as outside:
        assert outside.get("/metrics").status_code == 404


def test_with_a_token_it_is_what_counts(store: Store, redis: Redis, tmp_path: Any) -> None:
    with client_of(store, redis, tmp_path, "93.184.216.34", metrics_token=SecretStr("watcher")) as client:
        assert client.get("/metrics", headers={"Authorization": "Bearer watcher"}).status_code == 200
        assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
        assert client.get("/metrics").status_code == 404


def test_everybody_may_know_when_a_recipe_was_last_proven(store: Store, redis: Redis, tmp_path: Any) -> None:
    seller = Seller(store)
    posting = seller.posting("mercari")
    store.finish_posting(posting, seller.press(posting), LIVE)
    with client_of(store, redis, tmp_path, "93.184.216.34") as client:
        forms = {form["marketplace"]: form for form in client.get("/api/status").json()["forms"]}
    assert forms["mercari"]["message"] == "Mercari: recipe last proven just now."
    assert forms["mercari"]["success_ratio"] == 1
    assert forms["poshmark"]["last_proven_seconds"] is None
    assert "never yet" in forms["poshmark"]["message"]
    assert seller.id not in str(forms)
