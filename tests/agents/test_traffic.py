"""What a page says to its server counts for that page alone: nothing of a page that is being left is taken for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Route

from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.traffic import Traffic

ASKS_AND_ASKS = """<title>first</title>
<script>setInterval(() => { fetch('/query', {method: 'POST'}).catch(() => {}); }, 20)</script>"""
ASKS_ONCE = """<title>second</title><script>fetch('/query', {method: 'POST'})</script>"""
NAVIGATION_TAKES = 0.4  # seconds in which the first page goes on asking


def query(request: Request) -> str | None:
    return "query" if request.url.endswith("/query") else None


async def serve(page: Page, queries: Counter[str], *, second_page: str | None) -> None:
    """First page, then the second after a while, or a download's answer (no page at all) where that is None."""

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("https://shop.example")
        if path == "/query":
            queries["asked"] += 1
            if queries["hold"]:
                await asyncio.sleep(2 * NAVIGATION_TAKES)  # the page is left before
            with suppress(PlaywrightError):
                await route.fulfill(body="{}", content_type="application/json")
        elif path == "/first":
            await route.fulfill(body=ASKS_AND_ASKS, content_type="text/html")
        else:
            await asyncio.sleep(NAVIGATION_TAKES)
            if second_page is None:
                await route.fulfill(status=204)
            else:
                await route.fulfill(body=second_page, content_type="text/html")

    await page.route("**/*", answer)
    await page.goto("https://shop.example/first")


def test_what_the_page_left_behind_asked_last_is_no_failure_of_the_next(browser_page: Page, run_async: Any) -> None:
    queries: Counter[str] = Counter()

    async def scenario() -> tuple[int, int, int]:
        await serve(browser_page, queries, second_page=ASKS_ONCE)
        traffic = Traffic(browser_page, query)
        queries["hold"] = 1
        going = asyncio.ensure_future(browser_page.goto("https://shop.example/second"))
        async with browser_page.expect_request(lambda request: request.is_navigation_request()):
            pass
        before = queries["asked"]

        async def goes_on() -> bool:  # the page that is left
            return queries["asked"] >= before + 3

        assert await until(goes_on, Deadline(5_000))
        queries["hold"] = 0
        before_arrival = traffic.sent["query"]
        await going
        assert await traffic.wait("query", at_least=before_arrival + 1, timeout=5_000)
        counted = traffic.answered["query"], traffic.failed["query"], traffic.out("query")
        await browser_page.unroute_all(behavior="wait")
        return counted

    assert run_async(scenario()) == (1, 0, 0)


def test_a_navigation_that_brings_no_page_leaves_the_count_going(browser_page: Page, run_async: Any) -> None:
    queries: Counter[str] = Counter()

    async def scenario() -> int:
        await serve(browser_page, queries, second_page=None)
        traffic = Traffic(browser_page, query)
        async with browser_page.expect_event("requestfailed", lambda request: request.is_navigation_request()):
            await browser_page.evaluate("location.href = '/export'")
        before = traffic.answered["query"]

        async def goes_on() -> bool:
            return traffic.answered["query"] >= before + 2

        assert await until(goes_on, Deadline(5_000))
        failed = traffic.failed["query"]  # before the page, which goes on asking, is no longer answered
        await browser_page.unroute_all(behavior="wait")
        return failed

    assert run_async(scenario()) == 0
