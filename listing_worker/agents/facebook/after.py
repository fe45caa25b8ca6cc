"""Facebook Marketplace's live listings as data. Facts: the Facebook sheet, by section (§); [L] = low confidence there.

A listing is taken off sale by deleting it. "Mark as sold" could be undone, but it would be a sale that was none: it
would be told to the seller as one, and what sold once is taken down everywhere. A listing that is put back is a new one
("Relist this item" opens a new form): posted anew, with all that posting promises, and so there is no `relist` here.

How a listing stands is told by the seller's own cards (cards.py), not by its public page (§8).
"""

from __future__ import annotations

from listing_worker.agents.after.data import AfterPublishing, Change, OwnList, OwnPage, Pictures
from listing_worker.agents.facebook.recipe import RECIPE, TITLE, button
from listing_worker.agents.recipe import Match, Publication, PublishRequest, at, css, role
from listing_worker.models import ListingStatus

EDIT_PAGE = "https://www.facebook.com/marketplace/edit/?listing_id={id}"
# the last button of the edit form was never captured (§8): any of these, and only one may show
SAVE = at(*(each for name in ("Update", "Save", "Save changes", "Publish") for each in button(name).candidates))
DELETE_DIALOG = at(css('[role="dialog"][aria-label="Delete listing" i]'))
DELETE = at(css('[role="button"][aria-label="Delete" i]'), role("button", "Delete", Match.SAME), within=DELETE_DIALOG)
# older: a dialog of this name comes first. Where it does not, the last button shows already, and this is not pressed
OLDER = at(
    css('[role="dialog"][aria-label="Your Listing" i] [role="button"][aria-label="Delete" i]'), *DELETE.candidates
)
# the menu of the smallest box that holds a link to the listing: titles are not unique (§8)
MENU = at(
    css(
        'xpath=//a[contains(concat(translate(@href, "?#", "//"), "/"), "/{id}/")]'
        '/ancestor::*[.//*[starts-with(@aria-label, "More options for ")]][1]'
        '//*[starts-with(@aria-label, "More options for ")]',
        "a card has no hook of its own",
    )
)


def mutation(name: str) -> PublishRequest:
    """A change on the wire. Its name is by analogy with that of the creation (§6) [L]: where it is another, the page
    tells, and the look afterwards."""
    return PublishRequest(url=r"/api/graphql/", body=name, error_path="errors")


AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css("h1", "the sheet has no hook")),
        pictures=Pictures(  # no source has the public page; wording and addresses [L]
            css='img[alt^="Product photo of" i], img[alt^="Photo " i][alt*=" of "]',
            name=r"/([^/?#]+)\.(?:jpe?g|png|webp)",
        ),
    ),
    lists=(
        OwnList(status=ListingStatus.ACTIVE, closet=RECIPE.closet),
        OwnList(status=ListingStatus.SOLD, closet=RECIPE.closet),
    ),
    edit=Change(
        url=EDIT_PAGE,
        ready=TITLE,
        filled=TITLE,
        press=Publication(
            button=SAVE,
            request=mutation("ListingEdit"),
            address=r"/marketplace/(?:you/(?:selling|dashboard)|item/\d)",  # as after publishing (§6)
            listing_url=RECIPE.publication.listing_url,
            confirm=RECIPE.publication.confirm,
            errors=RECIPE.publication.errors,
            proof_timeout=20_000,
        ),
    ),
    delist=Change(
        url=RECIPE.closet.url,
        ready=MENU,
        timeout=20_000,
        lead_up=(
            MENU,
            at(role("menuitem", "Delete", Match.SAME)),
            OLDER,
        ),
        press=Publication(
            button=DELETE,
            request=mutation("ListingDelete"),
            listing_url=RECIPE.publication.listing_url,
            errors=RECIPE.publication.errors,
            proof_timeout=10_000,  # the dialog goes, and the card; the look afterwards decides
        ),
    ),
)
