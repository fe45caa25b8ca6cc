"""One contract, every provider: a browser of one's own, for the length of a block, given back on every path.

The clouds are small local servers that speak the documented APIs and hand out real Chromium (tests/fixtures/clouds.py);
the real clouds are not part of these tests.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from pydantic import SecretStr

from listing_worker.agents.browsers import rented
from listing_worker.agents.browsers.appearance import is_allowed, open_tab
from listing_worker.agents.browsers.left_behind import give_back_left_behind
from listing_worker.agents.browsers.marks import is_marked, is_of_the_dead, marked_id, owner_mark
from listing_worker.agents.browsers.open import cloud_of, open_browser
from listing_worker.errors import BrowserCrashed, ConfigurationError, RateLimited
from listing_worker.models import Session
from listing_worker.settings import Settings
from tests.fixtures.clouds import KEY, SERVERS, CloudServer, RemoteChromium

pytestmark = pytest.mark.browser

CLOUDS = sorted(SERVERS)
FRENCH = Session(
    marketplace="m", capturedAt=datetime.now(UTC), cookies=(), languages=("fr-FR", "fr"), timeZone="Europe/Paris"
)


@dataclass
class Provider:
    """A provider under test: its settings, and what it would still be charging for."""

    settings: Settings
    server: CloudServer | None
    chromium: RemoteChromium | None

    def nothing_left(self) -> bool:
        if self.server is not None:
            return not self.server.running
        if self.chromium is not None:
            return self.chromium.alive  # not ours to end
        return True


SLOW = ("local", "browser-use", "steel")  # `make test` has a sample of one cloud


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in ("local", "cdp", *CLOUDS)]
)
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with ExitStack() as stack:
        if request.param == "local":
            yield Provider(Settings(_env_file=None), None, None)  # type: ignore[call-arg]
        elif request.param == "cdp":
            chromium = RemoteChromium()
            stack.callback(chromium.kill)
            settings = Settings(
                _env_file=None,  # type: ignore[call-arg]
                browser_provider="cdp",
                browser_cdp_url=SecretStr(chromium.http_url),
            )
            yield Provider(settings, None, chromium)
        else:
            server = stack.enter_context(SERVERS[request.param]())
            yield Provider(server.settings(browser_dollars_per_hour=36), server, None)


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> Iterator[CloudServer]:
    with SERVERS[request.param]() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, serve: Callable[[Path], str]) -> str:
    (tmp_path / "index.html").write_text("<h1>Reached</h1>")
    return serve(tmp_path)


def test_a_browser_for_the_length_of_a_block(provider: Provider, run_async: Any, site: str) -> None:
    """Opens, looks as it should, reaches what it may and nothing else, is given back and billed."""

    async def scenario() -> Any:
        async with open_browser(provider.settings, hosts=["127.0.0.1"], session=FRENCH) as lease:
            page = lease.page
            assert page.viewport_size == {"width": 1280, "height": 900}
            await page.goto(site)
            assert await page.locator("h1").inner_text() == "Reached"
            other = await open_tab(lease.context)
            for each in (page, other):
                assert await each.evaluate("navigator.language") == "fr-FR"
                zone = await each.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
                assert zone == "Europe/Paris"
            with pytest.raises(PlaywrightError, match="ERR_NAME_NOT_RESOLVED"):
                await other.goto(site.replace("127.0.0.1", "localhost"))
            assert not lease.crashed
            if provider.server is not None:
                assert str(lease.live_view_url).startswith("https://")
                assert KEY not in repr(lease)
            return lease.bill

    bill = run_async(scenario())
    assert provider.nothing_left()
    assert bill.provider == provider.settings.browser_provider
    assert 0 < bill.seconds < 60
    if provider.server is None:
        assert bill.dollars is None
    elif provider.settings.browser_provider == "browser-use":
        assert bill.dollars == pytest.approx(0.0005)  # what it told, not what we would reckon
    else:
        assert bill.dollars == pytest.approx(bill.seconds / 100, rel=0.01)


@pytest.mark.slow
def test_it_is_given_back_after_an_error_and_after_a_cancellation(provider: Provider, run_async: Any) -> None:
    async def fail() -> None:
        async with open_browser(provider.settings, hosts=["127.0.0.1"]):
            raise ValueError("no")

    async def hang() -> None:
        async with open_browser(provider.settings, hosts=["127.0.0.1"]):
            await asyncio.Event().wait()

    with pytest.raises(ValueError, match="no"):
        run_async(fail())
    assert provider.nothing_left()
    with pytest.raises(TimeoutError):
        run_async(asyncio.wait_for(hang(), 5))
    assert provider.nothing_left()


@pytest.mark.slow
@pytest.mark.slow
def test_two_sellers_at_the_same_provider_share_nothing(provider: Provider, run_async: Any, site: str) -> None:
    async def scenario() -> None:
        async with open_browser(provider.settings, hosts=["127.0.0.1"]) as first:
            await first.page.goto(site)
            await first.page.evaluate("document.cookie = 'who=first'; localStorage.who = 'first'")
            async with open_browser(provider.settings, hosts=["127.0.0.1"]) as second:
                await second.page.goto(site)
                assert await second.page.evaluate("[document.cookie, localStorage.who ?? null]") == ["", None]
                assert await second.context.cookies() == []
        async with open_browser(provider.settings, hosts=["127.0.0.1"]) as later:
            await later.page.goto(site)
            assert await later.page.evaluate("[document.cookie, localStorage.who ?? null]") == ["", None]

    run_async(scenario())
    assert provider.nothing_left()


@pytest.mark.slow
def test_a_rented_browser_that_goes_away_is_a_crash_and_is_given_back(cloud: CloudServer, run_async: Any) -> None:
    async def scenario() -> None:
        async with open_browser(cloud.settings(), hosts=["127.0.0.1"]) as lease:
            for browser in cloud.running.values():
                browser.chromium.process.send_signal(signal.SIGKILL)
            await lease.page.locator("#never").click(timeout=20_000)

    with pytest.raises(BrowserCrashed):
        run_async(scenario())
    assert not cloud.running


VICTIM = """
import asyncio, sys
from listing_worker.agents.browsers.open import open_browser
from listing_worker.settings import Settings
async def main():
    async with open_browser(Settings(_env_file=None), hosts=["127.0.0.1"]):
        print("open", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each == "browserbase" else pytest.mark.slow) for each in CLOUDS]
)
def test_what_a_killed_worker_left_behind_is_given_back(name: str, run_async: Any) -> None:
    with SERVERS[name]() as server:
        _leave_one_behind(server, name)
        assert len(server.running) == 1
        somebody_elses, _ = server.start({})
        cloud = cloud_of(server.settings())
        assert cloud is not None
        if name == "steel":  # it keeps no owner: only the age tells
            assert run_async(give_back_left_behind(cloud, 3600)) == 0
            longest = 0.0
        else:
            longest = 3600.0
        assert run_async(give_back_left_behind(cloud, longest)) == 1
        assert list(server.running) == [somebody_elses]
        assert run_async(give_back_left_behind(cloud, longest)) == 0
        # harmless for one that is gone
        assert run_async(cloud.give_back(server.ended[0])) is None


