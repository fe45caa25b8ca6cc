"""What a card of the seller's own listings on Facebook tells, from its text and links."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.agents.facebook.cards import rows_of
from listing_worker.models import ListingStatus


def card(text: str, title: str = "Sold out tour shirt") -> dict[str, Any]:
    return {"title": title, "text": text, "links": ["/marketplace/item/1234567890123456/?ref=x"]}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Sold out tour shirt\n$40\nActive\nListed on 11/2\n3 clicks on listing\nMark as sold", ListingStatus.ACTIVE),
        ("Sold out tour shirt\n$40\nSold\nListed on 11/2\nMark as available", ListingStatus.SOLD),
        ("Sold out tour shirt\n$40\nPending\nListed on 11/2", ListingStatus.PENDING),
        ("Sold out tour shirt\n$40\nNeeds attention\nListed on 11/2", ListingStatus.PENDING),
        ("Sold out tour shirt\n$40\nSold · 3 days ago", ListingStatus.SOLD),
        ("Sold out tour shirt\n$40\nIn progress\nListed on 11/2", ListingStatus.UNKNOWN),
    ],
)
def test_a_card_tells_its_status_by_its_line_and_not_by_its_title(text: str, status: ListingStatus) -> None:
    rows, whole = rows_of([card(text)])
    ((sighting, told),) = rows.values()
    assert (told, whole, sighting.price_cents) == (status, True, 4000)


def test_a_draft_is_no_listing_and_a_card_without_a_link_leaves_the_list_incomplete() -> None:
    assert rows_of([{"title": "Half", "text": "Half\nDraft\nContinue", "links": []}]) == ({}, True)
    assert rows_of([{"title": "Half", "text": "Half\n$4\nActive", "links": []}]) == ({}, False)
