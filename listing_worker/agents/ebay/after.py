"""eBay's live listings as data. Facts: the eBay sheet, by section (§).

The public page tells that a listing sold or ended, but not who looks: its word counts only together with Seller Hub's
Active list, searched by the item number (§8). Relisting makes a new item: it is posted anew, with all that posting
promises, and so there is no `relist` here.
"""

from __future__ import annotations

from listing_worker.agents.after.data import AfterPublishing, Change, Discard, Mark, Orders, OwnList, OwnPage, Pictures
from listing_worker.agents.ebay.recipe import RECIPE
from listing_worker.agents.recipe import Match, Publication, PublishRequest, at, css, named, role, text
from listing_worker.models import ListingStatus

ROW = ".table--mode-selection tbody tr"

AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css("h1.x-item-title__mainTitle", "the sheet has no hook"), css("h1")),
        gone=at(text("looks like this page is missing", Match.CONTAINS)),
        marks=(
            Mark(status=ListingStatus.SOLD, sign=at(text("This listing sold", Match.CONTAINS))),
            Mark(status=ListingStatus.DELISTED, sign=at(text("This listing was ended", Match.CONTAINS))),
            Mark(status=ListingStatus.PENDING, sign=at(text("This listing is being reviewed", Match.CONTAINS))),
        ),
        price=at(css('[data-testid="x-price-primary"]', "the sheet has no hook"), css(".x-price-primary")),
        title=at(css("h1.x-item-title__mainTitle"), css("h1")),
        pictures=Pictures(
            css='.ux-image-carousel img[src*="ebayimg.com"]',
            name=r"ebayimg\.com/images/g/([^/]+)/",
            larger=(r"s-l\d+", "s-l1600"),
        ),
    ),
    lists=(
        OwnList(
            status=ListingStatus.ACTIVE,
            closet=RECIPE.closet.model_copy(
                # the price is in a cell of its own, without a hook: the grid's price can lag anyway (§8)
                update={"url": "https://www.ebay.com/sh/lst/active?action=search&keyword={keyword}"}
            ),
            total=r"Results: [\d,]+-[\d,]+ of ([\d,]+)",
            next=at(css('.pagination a[rel="next"]'), role("link", "Next"), role("button", "Next")),
            page_size=50,
            by_id=True,
        ),
    ),
    # the address is in the sheet (§1); the rows are as public readers of this page have them (2026): a link with the
    # order's number, a link to the item; a cancelled order stays in the table and says so
    orders=Orders(
        url="https://www.ebay.com/sh/ord/?filter=status:ALL_ORDERS",
        ready=at(
            css('table[aria-label="Orders"]'), css('a[href*="orderid="]'), css(".hub__empty", "the sheet has no hook")
        ),
        row="tr",
        number=('a[href*="orderid="]', "href", r"orderid=(\d{2}-\d{5}-\d{5})"),
        item=('a[href*="/itm/"]', "href", r"/itm/(?:[^/?#]+/)?(\d{9,14})"),
        void=r"(?i)\bcancel",
    ),
    edit=Change(
        url="https://www.ebay.com/lstng?mode=ReviseItem&itemId={id}",
        ready=named("title"),
        filled=named("title"),
        press=Publication(
            button=at(role("button", "Revise it")),
            request=PublishRequest(
                method="POST", url=r"/lstng/api/listing_draft/\d+/publish", refused_statuses=(400, 403, 422)
            ),
            success=at(css("[role=dialog]", has_text="Your listing has been revised", match=Match.CONTAINS)),
            listing_url=RECIPE.publication.listing_url,
            errors=RECIPE.publication.errors,
            proof_timeout=60_000,
        ),
    ),
    delist=Change(
        url="https://www.ebay.com/sh/lst/active?action=search&keyword={id}",
        ready=at(css(f'{ROW}:has(a[href*="/itm/{{id}}"])')),
        lead_up=(
            # the row's menu, "End listing" in it, a reason in the dialog (§8; the dialog's markup was never seen)
            at(css(f'{ROW}:has(a[href*="/itm/{{id}}"]) button[aria-haspopup="true"]')),
            at(css(f'{ROW}:has(a[href*="/itm/{{id}}"]) button.fake-menu__item', has_text="End listing")),
            at(css("[role=dialog] label:has(input)", has_text="no longer available", match=Match.CONTAINS)),
        ),
        press=Publication(
            button=at(css("[role=dialog] button", has_text="End listing", match=Match.SAME)),
            listing_url=RECIPE.publication.listing_url,
            # the table comes back without the row; its words are not known, so the look afterwards decides
            success=at(css(".hub__empty"), text("any matching listings", Match.CONTAINS)),
            proof_timeout=10_000,
        ),
    ),
    discard=Discard(
        url="https://www.ebay.com/sh/lst/drafts",
        presses=(
            # how a draft is deleted is not in the sheet: as other rows of Seller Hub are worked on (§8)
            at(css(f'{ROW}:has(a[href*="draftId={{draft_id}}"]) button[aria-haspopup="true"]')),
            at(css(f'{ROW}:has(a[href*="draftId={{draft_id}}"]) button.fake-menu__item', has_text="Delete")),
            at(css("[role=dialog] button", has_text="Delete", match=Match.SAME)),
        ),
        gone=at(css(f'{ROW} a[href*="draftId={{draft_id}}"]')),
    ),
)
