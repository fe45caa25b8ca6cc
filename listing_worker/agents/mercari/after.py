"""Mercari's live listings as data. Facts: the Mercari sheet, by section (§); [L] = low confidence there.

A listing is taken off sale by deactivating it; reactivating is only hinted at by the same button's name (§8 [L]), and
where the button does not offer it, relisting stops without a press.
"""

from __future__ import annotations

from listing_worker.agents.after.data import AfterPublishing, Change, Mark, OwnList, OwnPage, Pictures
from listing_worker.agents.mercari.recipe import RECIPE
from listing_worker.agents.recipe import (
    Dialog,
    Match,
    Publication,
    PublishRequest,
    Target,
    at,
    css,
    role,
    test_id,
    text,
)
from listing_worker.models import ListingStatus

RIBBON = '[data-testid="ItemDetailsRibbon"]'
TITLE = at(test_id("Title"), css("#sellName"))


def ribbon(status: ListingStatus, words: str) -> Mark:
    return Mark(status=status, sign=at(css(RIBBON, has_text=words, match=Match.PREFIX)))


def own_list(status: ListingStatus, path: str) -> OwnList:
    return OwnList(
        status=status,
        closet=RECIPE.closet.model_copy(update={"url": f"https://www.mercari.com/mypage/listings/{path}/"}),
        next=at(role("button", "Next"), role("link", "Next")),
        page_size=20,
    )


def switch(word: str) -> Target:
    """The one button that takes off sale and puts back: pressed only while it reads as we mean it."""
    return at(css('[data-testid="ActivateDeactivateButton"]', has_text=word, match=Match.SAME))


def switched(word: str) -> Change:
    """The edit page's Deactivate or Activate."""
    return Change(
        url="https://www.mercari.com/sell/edit/{id}/",
        ready=at(test_id("ActivateDeactivateButton")),
        filled=TITLE,
        press=Publication(
            button=switch(word),
            request=PublishRequest(method="POST", url=r"/v1/api", body="UpdateItemStatusMutation", error_path="errors"),
            confirm=(  # whether one comes on the edit page is not known; in the list one does (§8)
                Dialog(
                    name=word,
                    sign=at(css("[role=dialog] button", has_text=word, match=Match.SAME)),
                    press=at(css("[role=dialog] button", has_text=word, match=Match.SAME)),
                ),
            ),
            listing_url=RECIPE.publication.listing_url,
            errors=RECIPE.publication.errors,
        ),
    )


AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css("[data-testid=ItemPrice]")),
        owner=at(css("[data-testid=EditListing]")),
        gone=at(role("heading", "Page not found")),
        marks=(
            ribbon(ListingStatus.SOLD, "SOLD OUT"),
            ribbon(ListingStatus.DELISTED, "INACTIVE"),
            Mark(status=ListingStatus.PENDING, sign=at(text("under review", Match.CONTAINS))),
        ),
        plain=ListingStatus.ACTIVE,
        price=at(test_id("ItemPrice")),
        title=at(css("article h1"), css("h1")),
        pictures=Pictures(
            css='[data-testid="ProductSquareImage"] img',
            name=r"/photos/(m\d+_\d+)\.\w+",
        ),
    ),
    lists=(
        own_list(ListingStatus.ACTIVE, "active"),
        own_list(ListingStatus.SOLD, "complete"),
        own_list(ListingStatus.DELISTED, "inactive"),
    ),
    edit=Change(
        url="https://www.mercari.com/sell/edit/{id}/",
        ready=TITLE,
        filled=TITLE,
        press=Publication(
            button=at(css('[data-testid="ListButton"]', has_text="Update", match=Match.SAME), role("button", "Update")),
            request=PublishRequest(method="POST", url=r"/v1/api", body="editListing", error_path="errors"),
            address=r"/item/(m\d{9,15})",
            listing_url=RECIPE.publication.listing_url,
            errors=RECIPE.publication.errors,
        ),
    ),
    delist=switched("Deactivate"),
    relist=switched("Activate"),
)
