"""Hands on a page: what a mouse, a finger, a keyboard and a paste do there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.live_view.screen import Screen, hands
from tests.fixtures.chromium import RunAsync

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE = """<style>body{margin:0;height:3000px}
input,iframe{position:absolute;left:0;width:300px;height:100px;border:0}</style>
<input id=words style="top:0"><input id=box type=checkbox style="top:200px">
<iframe style="top:400px" srcdoc="<body style='margin:0'>
<input type=checkbox style='width:300px;height:100px'>"></iframe>"""


def test_mouse_finger_keys_and_paste_do_what_they_do(browser_page: Page, run_async: RunAsync) -> None:
    page = browser_page

    async def play() -> None:
        await page.set_content(PAGE)
        async with Screen(page).shown() as screen:
            first = await anext(screen.frames())
            assert first.jpeg.startswith(b"\xff\xd8")

            async def act(**message: Any) -> None:
                event = hands(message)
                assert event is not None, message
                await screen.act(event)

            async def click(x: float, y: float) -> None:
                spot = {"t": "mouse", "x": x / first.width, "y": y / first.height, "button": "left", "clicks": 1}
                await act(**spot, e="mousePressed", buttons=1)
                await act(**spot, e="mouseReleased")

            async def tap(x: float, y: float) -> None:
                finger = {"x": x / first.width, "y": y / first.height, "id": 3}
                await act(t="touch", e="touchStart", points=[finger])
                await act(t="touch", e="touchEnd", points=[])

            await click(50, 50)
            for letter in "4a":
                await act(t="key", e="keyDown", key=letter, text=letter, number=ord(letter.upper()))
                await act(t="key", e="keyUp", key=letter, number=ord(letter.upper()))
            await act(t="key", e="keyDown", key="Backspace", code="Backspace", number=8)
            await act(t="key", e="keyUp", key="Backspace", code="Backspace", number=8)
            await act(t="text", text="24242")
            assert await page.locator("#words").input_value() == "424242"
            await click(150, 250)
            assert await page.locator("#box").is_checked()
            inner = page.frame_locator("iframe").locator("input")
            await click(150, 450)
            assert await inner.is_checked()
            await tap(150, 450)
            for _ in range(100):
                if not await inner.is_checked():
                    break
                await asyncio.sleep(0.05)
            assert not await inner.is_checked(), "a tap is a press too"
            await act(t="mouse", e="mouseWheel", x=0.5, y=0.5, dx=0, dy=700)
            await page.wait_for_function("scrollY > 300")

    run_async(play())