def _leave_one_behind(server: CloudServer, name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM],
        env={
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
            "BROWSER_PROVIDER": name, "BROWSER_API_URL": server.url,
            "BROWSER_USE_API_KEY": KEY, "BROWSERBASE_API_KEY": KEY, "STEEL_API_KEY": KEY,
        },
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as victim:  # fmt: skip
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"open\n"
        victim.kill()


def test_a_browser_in_use_is_left_alone(run_async: Any) -> None:
    with SERVERS["browserbase"]() as server:
        settings = server.settings()
        cloud = cloud_of(settings)
        assert cloud is not None

        async def scenario() -> int:
            async with open_browser(settings, hosts=[]):
                return await give_back_left_behind(cloud, settings.attempt_seconds + 120)

        assert run_async(scenario()) == 0
        assert len(server.ended) == 1


def test_a_provider_without_a_free_browser_means_later(cloud: CloudServer, run_async: Any) -> None:
    cloud.refuse = (429, {"Retry-After": "7"})
    with pytest.raises(RateLimited) as caught:
        run_async(_open_once(cloud.settings()))
    assert caught.value.seconds == 7


@pytest.mark.parametrize(
    ("status", "kind"), [(402, ConfigurationError), (403, ConfigurationError), (500, BrowserCrashed)]
)
def test_refusals_say_who_must_act(cloud: CloudServer, run_async: Any, status: int, kind: type[Exception]) -> None:
    cloud.refuse = (status, {})
    with pytest.raises(kind) as caught:
        run_async(_open_once(cloud.settings()))
    assert KEY not in str(caught.value)


