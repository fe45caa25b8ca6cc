"""A Chromium per attempt: it reaches only what it may, and nothing of it stays."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.browsers import chromium, local
from listing_worker.agents.browsers.appearance import time_zone_of
from listing_worker.agents.browsers.chromium import allow_only, find_chromium
from listing_worker.agents.browsers.local import open_browser, processes_of
from listing_worker.errors import BrowserCrashed, ConfigurationError
from listing_worker.models import Session
from listing_worker.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's profiles are made, so that what is left can be seen."""
    monkeypatch.setattr(local, "_profile_root", lambda: tmp_path)
    return tmp_path


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_nothing_is_left_after_the_block(profiles: Path, run_async: Any) -> None:
    async def scenario() -> None:
        async with open_browser(Settings(), hosts=["127.0.0.1"]) as lease:
            await lease.page.set_content("<h1>Here</h1>")
            assert lease.page.viewport_size == {"width": 1280, "height": 900}
            assert processes_of(profiles)
            assert len(list(profiles.iterdir())) == 1

    run_async(scenario())
    assert processes_of(profiles) == []
    assert list(profiles.iterdir()) == []


def test_nothing_is_left_after_an_error_or_a_cancellation(profiles: Path, run_async: Any) -> None:
    async def fail() -> None:
        async with open_browser(Settings(), hosts=["127.0.0.1"]):
            raise ValueError("no")

    async def hang() -> None:
        async with open_browser(Settings(), hosts=["127.0.0.1"]):
            await asyncio.Event().wait()

    with pytest.raises(ValueError, match="no"):
        run_async(fail())
    with pytest.raises(TimeoutError):
        run_async(asyncio.wait_for(hang(), 3))
    assert processes_of(profiles) == []
    assert list(profiles.iterdir()) == []


def test_a_browser_that_goes_away_is_a_browser_crash(profiles: Path, run_async: Any) -> None:
    async def scenario() -> None:
        async with open_browser(Settings(), hosts=["127.0.0.1"]) as lease:
            for pid in processes_of(profiles):
                os.kill(pid, signal.SIGKILL)
            await lease.page.locator("#never").click(timeout=20_000)

    with pytest.raises(BrowserCrashed):
        run_async(scenario())
    assert list(profiles.iterdir()) == []


VICTIM = """
import asyncio, sys
from pathlib import Path
from listing_worker.agents.browsers import local
from listing_worker.settings import Settings
local._profile_root = lambda: Path(sys.argv[1])
async def main():
    async with local.open_browser(Settings(), hosts=["127.0.0.1"]):
        print("open", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def _as_victim(folder: Path, temporary: Path) -> subprocess.Popen[bytes]:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(folder)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == b"open\n"
    victim.stdout.close()
    return victim


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path, as profiles have in production: Chromium's socket fits into the profile then."""
    with tempfile.TemporaryDirectory(prefix="lw-t-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "process group"])
def test_chromium_does_not_outlive_a_killed_worker(tmp_path: Path, short: Path, whole_group: bool) -> None:
    victim = _as_victim(short, tmp_path)
    assert len(processes_of(short)) > 3  # itself, and Chromium's
    if whole_group:
        os.killpg(victim.pid, signal.SIGKILL)
    else:
        victim.kill()
    victim.wait()
    # both at the same time: a Chromium that is still closing would write its profile anew
    assert eventually(lambda: processes_of(short) == [] and list(short.iterdir()) == [])
    assert not eventually(lambda: list(short.iterdir()) != [], seconds=1)
    assert list(tmp_path.iterdir()) == []  # neither Chromium's socket nor the driver's folder


def test_only_allowed_hosts_can_be_reached(
    profiles: Path, run_async: Any, serve: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<h1>Reached</h1>")
    address = serve(folder)

    async def scenario() -> None:
        async with open_browser(Settings(), hosts=["127.0.0.1", "*.example.com"]) as lease:
            await lease.page.goto(address)
            assert await lease.page.locator("h1").inner_text() == "Reached"
            with pytest.raises(PlaywrightError, match="ERR_NAME_NOT_RESOLVED"):
                await lease.page.goto(address.replace("127.0.0.1", "localhost"))

    run_async(scenario())


def test_the_browser_takes_on_the_sessions_language_and_time_zone(profiles: Path, run_async: Any) -> None:
    session = Session(
        marketplace="m", capturedAt=datetime.now(UTC), cookies=(), languages=("fr-FR", "fr"), timeZone="Europe/Paris"
    )

    async def scenario() -> tuple[str, str, bool]:
        async with open_browser(Settings(), hosts=[], session=session) as lease:
            language = await lease.page.evaluate("navigator.language")
            zone = await lease.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
            return language, zone, await lease.page.evaluate("navigator.webdriver")

    assert run_async(scenario()) == ("fr-FR", "Europe/Paris", True)  # no disguise: webdriver stays true


def test_an_unknown_time_zone_is_left_out(profiles: Path) -> None:
    session = Session(marketplace="m", capturedAt=datetime.now(UTC), cookies=(), timeZone="Mars/Olympus")
    assert time_zone_of(session) is None


def test_chromium_does_not_get_our_secrets(profiles: Path, run_async: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_ENCRYPTION_KEY", "a-secret-that-must-stay-with-the-worker")

    async def scenario() -> None:
        async with open_browser(Settings(), hosts=[]):
            for pid in processes_of(profiles):
                try:
                    command, environment = (Path("/proc") / str(pid) / f for f in ("cmdline", "environ"))
                    assert b"a-secret-that-must-stay" not in environment.read_bytes(), command.read_bytes()
                except OSError:
                    continue

    run_async(scenario())


def test_a_wrong_path_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CHROMIUM_PATH"):
        find_chromium(Settings(chromium_path=tmp_path / "none"))


def test_no_chromium_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        find_chromium(Settings())
    assert "playwright install chromium" in (caught.value.action or "")


def test_playwrights_own_chromium_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium-1234" / "chrome-linux64" / "chrome"
    program.parent.mkdir(parents=True)
    program.write_text("")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert chromium._playwrights_own() == program


def test_the_allow_list_excludes_hosts_from_a_general_refusal() -> None:
    assert allow_only(["a.com", "*.a.com"]) == "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE a.com, EXCLUDE *.a.com"
