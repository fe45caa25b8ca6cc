"""Which kind of page is this."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.page_signs import PageKind, PageState, classify, raise_unless_ok, retry_after, visit
from listing_worker.errors import (
    AccountRestricted,
    ActionRequired,
    ChallengeShown,
    ListingWorkerError,
    RateLimited,
    SignInRequired,
    SiteUnavailable,
)
from tests.agents.market import HOME, RECIPE, Market

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "page", "kind"),
    [
        ("/any", {"body": "<h1>Sell</h1><footer>Suspended accounts. Just a moment. Verify.</footer>"}, PageKind.OK),
        ("/login", {"body": "<h1>Sign in</h1>"}, PageKind.SIGNED_OUT),
        ("/any", {"body": "<title>Just a moment...</title>"}, PageKind.CHALLENGE),
        ("/any", {"body": "<title>Just a moment...</title>", "status": 503}, PageKind.CHALLENGE),
        ("/any", {"body": "<h1>Hello</h1><iframe id=captcha></iframe>"}, PageKind.CHALLENGE),
        ("/any", {"body": "<h1>Hello</h1><iframe id=captcha hidden></iframe>"}, PageKind.OK),
        ("/any", {"body": "<div role=alert>Your account has been suspended</div>"}, PageKind.SUSPENDED),
        ("/any", {"body": "<div role=alert hidden>Your account has been suspended</div>"}, PageKind.OK),
        ("/any", {"body": "<h1>Oops</h1>", "status": 429, "headers": {"Retry-After": "30"}}, PageKind.RATE_LIMITED),
        ("/any", {"body": "<h2>Please try again later</h2>"}, PageKind.RATE_LIMITED),
        ("/any", {"body": "<h1>Oops</h1>", "status": 503}, PageKind.UNAVAILABLE),
        ("/any", {"body": "<h1>No</h1>", "status": 403}, PageKind.CHALLENGE),
    ],
)
def test_kinds_of_pages(browser_page: Page, run_async: Any, path: str, page: dict[str, Any], kind: PageKind) -> None:
    async def scenario() -> PageState:
        market = Market(pages={path: page})
        await market.serve(browser_page.context)
        response = await visit(browser_page, f"{HOME}{path}")
        await browser_page.wait_for_load_state("domcontentloaded")
        return await classify(browser_page, RECIPE.signs, response)

    state = run_async(scenario())
    assert state.kind is kind
    if kind is PageKind.RATE_LIMITED and page.get("status"):
        assert state.retry_after == 30


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("<html lang='es-LA'><h1>Vender</h1>", PageKind.FOREIGN),
        ("<html lang='en-GB'><h1>Sell</h1>", PageKind.OK),
        ("<h1>Sell</h1>", PageKind.OK),  # says nothing of itself: looked at as it is
    ],
)
def test_a_page_in_a_language_that_cannot_be_read_is_told_from_others(
    browser_page: Page, run_async: Any, page: str, kind: PageKind
) -> None:
    async def scenario() -> PageState:
        await browser_page.set_content(page)
        return await classify(browser_page, RECIPE.signs.model_copy(update={"languages": ("en",)}))

    assert run_async(scenario()).kind is kind


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (PageKind.SIGNED_OUT, SignInRequired),
        (PageKind.CHALLENGE, ChallengeShown),
        (PageKind.SUSPENDED, AccountRestricted),
        (PageKind.RATE_LIMITED, RateLimited),
        (PageKind.UNAVAILABLE, SiteUnavailable),
        (PageKind.FOREIGN, ActionRequired),
    ],
)
def test_each_kind_has_its_error(kind: PageKind, error: type[ListingWorkerError]) -> None:
    with pytest.raises(error, match="Market"):
        raise_unless_ok(PageState(kind, "x"), RECIPE)
    raise_unless_ok(PageState(PageKind.OK), RECIPE)


def test_a_site_that_cannot_be_reached_is_unavailable(browser_page: Page, run_async: Any) -> None:
    with pytest.raises(SiteUnavailable, match=r"127\.0\.0\.1:9 could not be reached"):
        run_async(visit(browser_page, "http://127.0.0.1:9/", timeout=5_000))


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after("30") == 30
    assert retry_after("soon") is None
    later = retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert later is not None
    assert 80 < later <= 90
