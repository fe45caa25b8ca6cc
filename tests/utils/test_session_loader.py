"""Sessions in and out of a real Chromium: byte for byte, once, and only forward."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from listing_worker.agents.browsers.chromium import base_arguments
from listing_worker.errors import SessionUnreadable
from listing_worker.models import Cookie, OriginStorage, Session
from listing_worker.storage.store import Store
from listing_worker.utils import redact
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.session_loader import capture, load_session, restore, save_back, to_cdp
from tests.utils.awkward_site import CANARY, awkward_site

USER, SITE = "user-1", "poshmark"
NEW, OLD = "new-secret-" + "n" * 32, "old-secret-" + "o" * 32
EMPTY = Session(marketplace=SITE, capturedAt=datetime.now(UTC), cookies=())


@pytest.fixture(autouse=True)
def nothing_hidden() -> Iterator[None]:
    redact.forget_hidden()
    yield
    redact.forget_hidden()


# ---- into the browser and back


def drive(chromium_path: Path, arguments: list[str], scenario: Any) -> Any:
    """Runs `scenario(browser)` in a Chromium of its own."""

    async def run() -> Any:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=[*base_arguments(), *arguments]
            )
            try:
                return await scenario(browser)
            finally:
                await browser.close()

    return asyncio.run(run())


async def echoes(context: BrowserContext) -> list[str]:
    """The Cookie header as the site sees it, on several kinds of request."""
    page = await context.new_page()
    seen = []
    for address in ("https://poshmark.com/", "https://poshmark.com/sell/x", "https://www.poshmark.com/a"):
        response = await page.goto(address)
        assert response is not None
        seen.append(await response.text())
    await page.goto("https://poshmark.com/")
    seen.append(await page.evaluate("fetch('/api').then(r => r.text())"))
    await page.close()
    return seen


def in_order(session: Session) -> list[Cookie]:
    return sorted(session.cookies, key=lambda c: (c.name, c.domain, c.path))


async def signed_in(browser: Browser) -> tuple[Session, list[str]]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto("https://www.poshmark.com/sign-in")
    await page.goto("https://poshmark.com/sign-in")
    scope = Session(
        marketplace=SITE,
        capturedAt=datetime.now(UTC),
        cookies=(Cookie(name="jwt", value="", domain=".poshmark.com"),),
    )
    session = await capture(context, page, scope)
    seen = await echoes(context)
    await context.close()
    return session, seen


@pytest.mark.browser
def test_a_session_survives_the_trip_byte_for_byte(chromium_path: Path, tmp_path: Path) -> None:
    async def scenario(browser: Browser) -> None:
        session, before = await signed_in(browser)
        assert len(session.cookies) == 20
        by_name = {cookie.name: cookie for cookie in session.cookies}
        assert by_name["ui"].sameSite is None
        assert by_name["_csrf"].expires == -1
        assert by_name["hostonly"].domain == "poshmark.com"
        assert by_name["__Host-chips"].partitionKey == {
            "topLevelSite": "https://poshmark.com",
            "hasCrossSiteAncestor": False,
        }

        travelled = Session.model_validate_json(session.model_dump_json(exclude_none=True))
        context = await browser.new_context()
        asked_before = len(site.seen)
        refused = await restore(context, travelled)
        assert refused == []
        assert site.seen[asked_before:] == [], "restoring must not ask the site for anything"
        page = context.pages[0]
        await page.goto("https://poshmark.com/")
        assert await page.evaluate("localStorage.flag") == "kept in localStorage"
        assert await page.evaluate("sessionStorage.tab") == "kept in the tab"
        again = await capture(context, page, travelled)
        assert in_order(again) == in_order(session)
        assert again.origins == session.origins
        assert await echoes(context) == before
        await context.close()

    with awkward_site(tmp_path) as (site, arguments):
        drive(chromium_path, arguments, scenario)


@pytest.mark.browser
def test_what_the_site_refreshes_stays_refreshed_and_is_captured(chromium_path: Path, tmp_path: Path) -> None:
    async def scenario(browser: Browser) -> None:
        session, _ = await signed_in(browser)
        context = await browser.new_context()
        await restore(context, session)
        page = context.pages[0]
        await page.goto("https://poshmark.com/refresh")
        await page.goto("https://poshmark.com/next")
        assert await page.evaluate("localStorage.flag") == "refreshed"
        now = await capture(context, page, session)
        assert {c.value for c in now.cookies if c.name == "jwt"} == {"refreshed-by-the-site-1"}
        assert now.origins[0].localStorage == {"flag": "refreshed"}
        assert now.capturedAt > session.capturedAt
        await context.close()

    with awkward_site(tmp_path) as (_, arguments):
        drive(chromium_path, arguments, scenario)


def cookie(name: str, **changes: Any) -> Cookie:
    return Cookie.model_validate({"name": name, "value": "v", "domain": ".poshmark.com", "path": "/", **changes})


BAD = {
    "control": {"value": "a\nb"},
    "__Host-dotted": {"secure": True},
    "__Secure-plain": {"secure": False},
    "too_long": {"value": "x" * 5000},
    "odd_samesite": {"sameSite": "lax"},
    "insecure_none": {"sameSite": "None", "secure": False},
}


@pytest.mark.browser
def test_a_bad_cookie_is_named_and_all_others_are_set(chromium_path: Path, tmp_path: Path) -> None:
    good = [cookie("first"), cookie("jwt", secure=True, httpOnly=True), cookie("last", domain="poshmark.com")]
    bad = [cookie(name, **changes) for name, changes in BAD.items()]
    past = cookie("past", expires=1_000_000_000.0)
    session = EMPTY.model_copy(update={"cookies": (good[0], *bad, past, *good[1:])})

    async def scenario(browser: Browser) -> None:
        context = await browser.new_context()
        assert await restore(context, session) == list(BAD)
        assert [c.get("name") for c in await context.cookies()] == ["first", "jwt", "last"]
        await context.close()

    drive(chromium_path, [], scenario)


@pytest.mark.browser
def test_other_sites_cookies_are_not_captured(chromium_path: Path) -> None:
    async def scenario(browser: Browser) -> None:
        context = await browser.new_context()
        jar = [cookie("own"), cookie("theirs", domain=".tracker.example"), cookie("odd", domain=".notposhmark.com")]
        await restore(context, EMPTY.model_copy(update={"cookies": tuple(jar)}))
        scope = EMPTY.model_copy(update={"cookies": (cookie("own", domain="www.poshmark.com"),)})
        captured = await capture(context, context.pages[0], scope)
        assert [c.name for c in captured.cookies] == ["own"]
        await context.close()

    drive(chromium_path, [], scenario)


def test_cookies_for_cdp_leave_out_what_is_not_set() -> None:
    raw = to_cdp(cookie("a", partitionKey={"topLevelSite": "https://poshmark.com"}))
    assert "expires" not in raw
    assert "sameSite" not in raw
    assert raw["partitionKey"] == {"topLevelSite": "https://poshmark.com", "hasCrossSiteAncestor": False}


# ---- from and to the row


class Rows:
    """The part of the store that sessions use, over a dictionary; a version per write, as in SQL."""

    def __init__(self, key_id: str, sealed: str) -> None:
        self.row: dict[str, Any] | None = {
            "marketplace": SITE, "key_id": key_id, "sealed": sealed, "version": 1, "status": "active", "account": None,
            "captured_at": "", "expires_at": "", "proven_at": None, "browser_profile_id": "bp",
        }  # fmt: skip
        self.fresher: tuple[str, str] | None = None

    def get_session(self, user_id: str, marketplace: str) -> dict[str, Any] | None:
        return dict(self.row) if self.row and (user_id, marketplace) == (USER, SITE) else None

    def open_session(self, user_id: str, marketplace: str, *_: object) -> dict[str, Any] | None:
        return self.get_session(user_id, marketplace)

    def reseal_session(self, user_id: str, marketplace: str, version: int, key_id: str, sealed: str) -> bool:
        assert self.row is not None
        if self.fresher:  # an upload comes in between
            self.row.update(key_id=self.fresher[0], sealed=self.fresher[1], version=self.row["version"] + 1)
            self.fresher = None
        if self.row["version"] != version:
            return False
        self.row.update(key_id=key_id, sealed=sealed, version=version + 1)
        return True


def sample(value: str = CANARY) -> Session:
    return Session(
        marketplace=SITE,
        capturedAt=datetime.now(UTC) - timedelta(hours=1),
        cookies=(cookie("jwt", value=value),),
        origins=(OriginStorage(origin="https://poshmark.com", localStorage={"token": "local-storage-secret-1"}),),
    )


def sealed(ring: KeyRing, session: Session) -> tuple[str, str]:
    return ring.seal(session.model_dump_json(exclude_none=True).encode(), user_id=USER, marketplace=SITE)


@pytest.fixture(scope="module")
def rings() -> tuple[KeyRing, KeyRing]:
    return KeyRing(f"{NEW},{OLD}"), KeyRing(OLD)


def test_a_session_is_loaded_and_its_values_vanish_from_logs(rings: tuple[KeyRing, KeyRing]) -> None:
    rotated, _ = rings
    store = Rows(*sealed(rotated, sample()))
    loaded = load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert loaded is not None
    assert loaded.session.cookies[0].value == CANARY
    assert store.row is not None
    assert store.row["version"] == 1
    assert CANARY not in redact.redact_text(f"page shows {CANARY} and local-storage-secret-1")
    assert "local-storage-secret-1" not in redact.redact_text("local-storage-secret-1")
    assert CANARY not in repr(loaded)
    assert load_session(cast(Store, store), rotated, "user-2", SITE, purpose="posting") is None


def test_an_old_keys_session_is_sealed_again_with_the_new(rings: tuple[KeyRing, KeyRing]) -> None:
    rotated, old = rings
    store = Rows(*sealed(old, sample()))
    loaded = load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert loaded is not None
    assert store.row is not None
    assert store.row["key_id"] == rotated.first_key_id == loaded.row["key_id"]
    assert loaded.row["version"] == store.row["version"]
    assert loaded.session == sample().model_copy(update={"capturedAt": loaded.session.capturedAt})


def test_sealing_again_never_overwrites_a_fresher_upload(rings: tuple[KeyRing, KeyRing]) -> None:
    rotated, old = rings
    store = Rows(*sealed(old, sample()))
    store.fresher = sealed(rotated, sample("uploaded-meanwhile-1"))
    loaded = load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert loaded is not None
    assert loaded.session.cookies[0].value == "uploaded-meanwhile-1"


def test_saving_back_writes_changes_only_and_only_over_what_was_read(rings: tuple[KeyRing, KeyRing]) -> None:
    rotated, _ = rings
    store = Rows(*sealed(rotated, sample()))
    loaded = load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert loaded is not None
    same = loaded.session.model_copy(update={"capturedAt": datetime.now(UTC)})
    assert not save_back(cast(Store, store), rotated, loaded, same)
    changed = loaded.session.model_copy(update={"cookies": (cookie("jwt", value="refreshed-1"),)})
    assert save_back(cast(Store, store), rotated, loaded, changed)
    reloaded = load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert reloaded is not None
    assert reloaded.session.cookies == changed.cookies
    assert not save_back(cast(Store, store), rotated, loaded, changed), "a version further on"


@pytest.mark.parametrize(
    "plain",
    [b"not json", b"{}", b"[]", json.dumps({"marketplace": SITE, "capturedAt": "x", "cookies": [CANARY]}).encode(),
     EMPTY.model_copy(update={"marketplace": "ebay"}).model_dump_json().encode(),
     EMPTY.model_copy(update={"version": 2}).model_dump_json().encode()],
)  # fmt: skip
def test_what_opens_but_is_no_session_is_unreadable(rings: tuple[KeyRing, KeyRing], plain: bytes) -> None:
    rotated, _ = rings
    store = Rows(*rotated.seal(plain, user_id=USER, marketplace=SITE))
    with pytest.raises(SessionUnreadable) as refused:
        load_session(cast(Store, store), rotated, USER, SITE, purpose="posting")
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None
