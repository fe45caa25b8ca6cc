"""Misbehaviour of a marketplace → the error that names who must act; and after the press, never a second listing."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from listing_worker.agents.registry import get_agent, names
from listing_worker.errors import (
    AccountRestricted,
    ChallengeShown,
    ListingInvalid,
    ListingWorkerError,
    PageTimeout,
    PublishRefused,
    PublishUncertain,
    RateLimited,
    SignInRequired,
    SiteUnavailable,
)
from listing_worker.sandbox.site import difference_hash
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

every = pytest.mark.parametrize("name", names())


@every
def test_a_browser_without_a_session_is_signed_out(name: str, market: Market) -> None:
    async def scenario() -> Any:
        return await get_agent(name).sign_in_state(await market.context.new_page())

    assert market.run(scenario()).signed_in is False


@every
def test_what_the_sign_in_test_says_on_bad_days(name: str, market: Market) -> None:
    bad_days: list[tuple[dict[str, Any], type[ListingWorkerError]]] = [
        ({"challenge": True}, ChallengeShown),
        ({"rate_limited": 9}, RateLimited),
        ({"server_error": 9}, SiteUnavailable),
    ]
    agent = get_agent(name)

    async def scenario() -> None:
        page = await market.signed_in(name)
        assert (await agent.sign_in_state(page)).signed_in
        for fault, expected in bad_days:
            market.sandbox.set_faults(name, **fault)
            with pytest.raises(expected) as caught:
                await agent.sign_in_state(page)
            if isinstance(caught.value, RateLimited):
                assert caught.value.seconds == 30
            market.sandbox.set_faults(name, **dict.fromkeys(fault, False if True in fault.values() else 0))
        market.sandbox.set_faults(name, signed_out=True)
        assert (await agent.sign_in_state(page)).signed_in is False

    market.run(scenario())


@every
def test_a_suspended_account_ends_before_anything_is_listed(
    name: str,
    market: Market,
) -> None:
    async def scenario() -> None:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, suspended=True)
        await Run.of(get_agent(name), {}, market.files[:1]).post(page)

    with pytest.raises((AccountRestricted, PublishRefused)):
        market.run(scenario())
    assert not market.listed(name)


@every
def test_a_session_that_ends_while_filling_says_so(
    name: str,
    market: Market,
) -> None:
    run = Run.of(get_agent(name), {}, market.files[:1])

    async def scenario() -> None:
        page = await market.signed_in(name)
        assert (await run.agent.sign_in_state(page)).signed_in
        market.sandbox.set_faults(name, signed_out=True)
        await run.agent.open_form(page, run.attempt())

    with pytest.raises(SignInRequired):
        market.run(scenario())
    assert not market.listed(name)


@every
def test_a_listing_whose_answer_was_lost_is_found_though_it_comes_late(name: str, market: Market) -> None:
    run = Run.of(get_agent(name), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in(name)
        attempt = await run.prepare(page)
        market.sandbox.set_faults(name, late_in_closet=3.0, publish_lost=True)
        assert run.intent is not None
        with pytest.raises(PublishUncertain):
            await run.agent.publish(page, attempt, run.intent)
        looked = await run.reconcile(page)
        while not looked.matches:  # the test's own time limit ends this
            looked = await run.reconcile(page)
        return looked

    looked = market.run(scenario())
    assert looked.complete
    assert [seen.external_id for seen in looked.matches] == [one["id"] for one in market.listed(name)]
    assert market.sandbox.received(name)["publish_requests"] == run.presses == 1


def test_an_error_answer_after_the_listing_was_made_ends_in_that_one_listing(market: Market) -> None:
    run = Run.of(get_agent("mercari"), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in("mercari")
        attempt = await run.prepare(page)
        market.sandbox.set_faults("mercari", publish_error_after=502)
        assert run.intent is not None
        with pytest.raises(PublishUncertain):
            await run.agent.publish(page, attempt, run.intent)
        return await run.reconcile(page)

    looked = market.run(scenario())
    assert [seen.external_id for seen in looked.matches] == [one["id"] for one in market.listed("mercari")]


@every
def test_an_older_listing_of_the_same_title_is_not_taken_for_the_new_one(
    name: str,
    market: Market,
) -> None:
    first, second = (Run.of(get_agent(name), {"sku": sku}, market.files[:1]) for sku in ("LW-1", "LW-2"))

    async def scenario() -> Any:
        page = await market.signed_in(name)
        older = await first.post(page)
        page = await page.context.new_page()
        attempt = await second.prepare(page)
        market.sandbox.set_faults(name, publish_error_before=503)
        assert second.intent is not None
        with pytest.raises(PublishUncertain):
            await second.agent.publish(page, attempt, second.intent)
        market.sandbox.set_faults(name, publish_error_before=0)
        return older, await second.reconcile(page)

    older, looked = market.run(scenario())
    assert looked.complete
    assert looked.matches == ()
    assert [one["id"] for one in market.listed(name)] == [older.external_id]


@every
def test_a_sign_in_asked_for_after_the_press_is_reconciled_to_nothing(name: str, market: Market) -> None:
    run = Run.of(get_agent(name), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in(name)
        attempt = await run.prepare(page)
        market.sandbox.set_faults(name, reauth_after_publish=True)
        assert run.intent is not None
        with pytest.raises((PublishUncertain, PublishRefused)) as caught:
            await run.agent.publish(page, attempt, run.intent)
        if isinstance(caught.value, PublishRefused):
            assert caught.value.sent  # the site's word, not yet a proof
        market.sandbox.set_faults(name, reauth_after_publish=False)
        return await run.reconcile(await market.signed_in(name))

    looked = market.run(scenario())
    assert looked.complete
    assert looked.matches == ()
    assert not market.listed(name)


@every
def test_banners_dialogs_slow_uploads_and_a_review_do_not_stop_a_posting(name: str, market: Market) -> None:
    run = Run.of(get_agent(name), {}, market.files[:3])

    async def scenario() -> Any:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, cookie_banner=True, modal=True, photo_slow=0.4, pending_review=True)
        return await run.post(page)

    proof = market.run(scenario())
    received = market.listed(name)
    assert [one["id"] for one in received] == [proof.external_id]
    assert [one["status"] for one in received] == ["pending_review"]
    assert [len(one["photos"]) for one in received] == [3]


@every
def test_a_failing_upload_leaves_no_photo_out(name: str, market: Market) -> None:
    """Either the form tells which photo is missing, or the attempt ends and the next one starts afresh."""
    runs = [Run.of(get_agent(name), {}, market.files[:3]) for _ in range(2)]

    async def scenario() -> Any:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, photo_error=1)
        try:
            return await runs[0].post(page)
        except PageTimeout:
            return await runs[1].post(await page.context.new_page())

    market.run(scenario())
    received = market.listed(name)
    ours = [difference_hash(Image.open(file)) for file in market.files[:3]]
    assert len(received) == 1
    assert len(received[0]["photos"]) == 3
    for photo, expected in zip(received[0]["photos"], ours, strict=True):
        assert bin(int(photo["dhash"], 16) ^ int(expected, 16)).count("1") <= 12


@pytest.mark.parametrize(
    ("name", "variant", "expected", "words"),
    [
        ("mercari", "seller_action", PublishRefused, "action"),
        ("mercari", "verification", PublishRefused, "Verify"),
        ("mercari", "payment_gate", PublishRefused, "almost done"),
        ("ebay", "selling-limit", PublishRefused, "limit"),
        ("ebay", "B", ListingInvalid, "shipping policy"),
    ],
)
def test_what_only_the_seller_can_settle_is_told_in_the_sites_words(
    name: str,
    variant: str,
    expected: type[ListingWorkerError],
    words: str,
    market: Market,
) -> None:
    async def scenario() -> None:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, variant=variant)
        await Run.of(get_agent(name), {}, market.files[:1]).post(page)

    with pytest.raises(expected, match=words):
        market.run(scenario())
    assert not market.listed(name)


def test_a_required_item_specific_that_the_listing_does_not_tell_is_named(market: Market) -> None:
    async def scenario() -> None:
        changes = {"attributes": {"Department": "Women", "Size Type": "Regular"}, "title": "Plain thing"}
        await Run.of(get_agent("ebay"), changes, market.files[:1]).post(await market.signed_in("ebay"))

    with pytest.raises(ListingInvalid) as caught:
        market.run(scenario())
    assert caught.value.field is not None
    assert caught.value.field.startswith("attributes.")
    assert not market.listed("ebay")


def test_a_publication_that_silently_did_nothing_is_not_taken_for_a_listing(market: Market) -> None:
    """Poshmark answers 200 and moves on, but the post stays a draft (fact: poshmark §6)."""
    run = Run.of(get_agent("poshmark"), {}, market.files[:1])

    async def scenario() -> Any:
        page = await market.signed_in("poshmark")
        market.sandbox.set_faults("poshmark", variant="silent_publish")
        return await run.post(page)

    with pytest.raises((PublishRefused, PublishUncertain)):
        market.run(scenario())
    assert not market.listed("poshmark")
