"""What keeps a dry run dry: no publish request leaves the browser, and no draft stays behind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import BrowserContext, Page, Request, Route

from listing_worker.agents.after.data import Discard
from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.browsers.appearance import open_tab
from listing_worker.agents.form.locate import NO_WORDS, Words, find, is_visible
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.page_signs import visit
from listing_worker.agents.recipe import PublishRequest

TRIES = 4  # presses before a page's script has taken over are lost
PRESS_WAIT = 1_500  # milliseconds for what follows a press
DONE_WITHIN = 10_000


@dataclass
class Guard:
    """`stopped`: publish requests that were held back. Anything but 0 is a defect of a recipe."""

    stopped: int = 0


@asynccontextmanager
async def publish_guard(context: BrowserContext, agent: MarketplaceAgent) -> AsyncIterator[Guard]:
    """For the length of the block, no publish request that the marketplace's data can name leaves the browser."""
    guard = Guard()
    wanted = agent.publish_request
    if wanted is None:
        yield guard
        return

    async def hold(route: Route) -> None:
        if is_publish(route.request, wanted):
            guard.stopped += 1
            await route.abort("blockedbyclient")
        else:
            await route.fallback()

    pattern = re.compile(wanted.url)
    await context.route(pattern, hold)
    try:
        yield guard
    finally:
        await context.unroute(pattern, hold)


def is_publish(request: Request, wanted: PublishRequest) -> bool:
    if request.method != wanted.method or not re.search(wanted.url, request.url):
        return False
    return not wanted.body or wanted.body.encode() in (request.post_data_buffer or b"")


class Leaves(Protocol):
    """What leaving a form needs of an agent."""

    @property
    def display_name(self) -> str: ...
    @property
    def discard(self) -> Discard | None: ...


async def discard(agent: Leaves, page: Page, draft_id: str | None, *, form_open: bool) -> str:
    """Leaves the form, or removes the draft that it left, as the marketplace's data says. Returns "" if nothing stays
    behind, else a sentence for the seller. The form's page may be closed."""
    how = agent.discard
    if how is None or (how.url and not draft_id) or (not how.url and not form_open):
        return ""
    words = {"draft_id": draft_id or ""}
    if how.url:
        if form_open:  # a form that is left by going elsewhere asks whether to leave, and saves once more
            form, page = page, await open_tab(page.context)
            await form.close()
        await visit(page, how.url)
    await _press_all(page, how, words)

    async def left() -> bool:
        return await _is_done(page, how, words)

    if await until(left, Deadline(DONE_WITHIN)):
        return ""
    return f"A draft is left on {agent.display_name}{f' ({draft_id})' if draft_id else ''}: delete it there by hand."


async def _press_all(page: Page, how: Discard, words: Words) -> None:
    """Each in turn, until the next one, or the end, shows."""
    for target, following in zip(how.presses, (*how.presses[1:], None), strict=True):
        if not await _comes(page, how, target, words, DONE_WITHIN):
            return
        for _ in range(TRIES):
            found = await find(page, target, words)
            if found is None:
                break
            await found.locator.click(timeout=5_000)
            if await _comes(page, how, following, words, PRESS_WAIT):
                break


async def _comes(page: Page, how: Discard, target: Target | None, words: Words, within: float) -> bool:
    """Whether the target comes to show, or everything is done."""

    async def shows() -> bool:
        if target is not None and await is_visible(page, target, words):
            return True
        return await _is_done(page, how, words)

    return bool(await until(shows, Deadline(within)))


async def _is_done(page: Page, how: Discard, words: Words = NO_WORDS) -> bool:
    if how.away:
        return re.search(how.away, page.url) is not None
    if how.gone is None or page.url == "about:blank":
        return how.gone is None
    ready: str = await page.evaluate("() => document.readyState")
    return ready == "complete" and not await is_visible(page, how.gone, words)
