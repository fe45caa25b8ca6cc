"""The wait for the seller, on a real page: when it ends, how, and what becomes of a press by hand."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from playwright.async_api import Page, Response
from redis.asyncio import Redis

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.recipe import PublishRequest
from listing_worker.errors import Cancelled, ChallengeShown, Draining, LeaseLost, PublishUncertain
from listing_worker.live_view.line import Frame, ViewerEnd
from listing_worker.live_view.person import Person
from listing_worker.orchestration.ledger import Hold, Phase
from listing_worker.storage.store import Store
from tests.fixtures.chromium import RunAsync

pytestmark = pytest.mark.browser
PAGE = b"""<!doctype html><title>Form</title><style>body{margin:0}
#captcha,button{position:absolute;left:0;width:200px;height:100px} button{top:200px}</style>
<input id=title value="kept"><div id=captcha onclick="this.remove()">I am a person</div>
<button onclick="fetch('/publish',{method:'POST'})">List</button>"""
ASKED = ChallengeShown("Testmarket asks to verify that you are you.")


@dataclass
class Site:
    """A page with a challenge over it, and what was published."""

    url: str = ""
    published: list[float] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(PAGE)

        def do_POST(self) -> None:
            made.published.append(time.monotonic())
            self._answer(b"{}")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


class Agent:
    display_name = "Testmarket"
    publish_request = PublishRequest(url=r"/publish")

    async def challenge(self, page: Page, response: Response | None = None) -> ChallengeShown | None:
        return ASKED if await page.locator("#captcha").count() else None


class Views:
    """The store's part: one ticket, and whether the view is open."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.closed = 0

    def open_live_view(self, posting_id: str, fence: int, key: str, seconds: float, reason: Any) -> str | None:
        self.key = key
        return "2030-01-01T00:00:00Z"

    def take_viewer(self, *_: object) -> bool:
        return True

    def close_live_view(self, *_: object) -> bool:
        self.closed += 1
        return True


@dataclass
class Held:
    """A hold that is told what interrupts it."""

    phase: Phase = Phase.FILLING
    interrupted_by: Exception | None = None
    fence: int = 1
    posting: dict[str, str] = field(default_factory=lambda: {"id": "p"})

    def check(self) -> None:
        if self.interrupted_by is not None and self.phase is Phase.FILLING:
            raise self.interrupted_by


@dataclass
class Scene:
    """A person asked on a page. `told` are the steps; `committed` when an intent was."""

    page: Page
    redis_url: str
    seconds: float = 20
    views: Views = field(default_factory=Views)
    hold: Held = field(default_factory=Held)
    told: list[str] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)
    refuses: Exception | None = None
    connections: list[Redis] = field(default_factory=list)

    async def ask(self) -> None:
        async def tell(step: str, _: dict[str, Any]) -> None:
            self.told.append(step)

        async def commit(_: Page) -> None:
            if self.refuses is not None:
                raise self.refuses
            await asyncio.sleep(0.2)
            self.committed.append(time.monotonic())
            self.hold.phase = Phase.PUBLISHING

        await Person(
            cast(Store, self.views), cast(Hold, self.hold), cast(MarketplaceAgent, Agent()),
            lambda: Redis.from_url(self.redis_url), self.seconds, tell, nullcontext, commit,
        ).answer(self.page, ASKED)  # fmt: skip

    async def viewer(self) -> tuple[ViewerEnd, Frame]:
        """Comes as soon as it is open; the first picture."""
        while True:
            await asyncio.sleep(0.05)
            if self.views.key is None:
                continue
            self.connections.append(Redis.from_url(self.redis_url))
            end = ViewerEnd(self.connections[-1], "p", 1, self.views.key, "t")
            async with aclosing(end.answers()) as answers:
                async for told in answers:
                    if isinstance(told, Frame):
                        return end, told
                    if told is not None and told["t"] == "nobody":
                        break

    async def click(self, end: ViewerEnd, frame: Frame, x: float, y: float) -> None:
        spot = {"t": "mouse", "x": x / frame.width, "y": y / frame.height, "button": "left", "clicks": 1}
        await end.send({**spot, "e": "mousePressed", "buttons": 1})
        await end.send({**spot, "e": "mouseReleased"})


