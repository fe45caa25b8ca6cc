"""A person at the pages, who signs in by the owner's link; and a worker that is played."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.models import Intent
from listing_worker.storage import rows
from tests.api.conftest import Api, Served

SHOTS = Path(os.environ.get("DATA_DIR", Path(__file__).resolve().parents[3] / ".run")) / "screenshots"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WAIT = 20_000  # ms; the machine may be busy with other tests
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 760}


@dataclass
class PlayedWorker:
    """Moves postings as a worker would: through the store's own functions, and with progress events."""

    served: Served
    fences: dict[str, int] = field(default_factory=dict)

    def posting(self, job_id: str, marketplace: str) -> rows.PostingRow:
        api = self.served.api
        job = api.store.get_job(api.owner.user_id, job_id)
        assert job is not None
        return next(p for p in job["postings"] if p["marketplace"] == marketplace)

    def begin(self, job_id: str, marketplace: str, *steps: str) -> None:
        """Claims the posting and reports the steps."""
        posting = self.posting(job_id, marketplace)
        claim = self.served.api.store.claim_posting(posting["id"], "test", 60)
        assert claim["claimed"], claim
        self.fences[posting["id"]] = claim["posting"]["fence"]
        for step in steps:
            self.step(job_id, marketplace, step)

    def step(self, job_id: str, marketplace: str, step: str) -> None:
        posting = self.posting(job_id, marketplace)
        event = {"posting_id": posting["id"], "marketplace": marketplace, "state": "running", "step": step}
        self.served.events.publish(job_id, event)

    def live(self, job_id: str, marketplace: str) -> str:
        """Presses and proves; returns the address."""
        posting = self.posting(job_id, marketplace)
        fence = self.fences[posting["id"]]
        intent = Intent(fingerprint="f", title="t", price_cents=4800, photo_count=1)
        assert self.served.api.store.record_intent(posting["id"], fence, intent)
        url = f"https://www.{marketplace}.com/item/1234"
        proof = {"kind": "response", "external_id": "1234", "url": url, "at": "2026-01-30T10:00:00Z"}
        fields = [
            {"field": name, "meant": value, "on_form": value, "same": True}
            for name, value in (("title", "Floral Wrap Midi Dress"), ("price", "48.00"), ("condition", "Good"))
        ]
        report = {"fields_checked": 3, "fields_equal": 3, "publish_presses": 1, "fields": fields, "screenshots": {}}
        done = self.served.api.store.finish_posting(
            posting["id"],
            fence,
            {"state": "live", "proof": proof, "external_id": "1234", "url": url, "reason": None, "report": report},
        )
        assert done["finished"]
        return url

    def end(self, job_id: str, marketplace: str, state: str, again_in: float | None = None, **reason: Any) -> None:
        posting = self.posting(job_id, marketplace)
        reason = {"action": None, "field": None, **reason}
        outcome: Any = {"state": state, "reason": reason, "again_in": again_in, "report": {}}
        assert self.served.api.store.finish_posting(posting["id"], self.fences[posting["id"]], outcome)["finished"]


@pytest.fixture
def worker(served: Served) -> PlayedWorker:
    return PlayedWorker(served)


@dataclass
class Person:
    """Somebody with a browser. `errors` are what the page threw or its content policy refused."""

    page: Page
    served: Served
    errors: list[str] = field(default_factory=list)
    grave: list[Any] = field(default_factory=list)  # what axe-core found; the test fails at its end if there is any

    @property
    def api(self) -> Api:
        return self.served.api

    async def sign_in(self, token: str | None = None, to: str = "/") -> None:
        await self.page.goto(f"{self.served.url}{to}#token={token or self.api.owner.token()}")
        await self.page.wait_for_url(re.compile(rf"{re.escape(self.served.url)}(?!/sign-in)"), timeout=WAIT)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.served.url}{path}")

    async def looks(self, name: str) -> None:
        """Pictures of the page in light, dark and on a phone; nothing scrolls sideways, axe finds nothing."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for look, scheme, size in (("light", "light", DESKTOP), ("dark", "dark", DESKTOP), ("phone", "light", PHONE)):
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            await self.page.set_viewport_size(size)  # type: ignore[arg-type]
            if not await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                self.grave.append((f"{name}, {look}", "scrolls sideways"))
            await self.page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
            await self.accessible(f"{name}, {look}")
        await self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]

    async def accessible(self, where: str) -> None:
        """axe-core finds nothing serious or critical."""
        axe = AXE.read_text()
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(axe)  # by the debugger: the page's content policy would refuse a script tag
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            (v["id"], [n["html"][:160] for n in v["nodes"]])
            for v in found["violations"]
            if v["impact"] in {"serious", "critical"}
        ]
        self.grave.extend((where, *each) for each in grave)


MakePerson = Callable[[Page], Person]


@pytest.fixture
def person(served: Served, browser_page: Page, run_async: Any) -> Iterator[Person]:
    """The owner's browser, not signed in yet. The test fails if a page threw or broke its content policy."""
    made = Person(browser_page, served)

    async def listen() -> None:  # subscribing needs the running loop
        browser_page.on("pageerror", lambda error: made.errors.append(str(error)))
        browser_page.on("console", lambda line: made.errors.append(line.text) if line.type == "error" else None)

    run_async(listen())
    yield made
    assert made.errors == []
    assert made.grave == []
