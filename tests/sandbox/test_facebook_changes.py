"""Changes of published listings on the Facebook replica: each request is counted, and the switches decide on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import Response

from listing_worker.sandbox.facebook.operations import WRITES, Call
from listing_worker.sandbox.facebook.site import FacebookSite
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import Received

DELETE = "useCometMarketplaceListingDeleteMutation"
STATUS = "useCometMarketplaceListingStatusMutation"
RENEW = "useCometMarketplaceListingRenewMutation"


@pytest.fixture
def site() -> FacebookSite:
    return FacebookSite("canary")


@pytest.fixture
def listing(site: FacebookSite) -> Received:
    made = Received("1234567890123456", "seller@example.com", title="Oak table")
    site.listings[made.id] = made
    site.make_live(made)
    return made


@pytest.fixture
def ask(site: FacebookSite) -> Callable[..., Any]:
    session = site.sign_in("seller@example.com", "sandbox-password")

    def call(operation: str, **sent: Any) -> Any:
        return WRITES[operation](Call(site, session, {"input": sent}))

    return call


def test_a_change_is_counted_and_done(listing: Received, ask: Callable[..., Any]) -> None:
    ask(STATUS, id=listing.id, status="sold")
    ask(STATUS, id=listing.id, status="live")
    ask(DELETE, id=listing.id)
    assert [each["what"] for each in listing.changes] == ["sold", "live", "delete"]
    assert listing.status == "deleted"


@pytest.mark.parametrize(
    ("switch", "answer", "status"),
    [
        ({"change_error": 503}, Response, "live"),
        ({"change_ignored": True}, dict, "live"),
        ({"change_lost": True}, LostAnswer, "deleted"),
    ],
)
def test_switches_decide_what_becomes_of_a_change(
    site: FacebookSite,
    listing: Received,
    ask: Callable[..., Any],
    switch: dict[str, Any],
    answer: type,
    status: str,
) -> None:
    site.faults.update(switch)
    assert isinstance(ask(DELETE, id=listing.id), answer)
    assert (listing.status, len(listing.changes)) == (status, 1)


def test_renewing_keeps_the_id_and_counts_only_what_can_be_renewed(
    site: FacebookSite, listing: Received, ask: Callable[..., Any]
) -> None:
    assert ask(RENEW, ids=[listing.id])["marketplace_listing_renew"]["renewed"] == []
    site.faults.update({"variant": "renewable"})
    assert ask(RENEW, ids=[listing.id])["marketplace_listing_renew"]["renewed"] == [listing.id]
    assert [each["what"] for each in listing.changes] == ["renew"]


def test_a_foreign_listing_is_not_changed(site: FacebookSite, listing: Received, ask: Callable[..., Any]) -> None:
    listing.account = "somebody else"
    assert isinstance(ask(DELETE, id=listing.id), Response)
    assert (listing.status, listing.changes) == ("live", [])
