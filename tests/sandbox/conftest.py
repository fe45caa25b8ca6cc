"""A Chromium that sees the replicas at their real addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.fixtures.sandbox import RunningSandbox

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


@pytest.fixture(scope="session")
def sandbox_browser(
    _loop: asyncio.AbstractEventLoop, chromium_path: Path, sandbox: RunningSandbox
) -> Iterator[Browser]:
    """One Chromium for the replicas of this pytest process, on the loop of `run_async`."""
    driver = _loop.run_until_complete(async_playwright().start())
    arguments = [*ARGUMENTS, *sandbox.file.chromium_arguments()]
    browser = _loop.run_until_complete(driver.chromium.launch(executable_path=chromium_path, args=arguments))
    yield browser
    _loop.run_until_complete(browser.close())
    _loop.run_until_complete(driver.stop())


@pytest.fixture
def sandbox_context(
    _loop: asyncio.AbstractEventLoop, sandbox_browser: Browser, clean_sandbox: RunningSandbox
) -> Iterator[BrowserContext]:
    """A fresh context on a clean sandbox, closed afterwards. Waits end after 8 seconds."""
    context = _loop.run_until_complete(sandbox_browser.new_context(viewport={"width": 1280, "height": 1000}))
    context.set_default_timeout(8000)
    yield context
    _loop.run_until_complete(context.close())


@pytest.fixture
def sandbox_page(_loop: asyncio.AbstractEventLoop, sandbox_context: BrowserContext) -> Page:
    """A blank page in that context."""
    return _loop.run_until_complete(sandbox_context.new_page())


@pytest.fixture(scope="session")
def photo_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four clearly different JPEGs of 900 × 1200."""
    folder = tmp_path_factory.mktemp("photos")
    return [_photo(folder / f"photo-{number}.jpg", number) for number in range(4)]


def _photo(path: Path, number: int) -> Path:
    image = Image.new("RGB", (900, 1200), [(240, 235, 225), (30, 40, 70), (225, 180, 60), (60, 110, 80)][number])
    pen = ImageDraw.Draw(image)
    for stripe in range(number + 1):
        left = 100 + stripe * 200
        pen.rectangle((left, 80 + 250 * (number % 2), left + 90, 1000), fill=(200 - 60 * number, 60 * number, 120))
    pen.ellipse((150 + 120 * number, 400, 450 + 120 * number, 700), fill=(255, 255, 255))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    path.write_bytes(buffer.getvalue())
    return path
