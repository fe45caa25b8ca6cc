"""A Chromium of its own with a debugging port, and what tests of T3 tell a scripted model."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from listing_worker.agents.browsers.chromium import allow_only, base_arguments

SELL = "https://market.test/sell"
Scenario = Callable[[Page, str], Awaitable[Any]]


def step(**action: Any) -> dict[str, Any]:
    """One answer of browser-use's model: one action."""
    return {"memory": "", "action": [action]}


def index_of(request: dict[str, Any], text: str) -> int:
    """The index that browser-use gave to the element whose line, or the line after it, holds the text."""
    told = ""
    for message in reversed(request["messages"]):  # the page is not always in the last one
        told = json.dumps(message["content"], ensure_ascii=False).replace("\\\\n", "\n").replace("\\n", "\n")
        lines = told.splitlines()
        for number, line in enumerate(lines):
            found = re.search(r"\[(\d+)\]<", line)
            if found and (text in line or (number + 1 < len(lines) and text in lines[number + 1])):
                return int(found.group(1))
    raise AssertionError(f"{text!r} is not in what the model was shown:\n{told[:3000]}")


def index_after(request: dict[str, Any], text: str) -> int:
    """The index of the first text box below a text."""
    for message in reversed(request["messages"]):
        told = json.dumps(message["content"], ensure_ascii=False).replace("\\\\n", "\n").replace("\\n", "\n")
        if found := re.search(re.escape(text) + r".*?\[(\d+)\]<input", told, re.S):
            return int(found.group(1))
    raise AssertionError(f"no text box below {text!r} in what the model was shown")


def for_the_agent(request: dict[str, Any]) -> bool:
    """Whether this request is browser-use's, and not the one call of T2."""
    return bool(request["response_format"]["json_schema"]["name"] == "agent_output")


def with_port(
    program: Path,
    profile: Path,
    html: str,
    scenario: Scenario,
    *,
    hosts: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
) -> Any:
    """Runs `scenario(page, cdp_url)` on a page at market.test that shows the HTML; nothing else can be reached."""

    async def run() -> Any:
        async with async_playwright() as driver:
            context = await driver.chromium.launch_persistent_context(
                profile,
                executable_path=program,
                viewport={"width": 1280, "height": 900},
                args=[*base_arguments(), "--remote-debugging-port=0", allow_only(hosts), *more],
            )
            try:
                page = context.pages[0]
                await page.route(
                    "https://market.test/**", lambda route: route.fulfill(body=html, content_type="text/html")
                )
                await page.goto(SELL)
                port, path = (profile / "DevToolsActivePort").read_text().split()
                return await scenario(page, f"ws://127.0.0.1:{port}{path}")
            finally:
                await context.close()

    return asyncio.run(run())
