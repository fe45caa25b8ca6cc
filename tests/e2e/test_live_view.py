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
from playwright.async_api import Page, async_playwright, expect
from redis.asyncio import Redis as LineRedis

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.api.app import create_app
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import Owner, ensure_owner
from listing_worker.api.serve import make_server
from listing_worker.demo.photos import demo_photos
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
        await stage.click(page, 540, 362)  # the words beside the box
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
    assert listing["status"] == "live" and len(listing["photos"]) == len(demo_photos())
    assert stage.seller.sandbox.received("mercari")["publish_requests"] == report["publish_presses"] == 1


def test_a_code_is_typed_with_the_keyboard_and_the_posting_goes_live(
    make_stage: MakeStage, browser_page: Page, run_async: RunAsync, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = make_stage("poshmark")
    stage.seller.sandbox.set_faults("poshmark", challenge=True)
    spot = asyncio.run(where(stage, "https://poshmark.com/verify/security-code", "[name=code]"))
    posting, attempt = stage.post("poshmark")

    async def scenario() -> None:
        page = browser_page
        await page.set_viewport_size({"width": 360, "height": 760})
        await stage.step_in(page, posting)
        SHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SHOTS / "live-view-phone.png", full_page=True)
        await stage.click(page, *spot)
        await page.keyboard.type("999999")
        for _ in range(6):
            await page.keyboard.press("Backspace")
        await page.keyboard.type("12")
        await page.get_by_label("Type").fill("3456")  # as a phone without keys does it
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("button", name="Enter").click()
        await page.wait_for_url("**/jobs/*")
        await expect(page.get_by_text("1 of 1 live")).to_be_visible()

    run_async(scenario())
    attempt.result(60)
    assert stage.now(posting)["state"] == "live"
    assert len(stage.seller.received("poshmark", posting)) == 1
    assert stage.seller.sandbox.received("poshmark")["publish_requests"] == 1
    told = "".join(capfd.readouterr())
    assert "123456" not in told and "999999" not in told
    [use] = stage.seller.resources.store.list_session_uses(stage.owner.user_id)
    assert (use["marketplace"], use["purpose"], use["attempt"]) == ("poshmark", "posting", 1)


def test_who_gives_up_is_told_what_to_do_on_the_site_and_may_try_again(
    make_stage: MakeStage, browser_page: Page, run_async: RunAsync
) -> None:
    stage = make_stage("mercari")
    stage.seller.sandbox.set_faults("mercari", challenge=True)
    posting, attempt = stage.post("mercari")

    async def scenario() -> None:
        page = browser_page
        await stage.step_in(page, posting)
        await page.get_by_role("button", name="Give up").click()
        await expect(page.get_by_text("You gave up.")).to_be_visible()
        await page.get_by_role("link", name="Back to the job").click()
        row = page.locator("[data-marketplace=mercari]")
        await expect(row.get_by_role("button", name="I have done it, go on")).to_be_visible()
        await expect(row).to_contain_text("asks to verify that you are you")
        await page.goto(f"{stage.url}/postings/{posting['id']}/continue")
        await expect(page.get_by_text("There is nothing to answer")).to_be_visible()

    run_async(scenario())
    attempt.result(60)
    assert stage.now(posting)["state"] == "action_required"
    assert stage.seller.received("mercari", posting) == []


async def where(stage: Stage, url: str, selector: str) -> tuple[float, float]:
    """The middle of an element of a replica's page, as a browser of the worker's size shows it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*base_arguments(), *stage.seller.sandbox.file.chromium_arguments()]
        )
        page = await browser.new_page(viewport={"width": SITE_PAGE[0], "height": SITE_PAGE[1]})
        await page.goto(url)
        box = await page.locator(selector).bounding_box()
        await browser.close()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