def test_a_wrong_key_names_its_variable(cloud: CloudServer, run_async: Any) -> None:
    wrong = cloud.settings().model_copy(update={
        name: SecretStr("wrong") for name in ("browser_use_api_key", "browserbase_api_key", "steel_api_key")
    })  # fmt: skip
    with pytest.raises(ConfigurationError) as caught:
        run_async(_open_once(wrong))
    assert "_API_KEY" in str(caught.value.action)


@pytest.mark.parametrize("name", ["cdp", *CLOUDS])
def test_a_missing_key_is_said_before_anything_is_tried(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cloud_of(Settings(_env_file=None, browser_provider=name))  # type: ignore[call-arg, arg-type]
    assert "Set " in str(caught.value.action)


def test_wishes_reach_the_provider_in_its_own_words(cloud: CloudServer, run_async: Any) -> None:
    """Region, proxy and time limit pass through; solving challenges and recording are switched off everywhere."""
    settings = cloud.settings(
        browser_region="us", browser_proxy=SecretStr("http://me:pass%40word@proxy.example:3128"), attempt_seconds=600
    )
    api = cloud_of(settings)
    assert api is not None

    async def scenario() -> None:
        await rented.give_back(api, (await api.rent(660)).id)

    seen: list[dict[str, Any]] = []
    start = cloud.start
    cloud.start = lambda wish, rented_id=None: (seen.append(wish), start(wish, rented_id))[1]  # type: ignore[method-assign]
    run_async(scenario())
    assert not cloud.running
    (wish,) = seen
    match cloud.provider:
        case "browser-use":
            assert (wish["timeout"], wish["proxyCountryCode"], wish["solveCaptchas"]) == (11, "us", False)
            assert wish["customProxy"] == {
                "host": "proxy.example", "port": 3128, "username": "me", "password": "pass@word",
            }  # fmt: skip
            assert wish["enableRecording"] is False
        case "browserbase":
            assert (wish["timeout"], wish["region"]) == (660, "us")
            assert wish["proxies"][0]["server"] == "http://proxy.example:3128"
            assert wish["proxies"][0]["password"] == "pass@word"
            off = ("solveCaptchas", "recordSession", "logSession")
            assert [wish["browserSettings"][name] for name in off] == [False] * 3
        case "steel":
            assert (wish["timeout"], wish["region"], wish["solveCaptcha"]) == (660_000, "us", False)
            assert wish["proxyUrl"] == "http://me:pass%40word@proxy.example:3128"


def test_a_browser_that_does_not_come_is_given_back_and_its_address_is_not_told(
    run_async: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rented, "CONNECT_TIMEOUT", 500)
    with SERVERS["steel"]() as server:
        view = server._view  # type: ignore[attr-defined]
        server._view = lambda *each: {**view(*each), "websocketUrl": "ws://127.0.0.1:9/none"}  # type: ignore[attr-defined]
        with pytest.raises(BrowserCrashed) as caught:
            run_async(_open_once(server.settings()))
        assert not server.running
        text = f"{caught.value} {caught.value.__cause__}"
        assert KEY not in text
        assert "127.0.0.1" not in text


async def _open_once(settings: Settings) -> None:
    async with open_browser(settings, hosts=[]):
        pass


def test_hosts_are_compared_by_name() -> None:
    hosts = ("poshmark.com", "*.poshmark.com")
    assert is_allowed("https://poshmark.com/create-listing", hosts)
    assert is_allowed("wss://live.Poshmark.com/x", hosts)
    assert is_allowed("data:text/html,x", hosts)
    assert not is_allowed("https://poshmark.com.evil.example/", hosts)
    assert not is_allowed("https://evil.example/poshmark.com", hosts)


def test_marks_tell_our_own_living_processes_from_dead_ones() -> None:
    assert not is_of_the_dead(owner_mark())
    child = subprocess.run(
        [sys.executable, "-c", "from listing_worker.agents.browsers.marks import owner_mark; print(owner_mark())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert is_of_the_dead(child.stdout.strip())
    assert not is_of_the_dead("othermachine-1-1")
    assert not is_of_the_dead(None)
    assert is_marked(marked_id())
    assert marked_id() != marked_id()
