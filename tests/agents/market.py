"""A tiny marketplace for tests of the generic agent, served to the browser by routing: no server, no network.

Its form publishes by `POST /api/publish`; what the answer is, and what the page then does, is set per test.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from playwright.async_api import BrowserContext, Page, Route

from listing_worker.agents.base import Attempt
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.recipe import (
    Closet,
    Compare,
    Dialog,
    Fill,
    Interruption,
    Limits,
    PageSigns,
    Planned,
    Publication,
    PublishRequest,
    Read,
    Recipe,
    SignInTest,
    at,
    css,
    role,
)
from listing_worker.agents.vocabulary import CategoryPath, Vocabulary
from listing_worker.models import Condition, Intent, Listing, Money

HOME = "https://market.test"

FORM = """<!doctype html><title>Sell</title><h1>Sell</h1><input id=title><input id=price><p id=error hidden></p>
<button id=list>List</button><div id=done hidden></div>
<script>
  const mode = %(mode)s;
  const list = document.getElementById('list');
  list.onclick = async () => {
    window.presses = (window.presses ?? 0) + 1;
    if (mode.invalid) { error.hidden = false; error.textContent = mode.invalid; return; }
    if (mode.confirm) { document.body.insertAdjacentHTML('beforeend',
      '<div role=dialog><h2>Are you sure?</h2><button id=sure>Publish</button></div>');
      await new Promise(done => { document.getElementById('sure').onclick = done; });
      document.querySelector('[role=dialog]').remove(); }
    if (mode.silent) return;
    let answer = null;
    const body = JSON.stringify({operationName: 'createListing'});
    try { answer = await fetch('/api/publish', {method: 'POST', body}); } catch { return; }
    if (mode.goes) { location.href = mode.goes; return; }
    if (mode.shows) { done.hidden = false; done.innerHTML = mode.shows; }
  };
</script>"""


@dataclass
class Market:
    """The switches of the market, and what reached it."""

    mode: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] | None = field(default_factory=lambda: {"status": 200, "json": {"data": {"id": "m1"}}})
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    tiles: list[tuple[str, str, str]] = field(default_factory=list)
    takes: dict[str, float] = field(default_factory=dict)  # seconds until a path is answered
    publishes: int = 0
    visits: list[str] = field(default_factory=list)

    async def serve(self, context: BrowserContext) -> None:
        await context.route(f"{HOME}/**", self._route)

    async def _route(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOME).partition("?")[0]
        self.visits.append(path)
        await asyncio.sleep(self.takes.get(path, 0))
        if path == "/api/publish":
            self.publishes += 1
            if self.answer is None:
                await route.abort("connectionreset")
                return
            body = json.dumps(self.answer.get("json"))
            await route.fulfill(status=self.answer["status"], body=body, content_type="application/json")
        elif path in self.pages:
            await route.fulfill(**{"content_type": "text/html", **self.pages[path]})
        elif path == "/sell":
            await route.fulfill(content_type="text/html", body=FORM % {"mode": json.dumps(self.mode)})
        elif path == "/closet":
            rows = "".join(
                f'<li class=tile><a href="/item/{one}">{title}</a><b>{price}</b></li>'
                for one, title, price in self.tiles
            )
            await route.fulfill(content_type="text/html", body=f"<h1>My listings</h1><a id=me>Sam</a><ul>{rows}</ul>")
        elif path.startswith("/item/") and any(path.endswith(f"/{one}") for one, *_ in self.tiles):
            await route.fulfill(content_type="text/html", body="<h1>Item</h1><a class=edit>Edit</a>")
        else:
            await route.fulfill(status=404, content_type="text/html", body="<h1>Not found</h1>")


RECIPE = Recipe(
    name="market",
    display_name="Market",
    version="1",
    checked_on=date(2026, 11, 21),
    home_url=f"{HOME}/",
    sell_url=f"{HOME}/sell",
    hosts=("market.test",),
    limits=Limits(title=80, description=1000, photos=12),
    signs=PageSigns(
        signed_out_urls=(r"market\.test/login",),
        challenge_titles=(r"just a moment",),
        challenge=(at(css("#captcha")),),
        suspended_titles=(r"suspended",),
        try_later_titles=(r"try again later",),
    ),
    sign_in=SignInTest(url=f"{HOME}/closet", signed_in=at(css("#me")), account=at(css("#me"))),
    form_ready=at(css("#title")),
    form_timeout=3_000,
    steps=(
        Fill(field="title", at=at(css("#title"))),
        Fill(field="price", at=at(css("#price")), read=Read(compare=Compare.MONEY)),
    ),
    interruptions=(Interruption(name="banner", sign=at(css(".banner")), press=at(role("button", "Ok"))),),
    publication=Publication(
        button=at(css("#list")),
        request=PublishRequest(url=r"/api/publish$", body="createListing", id_path="data.id", error_path="errors"),
        address=r"/closet\?created=(\w+)",
        success=at(css("#done")),
        success_id=r"/item/(\w+)",
        listing_url=f"{HOME}/item/{{id}}",
        confirm=(Dialog(name="sure", sign=at(css("[role=dialog]")), press=at(css("#sure"))),),
        errors=at(css("#error")),
        review="under review",
        proof_timeout=2_500,
        refusal_quiet=300,
    ),
    closet=Closet(
        url=f"{HOME}/closet",
        ready=at(css("h1")),
        tile=".tile",
        id=("a", "href", r"/item/(\w+)"),
        title=("a", "text"),
        price=("b", "text"),
    ),
    listing_page=at(css(".edit")),
)


class MarketVocabulary(Vocabulary):
    name: ClassVar[str] = "market"
    display_name: ClassVar[str] = "Market"
    limits: ClassVar[Limits] = RECIPE.limits
    conditions: ClassVar[dict[Condition, str]] = {condition: condition.value for condition in Condition}
    colors: ClassVar[dict[str, str | None]] = {}

    def plan(self, listing: Listing) -> list[Planned]:
        return [Planned("title", listing.title), Planned("price", str(listing.price))]

    def category(self, listing: Listing) -> CategoryPath:
        return listing.category


class MarketAgent(RecipeAgent):
    recipe = RECIPE
    vocabulary = MarketVocabulary()


LISTING = Listing(
    id="1",
    user_id="u",
    title="Floral Wrap Midi Dress",
    description="Worn twice, true to size.",
    price=Money.of(48),
    condition=Condition.GOOD,
    category=("Women", "Dresses"),
)


class Memory:
    """Checkpoints in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    async def load(self, step: str) -> dict[str, Any] | None:
        return self.kept.get(step)

    async def save(self, step: str, data: dict[str, Any]) -> None:
        self.kept[step] = data


async def no_progress(step: str, fields: dict[str, Any]) -> None:
    return None


def attempt(progress: Callable[[str, dict[str, Any]], Awaitable[None]] = no_progress, **more: Any) -> Attempt:
    photos: tuple[Path, ...] = ()
    return Attempt(listing=LISTING, photo_files=photos, progress=progress, checkpoints=Memory(), **more)


def intent(**changes: Any) -> Intent:
    values: dict[str, Any] = {"fingerprint": "f", "title": LISTING.title, "price_cents": 4800, "photo_count": 0}
    return Intent(**{**values, **changes})


async def open_sell(page: Page, market: Market) -> MarketAgent:
    """A page on the market's filled form, ready for the press."""
    await market.serve(page.context)
    agent = MarketAgent()
    task = attempt()
    await agent.open_form(page, task)
    await agent.fill(page, task)
    await agent.prepare_publish(page, task)
    return agent
