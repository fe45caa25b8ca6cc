"""The API as its callers see it: over HTTP, on a real Postgres, with photos in a folder.

Sellers are signed in by the installation's own key, or, with TEST_SIGN_IN=supabase, as a Supabase project does it: the
same tests, with users and tokens of a small Auth server (`make test-supabase`).
"""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from redis.asyncio import Redis as LineRedis

from listing_worker.agents.recipe import Limits
from listing_worker.api.app import create_app
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import Owner, ensure_owner
from listing_worker.api.ports import Resources
from listing_worker.api.serve import Server, make_server
from listing_worker.categories.suggest import Suggestion
from listing_worker.models import Listing, OperationKind, Reason
from listing_worker.orchestration.events import RedisEvents
from listing_worker.preflight.findings import Preflight
from listing_worker.settings import Settings
from listing_worker.storage.photos import FolderPhotos
from listing_worker.storage.store import Store
from listing_worker.utils import log
from listing_worker.utils.crypto import KeyRing, seal
from tests.api.auth_server import AuthServer

Json = dict[str, Any]


@dataclass
class FakeQueue:
    """Notes what would be woken; `error` is raised instead when set."""

    enqueued: list[str] = field(default_factory=list)
    operations: list[tuple[str, bool]] = field(default_factory=list)
    error: Exception | None = None

    def enqueue_posting(self, posting_id: str) -> bool:
        if self.error is not None:
            raise self.error
        self.enqueued.append(posting_id)
        return True

    def enqueue_postings(self, posting_ids: Iterable[str]) -> int:
        return sum(self.enqueue_posting(each) for each in posting_ids)

    def enqueue_operation(self, operation_id: str, *, urgent: bool = False) -> bool:
        if self.error is not None:
            raise self.error
        self.operations.append((operation_id, urgent))
        return True


