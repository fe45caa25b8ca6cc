"""The extension in a real Chromium: pairing by consent, sessions sealed exactly, and delivered come what may."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import expect

from listing_worker.demo import extension as driver
from listing_worker.models import Cookie, Session
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.session_loader import capture
from tests.extension.api_double import PUBLISHABLE_KEY, refuse
from tests.extension.conftest import SECRET, Seller
from tests.fixtures.chromium import RunAsync
from tests.utils.awkward_site import CANARY

pytestmark = pytest.mark.browser
LOGIN = "Path=/; Secure; HttpOnly"
STRANGER = "another-worker-altogether-" + "z" * 32


def in_order(cookies: Any) -> list[Cookie]:
    return sorted(cookies, key=lambda c: (c.name, c.domain, c.path))


# ---- pairing


def test_nothing_is_connected_before_the_seller_allows_it(seller: Seller, run_async: RunAsync, ring: KeyRing) -> None:
    async def scenario() -> None:
        page = await seller.ask_to_pair()
        await expect(seller.popup.locator("#allow")).to_be_enabled()
        assert await seller.popup.locator("#pairing-origin").inner_text() == seller.origin
        assert await page.evaluate("look()") == "waiting"
        assert len(seller.api.codes) == 1, "the code must not be used before Allow"
        assert (await seller.badge())[0] == "?"

        await seller.popup.locator("#deny").click()
        await expect(seller.popup.locator("#pairing")).to_be_hidden()
        assert await page.evaluate("look()") == "denied"
        assert len(seller.api.codes) == 1
        assert not seller.api.tokens
        assert "pairing" not in (await seller.stored())["local"]

        await page.evaluate("code => pair(code)", seller.api.new_code())
        watching = asyncio.ensure_future(page.evaluate("watch()"))
        shown = await driver.allow_pairing(seller.popup)
        assert shown == ring.key_list().fingerprint
        assert await watching == ["waiting", "paired"]
        assert len(seller.api.tokens) == 1

    run_async(scenario())


def test_the_address_is_the_browsers_word_and_orders_come_from_our_own_pages_only(
    seller: Seller, run_async: RunAsync
) -> None:
    async def scenario() -> None:
        page = await seller.page(f"{seller.origin}/connect")
        liar = {"type": "pair", "code": seller.api.new_code(), "address": "https://evil.example", "origin": "x"}
        await page.evaluate("message => ask(message)", liar)
        assert await seller.popup.locator("#pairing-origin").inner_text() == seller.origin
        for order in ("allow", "connect", "sync", "unpair", "constructor", "__proto__", ""):
            answer = await page.evaluate("message => ask(message)", {"type": order, "marketplace": "poshmark"})
            assert answer["ok"] is False
        assert (await page.evaluate("ask({ type: 'pair', code: '<script>' })"))["ok"] is False
        assert not seller.api.tokens

        marketplace = await seller.sign_in()
        assert await marketplace.evaluate("typeof chrome?.runtime?.sendMessage") == "undefined"

    run_async(scenario())


def test_a_used_code_connects_nothing(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.ask_to_pair("a-code-nobody-gave-out")
        await expect(seller.popup.locator("#allow")).to_be_enabled()
        await seller.popup.locator("#allow").click()
        await expect(seller.popup.locator("#message")).to_have_text("Not connected: Refused: pairing_invalid.")
        await expect(seller.popup.locator("#connection")).to_have_attribute("data-state", "none")

    run_async(scenario())


def test_a_forged_key_list_cannot_be_allowed(seller: Seller, run_async: RunAsync, ring: KeyRing) -> None:
    stranger = KeyRing(STRANGER).key_list().model_dump(mode="json")
    seller.api.keys = {**ring.key_list().model_dump(mode="json"), "keys": stranger["keys"]}

    async def scenario() -> None:
        await seller.ask_to_pair()
        await expect(seller.popup.locator("#pairing-key")).to_contain_text("not signed as it should be")
        await expect(seller.popup.locator("#allow")).to_be_disabled()

    run_async(scenario())


def test_the_typed_code_asks_for_the_same_consent(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        options = await seller.page(driver.OPTIONS)
        await options.fill("#address", "http://listings.example.com")
        await options.fill("#code", seller.api.new_code())
        await options.click("#ask")
        await expect(options.locator("#message")).to_contain_text("https://")
        await options.fill("#address", seller.origin + "/somewhere")
        await options.click("#ask")
        await driver.allow_pairing(seller.popup)
        await expect(options.locator("#origin")).to_have_text(seller.origin)

    run_async(scenario())


# ---- what is sent


def test_the_sealed_session_opens_in_the_worker_and_equals_the_browsers(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.pair()
        www = await seller.page("https://www.poshmark.com/sign-in")
        await www.close()
        page = await seller.sign_in()
        row = seller.popup.locator("[data-marketplace=poshmark]")
        await row.locator("[data-action=review]").click()
        await expect(row.locator(".terms")).to_contain_text("robots")
        assert not seller.api.puts
        await row.locator("[data-action=connect]").click()
        await driver.wait_synced(seller.popup, "poshmark")

        (put,) = seller.api.puts
        plain = seller.api.opened(put)
        session = Session.model_validate_json(plain)
        scope = session.model_copy(update={"cookies": (Cookie(name="x", value="", domain=".poshmark.com"),)})
        browsers_own = await capture(seller.context, page, scope)
        assert len(session.cookies) == 20
        assert in_order(session.cookies) == in_order(browsers_own.cookies)
        (origin,) = session.origins  # of the open tab; www's was closed
        assert origin in browsers_own.origins
        assert session.origins[0].sessionStorage == {"tab": "kept in the tab"}
        by_name = {cookie.name: cookie for cookie in session.cookies}
        assert by_name["jwt"].httpOnly
        assert by_name["_csrf"].sameSite is None
        assert "sameSite" not in next(c for c in json.loads(plain)["cookies"] if c["name"] == "_csrf")
        assert by_name["hostonly"].domain == "poshmark.com"
        assert by_name["www_only"].domain == "www.poshmark.com"
        own_partition = {"topLevelSite": "https://poshmark.com", "hasCrossSiteAncestor": False}
        assert by_name["__Host-chips"].partitionKey == by_name["chips"].partitionKey == own_partition
        assert session.capturedAt.tzinfo is not None
        assert abs((datetime.now(UTC) - session.capturedAt).total_seconds()) < 60
        assert put["captured_at"] == json.loads(plain)["capturedAt"]
        assert "Chrome" in session.userAgent
        assert session.languages
        assert session.timeZone

    run_async(scenario())


def test_nothing_unsealed_is_stored_or_sent(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        seller.api.down = True
        await seller.pair()
        await seller.sign_in()
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "waiting")
        stored = json.dumps(await seller.stored())
        assert '"sealed"' in stored, "the sealed copy waits"
        assert CANARY not in stored
        assert "kept in" not in stored
        seller.api.down = False
        await driver.wait_synced(seller.popup, "poshmark")
        assert CANARY not in json.dumps(seller.api.puts)
        assert CANARY.encode() in seller.api.opened(seller.api.puts[0])
        kept = [
            p for p in seller.profile.rglob("*") if p.is_file() and "Extension" in str(p.relative_to(seller.profile))
        ]
        assert kept
        for file in kept:
            assert CANARY.encode() not in file.read_bytes(), file.name
        # a script in the page has no way to the stored token
        page = await seller.page("https://poshmark.com/")
        assert await page.evaluate("typeof chrome?.storage") == "undefined"

    run_async(scenario())


@pytest.mark.slow
def test_only_a_login_cookies_change_is_sent_and_a_burst_once(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        tail = "Domain=poshmark.com; Path=/; Max-Age=9999"
        await seller.set_cookies(*[f"_ga_{n}=GS1.{n}; {tail}" for n in range(5)])
        alarms = "async () => (await chrome.alarms.getAll()).filter(({ name }) => name.startsWith('sync:')).length"

        async def no_alarm() -> bool:
            return await seller.popup.evaluate(alarms) == 0

        await seller.until(no_alarm, "the look at the analytics cookies")
        await seller.popup.wait_for_timeout(200)
        assert len(seller.api.puts) == 1
        await seller.set_cookies(
            *[f"jwt=changed-{n}; Domain=.poshmark.com; Path=/; Secure; HttpOnly" for n in range(4)]
        )
        await seller.until(lambda: len(seller.api.puts) > 1, "the changed login is sent")
        await seller.until(no_alarm, "the throttle runs out")
        await seller.popup.wait_for_timeout(200)
        last = Session.model_validate_json(seller.api.opened(seller.api.puts[-1]))
        assert "changed-3" in {cookie.value for cookie in last.cookies}
        assert len(seller.api.puts) <= 3

    run_async(scenario())


def test_signed_out_is_said_and_signing_in_syncs_by_itself(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.pair()
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "signed_out")
        assert not seller.api.tried
        text, title = await seller.badge()
        assert (text, title) == ("!", "Sign in to Poshmark in this browser")
        await seller.sign_in()
        await driver.wait_synced(seller.popup, "poshmark")
        await seller.page("https://poshmark.com/sign-out")
        await driver.wait_status(seller.popup, "poshmark", "signed_out")
        assert len(seller.api.puts) == 1, "signed out here is not deleted there"
        assert not seller.api.deletes

    run_async(scenario())


@pytest.mark.slow
def test_what_the_worker_found_out_is_shown(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        words = seller.popup.locator("[data-marketplace=poshmark] [data-status]")
        seller.api.statuses["poshmark"] = "active"
        await seller.popup.evaluate("chrome.runtime.sendMessage({ type: 'refresh' })")
        await expect(words).to_have_text("Signed in as sam · synced just now")
        seller.api.statuses["poshmark"] = "signed_out"
        await seller.popup.evaluate("chrome.runtime.sendMessage({ type: 'refresh' })")
        await driver.wait_status(seller.popup, "poshmark", "signed_out")
        await driver.sync_now(seller.popup, "poshmark")
        await driver.wait_synced(seller.popup, "poshmark")
        assert len(seller.api.puts) == 2

    run_async(scenario())


# ---- when things go wrong


def test_while_the_api_is_away_the_session_goes_straight_to_the_project(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        seller.api.direct = {"url": seller.origin, "publishable_key": PUBLISHABLE_KEY}
        await seller.pair()
        seller.api.down = True
        await seller.sign_in()
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_synced(seller.popup, "poshmark")
        assert not seller.api.puts
        (put,) = seller.api.direct_puts
        assert CANARY not in json.dumps(put)
        assert CANARY.encode() in seller.api.opened(put)
        seller.api.direct_refusals.append("invalid_value")
        await driver.sync_now(seller.popup, "poshmark")
        await expect(seller.popup.locator("[data-marketplace=poshmark]")).to_contain_text("Refused: invalid_value.")
        seller.api.down = False
        await driver.sync_now(seller.popup, "poshmark")
        await seller.until(lambda: len(seller.api.puts) == 1, "the API is back and preferred")
        assert len(seller.api.direct_puts) == 1

    run_async(scenario())


@pytest.mark.slow
def test_a_retry_outlives_the_worker(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.pair()
        await seller.sign_in()
        seller.api.down = True
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "waiting")
        queued = (await seller.stored())["local"]["queue:poshmark"]["body"]["sealed"]
        await seller.end_worker()
        tried = len(seller.api.tried)
        await seller.until(lambda: len(seller.api.tried) > tried, "the worker wakes up by its alarm")
        await seller.end_worker()
        seller.api.down = False
        await driver.wait_synced(seller.popup, "poshmark")
        assert [put["sealed"] for put in seller.api.puts] == [queued]
        assert (await seller.badge())[0] == ""

    run_async(scenario())


@pytest.mark.slow
def test_retry_after_is_honoured(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.pair()
        await seller.sign_in()
        seller.api.answers = [refuse(429, "slow_down", **{"Retry-After": "600"})]
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "waiting")
        words = seller.popup.locator("[data-marketplace=poshmark] [data-status]")
        await expect(words).to_contain_text("next try in 10 minutes")
        alarm = await seller.popup.evaluate("chrome.alarms.get('flush:poshmark')")
        assert alarm["scheduledTime"] - datetime.now(UTC).timestamp() * 1000 > 590_000
        await driver.sync_now(seller.popup, "poshmark")  # the seller's own wish goes at once
        await driver.wait_synced(seller.popup, "poshmark")

    run_async(scenario())


def test_a_retired_key_is_replaced_and_the_session_captured_again(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        first = seller.api.puts[-1]
        rotated = KeyRing(f"{STRANGER},{SECRET}")
        seller.api.rotate(rotated)
        await driver.sync_now(seller.popup, "poshmark")
        await seller.until(lambda: len(seller.api.puts) == 2, "sent with the new key")
        second = seller.api.puts[-1]
        assert second["key_id"] == rotated.first_key_id != first["key_id"]
        assert second["captured_at"] > first["captured_at"]
        assert CANARY.encode() in rotated.open(
            user_id=(await seller.stored())["local"]["pairing"]["userId"],
            marketplace="poshmark",
            key_id=second["key_id"],
            sealed=second["sealed"],
        )
        # the old signer vouched for the new one, so the pin moved: the old secret may now go
        seller.api.rotate(KeyRing(STRANGER))
        await driver.sync_now(seller.popup, "poshmark")
        await seller.until(lambda: len(seller.api.puts) == 3, "still trusted")

    run_async(scenario())


def test_a_strangers_keys_stop_everything(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        seller.api.rotate(KeyRing(STRANGER))  # signed well, but by nobody we know
        await driver.sync_now(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "unpaired")
        await expect(seller.popup.locator("#stopped-why")).to_contain_text("another worker")
        assert len(seller.api.puts) == 1
        text, title = await seller.badge()
        assert text == "!"
        assert "another worker" in title

    run_async(scenario())


@pytest.mark.slow
def test_a_revoked_token_stops_and_pairing_again_sends_everything(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        seller.api.tokens.clear()
        await driver.sync_now(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "unpaired")
        await expect(seller.popup.locator("#connection")).to_have_attribute("data-state", "stopped")
        assert not [key for key in (await seller.stored())["local"] if key.startswith("queue:")]
        await seller.pair()
        await driver.wait_synced(seller.popup, "poshmark")
        assert len(seller.api.puts) == 2

    run_async(scenario())


@pytest.mark.slow
def test_a_refusal_that_waiting_cannot_cure_is_said_once(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.pair()
        await seller.sign_in()
        seller.api.answers = [refuse(422, "unknown_marketplace")]
        await driver.connect(seller.popup, "poshmark")
        await driver.wait_status(seller.popup, "poshmark", "problem")
        words = seller.popup.locator("[data-marketplace=poshmark] [data-status]")
        await expect(words).to_have_text("Refused: unknown_marketplace.")
        assert len(seller.api.tried) == 1

    run_async(scenario())


@pytest.mark.slow
def test_forgetting_asks_the_server_until_it_has_forgotten(seller: Seller, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await seller.connected()
        seller.api.answers = [refuse(503, "away")]
        row = seller.popup.locator("[data-marketplace=poshmark]")
        await row.locator("[data-action=forget]").click()
        await row.locator("[data-action=forget-cancel]").click()
        assert not seller.api.deletes
        await row.locator("[data-action=forget]").click()
        await row.locator("[data-action=forget-confirm]").click()
        await driver.wait_status(seller.popup, "poshmark", "off")
        assert seller.api.deletes == ["poshmark"]
        assert seller.api.tried[-2:] == ["DELETE", "DELETE"]
        assert not [key for key in (await seller.stored())["local"] if key.endswith(":poshmark")]
        await seller.set_cookies(f"jwt=after; Domain=.poshmark.com; {LOGIN}")
        await seller.popup.wait_for_timeout(700)
        assert len(seller.api.puts) == 1

    run_async(scenario())
