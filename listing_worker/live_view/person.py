"""The wait for the seller: the attempt keeps its browser open, shows it to its owner, and goes on when it may.

The lease, the wish to cancel, draining and the self-fence hold as ever: the heartbeat is a thread of its own, whatever
stops an attempt stops the wait, and with it the browser. Nothing here presses anything. If the seller publishes by
hand while they are at it, the intent is committed before their request may leave; then it is looked for like any other
press without proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response, Route
from redis.asyncio import Redis
from redis.exceptions import RedisError

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.dry_run import is_publish
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.errors import ChallengeShown, LeaseLost, ListingWorkerError, PublishUncertain
from listing_worker.live_view.line import BrowserEnd, ticket_hash
from listing_worker.live_view.screen import Screen, hands
from listing_worker.orchestration.ledger import Hold, Phase
from listing_worker.storage.errors import StoreError
from listing_worker.storage.store import Store

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 0.5  # seconds between looks whether the challenge is gone
GONE_FOR: Final = 2  # looks in a row: pages flicker while they are replaced
ANSWER_WITHIN: Final = 15.0  # seconds for the answer to what the seller published by hand to come in


@dataclass
class Stay:
    """How one wait stands."""

    until: str
    ends: float  # on the monotonic clock
    done: bool = False  # the seller says so
    gave_up: bool = False
    by_hand: bool = False  # the seller pressed publish, and the intent is committed


@dataclass
class Person:
    """Asks the seller of one attempt to step in. `seconds` is for all waits of the attempt together; 0 = never.

    `told(step, fields)` reports to the job page; `resting()` stops the attempt's own time limit; `commit(page)` commits
    the intent for a press that the seller makes. `elsewhere`: the provider's own live view, which is told to the owner
    alone and kept nowhere.
    """

    store: Store
    hold: Hold
    agent: MarketplaceAgent
    connect: Callable[[], Redis]
    seconds: float
    told: Callable[[str, dict[str, Any]], Awaitable[None]]
    resting: Callable[[], AbstractContextManager[None]]
    commit: Callable[[Page], Awaitable[None]]
    elsewhere: str | None = field(default=None, repr=False)
    asked: bool = False  # whether the page was shown to anybody who might have typed into it

    async def answer(self, page: Page, asked: ChallengeShown) -> None:
        """Returns when what was asked is gone, or the seller says so. Raises `asked` when nobody came in time or the
        seller gives up; PublishUncertain when the seller has published; what stops the attempt."""
        if self.seconds < 1:
            raise asked
        self.asked = True
        began = time.monotonic()
        redis = self.connect()
        try:
            with self.resting():
                await self._wait(page, asked, redis)
        finally:
            self.seconds -= time.monotonic() - began
            await redis.aclose()

    async def _wait(self, page: Page, asked: ChallengeShown, redis: Redis) -> None:
        posting_id, fence = self.hold.posting["id"], self.hold.fence

        async def admits(ticket: str) -> bool:
            try:
                return await asyncio.to_thread(self.store.take_viewer, posting_id, fence, ticket_hash(ticket))
            except StoreError:
                return False

        line = BrowserEnd(redis, posting_id, fence, admits)
        until = await asyncio.to_thread(
            self.store.open_live_view, posting_id, fence, line.public_key, self.seconds, asked.reason.model_dump()
        )
        if until is None:
            raise LeaseLost("The posting is not ours any more.")
        stay = Stay(until, time.monotonic() + self.seconds)
        why = "ended"
        tasks: list[asyncio.Task[None]] = []
        try:
            await self.told("needs_you", {"until": until, "reason": asked.reason.model_dump()})
            async with Screen(page).shown() as screen, self._publishing_by_hand(page, stay):
                tasks += [
                    asyncio.create_task(self._listen(line, screen, stay)),
                    asyncio.create_task(_show(line, screen)),
                ]
                why = await self._until_answered(page, stay)
            log.info("The seller's turn has ended.", action="live_view", why=why, watched=line.watched)
            if why in {"timeout", "gave_up"}:
                raise asked
            await self.told("goes_on", {})
        finally:
            for task in tasks:
                task.cancel()
            await line.tell({"t": "end", "why": why})
            with contextlib.suppress(StoreError):
                await asyncio.to_thread(self.store.close_live_view, posting_id, fence)

    async def _until_answered(self, page: Page, stay: Stay) -> str:
        """ "done", "timeout" or "gave_up"."""
        async with _main_answers(page) as answers:
            by_signs = await self.agent.challenge(page) is not None
            gone = 0
            while True:
                await asyncio.sleep(LOOK_EVERY)
                if stay.by_hand:
                    name = self.agent.display_name
                    raise PublishUncertain(f"You pressed publish on {name} yourself; looking for the listing there.")
                self.hold.check()
                if (stopped := self.hold.interrupted_by) is not None:  # after the intent nobody cancels us
                    raise stopped if isinstance(stopped, LeaseLost) else _no_time()
                if stay.gave_up:
                    return "gave_up"
                if stay.done:
                    return "done"
                if time.monotonic() >= stay.ends:
                    return "timeout"
                # what was told by a status code alone is gone with the next good answer
                if (by_signs or answers) and await self.agent.challenge(page, answers[-1] if answers else None) is None:
                    gone += 1
                    if gone >= GONE_FOR:
                        return "done"
                else:
                    gone = 0

    async def _listen(self, line: BrowserEnd, screen: Screen, stay: Stay) -> None:
        """Does what the viewer does, in order. A Redis that is away is asked again."""
        while True:
            try:
                async for message in line.messages():
                    await self._heard(message, line, screen, stay)
            except (RedisError, OSError):
                await asyncio.sleep(1)

    async def _heard(self, message: dict[str, Any], line: BrowserEnd, screen: Screen, stay: Stay) -> None:
        match message.get("t"):
            case "hello":
                log.info("The seller has come.", action="live_view")
                await line.tell({"t": "welcome", "until": stay.until, "elsewhere": self.elsewhere})
                screen.show_again()
            case "done":
                stay.done = True
            case "give_up":
                stay.gave_up = True
            case _:
                if (event := hands(message)) is not None:
                    await screen.act(event)

    @asynccontextmanager
    async def _publishing_by_hand(self, page: Page, stay: Stay) -> AsyncIterator[None]:
        """While nothing is committed, a publish request waits until the intent is."""
        wanted = self.agent.publish_request
        if wanted is None or self.hold.phase is not Phase.FILLING:
            yield
            return

        async def hold(route: Route) -> None:
            if not is_publish(route.request, wanted):
                await route.fallback()
                return
            if not stay.by_hand:
                try:
                    await self.commit(page)
                except (ListingWorkerError, PlaywrightError) as error:
                    log.warning(
                        "What the seller wanted to publish was held back.",
                        action="live_view",
                        error=type(error).__name__,
                    )
                    await route.abort("blockedbyclient")
                    return
            await route.continue_()
            with contextlib.suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(route.request.response(), ANSWER_WITHIN)
            stay.by_hand = True

        pattern = re.compile(wanted.url)
        await page.context.route(pattern, hold)
        try:
            yield
        finally:
            with contextlib.suppress(PlaywrightError):
                await page.context.unroute(pattern, hold)


async def _show(line: BrowserEnd, screen: Screen) -> None:
    async for frame in screen.frames():
        await line.show(frame)


@asynccontextmanager
async def _main_answers(page: Page) -> AsyncIterator[list[Response]]:
    """The answers that brought the page's main document, from here on."""
    seen: list[Response] = []

    def on_response(response: Response) -> None:
        try:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                seen.append(response)
                del seen[:-1]
        except PlaywrightError as error:
            raise_if_gone(error)

    page.on("response", on_response)
    try:
        yield seen
    finally:
        page.remove_listener("response", on_response)


def _kind(error: Exception) -> str:
    return type(error).__name__


def _no_time() -> PublishUncertain:
    return PublishUncertain("Pressed, and the worker had to stop while the marketplace asked for you.")
