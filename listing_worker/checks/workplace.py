"""What is on this machine and who it talks to: keys, Chromium, photos, sign-in, webhooks, the model."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import httpx
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium, namespaces_allowed
from listing_worker.agents.browsers.open import cloud_of
from listing_worker.checks.finding import Finding, advice, fine, skipped, wrong
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_photos, open_store
from listing_worker.storage.errors import StoreError
from listing_worker.utils.addresses import resolve
from listing_worker.utils.crypto import KeyRing

TIMEOUT_SECONDS = 10.0
START_SECONDS = 30.0
OLDEST_CHROMIUM = 120
MEMORY_NEEDED = 256 << 20  # bytes of /dev/shm for one profile; without them it lies on disk
NOBODY = "00000000-0000-0000-0000-000000000000"


def check_keys(settings: Settings) -> Iterable[Finding]:
    """Whether the secret is there, and is the one whose public half is published."""
    if settings.session_encryption_key is None:
        yield skipped(
            "keys",
            "SESSION_ENCRYPTION_KEY is not set: right for the API, wrong for the worker",
            "On the worker: `listing-worker keys new`, and set what it prints",
        )
        return
    ring = KeyRing(settings.session_encryption_key.get_secret_value())
    ours = [key.key_id for key in ring.key_list().keys]
    yield fine("keys", f"SESSION_ENCRYPTION_KEY holds {len(ours)} key{'s' if len(ours) > 1 else ''}")
    store = open_store(settings)
    try:
        published = store.get_keys()
    except StoreError:
        return  # said by the database's own check
    finally:
        store.close()
    if published is None:
        return
    first = published["keys"][0]["key_id"]
    if first not in ours:
        yield wrong(
            "keys",
            "sessions are sealed for a key that this secret does not open",
            'Put the former secret behind the new one: SESSION_ENCRYPTION_KEY="new,old"',
        )
    elif first != ours[0]:
        yield advice("keys", "a newer key is not published yet", "Restart the worker; it publishes its keys at start")


def check_chromium(settings: Settings) -> Iterable[Finding]:
    """Starts it once, as an attempt would. Raises ConfigurationError when there is none."""
    if settings.browser_provider != "local":
        yield skipped("chromium", f"not needed: browsers come from {settings.browser_provider}")
        return
    program = find_chromium(settings)
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, timeout=START_SECONDS
    ).stdout.strip()
    number = re.search(r"(\d+)\.", version)
    if number is None or int(number[1]) < OLDEST_CHROMIUM:
        yield wrong("chromium", version or f"{program} does not tell its version", "Install a current Chromium")
    else:
        yield fine("chromium", version.split(" built on")[0])
    yield _start(program)
    if os.geteuid() == 0:
        yield advice("chromium", "runs without its sandbox, because this is root", "Run as an ordinary user")
    elif not namespaces_allowed():
        yield advice(
            "chromium",
            "runs without its sandbox: this host forbids user namespaces",
            "Allow them (kernel.unprivileged_userns_clone=1, or a seccomp profile that permits clone and unshare)",
        )
    else:
        yield fine("chromium", "runs inside its own sandbox")
    yield _memory()


def _start(program: Path) -> Finding:
    with tempfile.TemporaryDirectory(prefix="lw-doctor-") as profile:
        done = subprocess.run(
            [
                *(str(program), "--headless", f"--user-data-dir={profile}", "--dump-dom"),
                *(*base_arguments(), "data:text/html,<p id=here>here</p>"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
    if "here" not in done.stdout:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return wrong("chromium", f"does not start: {last[:160]}", "Install the libraries it names, or another Chromium")
    return fine("chromium", "starts and shows a page")


def _memory() -> Finding:
    try:
        space = os.statvfs("/dev/shm")  # noqa: S108 - where profiles are kept
    except OSError:
        return advice("chromium", "there is no /dev/shm; profiles lie on disk", "Mount one of 1 GB")
    free = space.f_bavail * space.f_frsize
    if free < MEMORY_NEEDED:
        return advice(
            "chromium",
            f"shared memory has {free >> 20} MB; profiles lie on disk",
            "Give it 1 GB (docker: --shm-size=1g) if you can",
        )
    return fine("chromium", f"shared memory has {free >> 20} MB for profiles")


def check_provider(settings: Settings) -> Iterable[Finding]:
    """Asks the provider which browsers of ours run. Raises ConfigurationError, RateLimited, BrowserCrashed."""
    cloud = cloud_of(settings)
    if cloud is None:
        return
    if settings.browser_cdp_url is not None and settings.browser_provider == "cdp":
        address = settings.browser_cdp_url.get_secret_value()
        asyncio.run(_reach(address))
        yield fine("browsers", "the browser at BROWSER_CDP_URL answers")
        return
    left = asyncio.run(cloud.left_behind())
    yield fine("browsers", f"{cloud.name} takes our key; {len(left)} browsers of ours run there")


async def _reach(address: str) -> None:
    async with async_playwright() as driver:
        try:
            browser = await driver.chromium.connect_over_cdp(address, timeout=TIMEOUT_SECONDS * 1000)
        except PlaywrightError as error:
            raise ConfigurationError(
                "No browser answers at BROWSER_CDP_URL.", action="Start it with --remote-debugging-port, or correct it"
            ) from RuntimeError(type(error).__name__)
        await browser.close()


def check_photos(settings: Settings) -> Iterable[Finding]:
    """Writes, reads and removes a probe."""
    photos = open_photos(settings)
    probe = b"a probe of listing-worker doctor"
    key = photos.put(NOBODY, "doctor", probe)
    try:
        if photos.open(key) != probe:
            yield wrong("photos", "what was stored came back changed", "Check the storage behind DATA_DIR or Supabase")
            return
    finally:
        photos.delete(key)
    hosted = settings.supabase_url is not None and settings.supabase_service_role_key is not None
    where = "in Supabase Storage" if hosted else f"in {settings.data_dir / 'photos'}"
    alone = settings.redis_url is None or settings.redis_url.get_secret_value().startswith("unix:")
    if hosted or alone:
        yield fine("photos", f"can be written and read {where}")
    else:
        yield advice(
            "photos",
            f"are kept {where}",
            "API and worker must share this folder; on separate machines use Supabase, which has a storage",
        )


def check_sign_in(settings: Settings) -> Iterable[Finding]:
    """Whether the key set that signs sellers in can be fetched. Raises httpx.HTTPError."""
    if settings.supabase_url is None:
        yield fine("sign-in", "one owner, whose link `listing-worker sign-in-link` prints")
        return
    address = f"{settings.supabase_url.rstrip('/')}/auth/v1/.well-known/jwks.json"
    answer = httpx.get(address, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    kinds = sorted({str(key.get("alg", key.get("kty"))) for key in answer.json().get("keys", [])})
    if kinds:
        yield fine("sign-in", f"Supabase Auth, tokens signed by {', '.join(kinds)}")
    elif settings.supabase_jwt_secret is not None:
        yield advice("sign-in", "Supabase Auth, tokens signed by the legacy secret", "Move to asymmetric signing keys")
    else:
        yield wrong(
            "sign-in",
            "the project signs tokens with a legacy secret, which is not set here",
            "Settings → JWT keys → migrate to asymmetric keys, or set SUPABASE_JWT_SECRET on the API",
        )


def check_webhook(settings: Settings) -> Iterable[Finding]:
    """Whether the seller app's address can be reached from here. Nothing is posted to it."""
    if settings.next_public_api_url is None or not settings.notifications_webhook_enabled:
        yield skipped("webhooks", "no NEXT_PUBLIC_API_URL; endpoints that sellers register are called all the same")
        return
    target = resolve(settings.next_public_api_url, allow_private=settings.allow_private_webhooks)
    with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        request = client.build_request(
            "HEAD", target.url, headers={"Host": target.host_header}, extensions={"sni_hostname": target.host}
        )
        answer = client.send(request)
    yield fine("webhooks", f"{target.host} answers ({answer.status_code})")
    if settings.webhook_secret is None:
        yield wrong(
            "webhooks",
            "WEBHOOK_SECRET is not set: the app could not tell our calls from a stranger's, so the API does not start",
            "Set the same whsec_… on both sides, or NOTIFICATIONS_WEBHOOK_ENABLED=false",
        )


def check_model(settings: Settings) -> Iterable[Finding]:
    """Nothing is asked of the model: a question costs money."""
    if settings.openrouter_api_key is None:
        yield skipped("model", "no OPENROUTER_API_KEY: a changed form waits for an operator instead of being healed")
    else:
        yield fine("model", f"{settings.openrouter_model} heals what has changed")
