"""A browser opened ahead of time: used once, fresh, by whoever it fits, and replaced if it has gone away."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from listing_worker.agents.browsers import local, warm
from listing_worker.agents.browsers import open as opening
from listing_worker.agents.browsers.appearance import open_tab
from listing_worker.agents.browsers.local import processes_of
from listing_worker.agents.browsers.open import open_browser
from listing_worker.agents.browsers.warm import WarmBrowser
from listing_worker.models import Session
from listing_worker.settings import Settings

pytestmark = pytest.mark.browser

SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]
FRENCH = Session(
    marketplace="m", capturedAt=datetime.now(UTC), cookies=(), languages=("fr-FR", "fr"), timeZone="Europe/Paris"
)


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(local, "_profile_root", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch, run_async: Any) -> Iterator[WarmBrowser]:
    """In the place of this process's own."""
    kept = WarmBrowser()
    monkeypatch.setattr(warm, "waiting", kept)
    monkeypatch.setattr(opening, "waiting", kept)
    yield kept
    run_async(kept.close())


def test_it_is_used_once_and_nothing_of_it_stays(
    waiting: WarmBrowser, profiles: Path, run_async: Any, serve: Callable[[Path], str], tmp_path_factory: Any
) -> None:
    site = serve(tmp_path_factory.mktemp("site"))

    async def scenario() -> None:
        await waiting.open(SETTINGS, ["127.0.0.1", "localhost"])
        (first,) = profiles.iterdir()
        async with open_browser(SETTINGS, hosts=["127.0.0.1"], session=FRENCH) as lease:
            assert processes_of(first), "the waiting one is taken"
            await lease.page.goto(site)
            assert await lease.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
            assert await lease.page.evaluate("navigator.language") == "fr-FR"
            zone = await lease.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
            assert zone == "Europe/Paris"
            await lease.page.evaluate("document.cookie = 'who=first'; localStorage.who = 'first'")
        assert not first.exists()
        async with open_browser(SETTINGS, hosts=["127.0.0.1"]) as second:
            await second.page.goto(site)
            assert await second.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]

    run_async(scenario())
    assert list(profiles.iterdir()) == []


def test_a_tab_that_we_open_speaks_the_sellers_language_from_the_first(
    waiting: WarmBrowser, profiles: Path, run_async: Any
) -> None:
    async def scenario() -> list[str]:
        await waiting.open(SETTINGS, ["127.0.0.1"])
        async with open_browser(SETTINGS, hosts=["127.0.0.1"], session=FRENCH) as lease:
            return [await (await open_tab(lease.context)).evaluate("navigator.language") for _ in range(5)]

    assert run_async(scenario()) == ["fr-FR"] * 5


@pytest.mark.slow
def test_it_is_left_for_somebody_else_where_it_does_not_fit(
    waiting: WarmBrowser, profiles: Path, run_async: Any
) -> None:
    async def scenario() -> None:
        await waiting.open(SETTINGS, ["a.example"])
        (first,) = profiles.iterdir()
        async with open_browser(SETTINGS, hosts=["b.example"]):
            assert len(list(profiles.iterdir())) == 2
        assert processes_of(first)
        await waiting.close()
        assert not first.exists()

    run_async(scenario())


@pytest.mark.slow
def test_one_that_has_gone_away_is_replaced(waiting: WarmBrowser, profiles: Path, run_async: Any) -> None:
    async def scenario() -> None:
        await waiting.open(SETTINGS, ["127.0.0.1"])
        for pid in processes_of(profiles):
            os.kill(pid, signal.SIGKILL)
        async with open_browser(SETTINGS, hosts=["127.0.0.1"]) as lease:
            assert await lease.page.evaluate("1 + 1") == 2

    run_async(scenario())
    assert list(profiles.iterdir()) == []
