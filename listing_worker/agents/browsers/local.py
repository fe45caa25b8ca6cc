"""One Chromium of our own per attempt: driven over a pipe, with a profile in memory that is gone afterwards.

Chromium runs in a process group of its own. It ends in one of three ways, each of which also removes its profile:
the block ends (closed, then the group is killed if anything is left); our process dies, even by SIGKILL (a tiny
watcher in a session of its own sees its pipe close, kills the group and removes the folder); Chromium crashes
(BrowserCrashed). No network port is opened,
unless a model may be asked to look for a field that moved (AGENT_MODE).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, Playwright, ProxySettings, async_playwright
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.browsers.appearance import keep_to, locale_of, time_zone_of
from listing_worker.agents.browsers.base import VIEWPORT, Bill, Lease
from listing_worker.agents.browsers.calls import proxy_parts
from listing_worker.agents.browsers.chromium import allow_only, base_arguments, find_chromium
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.errors import BrowserCrashed
from listing_worker.models import Session
from listing_worker.settings import Settings

MEMORY = Path("/dev/shm")  # noqa: S108  # a profile there never touches a disk
PREFIX = "lw-chromium-"  # then the process that it belongs to
MEMORY_NEEDED = 1 << 30  # bytes free
SOCKET = "org.chromium.Chromium.XXXXXX/SingletonSocket"  # in the folder for temporary files
LONGEST_SOCKET = 107  # bytes of a unix socket's path
START_TIMEOUT = 30_000  # milliseconds
CLOSE_TIMEOUT = 5.0  # seconds

# Chromium needs these and nothing else of our environment, which holds secrets
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "TMPDIR")

# Runs until its standard input ends. "done" = everything is cleaned up already. Otherwise we died: whatever runs on the
# profile (its processes all name it, and only they do) is killed, and only once none is left is the folder removed:
# a Chromium that is still closing would write it anew. The folder comes by the environment and the pattern by a pipe,
# so that neither this shell nor its grep names it.
_WATCHER = """
while read -r line; do [ "$line" = done ] && exit 0; done
i=0
while [ $i -lt 200 ]; do
  left=$(printf %s "$PROFILE" | grep -lsFf - /proc/[0-9]*/cmdline)
  for file in $left; do pid=${file#/proc/}; kill -9 "${pid%/cmdline}" 2>/dev/null; done
  if [ -z "$left" ]; then rm -rf -- "$PROFILE"; [ -e "$PROFILE" ] || exit 0; fi
  i=$((i+1)); sleep 0.05
done
"""


@asynccontextmanager
async def open_browser(
    settings: Settings, *, hosts: Sequence[str], session: Session | None = None
) -> AsyncIterator[Lease]:
    """A fresh Chromium with one blank page, for the length of the block (contract: browsers/base.py).

    With `settings.sandbox_file` the marketplaces resolve to the sandbox; otherwise only `hosts` can be reached at all.
    """
    program = find_chromium(settings)
    _keep_compiled_driver(settings)
    bill = Bill()
    profile = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_profile_root()))
    watcher = _watch(profile)
    driver: Playwright | None = None
    context: BrowserContext | None = None
    try:
        try:
            driver = await _start_driver(profile)
            context = await _launch(driver, program, profile, settings, hosts, session)
        except PlaywrightError as error:
            raise BrowserCrashed(f"Chromium did not start: {error.message.splitlines()[0]}") from error
        page = context.pages[0] if context.pages else await context.new_page()
        if settings.browser_proxy is not None and settings.sandbox_file is None:
            await keep_to(context, hosts)
        try:
            yield Lease(context=context, page=page, bill=bill, cdp_url=_cdp_url(settings, profile))
        except PlaywrightError as error:
            raise_if_gone(error)
            raise
    finally:
        await _close(driver, context, profile, watcher)
        bill.close(None)


async def _start_driver(profile: Path) -> Playwright:
    """Playwright's driver; what it keeps for the time being goes into the profile too."""
    tempfile.gettempdir()  # remembers ours before the variable says otherwise
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(profile)
    try:
        return await async_playwright().start()
    finally:
        if before is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = before


async def _launch(
    driver: Playwright,
    program: Path,
    profile: Path,
    settings: Settings,
    hosts: Sequence[str],
    session: Session | None,
) -> BrowserContext:
    return await driver.chromium.launch_persistent_context(
        profile,
        executable_path=program,
        headless=settings.headless,
        args=[*base_arguments(), *_network_arguments(settings, hosts), *_port_arguments(settings)],
        env=_environment(profile),
        proxy=_proxy(settings),
        viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]},
        locale=locale_of(session),
        timezone_id=time_zone_of(session),
        accept_downloads=False,
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
        timeout=START_TIMEOUT,
    )


