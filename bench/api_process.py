"""The API in a process of its own, on private servers, with a seller who has a listing and a job: what is loaded."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from listing_worker.api.owner import Owner, ensure_owner
from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.embedded.system import Part, free_port, servers
from listing_worker.orchestration.events import RedisEvents
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_store
from listing_worker.storage.store import Store
from listing_worker.utils.crypto import KeyRing, seal

START_SECONDS = 60
NO_LIMIT = "100000000/minute"  # the load comes from one address and one seller


@dataclass
class LoadedApi:
    """A running API and what is asked of it."""

    settings: Settings
    folder: Path
    port: int
    owner: Owner
    store: Store
    redis: Redis
    token: str
    environment: dict[str, str]
    part: Part | None = None
    listing_id: str = ""
    job_id: str = ""
    _ring: KeyRing = field(default_factory=lambda: KeyRing("a secret of the measurement of thirty-two characters"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def events(self) -> RedisEvents:
        return RedisEvents(self.redis)

    def start(self) -> None:
        self.part = Part("api", ["api"], self.environment, self.folder / "logs")
        end = time.monotonic() + START_SECONDS
        while True:
            self.part.check()
            try:
                if httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code < 500:
                    return
            except httpx.HTTPError:
                assert time.monotonic() < end, "the API did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash does."""
        assert self.part is not None
        os.kill(self.part.process.pid, signal.SIGKILL)
        self.part.process.wait()

    def stop(self) -> None:
        if self.part is not None:
            self.part.stop()

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30, trust_env=False
        )

    def make_job(self, marketplaces: list[str]) -> None:
        """A listing, signed-in sessions, and a job that nobody works on."""
        self.store.publish_keys(self._ring.key_list().model_dump(mode="json"))
        key = self._ring.key_list().keys[0]
        with self.client() as client:
            for name in marketplaces:
                text = seal(key.public_key, b"{}", user_id=self.owner.user_id, marketplace=name, key_id=key.key_id)
                now = datetime.now(UTC).isoformat()
                _ok(
                    client.put(f"/api/sessions/{name}", json={"key_id": key.key_id, "sealed": text, "captured_at": now})
                )
            self.listing_id = _ok(client.post("/api/listings", json=demo_listing("BENCH")))["id"]
            files = [("photos", ("a.jpg", demo_photos()[0], "image/jpeg"))]
            _ok(client.post(f"/api/listings/{self.listing_id}/photos", files=files))
            body = {"listingId": self.listing_id, "marketplaces": marketplaces}
            self.job_id = _ok(client.post("/api/listings/post", json=body))["jobId"]
            job = _ok(client.get(f"/api/jobs/{self.job_id}"))
            assert job["status"] == "processing", job


def _ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


@contextmanager
def loaded_api(folder: Path) -> Iterator[LoadedApi]:
    """Starts it; everything is gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    with ExitStack() as stack:
        ready = stack.enter_context(servers(settings))
        assert ready.database_url is not None and ready.redis_url is not None
        owner = ensure_owner(folder)
        redis = Redis.from_url(ready.redis_address)
        stack.callback(redis.close)
        store = open_store(ready)
        stack.callback(store.close)
        port = free_port()
        environment = {
            "DATA_DIR": str(folder),
            "DATABASE_URL": ready.database_url.get_secret_value(),
            "REDIS_URL": ready.redis_url.get_secret_value(),
            "PORT": str(port),
            "LOG_LEVEL": "INFO",
            "API_RATE_LIMIT": NO_LIMIT,
            "ADDRESS_RATE_LIMIT": NO_LIMIT,
        }
        api = LoadedApi(ready, folder, port, owner, store, redis, owner.token(), environment)
        stack.callback(api.stop)
        api.start()
        yield api
