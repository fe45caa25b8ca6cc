"""What our own machinery costs: a posting with everything but the browser, and a worker that has nothing to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from bench.figures import Result
from bench.place import Place
from listing_worker.agents.base import Baseline, SignIn
from listing_worker.agents.browsers.base import Lease
from listing_worker.agents.registry import get_agent
from listing_worker.embedded.system import Part
from listing_worker.models import FieldReport, Proof, ProofKind
from listing_worker.orchestration import attempt, job_processor
from listing_worker.storage.store import Store
from listing_worker.utils.clock import utc_now
from tests.e2e.seller import SECRET

IDLE_SECONDS = 8.0


class _Page:
    """A page that costs nothing."""

    url = "https://nothing.example/item/1"

    async def screenshot(self, **_: Any) -> bytes:
        return b"\xff\xd8" + b"0" * 60_000

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

    @staticmethod
    def _reports() -> list[FieldReport]:
        return [FieldReport(field=f"field {number}", meant="x", on_form="x", same=True) for number in range(14)]


class _Counted:
    """A transport that counts its calls."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls = 0

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        self.calls += 1
        return self.inner.call(function, parameters)

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
    seconds, calls, commands = [], [], []
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
                began = time.perf_counter()
                asyncio.run(job_processor.process_posting(resources, posting["id"]))
                took = time.perf_counter() - began
                after = _commands(place)
                done = store.get_posting(posting["id"])
                assert done is not None
                assert done["state"] == "live", done["reason"]
                if number:  # the first one pays for what is loaded once
                    seconds.append(took * 1000)
                    calls.append(float(counted.calls))
                    commands.append(float(after - before - 1))
    finally:
        resources.store = store
    result.add("overhead", "orchestration of one posting, without the browser", "ms", seconds, goal=60)
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
    from bench.postings import family, pss

    try:
        time.sleep(4)  # until it has started
        part.check()
        pids = family([part.process.pid])
        before, used = _commands(place), sum(map(_processor, pids))
        time.sleep(IDLE_SECONDS)
        commands = (_commands(place) - before - 1) / IDLE_SECONDS
        processor = (sum(map(_processor, pids)) - used) / IDLE_SECONDS * 100
        result.add("idle", "Redis commands per second of an idle worker", "/s", [commands])
        result.add("idle", "processor of an idle worker", "% of a core", [processor])
        result.add("idle", "memory (PSS) of an idle worker", "MB", [sum(map(pss, pids))])
    finally:
        part.stop()


def _commands(place: Place) -> int:
    info: dict[str, Any] = place.resources.redis.info("stats")
    return int(info["total_commands_processed"])


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    import os
    from pathlib import Path

    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
