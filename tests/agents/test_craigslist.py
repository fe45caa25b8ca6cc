"""Craigslist's own ways: variants of its chain, and the steps that are the seller's."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.registry import get_agent
from listing_worker.errors import (
    ActionRequired,
    ChallengeShown,
    FormChanged,
    ListingInvalid,
    ListingWorkerError,
    PublishRefused,
    PublishUncertain,
)
from listing_worker.models import ListingStatus
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = pytest.mark.browser
slow = pytest.mark.slow  # the rest is in the cases, and one whole posting below

SITE = "craigslist"


def run_of(market: Market, changes: dict[str, Any] | None = None, photos: int = 1) -> Run:
    return Run.of(get_agent(SITE), changes or {}, market.files[:photos])


def test_the_proof_is_the_public_address_where_the_site_shows_it(market: Market) -> None:
    async def scenario() -> Any:
        return await run_of(market).post(await market.signed_in(SITE))

    proof = market.run(scenario())
    assert proof.url == market.listed(SITE)[0]["url"]


@slow
@pytest.mark.parametrize(("variant", "words"), [("phone", "phone number"), ("confirm_email", "e-mail")])
def test_what_craigslist_asks_of_the_person_is_told_when_it_is_looked_for(
    variant: str, words: str, market: Market
) -> None:
    """After the press nothing is proven; the look finds the chain waiting, and says what to do."""
    run = run_of(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        market.sandbox.set_faults(SITE, variant=variant)
        attempt = await run.prepare(page)
        assert run.intent is not None
        with pytest.raises(PublishUncertain):
            await run.agent.publish(page, attempt, run.intent)
        with pytest.raises(ChallengeShown, match=words) as caught:
            await run.reconcile(page)
        assert caught.value.action

    market.run(scenario())
    assert not market.listed(SITE)
    assert run.presses == 1


@slow
def test_a_post_that_waited_for_its_mail_is_found_once_the_person_pressed_the_link(market: Market) -> None:
    run = run_of(market)

    async def scenario() -> Any:
        page = await market.signed_in(SITE)
        market.sandbox.set_faults(SITE, variant="confirm_email")
        attempt = await run.prepare(page)
        assert run.intent is not None
        with pytest.raises(PublishUncertain):
            await run.agent.publish(page, attempt, run.intent)
        link = market.sandbox.received(SITE)["messages"][-1]["link"]
        person = await page.context.new_page()
        await person.goto(link)
        for button in await person.get_by_role("button").all():
            if await button.is_visible():
                await button.click()
                break
        return await run.reconcile(page)

    looked = market.run(scenario())
    assert [seen.external_id for seen in looked.matches] == [one["id"] for one in market.listed(SITE)]
    assert len(looked.matches) == 1


@slow
def test_a_paid_category_ends_before_the_press_with_the_post_among_the_drafts(market: Market) -> None:
    run = run_of(market, {"category": ["motorcycles/scooters"]})

    async def scenario() -> None:
        await run.post(await market.signed_in(SITE))

    with pytest.raises(ActionRequired, match=r"\$5") as caught:
        market.run(scenario())
    assert "pay" in (caught.value.action or "")
    assert run.presses == 0
    assert not market.listed(SITE)
    assert [one["status"] for one in market.sandbox.listings(SITE)] == ["draft"]


@slow
@pytest.mark.parametrize(("variant", "expected"), [("unknown_step", FormChanged), ("ip_block", ChallengeShown)])
def test_what_is_not_known_stops_before_the_press(
    variant: str, expected: type[ListingWorkerError], market: Market
) -> None:
    run = run_of(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        market.sandbox.set_faults(SITE, variant=variant)
        await run.post(page)

    with pytest.raises(expected):
        market.run(scenario())
    assert run.presses == 0
    assert not market.listed(SITE)


@slow
def test_a_post_too_much_like_another_is_refused_in_the_sites_words(market: Market) -> None:
    run = run_of(market)

    async def scenario() -> None:
        page = await market.signed_in(SITE)
        market.sandbox.set_faults(SITE, variant="too_similar")
        await run.post(page)

    with pytest.raises(PublishRefused, match="similar") as caught:
        market.run(scenario())
    assert caught.value.sent
    assert not market.listed(SITE)


@slow
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zip_code": "94110"}, "attributes.Craigslist neighborhood"),
        ({"attributes": {"Craigslist area": "phx"}}, "attributes.Craigslist subarea"),
    ],
)
def test_a_choice_we_cannot_make_names_what_is_offered(changes: dict[str, Any], field: str, market: Market) -> None:
    async def scenario() -> None:
        await run_of(market, changes).post(await market.signed_in(SITE))

    with pytest.raises(ListingInvalid, match="one of: ") as caught:
        market.run(scenario())
    assert caught.value.field == field


@slow
def test_an_earlier_post_is_not_copied_and_all_pages_of_postings_are_read(market: Market) -> None:
    """The second post of an account is asked for a copy of the first; the table has several pages."""
    runs = [run_of(market, {"title": f"Wooden chair {number}"}) for number in range(3)]

    async def scenario() -> Any:
        page = await market.signed_in(SITE)
        market.sandbox.set_faults(SITE, variant="short_pages")
        proofs = [await run.post(await page.context.new_page()) for run in runs]
        return proofs, await runs[0].reconcile(page)

    proofs, looked = market.run(scenario())
    assert looked.complete
    assert [seen.external_id for seen in looked.matches] == [proofs[0].external_id]
    assert [one["title"] for one in market.listed(SITE)] == [run.listing.title for run in runs]


@slow
def test_how_a_posting_stands_is_told_by_the_table(market: Market) -> None:
    run = run_of(market)
    agent = run.agent

    async def scenario() -> list[Any]:
        page = await market.signed_in(SITE)
        proof = await run.post(page)
        found = await agent.find_in_closet(page, run.listing)
        told = [found.matches[0].external_id == proof.external_id]
        for status in ("live", "deleted"):
            path = f"/listings/{SITE}/{proof.external_id}"
            market.sandbox.admin.put(path, json={"status": status}).raise_for_status()
            told.append((await agent.status(page, proof.external_id)).status)
        return [*told, (await agent.status(page, "7000000000")).status]

    assert market.run(scenario()) == [True, ListingStatus.ACTIVE, ListingStatus.DELISTED, ListingStatus.GONE]