def _environment(profile: Path) -> dict[str, str | float | bool]:
    """What Chromium may see. Its temporary files go into the profile: a Chromium that is killed leaves them behind, and
    the profile is removed on every path. Where its socket's path would get too long for that, they go where ours do."""
    kept: dict[str, str | float | bool] = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if len(os.fsencode(profile / SOCKET)) <= LONGEST_SOCKET:
        kept["TMPDIR"] = str(profile)
    return kept


def _network_arguments(settings: Settings, hosts: Sequence[str]) -> list[str]:
    if settings.sandbox_file is None:
        # a proxy looks names up itself: rules about names would only cut off the way to it
        return [] if settings.browser_proxy is not None else [allow_only(hosts)]
    from listing_worker.sandbox.server import SandboxFile  # not loaded in production

    return SandboxFile.read(settings.sandbox_file).chromium_arguments()


def _port_arguments(settings: Settings) -> list[str]:
    """A debugging port on loopback, only where a second driver may be needed (agents/heal/agent.py)."""
    wanted = settings.agent_mode != "recipe" and settings.openrouter_api_key is not None
    return ["--remote-debugging-port=0"] if wanted else []


def _cdp_url(settings: Settings, profile: Path) -> str | None:
    file = profile / "DevToolsActivePort"
    if not _port_arguments(settings) or not file.exists():
        return None
    port, path = file.read_text(encoding="ascii").split()
    return f"ws://127.0.0.1:{port}{path}"


def _proxy(settings: Settings) -> ProxySettings | None:
    if settings.browser_proxy is None:
        return None
    parts = proxy_parts(settings.browser_proxy.get_secret_value())
    return ProxySettings(
        server=f"http://{parts['host']}:{parts['port']}",
        username=parts.get("username"),
        password=parts.get("password"),
    )


def _keep_compiled_driver(settings: Settings) -> None:
    """Lets Playwright's driver keep its compiled code between starts: 0.34 s of processor time instead of 0.53 s."""
    if "NODE_COMPILE_CACHE" not in os.environ:
        folder = (settings.data_dir / "cache" / "driver").absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["NODE_COMPILE_CACHE"] = str(folder)


def _profile_root() -> Path | None:
    """In memory if there is room, else the usual folder for temporary files."""
    try:
        space = os.statvfs(MEMORY)
    except OSError:
        return None
    roomy = space.f_bavail * space.f_frsize >= MEMORY_NEEDED and os.access(MEMORY, os.W_OK)
    return MEMORY if roomy else None


def _watch(profile: Path) -> subprocess.Popen[bytes]:
    """Starts the watcher: when its standard input ends without a word, Chromium and the profile go."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PROFILE": str(profile)},
    )


async def _close(
    driver: Playwright | None, context: BrowserContext | None, profile: Path, watcher: subprocess.Popen[bytes]
) -> None:
    """Ends Chromium and its driver and removes the profile, whatever state they are in; survives cancellation."""
    try:
        if context is not None:
            with contextlib.suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(context.close(), CLOSE_TIMEOUT)
        if driver is not None:
            with contextlib.suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(driver.stop(), CLOSE_TIMEOUT)
    finally:
        _dismiss(watcher, clean=_clean(profile))
        await asyncio.shield(asyncio.to_thread(watcher.wait))


def _clean(profile: Path) -> bool:
    """Removes the profile, if nothing runs on it any more. Whether it is gone."""
    if processes_of(profile):
        return False
    shutil.rmtree(profile, ignore_errors=True)
    return not profile.exists()


def _dismiss(watcher: subprocess.Popen[bytes], *, clean: bool) -> None:
    """Lets the watcher end: at once if all is clean, else after it has cleaned up."""
    if watcher.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError):
        if clean:
            watcher.stdin.write(b"done\n")
        watcher.stdin.close()


def processes_of(profile: Path) -> list[int]:
    """The ids of all processes that run on this profile: each of Chromium's names it in its command line."""
    wanted, found = os.fsencode(profile), []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if wanted in entry.read_bytes():
                found.append(int(entry.parent.name))
    return found
