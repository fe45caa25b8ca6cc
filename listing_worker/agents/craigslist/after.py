"""Craigslist's live posts as data. Facts: the Craigslist sheet, by section (§); [L] = low confidence there.

A post is taken off sale by deleting it: there is nothing else, and "sold" does not exist (§8). A deleted post that is
put back is a new one with a new id (repost): posted anew, and so there is no `relist` here. What costs money is left
alone.

How a post stands is told by the table of postings (postings.py); only there its public address is known.
"""

from __future__ import annotations

from listing_worker.agents.after.data import AfterPublishing, Change, Discard, OwnList, OwnPage, Pictures
from listing_worker.agents.craigslist.recipe import EDIT_STEPS, POSTINGS, RECIPE
from listing_worker.agents.recipe import Dialog, Match, Publication, PublishRequest, at, css, role
from listing_worker.models import ListingStatus

TITLE = at(css("#PostingTitle"), css('input[name="PostingTitle"]'))
DELETE = at(css('form.manage.delete[data-posting-id="{id}"] input[name="go"]'))
DRAFTS = "https://accounts.craigslist.org/login/home?show_tab=drafts"
DRAFT_ROW = 'tr:has(a[href*="/k/{draft_id}"])'
# the older way asks on a page of its own; then the same place offers to undelete (§8): never that
SURE = at(*(css('button[name="go"]', has_text=word, match=Match.PREFIX) for word in ("delete", "Delete")))

AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css("#titletextonly")),
        gone=RECIPE.listing_gone,
        price=at(css(".price", "[L]")),
        title=at(css("#titletextonly")),
        pictures=Pictures(  # no source has the gallery [L]; sizes are in the names
            css='a.thumb[href*="images.craigslist.org"]',
            attribute="href",
            name=r"/([^/?#]+)_\d+x\d+c?\.jpg",
            larger=(r"_\d+x\d+c?(?=\.jpg)", "_1200x900"),
        ),
    ),
    lists=(
        OwnList(status=ListingStatus.ACTIVE, closet=RECIPE.closet),
        OwnList(status=ListingStatus.DELISTED, closet=RECIPE.closet),
    ),
    edit=Change(
        url="https://post.craigslist.org/manage/{id}?action=edit",
        ready=at(css("form#postingForm")),
        filled=TITLE,
        steps=EDIT_STEPS[1:],  # the category is chosen on pages that an edit does not have
        press=Publication(
            # the chain's last page; what its button says on an edit was never captured (§8)
            button=at(
                css('form#publish_top button[name="go"]'),
                css('button[name="go"]', has_text="publish", match=Match.SAME),
                role("button", "publish", Match.SAME),
            ),
            success=at(css("body", "as after posting (§6)", has_text="Thanks for posting", match=Match.CONTAINS)),
            listing_url=RECIPE.publication.listing_url,
            proof_timeout=15_000,
        ),
    ),
    delist=Change(
        url=POSTINGS.replace("{page}", "1"),
        ready=DELETE,
        press=Publication(
            button=DELETE,
            # one request behind the row, which says "deleted" without waiting: the table is read anew afterwards (§8)
            request=PublishRequest(method="POST", url=r"//accounts\.craigslist\.org/posting/delete"),
            success=at(css("button", has_text="Undelete", match=Match.PREFIX), css('input[value^="Undelete" i]')),
            confirm=(Dialog(name="delete this posting", sign=SURE, press=SURE),),
            listing_url=RECIPE.publication.listing_url,
            proof_timeout=15_000,
        ),
    ),
    discard=Discard(
        url=DRAFTS,
        # how a draft is deleted is not in the sheet: as other rows of account home are worked on (§8) [L]
        presses=(at(css(f'{DRAFT_ROW} form.manage.delete input[name="go"]')), SURE),
        gone=at(css(f'{DRAFT_ROW} a[href*="/k/{{draft_id}}"]')),
    ),
)
