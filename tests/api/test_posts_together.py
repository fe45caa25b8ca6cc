"""Posting at the same moment as others: each is answered as if it had come alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from listing_worker.api import post_lane, schemas
from listing_worker.api.errors import ApiError
from listing_worker.api.posting import Prepared
from listing_worker.api.posts_together import Ask, asked_by, post_together
from listing_worker.models import Listing, Reason
from listing_worker.storage.errors import StoreRefused, StoreUnavailable
from tests.api.conftest import Api, error_of

STRANGER = "11111111-2222-4333-8444-555555555555"


def ask(api: Api, listing_id: str, *names: str, user_id: str | None = None, key: str | None = None) -> Ask:
    body = schemas.PostIn(listingId=listing_id, marketplaces=list(names))
    return asked_by(api.app.state.resources, user_id or api.owner.user_id, body, key)


def test_each_gets_its_own_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_in("poshmark", "ebay")
    listings = [api.listing(title=title)["id"] for title in ("One", "Two", "Breaks", "Posted")]
    bare = api.listing(photos=0)["id"]
    api.post(listings[3], "ebay")
    api.queue.enqueued.clear()
    preflight = api.marketplaces.preflight

    def breaks(marketplace: str, listing: Listing) -> Reason | None:
        if listing.title == "Breaks":
            raise ZeroDivisionError
        return preflight(marketplace, listing)

    monkeypatch.setattr(api.marketplaces, "preflight", breaks)
    asks = [
        ask(api, listings[0], "ebay", "poshmark"),
        ask(api, listings[0], "ebay", user_id=STRANGER),
        ask(api, bare, "ebay"),
        ask(api, listings[1], "ebay", "mercari"),  # not signed in to one of them
        ask(api, listings[2], "ebay"),
        ask(api, listings[3], "ebay"),
    ]
    answers = asyncio.run(post_together(api.app.state.resources, asks))
    simple, strangers, no_photo, blocked, broken, posted = answers
    assert isinstance(simple, schemas.PostedOut) and simple.success and simple.missingSessions == []
    assert [(each.marketplace, each.status) for each in simple.automationResults] == [
        ("ebay", "queued"), ("poshmark", "queued"),
    ]  # fmt: skip
    assert api.queue.enqueued == [each.id for each in simple.automationResults]
    assert isinstance(strangers, ApiError) and strangers.status_code == 404
    assert isinstance(no_photo, ApiError) and no_photo.code == "no_photos"
    assert isinstance(blocked, Prepared) and list(blocked.blocked) == ["mercari"]
    assert isinstance(broken, ZeroDivisionError)
    assert isinstance(posted, Prepared) and not posted.blocked
    assert len(api.store.list_jobs(api.owner.user_id)) == 2


def test_what_cannot_be_made_with_others_is_made_alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_in()
    together: list[int] = []

    def refuses(posts: list[Any]) -> Any:
        together.append(len(posts))
        raise StoreRefused("invalid_value", "A value cannot be stored.")

    monkeypatch.setattr(api.store, "create_simple_jobs", refuses)
    posted = [api.post(api.listing()["id"], "ebay") for _ in range(2)]
    assert together and all(each["success"] and len(each["automationResults"]) == 1 for each in posted)


def test_a_database_that_is_away_is_told_to_all(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_in()
    listing = api.listing()["id"]
    api.post(listing, "ebay")  # known from now on

    def away(*_: Any) -> Any:
        raise StoreUnavailable("away")

    for name in ("posts_beginnings", "create_simple_jobs"):
        with monkeypatch.context() as patch:
            patch.setattr(api.store, name, away)
            body = {"listingId": api.listing()["id"], "marketplaces": ["ebay"]}
            error_of(api.client.post("/api/listings/post", json=body), 503, "unavailable")


def test_more_than_a_plain_post_is_no_post_with_others(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_in()
    listing = api.listing()["id"]
    api.post(listing, "ebay")
    monkeypatch.setattr(post_lane, "post_together", None)  # would fail
    for more in ({"dryRun": True}, {"autoFit": True}, {"publishAt": "2999-01-01T00:00:00Z"}):
        body = {"listingId": api.listing()["id"], "marketplaces": ["ebay"], **more}
        answer = api.client.post("/api/listings/post", json=body)
        assert answer.status_code in (202, 422), answer.text
