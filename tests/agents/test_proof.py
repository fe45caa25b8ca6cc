"""The one press: pressed once, proven, refused, or uncertain; never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.proof import ProofWatch, _proof, id_in, message_of, value_at
from listing_worker.agents.recipe import PublishRequest
from listing_worker.errors import FormChanged, LeaseLost, PublishRefused, PublishUncertain
from listing_worker.models import Proof, ProofKind
from tests.agents.market import RECIPE, Market, attempt, intent, open_sell

pytestmark = pytest.mark.browser


@pytest.fixture
def publish(browser_page: Page, run_async: Any) -> Any:
    """Fills the market's form and presses; tells the proof and how often the page was pressed."""

    def run(market: Market, **more: Any) -> tuple[Proof, int]:
        async def scenario() -> tuple[Proof, int]:
            agent = await open_sell(browser_page, market)
            proof = await agent.publish(browser_page, attempt(**more), intent())
            return proof, await browser_page.evaluate("window.presses ?? 1")

        result: tuple[Proof, int] = run_async(scenario())
        return result

    return run


def presses(page: Page, run_async: Any) -> int:
    count: int = run_async(page.evaluate("window.presses ?? 0"))
    return count


def test_the_answer_to_the_pages_own_request_is_proof(publish: Any) -> None:
    market = Market()
    proof, pressed = publish(market)
    assert (proof.kind, proof.external_id, proof.url) == (ProofKind.RESPONSE, "m1", "https://market.test/item/m1")
    assert (pressed, market.publishes) == (1, 1)


def test_the_address_after_the_press_is_proof_though_it_is_gone_at_once(publish: Any) -> None:
    market = Market(mode={"goes": "/closet?created=m2"}, answer={"status": 200, "json": {}})
    market.pages["/closet"] = {"body": "<script>history.replaceState(0, '', '/closet')</script><h1>My listings</h1>"}
    proof, _ = publish(market)
    assert (proof.kind, proof.external_id) == (ProofKind.ADDRESS, "m2")


def test_the_success_view_is_proof(publish: Any) -> None:
    market = Market(mode={"shows": "<h2>Listed!</h2><a href='/item/m3'>See it</a>"}, answer={"status": 200, "json": {}})
    proof, _ = publish(market)
    assert (proof.kind, proof.external_id, proof.pending_review) == (ProofKind.SUCCESS_VIEW, "m3", False)


def test_a_listing_under_review_is_told_as_such(publish: Any) -> None:
    proof, _ = publish(Market(mode={"shows": "<a href='/item/m1'>See it</a> It is under review."}))
    assert proof.pending_review


def test_a_dialog_between_press_and_publication_is_answered_once(publish: Any) -> None:
    market = Market(mode={"confirm": True})
    proof, pressed = publish(market)
    assert (proof.external_id, pressed, market.publishes) == ("m1", 1, 1)


def test_a_form_that_refuses_and_sends_nothing_is_refused(publish: Any, browser_page: Page, run_async: Any) -> None:
    market = Market(mode={"invalid": "Size can not be empty"})
    with pytest.raises(PublishRefused, match="Size can not be empty"):
        publish(market)
    assert (presses(browser_page, run_async), market.publishes) == (1, 0)


def test_a_refusal_by_the_sites_own_answer_is_refused_and_known_to_have_been_sent(publish: Any) -> None:
    market = Market(answer={"status": 200, "json": {"errors": [{"message": "Price too high"}]}})
    with pytest.raises(PublishRefused, match="Price too high") as caught:
        publish(market)
    assert caught.value.sent


@pytest.mark.parametrize(
    ("answer", "mode", "told"),
    [
        (None, {}, "lost"),
        ({"status": 500, "json": {}}, {}, "status 500"),
        ({"status": 502, "json": {"errors": ["no"]}}, {}, "status 502"),
        ({"status": 200, "json": {}}, {}, "nothing came back"),
        ({"status": 200, "json": {}}, {"silent": True}, "no publish request"),
    ],
    ids=["connection cut", "500", "502 with errors", "answer without id", "nothing happens"],
)
def test_no_proof_is_uncertain_and_is_never_pressed_again(
    publish: Any, browser_page: Page, run_async: Any, answer: Any, mode: dict[str, Any], told: str
) -> None:
    market = Market(mode=mode, answer=answer)
    with pytest.raises(PublishUncertain, match=told):
        publish(market)
    assert presses(browser_page, run_async) == 1
    assert market.publishes == (0 if mode else 1)