@pytest.fixture
def scene(site: Site, browser_page: Page, redis_url: str, run_async: RunAsync) -> Iterator[Scene]:
    run_async(browser_page.goto(site.url))
    made = Scene(browser_page, redis_url)
    yield made
    for each in made.connections:
        run_async(each.aclose())


def test_a_click_from_afar_answers_it_and_the_form_is_as_it_was(scene: Scene, run_async: RunAsync) -> None:
    async def play() -> None:
        asking = asyncio.create_task(scene.ask())
        end, frame = await scene.viewer()
        assert (frame.width, frame.height) == (1280, 900) and frame.jpeg.startswith(b"\xff\xd8")
        await scene.click(end, frame, 100, 50)
        await asyncio.wait_for(asking, 15)
        assert await scene.page.locator("#title").input_value() == "kept"

    run_async(play())
    assert scene.told == ["needs_you", "goes_on"] and scene.views.closed == 1


@pytest.mark.slow
def test_nobody_comes_in_time_and_it_ends_as_it_would_have(scene: Scene, run_async: RunAsync) -> None:
    scene.seconds = 1.2
    with pytest.raises(ChallengeShown) as ended:
        run_async(scene.ask())
    assert ended.value is ASKED and scene.views.closed == 1


@pytest.mark.slow
def test_switched_off_nothing_is_opened(scene: Scene, run_async: RunAsync) -> None:
    scene.seconds = 0
    with pytest.raises(ChallengeShown):
        run_async(scene.ask())
    assert scene.views.key is None and scene.told == []


@pytest.mark.slow
@pytest.mark.parametrize("why", [LeaseLost("gone"), Cancelled("cancelled"), Draining("stopping")])
def test_what_stops_an_attempt_stops_the_wait(why: Exception, scene: Scene, run_async: RunAsync) -> None:
    async def play() -> None:
        asking = asyncio.create_task(scene.ask())
        await asyncio.sleep(0.3)
        scene.hold.interrupted_by = why
        with pytest.raises(type(why)):
            await asyncio.wait_for(asking, 15)

    run_async(play())
    assert scene.views.closed == 1


@pytest.mark.slow
def test_between_press_and_proof_a_drain_leaves_it_to_be_looked_for(scene: Scene, run_async: RunAsync) -> None:
    scene.hold.phase, scene.hold.interrupted_by = Phase.PUBLISHING, Draining("stopping")
    with pytest.raises(PublishUncertain):
        run_async(scene.ask())


def test_a_press_by_hand_leaves_only_after_the_intent_and_is_looked_for(
    site: Site, scene: Scene, run_async: RunAsync
) -> None:
    async def play() -> None:
        asking = asyncio.create_task(scene.ask())
        end, frame = await scene.viewer()
        await scene.click(end, frame, 100, 250)
        with pytest.raises(PublishUncertain):
            await asyncio.wait_for(asking, 20)

    run_async(play())
    assert len(site.published) == len(scene.committed) == 1
    assert site.published[0] > scene.committed[0]


@pytest.mark.slow
def test_a_press_by_hand_that_may_not_be_never_reaches_the_site(site: Site, scene: Scene, run_async: RunAsync) -> None:
    scene.refuses = LeaseLost("Another worker has this posting now.")

    async def play() -> None:
        asking = asyncio.create_task(scene.ask())
        end, frame = await scene.viewer()
        await scene.click(end, frame, 100, 250)
        await asyncio.sleep(0.5)
        await end.send({"t": "give_up"})
        with pytest.raises(ChallengeShown):
            await asyncio.wait_for(asking, 15)

    run_async(play())
    assert site.published == [] and scene.committed == []
