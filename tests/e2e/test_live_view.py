"""A challenge in the middle of an attempt, answered by its seller through the live view: as a person does it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from redis.asyncio import Redis as LineRedis

from listing_worker.api.app import create_app
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import Owner, ensure_owner
from listing_worker.api.serve import make_server
from listing_worker.orchestration.job_processor import process_posting
from listing_worker.storage.rows import PostingRow
from tests.api.web.conftest import SHOTS
from tests.e2e.seller import Seller, signed_in_session
from tests.fixtures.chromium import RunAsync

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(150)]
WAIT = 30_000  # ms
SITE_PAGE = (1280, 900)  # the worker's page, CSS pixels
expect.set_options(timeout=WAIT)


@dataclass
class Stage:
    """A seller, the pages they look at, and a worker that posts meanwhile."""

    seller: Seller
    url: str
    owner: Owner
    workers: ThreadPoolExecutor

    def post(self, site: str, **changes: Any) -> tuple[PostingRow, Future[Any]]:
        """Posts to one site; the attempt runs in a thread of its own."""
        [posting] = self.seller.post(self.seller.create_listing(**changes), site)
        resources = self.seller.resources
        return posting, self.workers.submit(lambda: asyncio.run(process_posting(resources, posting["id"])))

    async def sign_in(self, page: Page, posting: PostingRow) -> None:
        await page.goto(f"{self.url}/jobs/{posting['job_id']}#token={self.owner.token()}")
        await page.wait_for_url(f"**/jobs/{posting['job_id']}")

    async def step_in(self, page: Page, posting: PostingRow) -> None:
        """From the job page, by its one button, until the picture shows."""
        await self.sign_in(page, posting)
        row = page.locator(f"[data-marketplace={posting['marketplace']}]")
        await expect(row).to_contain_text("Needs you")
        await row.get_by_role("link", name="Continue in my browser").click()
        await self.sees(page)

    async def sees(self, page: Page) -> None:
        await expect(page.locator("#live")).to_have_attribute("data-state", "open")
        await expect(page.locator("#screen")).to_have_attribute("data-shown", re.compile(r"\d+"))

    async def click(self, page: Page, x: float, y: float) -> None:
        """Where the site's own page has this spot."""
        box = await page.locator("#screen").bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + x / SITE_PAGE[0] * box["width"], box["y"] + y / SITE_PAGE[1] * box["height"])

    def now(self, posting: PostingRow) -> PostingRow:
        row = self.seller.resources.store.get_posting(posting["id"])
        assert row is not None
        return row

    def steps(self, posting: PostingRow) -> list[str]:
        return [each["step"] for each in self.now(posting)["report"]["steps"]]


@contextmanager
def served(seller: Seller, folder: Path) -> Iterator[tuple[str, Owner]]:
    """The pages, for this seller."""
    resources, owner = seller.resources, ensure_owner(folder)
    address = resources.settings.redis_address
    app = create_app(
        resources.settings, store=resources.store, photos=resources.photos, queue=resources.queue,
        events=resources.events, marketplaces=RegisteredMarketplaces(), owner=owner,
        connect_line=lambda: LineRedis.from_url(address),
    )  # fmt: skip
    ports: list[int] = []
    started = threading.Event()

    def ready(port: int) -> None:
        ports.append(port)
        started.set()

    server = make_server(app, host="127.0.0.1", port=0, ready=ready)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert started.wait(20)
    try:
        yield f"http://127.0.0.1:{ports[0]}", owner
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(seller: Seller, tmp_path: Path) -> Iterator[MakeStage]:
    """A stage on which the seller is signed in to one site."""
    with served(seller, tmp_path) as (url, owner), ThreadPoolExecutor(1) as workers:

        def make(site: str, **settings: Any) -> Stage:
            seller.user_id = owner.user_id
            seller.resources = replace(seller.resources, settings=seller.resources.settings.model_copy(update=settings))
            seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, site)))
            return Stage(seller, url, owner, workers)

        yield make


def test_a_captcha_over_the_form_is_answered_and_the_form_goes_on_where_it_stopped(
    make_stage: MakeStage, browser_page: Page, run_async: RunAsync
) -> None:
    stage = make_stage("mercari")
    stage.seller.sandbox.set_faults("mercari", variant="captcha")
    posting, attempt = stage.post("mercari")

    async def scenario() -> None:
        page = browser_page
        await stage.step_in(page, posting)
        SHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SHOTS / "live-view.png", full_page=True)
        await page.reload()
        await stage.sees(page)
        await stage.click(page, 460, 362)
        await expect(page.locator("#live")).to_have_attribute("data-state", "done")
        await page.wait_for_url("**/jobs/*")
        await expect(page.get_by_text("1 of 1 live")).to_be_visible()

    run_async(scenario())
    attempt.result(60)
    assert stage.now(posting)["state"] == "live"
    steps = stage.steps(posting)
    assert steps.count("needs_you") == steps.count("goes_on") == 1
    filled = [step for step in steps if step.startswith("fill ")]
    assert len(filled) == len(set(filled)), "no field was begun twice"
    report = stage.now(posting)["report"]
    assert report["fields_equal"] == report["fields_checked"] > 8
    [listing] = stage.seller.received("mercari", posting)
    assert listing["status"] == "live" and len(listing["photos"]) == 3
    assert stage.seller.sandbox.received("mercari")["publish_requests"] == report["publish_presses"] == 1
