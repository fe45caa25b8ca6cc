"""The generic agent: sign-in, form, fill, baseline, reconcile, on a tiny marketplace."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.base import Baseline, Looked, SignIn
from listing_worker.agents.closet import fitting
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.recipe import at, css
from listing_worker.errors import Cancelled, ChallengeShown, PageTimeout, SignInRequired, SiteUnavailable
from listing_worker.models import FieldReport
from tests.agents.market import HOME, LISTING, RECIPE, Market, MarketAgent, attempt, intent

pytestmark = pytest.mark.browser

TITLE = LISTING.title


def test_who_is_signed_in(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> SignIn:
        await Market().serve(browser_page.context)
        return await MarketAgent().sign_in_state(browser_page)

    assert run_async(scenario()) == SignIn(signed_in=True, account="Sam")


def test_a_redirect_to_the_sign_in_page_is_signed_out(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> SignIn:
        market = Market()
        market.pages["/closet"] = {"body": "<script>location.replace('/login')</script>"}
        market.pages["/login"] = {"body": "<h1>Sign in</h1>"}
        await market.serve(browser_page.context)
        return await MarketAgent().sign_in_state(browser_page)

    assert run_async(scenario()) == SignIn(signed_in=False)


def test_without_the_session_cookie_the_site_is_not_even_asked(browser_page: Page, run_async: Any) -> None:
    class WithCookie(RecipeAgent):
        recipe = RECIPE.model_copy(update={"sign_in": RECIPE.sign_in.model_copy(update={"cookie": "session"})})
        vocabulary = MarketAgent.vocabulary

    async def scenario() -> tuple[SignIn, list[str]]:
        market = Market()
        await market.serve(browser_page.context)
        return await WithCookie().sign_in_state(browser_page), market.visits

    assert run_async(scenario()) == (SignIn(signed_in=False), [])


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ({"body": "<title>Just a moment</title>"}, ChallengeShown),
        ({"body": "<h1>Down</h1>", "status": 503}, SiteUnavailable),
        ({"body": "<h1>Empty</h1>"}, PageTimeout),
    ],
)
def test_a_page_that_does_not_answer_is_neither_signed_in_nor_out(
    browser_page: Page, run_async: Any, page: dict[str, Any], error: type[Exception]
) -> None:
    class Hasty(MarketAgent):
        recipe = RECIPE.model_copy(update={"sign_in": RECIPE.sign_in.model_copy(update={"timeout": 500})})

    async def scenario() -> None:
        market = Market(pages={"/closet": page})
        await market.serve(browser_page.context)
        await Hasty().sign_in_state(browser_page)

    with pytest.raises(error):
        run_async(scenario())


def test_the_form_is_opened_filled_and_read_back(browser_page: Page, run_async: Any) -> None:
    told: list[str] = []

    async def progress(step: str, fields: dict[str, Any]) -> None:
        told.append(step)

    async def scenario() -> tuple[list[FieldReport], list[FieldReport]]:
        await Market().serve(browser_page.context)
        agent, task = MarketAgent(), attempt(progress)
        await agent.open_form(browser_page, task)
        return await agent.fill(browser_page, task), await agent.read_back(browser_page, task)

    filled, again = run_async(scenario())
    assert [(r.field, r.on_form, r.same) for r in again] == [("title", TITLE, True), ("price", "48.00", True)]
    assert [r.same for r in filled] == [True, True]
    assert told == ["fill title", "fill price"]


def test_cancelling_stops_between_two_fields(browser_page: Page, run_async: Any) -> None:
    async def progress(step: str, fields: dict[str, Any]) -> None:
        if step == "fill price":
            raise Cancelled("The seller cancelled.")

    async def scenario() -> None:
        await Market().serve(browser_page.context)
        agent, task = MarketAgent(), attempt(progress)
        await agent.open_form(browser_page, task)
        await agent.fill(browser_page, task)

    with pytest.raises(Cancelled):
        run_async(scenario())
    assert run_async(browser_page.locator("#price").input_value()) == ""


def test_a_sign_in_page_instead_of_the_form_asks_the_seller(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        market = Market(pages={"/sell": {"body": "<script>location.replace('/login')</script>"}})
        market.pages["/login"] = {"body": "<h1>Sign in</h1>"}
        await market.serve(browser_page.context)
        await MarketAgent().open_form(browser_page, attempt())

    with pytest.raises(SignInRequired):
        run_async(scenario())


def test_a_banner_over_the_opening_form_is_dismissed(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        late = "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<input id=title>'), 100)"
        banner = f"<div class=banner>Hi <button onclick='this.parentElement.remove(); {late}'>Ok</button></div>"
        market = Market(pages={"/sell": {"body": banner.replace("'<input id=title>'", "`<input id=title>`")}})
        await market.serve(browser_page.context)
        await MarketAgent().open_form(browser_page, attempt())

    run_async(scenario())


class Drafting(MarketAgent):
    """A market that keeps drafts."""

    recipe = RECIPE.model_copy(update={"draft_url": f"{HOME}/sell?draft={{draft_id}}"})

    async def draft_id(self, page: Page) -> str | None:
        return page.url.partition("draft=")[2] or "d1"


def test_a_later_attempt_reopens_the_draft(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> tuple[Any, str, Baseline]:
        await Market().serve(browser_page.context)
        agent, task = Drafting(), attempt()
        await agent.open_form(browser_page, task)
        kept = await task.checkpoints.load("draft")
        await Drafting().open_form(browser_page, task)
        return kept, browser_page.url, await agent.prepare_publish(browser_page, task)

    kept, url, baseline = run_async(scenario())
    assert kept == {"id": "d1"}
    assert url.endswith("?draft=d1")
    assert baseline == Baseline(draft_id="d1", known_ids=None)


def test_a_draft_that_is_gone_is_a_new_form_though_the_site_says_to_try_again_later(
    browser_page: Page, run_async: Any
) -> None:
    class Keeping(Drafting):
        recipe = RECIPE.model_copy(update={"draft_url": f"{HOME}/gone?draft={{draft_id}}"})

    async def scenario() -> str:
        await Market(pages={"/gone": {"body": "<h1>Try again later</h1>"}}).serve(browser_page.context)
        task = attempt()
        await task.checkpoints.save("draft", {"id": "d1"})
        await Keeping().open_form(browser_page, task)
        return browser_page.url

    assert run_async(scenario()) == f"{HOME}/sell"


def test_the_baseline_names_listings_with_this_title_and_leaves_the_form_as_it_is(
    browser_page: Page, run_async: Any
) -> None:
    async def scenario() -> tuple[Baseline, str, int]:
        market = Market(tiles=[("m7", TITLE.upper(), "$50"), ("m8", "Another dress", "$48")])
        await market.serve(browser_page.context)
        agent, task = MarketAgent(), attempt()
        await agent.open_form(browser_page, task)
        await agent.fill(browser_page, task)
        baseline = await agent.prepare_publish(browser_page, task)
        title = await browser_page.locator("#title").input_value()
        return baseline, title, len(browser_page.context.pages)

    assert run_async(scenario()) == (Baseline(draft_id=None, known_ids=("m7",)), TITLE, 1)


def test_a_closet_that_cannot_be_read_is_no_baseline(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> Baseline:
        market = Market(pages={"/closet": {"body": "<h2>Down</h2>", "status": 503}})
        await market.serve(browser_page.context)
        agent, task = MarketAgent(), attempt()
        await agent.open_form(browser_page, task)
        return await agent.prepare_publish(browser_page, task)

    assert run_async(scenario()) == Baseline(draft_id=None, known_ids=None)


def reconcile(page: Page, run_async: Any, market: Market, agent: RecipeAgent | None = None, **changes: Any) -> Looked:
    async def scenario() -> Looked:
        await market.serve(page.context)
        used = agent or MarketAgent()
        await used.sign_in_state(page)
        return await used.reconcile(page.context, page, LISTING, intent(**changes))

    looked: Looked = run_async(scenario())
    return looked


def test_reconcile_finds_the_new_listing_and_not_the_old_one(browser_page: Page, run_async: Any) -> None:
    market = Market(tiles=[("m9", TITLE, "$48.00"), ("m7", TITLE, "$48.00")])
    looked = reconcile(browser_page, run_async, market, baseline_ids=("m7",))
    assert [(s.external_id, s.price_cents, s.url) for s in looked.matches] == [("m9", 4800, f"{HOME}/item/m9")]
    assert looked.complete
    assert market.publishes == 0


def test_reconcile_without_a_match_is_complete_and_empty(browser_page: Page, run_async: Any) -> None:
    looked = reconcile(browser_page, run_async, Market(tiles=[("m8", "Another dress", "$48")]), baseline_ids=())
    assert (looked.matches, looked.complete) == ((), True)


def test_without_a_look_before_the_press_a_match_may_be_older_and_decides_nothing(
    browser_page: Page, run_async: Any
) -> None:
    looked = reconcile(browser_page, run_async, Market(tiles=[("m9", TITLE, "$48.00")]), baseline_ids=None)
    assert (looked.matches, looked.complete) == ((), False)
    assert f"{HOME}/item/m9" in looked.seen


def test_reconcile_by_the_drafts_own_address(browser_page: Page, run_async: Any) -> None:
    market = Market(tiles=[("d1", TITLE, "$48"), ("m9", TITLE, "$48")])
    looked = reconcile(browser_page, run_async, market, Drafting(), draft_id="d1")
    assert [s.external_id for s in looked.matches] == ["d1"]


def test_a_draft_that_was_not_published_is_not_another_listing_of_its_title(browser_page: Page, run_async: Any) -> None:
    class Quick(Drafting):
        async def look_at_listing(self, page: Page, external_id: str) -> None:
            return None

    looked = reconcile(browser_page, run_async, Market(tiles=[("m9", TITLE, "$48")]), Quick(), draft_id="d1")
    assert (looked.matches, looked.complete) == ((), True)


def test_a_closet_that_loads_more_is_read_to_its_end(browser_page: Page, run_async: Any) -> None:
    class Paged(MarketAgent):
        recipe = RECIPE.model_copy(update={"closet": RECIPE.closet.model_copy(update={"more": at(css("#more"))})})

    rows = "".join(f"<li class=tile><a href='/item/p{n}'>Dress {n}</a></li>" for n in range(3))
    late = f'<li class=tile><a href="/item/m9">{TITLE}</a><b>$48</b></li>'
    page = f"""<h1>My listings</h1><a id=me>Sam</a><ul>{rows}</ul><button id=more>More</button><script>
      const add = () => {{ document.querySelector('ul').innerHTML += `{late}`; more.remove(); }};
      more.onclick = () => setTimeout(add, 80);
    </script>"""
    looked = reconcile(browser_page, run_async, Market(pages={"/closet": {"body": page}}), Paged(), baseline_ids=())
    assert [s.external_id for s in looked.matches] == ["m9"]
    assert looked.complete


def test_a_closet_that_does_not_give_more_though_it_has_more_is_not_complete(
    browser_page: Page, run_async: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listing_worker.agents.closet.MORE_WAIT", 200)

    class Paged(MarketAgent):
        recipe = RECIPE.model_copy(update={"closet": RECIPE.closet.model_copy(update={"more": at(css("#more"))})})

    page = (
        "<h1>My listings</h1><a id=me>Sam</a><li class=tile><a href='/item/m1'>x</a></li><button id=more>More</button>"
    )
    looked = reconcile(browser_page, run_async, Market(pages={"/closet": {"body": page}}), Paged(), baseline_ids=())
    assert (looked.matches, looked.complete) == ((), False)


@pytest.mark.parametrize(("status", "found"), [(200, (["m9"], True)), (500, ([], False))])
def test_a_closet_is_complete_only_once_what_it_asked_for_came(
    browser_page: Page, run_async: Any, monkeypatch: pytest.MonkeyPatch, status: int, found: tuple[list[str], bool]
) -> None:
    monkeypatch.setattr("listing_worker.agents.closet.MORE_WAIT", 300)

    class Scrolling(MarketAgent):
        recipe = RECIPE.model_copy(update={"closet": RECIPE.closet.model_copy(update={"scroll": True})})

    rows = "".join(f"<li class=tile><a href='/item/p{n}'>Dress {n}</a></li>" for n in range(3))
    late = f'<li class=tile><a href="/item/m9">{TITLE}</a><b>$48</b></li>'
    page = f"""<h1>My listings</h1><a id=me>Sam</a><ul>{rows}</ul><p style="height: 3000px"></p><script>
      let asked = false;
      const more = async () => {{
        if (asked) return;
        asked = true;
        const answer = await fetch('/more');
        if (answer.ok) document.querySelector('ul').innerHTML += `{late}`;
      }};
      onscroll = more;
    </script>"""
    pages = {"/closet": {"body": page}, "/more": {"body": "{}", "status": status}}
    market = Market(pages=pages, takes={"/more": 0.9})
    looked = reconcile(browser_page, run_async, market, Scrolling(), baseline_ids=())
    assert ([s.external_id for s in looked.matches], looked.complete) == found


def test_price_and_label_decide_between_equal_titles() -> None:
    from listing_worker.agents.base import Sighting

    cheap = Sighting("a", "u", TITLE, 4800, "LW-1")
    labelled = Sighting("b", "u", TITLE, 4800, "LW-2")
    other = Sighting("c", "u", TITLE, 9900)
    found = fitting((cheap, labelled, other), intent(sku="LW-2", baseline_ids=()), TITLE)
    assert found == (labelled,)
    assert fitting((other,), intent(baseline_ids=()), TITLE) == (other,)  # a price may be shown in another way
    assert fitting((other,), intent(baseline_ids=("c",)), TITLE) == ()
