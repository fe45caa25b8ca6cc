"""What our own machinery costs: a posting with everything but the browser, and a worker that has nothing to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from PIL import Image

from bench.figures import Result
from bench.place import Place
from bench.processes import come_to_rest, family, processor, pss
from listing_worker.agents.base import Baseline, SignIn
from listing_worker.agents.browsers.base import Lease
from listing_worker.agents.registry import get_agent
from listing_worker.demo.photos import demo_photos
from listing_worker.embedded.system import Part
from listing_worker.models import FieldReport, Proof, ProofKind
from listing_worker.orchestration import attempt, job_processor
from listing_worker.storage.store import Store
from listing_worker.utils.clock import utc_now
from tests.e2e.seller import SECRET

IDLE_SECONDS = 8.0


PICTURE = (1280, 3200)  # pixels: as large as a filled form usually is


class _Page:
    """A page that costs nothing, and shows something."""

    url = "https://nothing.example/item/1"

    def __init__(self) -> None:
        shown, made = demo_photos()[0], BytesIO()
        with Image.open(BytesIO(shown)) as photo:
            photo.convert("RGB").resize(PICTURE).save(made, "JPEG", quality=70)
        self._picture = made.getvalue()

    async def screenshot(self, **_: Any) -> bytes:
        return self._picture

    async def evaluate(self, *_: Any) -> list[Any]:
        return []  # nothing private on it

    async def goto(self, *_: Any, **__: Any) -> None:
        return None

    def is_closed(self) -> bool:
        return False


class _InstantAgent:
    """Does what an agent does, in no time: everything that is left is ours."""

    def __init__(self, like: Any) -> None:
        self._like = like
        self.number = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._like, name)

    async def sign_in_state(self, page: Any) -> SignIn:
        return SignIn(signed_in=True, account="bench")

    async def open_form(self, page: Any, attempt: Any) -> None:
        return None

    async def fill(self, page: Any, attempt: Any) -> list[FieldReport]:
        for name in ("photos", "title", "description", "category", "price"):
            await attempt.progress(f"fill {name}", {})
        return self._reports()

    async def read_back(self, page: Any, attempt: Any) -> list[FieldReport]:
        return self._reports()

    async def prepare_publish(self, page: Any, attempt: Any) -> Baseline:
        return Baseline(draft_id=None, known_ids=())

    async def publish(self, page: Any, attempt: Any, intent: Any) -> Proof:
        attempt.may_press()
        self.number += 1
        return Proof(kind=ProofKind.RESPONSE, external_id=f"b{self.number}", url=_Page.url, at=utc_now())

    async def live_pictures(self, page: Any, external_id: str) -> list[bytes]:
        return list(demo_photos())

    @staticmethod
    def _reports() -> list[FieldReport]:
        return [FieldReport(field=f"field {number}", meant="x", on_form="x", same=True) for number in range(14)]


class _Counted:
    """A transport that counts its calls, and knows when the posting was live."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls = 0
        self.live_at = self.used = 0.0

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        self.calls += 1
        answer = self.inner.call(function, parameters)
        if function == "finish_posting":
            self.live_at, self.used = time.perf_counter(), time.process_time()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def measure_overhead(place: Place, result: Result, runs: int) -> None:
    """Seconds, SQL calls and Redis commands of a posting whose browser takes no time."""
    site = "mercari"
    agent = _InstantAgent(get_agent(site))
    page = _Page()

    @asynccontextmanager
    async def no_browser(*_: Any, **__: Any) -> AsyncIterator[Lease]:
        yield Lease(context=SimpleNamespace(), page=page)  # type: ignore[arg-type]

    async def nothing_refused(*_: Any) -> list[str]:
        return []

    async def same_session(context: Any, page: Any, session: Any) -> Any:
        return session

    counted = _Counted(place.resources.store._transport)
    resources = place.resources
    store, resources.store = resources.store, Store(counted)
    live, busy, whole, calls, commands = [], [], [], [], []
    try:
        with (
            patch.object(job_processor, "get_agent", lambda _: agent),
            patch.object(attempt, "open_browser", no_browser),
            patch.object(attempt, "restore", nothing_refused),
            patch.object(attempt, "capture", same_session),
        ):
            page.context = SimpleNamespace()  # type: ignore[attr-defined]
            for number in range(runs + 1):
                seller = place.seller(site)
                (posting,) = seller.post(seller.create_listing(), site)
                counted.calls, before = 0, _commands(place)
                began, used = time.perf_counter(), time.process_time()
                asyncio.run(job_processor.process_posting(resources, posting["id"]))
                took = time.perf_counter() - began
                after = _commands(place)
                done = store.get_posting(posting["id"])
                assert done is not None
                assert done["state"] == "live", done["reason"]
                if number:  # the first one pays for what is loaded once
                    live.append((counted.live_at - began) * 1000)
                    busy.append((counted.used - used) * 1000)
                    whole.append(took * 1000)
                    calls.append(float(counted.calls))
                    commands.append(float(after - before - 1))
    finally:
        resources.store = store
    note = "once a posting is live the report's pictures are covered, photos compared and the session is sealed anew"
    result.add("overhead", "one posting without the browser, claim to live", "ms", live, goal=60, note=note)
    result.add("overhead", "processor time of that in the worker", "ms", busy)
    result.add("overhead", "one posting without the browser, to the very end", "ms", whole, note=note)
    result.add("overhead", "SQL calls of one posting", "", calls)
    result.add("overhead", "Redis commands of one posting", "", commands)


def measure_idle(place: Place, result: Result) -> None:
    """A worker with three processes and nothing to do."""
    settings = place.resources.settings
    assert settings.redis_url is not None
    assert settings.database_url is not None
    part = Part(
        "worker",
        ["worker"],
        {
            "DATA_DIR": str(settings.data_dir),
            "REDIS_URL": settings.redis_url.get_secret_value(),
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "SESSION_ENCRYPTION_KEY": SECRET,
        },
        place.folder / "logs",
    )
    try:
        come_to_rest(part.process.pid)
        part.check()
        pids = family([part.process.pid])
        before, used = _commands(place), processor(pids)
        time.sleep(IDLE_SECONDS)
        commands = (_commands(place) - before - 1) / IDLE_SECONDS
        busy = (processor(pids) - used) / IDLE_SECONDS * 100
        result.add("idle", "Redis commands per second of an idle worker", "/s", [commands])
        result.add("idle", "processor of an idle worker", "% of a core", [busy])
        result.add("idle", "memory (PSS) of an idle worker", "MB", [sum(map(pss, pids))])
    finally:
        part.stop()


def _commands(place: Place) -> int:
    info: dict[str, Any] = place.resources.redis.info("stats")
    return int(info["total_commands_processed"])