def test_a_lost_answer_followed_by_the_success_view_is_proof(publish: Any) -> None:
    market = Market(mode={"shows": "<a href='/item/m4'>See it</a>"}, answer={"status": 503, "json": {}})
    proof, _ = publish(market)
    assert (proof.kind, proof.external_id) == (ProofKind.SUCCESS_VIEW, "m4")


@pytest.mark.parametrize(
    ("goes", "page", "told"),
    [
        ("/login", "<h1>Sign in</h1>", "sign in again"),
        ("/check", "<title>Just a moment</title>", "verify that you are you"),
        ("/oops", "<h1>Your account is suspended</h1>", "restricted"),
    ],
)
def test_a_sign_in_or_challenge_page_after_the_press_is_uncertain(
    publish: Any, goes: str, page: str, told: str
) -> None:
    market = Market(mode={"goes": goes}, answer={"status": 401, "json": {}})
    market.pages[goes] = {"body": page}
    with pytest.raises(PublishUncertain, match=told):
        publish(market)


def test_two_different_ids_are_no_proof(browser_page: Page, run_async: Any) -> None:
    watch = ProofWatch(browser_page, RECIPE.publication)
    watch.ids = {ProofKind.RESPONSE: "m1", ProofKind.ADDRESS: "m2"}
    with pytest.raises(PublishUncertain, match="different listing ids"):
        run_async(_proof(browser_page, RECIPE, watch))


def test_a_lost_lease_stops_the_hand_before_the_press(publish: Any, browser_page: Page, run_async: Any) -> None:
    def may_press() -> None:
        raise LeaseLost("not ours any more")

    market = Market()
    with pytest.raises(LeaseLost):
        publish(market, may_press=may_press)
    assert (presses(browser_page, run_async), market.publishes) == (0, 0)


def test_may_press_is_asked_exactly_once(publish: Any) -> None:
    asked: list[int] = []
    publish(Market(), may_press=lambda: asked.append(1))
    assert asked == [1]


def test_a_browser_that_dies_after_the_press_is_uncertain(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        market = Market(mode={"silent": True})
        agent = await open_sell(browser_page, market)
        browser_page.on("console", lambda _: browser_page.close())
        await browser_page.evaluate("list.addEventListener('click', () => setTimeout(() => console.log('x'), 50))")
        await agent.publish(browser_page, attempt(), intent())

    with pytest.raises(PublishUncertain):
        run_async(scenario())


def test_a_banner_over_the_button_is_dismissed_before_the_press(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> tuple[str, int]:
        agent = await open_sell(browser_page, Market())
        await browser_page.evaluate(
            """document.body.insertAdjacentHTML('beforeend', `<div class=banner style="position:fixed;inset:0">
               <button onclick="this.parentElement.remove()">Ok</button></div>`)"""
        )
        proof = await agent.publish(browser_page, attempt(), intent())
        return proof.external_id, await browser_page.evaluate("presses")

    assert run_async(scenario()) == ("m1", 1)


def test_a_button_that_stays_covered_is_not_pressed(
    browser_page: Page, run_async: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listing_worker.agents.proof.BUTTON_WITHIN", 1_500)
    market = Market()

    async def scenario() -> None:
        agent = await open_sell(browser_page, market)
        await browser_page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<div style=\"position:fixed;inset:0\">Wall</div>')"
        )
        await agent.publish(browser_page, attempt(), intent())

    with pytest.raises(FormChanged, match="intercepts pointer events"):
        run_async(scenario())
    assert (presses(browser_page, run_async), market.publishes) == (0, 0)


def test_values_in_answers() -> None:
    document = {"data": [{"id": 7, "ok": True}], "error": {"userMessage": "No size"}}
    assert value_at(document, "data.0.id") == 7
    assert value_at(document, "data.1.id") is None
    assert value_at("text", "data") is None
    assert message_of(document["error"]) == "No size"
    assert message_of(["plain"]) == "plain"


def test_an_id_in_the_address_of_the_request() -> None:
    wanted = PublishRequest(url="x", id_in_url=r"/posts/(\w+)/status")
    assert id_in(wanted, "https://m.test/posts/abc/status/published", None) == "abc"
    assert id_in(PublishRequest(url="x", id_path="ok"), "", {"ok": True}) == ""
