"""Poshmark's live listings as data. Facts: the Poshmark sheet, by section (§).

A listing is taken off sale by its availability, not deleted: likes and comments stay, and it can be put back (§8).
"""

from __future__ import annotations

from listing_worker.agents.after.data import (
    AfterPublishing,
    Change,
    Discard,
    Mark,
    OwnList,
    OwnPage,
    Pictures,
    Sets,
)
from listing_worker.agents.poshmark.recipe import RECIPE, selector
from listing_worker.agents.recipe import (
    Choose,
    Compare,
    Match,
    Publication,
    PublishRequest,
    Read,
    ReadBy,
    at,
    css,
    role,
    test_id,
    text,
)
from listing_worker.models import ListingStatus

AVAILABILITY = "[data-et-name=listingEditorAvailabilitySection]"
OWN_CLOSET = at(text("Edit Profile", Match.SAME))  # one's own closet shows it (§2)

# the page's own data (§1): available, sold_out, not_for_sale
_TOLD = """() => {
  const told = window.__INITIAL_STATE__?.$_listing_details?.listingDetails;
  if (!told) return null;
  return {status: told.inventory_status ?? told.inventory?.status, price: told.price_amount?.val, title: told.title};
}"""

UPDATE = Publication(
    button=at(css('button[data-et-name="update"]'), role("button", "Update")),
    request=PublishRequest(
        method="POST",
        url=r"/vm-rest/posts/[0-9a-f]{24}(\?|$)",
        id_in_url=r"/posts/([0-9a-f]{24})",
        error_path="error",  # a 200 can hold an error (§6)
    ),
    listing_url=RECIPE.publication.listing_url,
    errors=RECIPE.publication.errors,
)


def availability(code: str, label: str) -> Change:
    """The edit form with another availability."""
    return Change(
        url="https://poshmark.com/edit-listing/{id}",
        ready=at(css('button[data-et-name="update"]')),
        filled=at(test_id("title", "data-vv-name")),
        steps=(
            Choose(
                field="availability",
                at=selector(AVAILABILITY),
                option=at(css(f'{AVAILABILITY} a[data-et-on-name="availability"][data-et-name="{{code}}"]')),
                read=Read(by=ReadBy.TEXT, at=selector(AVAILABILITY), compare=Compare.LOOSE),
            ),
        ),
        sets=(Sets(field="availability", value=label, words={"code": code}),),
        press=UPDATE,
    )


def closet(status: ListingStatus, filter_: str) -> OwnList:
    return OwnList(
        status=status,
        closet=RECIPE.closet.model_copy(update={"url": f"{RECIPE.closet.url}?availability={filter_}"}),
        own=OWN_CLOSET,
        page_size=48,
    )


AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css('[data-et-name="edit_listing"]'), css("h1")),
        owner=at(css('[data-et-name="edit_listing"]')),
        told=_TOLD,
        words={
            "available": ListingStatus.ACTIVE,
            "sold_out": ListingStatus.SOLD,
            "not_for_sale": ListingStatus.DELISTED,
        },
        marks=(Mark(status=ListingStatus.PENDING, sign=at(text("under review", Match.CONTAINS))),),
        pictures=Pictures(
            css='img[src*="{id}"]',  # their addresses hold the listing's id; prefixes s_ m_ t_ l_ are sizes (§5)
            name=r"/[a-z]_([^/?#]+)\.\w+(?:[?#]|$)",
            larger=(r"/[a-z]_(?=[^/]+$)", "/l_"),
            cover_ratio=3 / 4,  # the cover dialog's viewport (§5)
        ),
    ),
    lists=(closet(ListingStatus.ACTIVE, "available"), closet(ListingStatus.SOLD, "sold_out")),
    edit=Change(
        url="https://poshmark.com/edit-listing/{id}",
        ready=at(css('button[data-et-name="update"]')),
        filled=at(test_id("title", "data-vv-name")),
        press=UPDATE,
    ),
    delist=availability("not_for_sale", "Not For Sale"),
    relist=availability("available", "For Sale"),
    discard=Discard(
        # Cancel, and the question that follows if the form was touched (§6)
        presses=(
            at(css("a[data-et-name=discard]")),
            at(css('button[data-et-name="discard"]'), role("button", "Discard Changes")),
        ),
        away=r"^(?!.*create-listing)",
    ),
)