@dataclass
class FakeEvents:
    """A stream that lives in a list; reads never block."""

    events: list[tuple[str, Json]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def read(self, job_id: str, after: str = "0", block_ms: int | None = None) -> list[tuple[str, Json]]:
        self.asked.append(after)
        return [event for event in self.events if _key(event[0]) > _key(after)]

    def read_many(self, cursors: Mapping[str, str], block_ms: int) -> list[tuple[str, list[tuple[str, Json]]]]:
        found = [(job_id, self.read(job_id, after)) for job_id, after in cursors.items()]
        found = [each for each in found if each[1]]
        if not found:
            threading.Event().wait(block_ms / 1000)
        return found

    def last_id(self, job_id: str) -> str:
        return self.events[-1][0] if self.events else "0"


def _key(event_id: str) -> tuple[int, int]:
    first, _, second = event_id.partition("-")
    return int(first), int(second or 0)


class FakeMarketplaces:
    """Three marketplaces; `refusals` are what preflight answers."""

    def __init__(self) -> None:
        self.refusals: dict[str, Reason] = {}
        self.checked: list[tuple[str, Listing]] = []

    def names(self) -> tuple[str, ...]:
        return ("poshmark", "ebay", "mercari")

    def display_name(self, marketplace: str) -> str:
        return {"poshmark": "Poshmark", "ebay": "eBay", "mercari": "Mercari"}[marketplace]

    def home_url(self, marketplace: str) -> str:
        return {
            "poshmark": "https://poshmark.com/",
            "ebay": "https://www.ebay.com/",
            "mercari": "https://www.mercari.com/",
        }[marketplace]

    def limits(self, marketplace: str) -> Limits | None:
        return Limits(title={"poshmark": 50}.get(marketplace, 80), description=1000, photos=16)

    def terms(self, marketplace: str) -> str:
        return f"What {self.display_name(marketplace)} says about robots."

    def can(self, marketplace: str, kind: OperationKind) -> bool:
        return RegisteredMarketplaces().can(marketplace, kind)

    def preflight(self, marketplace: str, listing: Listing) -> Reason | None:
        self.checked.append((marketplace, listing))
        return self.refusals.get(marketplace)

    def listing_at(self, url: str) -> tuple[str, str] | None:
        return RegisteredMarketplaces().listing_at(url)

    def form_fields(self, marketplace: str, listing: Listing) -> frozenset[str] | None:
        return RegisteredMarketplaces().form_fields(marketplace, listing)

    def look_ahead(self, marketplace: str, listing: Listing) -> Preflight:
        return RegisteredMarketplaces().look_ahead(marketplace, listing)

    def categories(
        self, marketplace: str, listing: Listing, chosen: Sequence[str] | None, count: int
    ) -> list[Suggestion]:
        return RegisteredMarketplaces().categories(marketplace, listing, chosen, count)

    def is_category(self, marketplace: str, category: Sequence[str]) -> bool:
        return RegisteredMarketplaces().is_category(marketplace, category)


@dataclass
class Api:
    """A running API with everything a test wants to look at. `client` is signed in as the owner."""

    app: FastAPI
    client: TestClient
    anonymous: TestClient
    store: Store
    queue: FakeQueue
    events: FakeEvents
    marketplaces: FakeMarketplaces
    owner: Owner
    ring: KeyRing
    settings: Settings
    photo_dir: Path

    def as_user(self, token: str) -> TestClient:
        return TestClient(self.app, headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)

    def stranger(self) -> TestClient:
        """Another user, signed in by the same key set."""
        return self.as_user(self.stranger_token())

    def stranger_token(self) -> str:
        return replace(self.owner, user_id="11111111-2222-4333-8444-555555555555").token()

    def device_token(self) -> str:
        code = self.client.post("/api/extension/pairings").json()["code"]
        answer = self.anonymous.post("/api/extension/token", json={"code": code, "device": "Chrome on Linux"})
        return str(answer.json()["token"])

    def sealed(self, marketplace: str = "poshmark", plaintext: bytes = b"{}", **changes: Any) -> Json:
        """The body of a PUT of a session, sealed as the extension would."""
        key = self.ring.key_list().keys[0]
        text = seal(key.public_key, plaintext, user_id=self.owner.user_id, marketplace=marketplace, key_id=key.key_id)
        body = {"key_id": key.key_id, "sealed": text, "captured_at": datetime.now(UTC).isoformat()}
        return {**body, **changes}

    def sign_in(self, *marketplaces: str) -> None:
        for name in marketplaces or self.marketplaces.names():
            answer = self.client.put(f"/api/sessions/{name}", json=self.sealed(name))
            assert answer.status_code == 200, answer.text

    def listing(self, photos: int = 1, **changes: Any) -> Json:
        """A stored listing with photos."""
        answer = self.client.post("/api/listings", json={**DRESS, **changes})
        assert answer.status_code == 201, answer.text
        listing: Json = answer.json()
        if photos:
            files = [("photos", (f"{n}.jpg", photo(n), "image/jpeg")) for n in range(photos)]
            answer = self.client.post(f"/api/listings/{listing['id']}/photos", files=files)
            assert answer.status_code == 201, answer.text
            listing = answer.json()
        return listing

    def post(self, listing_id: str, *marketplaces: str, **headers: str) -> Json:
        body = {"listingId": listing_id, "marketplaces": list(marketplaces) or ["poshmark", "ebay", "mercari"]}
        answer = self.client.post("/api/listings/post", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        posted: Json = answer.json()
        return posted


DRESS: Json = {
    "title": 'Free People Floral Wrap Midi Dress 🌸 "Dolce"',
    "description": 'Worn twice, "as new".\nWrap style with a tie.\n\n<b>No flaws</b>.',
    "price": "48.00",
    "original_price": 128,
    "condition": "good",
    "category": ["Women", "Dresses", "Midi"],
    "brand": "Free People",
    "size": "M",
    "colors": ["Blue", "White"],
    "sku": "LW-DEMO-1",
    "shipping": {"payer": "buyer", "weight_oz": 14, "length_in": 12, "width_in": 9, "height_in": 3},
    "zip_code": "95112",
    "attributes": {"Department": "Women", "Dress Length": "Midi"},
}


def photo(number: int = 0, size: tuple[int, int] = (64, 48), kind: str = "JPEG", **options: Any) -> bytes:
    """A small photo; each number gives another colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (40 * number % 256, 90, 200)).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """Our own log format: the default one would render every local variable of a failure."""
    log.configure("INFO", "json")
    yield
    structlog.reset_defaults()


MakeApi = Callable[..., Api]
_RING = KeyRing("a test secret of more than thirty-two characters")


SUPABASE = os.environ.get("TEST_SIGN_IN") == "supabase"
embedded_only = pytest.mark.skipif(SUPABASE, reason="is about the owner of an embedded installation: Supabase has none")


@pytest.fixture(scope="session")
def project() -> Iterator[AuthServer | None]:
    """The Supabase project that signs people in, where one does."""
    server = AuthServer() if SUPABASE else None
    yield server
    if server is not None:
        server.stop()


@pytest.fixture
def make_api(store: Store, tmp_path: Path, project: AuthServer | None) -> Iterator[MakeApi]:
    """Builds an API over this test's database; settings as keywords."""
    clients: list[TestClient] = []

    def make(**settings: Any) -> Api:
        member = None
        if project is not None and "supabase_url" not in settings:
            settings["supabase_url"] = project.url
            member = project.member(str(uuid4()))
        chosen = Settings(_env_file=None, data_dir=tmp_path, **settings)
        owner = member or ensure_owner(tmp_path)
        queue, events, marketplaces = FakeQueue(), FakeEvents(), FakeMarketplaces()
        store.publish_keys(_RING.key_list().model_dump(mode="json"))
        app = create_app(
            chosen,
            store=store,
            photos=FolderPhotos(tmp_path / "photos"),
            queue=queue,
            events=events,
            marketplaces=marketplaces,
            owner=None if member else owner,
        )
        signed_in = TestClient(app, headers={"Authorization": f"Bearer {owner.token()}"}, raise_server_exceptions=False)
        anonymous = TestClient(app, raise_server_exceptions=False)
        clients.extend([signed_in, anonymous])
        return Api(
            app=app,
            client=signed_in,
            anonymous=anonymous,
            store=store,
            queue=queue,
            events=events,
            marketplaces=marketplaces,
            owner=owner,
            ring=_RING,
            settings=chosen,
            photo_dir=tmp_path / "photos",
        )

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()


@dataclass
class Served:
    """The API behind a real port, with real Redis streams."""

    api: Api
    url: str
    events: RedisEvents
    redis: redis.Redis
    server: Server

    def stream(self, job_id: str, **headers: str) -> Iterator[Json]:
        """Events as {name, id, data}, until the server ends the stream."""
        headers = {"Authorization": f"Bearer {self.api.owner.token()}", **headers}
        with httpx.stream(
            "GET", f"{self.url}/api/jobs/{job_id}/events", headers=headers, timeout=20, trust_env=False
        ) as answer:
            assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
            event: Json = {}
            for line in answer.iter_lines():
                if not line:
                    if "data" in event:
                        yield event
                    event = {}
                elif not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = json.loads(value) if name == "data" else value


@pytest.fixture
def served(api: Api, redis_url: str) -> Iterator[Served]:
    client = redis.Redis.from_url(redis_url)
    events = RedisEvents(client)
    resources: Resources = api.app.state.resources
    line = lambda: LineRedis.from_url(redis_url)  # noqa: E731
    api.app.state.resources = replace(resources, events=events, connect_line=line)
    ports: list[int] = []
    started = threading.Event()

    def ready(port: int) -> None:
        ports.append(port)
        started.set()

    server = make_server(api.app, host="127.0.0.1", port=0, ready=ready)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert started.wait(20)
    yield Served(api, f"http://127.0.0.1:{ports[0]}", events, client, server)
    api.app.state.stopping.set()
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    client.close()


def error_of(answer: Any, status: int, code: str | None = None, field: str | None = None) -> Json:
    """The error of an answer, which must have the one shape that all errors have."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    error: Json = body["error"]
    assert set(error) <= {"code", "message", "field", "details"} and error["message"]
    assert "Traceback" not in answer.text
    if code is not None:
        assert error["code"] == code, error
    if field is not None:
        assert error["field"] == field, error
    return error
