"""Which kind of page is this: the one we wanted, or a sign-in, a challenge, a suspension, "try later", a failure?

Texts are looked for in the title, headings, dialogs and alerts only; status codes are those of the main document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import reduce

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.locate import choices, counted, is_visible
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import is_passing, raise_if_gone
from listing_worker.agents.recipe import PageSigns, Recipe
from listing_worker.errors import (
    AccountRestricted,
    ActionRequired,
    ChallengeShown,
    PageTimeout,
    RateLimited,
    SignInRequired,
    SiteUnavailable,
)


class PageKind(StrEnum):
    OK = "ok"
    SIGNED_OUT = "signed_out"
    CHALLENGE = "challenge"
    SUSPENDED = "suspended"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class PageState:
    """The kind, what it was told by, and the site's own wish to wait (seconds)."""

    kind: PageKind
    detail: str = ""
    retry_after: float | None = None


_HEADINGS = r"""() => {
  const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const marks = 'h1,h2,[role=heading],[role=dialog],[role=alertdialog],[role=alert],dialog[open]';
  const texts = [...document.querySelectorAll(marks)].filter(seen).map(e => e.innerText.trim().slice(0, 400));
  return [document.title, ...texts.filter(Boolean).slice(0, 40)];
}"""


async def visit(page: Page, url: str, *, timeout: float = 30_000) -> Response | None:
    """Goes to an address and returns as soon as the answer begins; the caller waits for what it needs of the page.

    Raises PageTimeout, SiteUnavailable (no connection), BrowserCrashed.
    """
    try:
        return await page.goto(url, wait_until="commit", timeout=timeout)
    except PlaywrightTimeout as error:
        raise PageTimeout(f"{host_of(url)} did not answer within {timeout / 1000:.0f} s.") from error
    except PlaywrightError as error:
        raise_if_gone(error)
        if "ERR_ABORTED" in error.message or "interrupted by another navigation" in error.message:
            return None  # the site went elsewhere by itself; the page tells where
        if "net::" in error.message:
            what = re.search(r"net::(\w+)", error.message)
            raise SiteUnavailable(f"{host_of(url)} could not be reached ({what and what.group(1)}).") from error
        raise


def host_of(url: str) -> str:
    found = re.match(r"\w+://([^/?#]+)", url)
    return found.group(1) if found else url


async def classify(page: Page, signs: PageSigns, response: Response | None = None) -> PageState:
    """The kind of the page as it stands. `response`: the answer that brought it, for its status code."""
    try:
        texts: list[str] = await page.evaluate(_HEADINGS)
    except PlaywrightError as error:
        raise_if_gone(error)
        if not is_passing(error):
            raise
        return PageState(PageKind.OK)  # being replaced; the caller looks again
    groups = ((PageKind.CHALLENGE, signs.challenge), (PageKind.SUSPENDED, signs.suspended))
    seen = await _seen(page, (*groups, (PageKind.SIGNED_OUT, signs.signed_out)))
    if hit := _search(signs.challenge_urls, [page.url]) or _search(signs.challenge_titles, texts):
        return PageState(PageKind.CHALLENGE, hit)
    if PageKind.CHALLENGE in seen:
        return PageState(PageKind.CHALLENGE, seen[PageKind.CHALLENGE])
    if response is not None and (state := by_status(response)) is not None:
        return state
    if hit := _search(signs.suspended_titles, texts):
        return PageState(PageKind.SUSPENDED, hit)
    if PageKind.SUSPENDED in seen:
        return PageState(PageKind.SUSPENDED, seen[PageKind.SUSPENDED])
    if hit := _search(signs.try_later_titles, texts):
        return PageState(PageKind.RATE_LIMITED, hit)
    if hit := _search(signs.signed_out_urls, [page.url]):
        return PageState(PageKind.SIGNED_OUT, hit)
    if PageKind.SIGNED_OUT in seen:
        return PageState(PageKind.SIGNED_OUT, seen[PageKind.SIGNED_OUT])
    if signs.languages and (language := await _language(page)) and language.partition("-")[0] not in signs.languages:
        return PageState(PageKind.FOREIGN, language)
    return PageState(PageKind.OK)


async def _language(page: Page) -> str:
    """What the page says that its language is, in small letters; "" where it says nothing."""
    try:
        return str(await page.evaluate("() => document.documentElement?.lang ?? ''")).lower()
    except PlaywrightError as error:
        raise_if_gone(error)
        return ""


async def _seen(page: Page, groups: Sequence[tuple[PageKind, Sequence[Target]]]) -> dict[PageKind, str]:
    """Which groups of signs show. One call where none does, which is nearly always."""
    locators = [locator for _, targets in groups for target in targets for _, locator in choices(page, target)]
    if not locators:
        return {}
    every = reduce(lambda one, other: one.or_(other), locators)
    if not await counted(every.visible):
        return {}
    return {kind: str(target) for kind, targets in groups for target in targets if await is_visible(page, target)}


def _search(patterns: Sequence[str], texts: Sequence[str]) -> str:
    """The first text in which one of the patterns is found, cut short; "" if none."""
    for pattern in patterns:
        for text in texts:
            if re.search(pattern, text, re.IGNORECASE):
                return text.partition("?")[0][:160]
    return ""


def by_status(response: Response) -> PageState | None:
    status = response.status
    if status == 429:
        return PageState(PageKind.RATE_LIMITED, "429", retry_after(response.headers.get("retry-after", "")))
    if status == 403:
        return PageState(PageKind.CHALLENGE, "403: the site refuses this browser")
    if status >= 500:
        return PageState(PageKind.UNAVAILABLE, str(status), retry_after(response.headers.get("retry-after", "")))
    return None


def retry_after(header: str) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date; None if it is neither."""
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else None


def challenge_of(state: PageState, recipe: Recipe) -> ChallengeShown:
    name = recipe.display_name
    told = "" if "=" in state.detail else f" ({state.detail})"  # a locator tells a seller nothing
    return ChallengeShown(
        f"{name} asks to verify that you are you{told}.",
        action=f"Open {name} in your browser and answer it, then try again.",
    )


def raise_unless_ok(state: PageState, recipe: Recipe) -> None:
    """The error that goes with the kind. Raises SignInRequired, ChallengeShown, AccountRestricted, RateLimited,
    SiteUnavailable, ActionRequired for a language we cannot read; nothing for OK."""
    name = recipe.display_name
    match state.kind:
        case PageKind.SIGNED_OUT:
            raise SignInRequired.to(name)
        case PageKind.CHALLENGE:
            raise challenge_of(state, recipe)
        case PageKind.SUSPENDED:
            raise AccountRestricted(
                f"{name} has restricted your account ({state.detail}).",
                action=f"Open {name} in your browser and see what it asks for.",
            )
        case PageKind.RATE_LIMITED:
            raise RateLimited(f"{name} asks to slow down ({state.detail}).", seconds=state.retry_after)
        case PageKind.UNAVAILABLE:
            raise SiteUnavailable(f"{name} is not available (status {state.detail}).", seconds=state.retry_after)
        case PageKind.FOREIGN:
            raise ActionRequired(
                f"{name} shows its pages in another language ({state.detail}). We read them in English only.",
                action=f"Set your {name} account's language to English (US), then try again.",
            )
        case PageKind.OK:
            return
