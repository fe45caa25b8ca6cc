"""Craigslist's posting form as data. Facts: the Craigslist sheet, by section (§); [L] = low confidence there, and then
never the only way to a field.

A post is a chain of small server-rendered pages (§3), walked by agent.py; here are the form of the page `edit`, the
photos of the page `editimage`, and the press on the page `preview`. Field names have held since about 2013 (§10).
"""

from __future__ import annotations

from datetime import date

from listing_worker.agents.craigslist.vocabulary import LIMITS
from listing_worker.agents.recipe import (
    Choose,
    Closet,
    Compare,
    Fill,
    Interruption,
    Match,
    OneOf,
    Pacing,
    PageSigns,
    Publication,
    PublishRequest,
    Read,
    ReadBy,
    Recipe,
    SignInTest,
    Special,
    Toggle,
    Upload,
    When,
    at,
    css,
    label,
    named,
    role,
    text,
)


def tick(field: str, name: str) -> Toggle:
    """A check box; some are drawn, and then their label is what can be pressed."""
    box = css(f'input[type=checkbox][name="{name}"]')
    return Toggle(
        field=field,
        required=False,  # not every category has all of them
        at=at(box),
        press=at(box, css(f'label:has(input[name="{name}"])')),
    )


def drawn_select(field: str, name: str) -> OneOf:
    """A <select>, or the one that jQuery UI draws over it (§3): a button beside it, whose list hangs on the page."""
    select, button = named(name, "select"), at(css(f'select[name="{name}"] ~ .ui-selectmenu-button', "jQuery UI's own"))
    held = Read(by=ReadBy.VALUE, at=select.model_copy(update={"hidden": True}), compare=Compare.LOOSE)
    return OneOf(
        required=False,
        steps=(
            Choose(field=field, required=False, when=When(visible=button), at=button, option=OPEN_OPTION, read=held),
            Choose(field=field, required=False, when=When(visible=select), at=select, match=Match.SAME, read=held),
        ),
    )


OPEN_OPTION = at(
    css(".ui-selectmenu-open li", has_text="{value}", match=Match.SAME),
    css(".ui-menu li", has_text="{value}", match=Match.SAME),
)

CONTINUE = at(
    css('form#postingForm button[name="go"]'), css('button[name="go"][value="continue"]'), role("button", "continue")
)
FIND_ON_MAP = at(css("button.continue.bigbutton"), css('form button[name="go"]'), role("button", "continue"))
BRAND_NEW = at(css('button[name="brand_new_post"]'))
ANY_CONTINUE = at(css('button[name="go"][value="continue"]'), css('form button[name="go"]'), role("button", "continue"))
DONE_WITH_IMAGES = at(
    css('form:has(input[name="a"][value="fin"]) button[name="go"]'), role("button", "done with images", Match.SAME)
)

EDIT_STEPS = (
    Special(field="category"),  # chosen on the pages before: agent.py
    Fill(field="title", at=at(css("#PostingTitle"), css('input[name="PostingTitle"]'), label("posting title"))),
    Fill(field="price", at=named("price"), read=Read(compare=Compare.MONEY)),
    Fill(field="neighborhood", at=named("geographic_area"), required=False),
    Fill(field="zip", at=at(css("#postal_code"), css('input[name="postal"]'))),
    Fill(field="description", at=at(css("#PostingBody"), css('textarea[name="PostingBody"]'), label("description"))),
    Fill(field="make", at=named("sale_manufacturer"), required=False),
    Fill(field="model", at=named("sale_model"), required=False),
    Fill(field="size", at=named("sale_size"), required=False),
    drawn_select("condition", "condition"),
    tick("crypto", "crypto_currency_ok"),
    tick("delivery", "delivery_available"),
    tick("other_ads", "see_my_other"),
    tick("phone", "show_phone_ok"),
    tick("address", "show_address_ok"),
    Choose(
        field="privacy",
        required=False,
        option=at(css('input[type=radio][name="Privacy"][value="{value}"]')),
        read=Read(by=ReadBy.CHOSEN),
    ),
)
PHOTO_STEP = Upload(
    at=at(css('input[type=file][name="file"]'), css("input[type=file]"), hidden=True),
    uploaded=at(css("figure.imgbox:not(.template)")),  # a hidden template is one, too (§5)
    loaded="any",
    one_by_one=True,  # parallel uploads land in any order (§5)
    busy=at(text("cancel uploads", Match.CONTAINS)),
)

CHAIN = "https://post.craigslist.org/k/{draft_id}"  # token and part; resumes at the step it had reached (§3)
POSTINGS = "https://accounts.craigslist.org/login/home?filter_page={page}&show_tab=postings"

RECIPE = Recipe(
    name="craigslist",
    display_name="Craigslist",
    version="2026-11-22.2",
    checked_on=date(2026, 11, 22),
    home_url="https://accounts.craigslist.org/login/home",
    sell_url="https://post.craigslist.org/c/",  # and the area's code: agent.py
    hosts=("craigslist.org", "*.craigslist.org"),
    limits=LIMITS,
    pacing=Pacing(between_postings=(120, 300), per_day=4),  # the fifth of a day was asked for a phone number (§7)
    signs=PageSigns(
        signed_out_urls=(r"//accounts\.craigslist\.org/login/?(\?|$)",),
        signed_out=(
            at(css("#inputEmailHandle")),
            at(css("#loginWidget", has_text="log in", match=Match.CONTAINS)),  # posting pages of guests (§2)
        ),
        challenge_urls=(r"[?&]s=(pn|mailoop|billing)\b",),
        challenge_titles=(r"just a moment", r"this IP has been automatically blocked"),
        challenge=(
            at(text("This IP has been automatically blocked", Match.CONTAINS)),
            at(css('iframe[src*="captcha"]', "[L] the vendor is unknown (§7)")),
        ),
        suspended_titles=(r"account (is|has been) (\w+ )*(on hold|held|suspended|restricted)", r"placed on hold"),
        suspended=(at(text("placed on hold", Match.CONTAINS)),),  # no wording of the page itself is known (§7)
        try_later_titles=(r"too many requests",),
    ),
    sign_in=SignInTest(
        url="https://accounts.craigslist.org/login/home?show_tab=postings",
        signed_in=at(
            css("table.accthp_postings"),
            css("#account-homepage-form"),
            css('a[href*="show_tab=postings"]', "the tab is there though nothing is listed"),
        ),
        cookie="cl_session",
    ),
    form_ready=at(css("form#postingForm"), css("#PostingTitle")),
    steps=(*EDIT_STEPS, PHOTO_STEP),
    interruptions=(
        Interruption(
            name="cookie banner",  # none was reported (§7); one that comes will name itself
            sign=at(css('[class*="cookie" i]', has_text="cookies", match=Match.CONTAINS)),
            press=at(
                css('[class*="cookie" i] button', has_text="reject", match=Match.PREFIX),
                css('[class*="cookie" i] button'),
            ),
        ),
        Interruption(
            name="a box in front",  # jQuery UI draws their boxes (§3, §8)
            sign=at(css(".ui-dialog"), css("[role=dialog]")),
            press=at(css(".ui-dialog .ui-dialog-titlebar-close"), role("button", "close", Match.SAME)),
            limit=12,  # one a page
        ),
    ),
    publication=Publication(
        button=at(css('form#publish_top button[name="go"]')),
        # every page of the chain is a POST of its own (§3); the preview's is the one that publishes (§6)
        request=PublishRequest(method="POST", url=r"//post\.craigslist\.org/k/[^?#]+\?(?:.*&)?s=preview\b"),
        success=at(
            css(
                "body",
                "link and sentence have no box of their own",
                has_text="Thanks for posting",
                match=Match.CONTAINS,
            )
        ),
        # the classic address ends in the id, the share form's token is none (§6)
        success_id=r"(?:/d/[^/?#]+/|/manage/)(\d{10})(?:\.html)?(?:[?#]|$)",
        listing_url="https://post.craigslist.org/manage/{id}",  # the public one needs site and category: agent.py
        proof_timeout=20_000,
    ),
    closet=Closet(
        url=POSTINGS.replace("{page}", "1"),
        ready=at(css("table.accthp_postings"), css("#account-homepage-form")),
        tile="table.accthp_postings tr.posting-row",
        id=("td.status", "data-postingid", r"(\d+)"),
        title=("td.title > a", "text"),
        page_limit=1,
    ),
    listing_page=at(css("#titletextonly")),
    listing_gone=at(
        text("This posting has been deleted by its author", Match.CONTAINS),
        text("This posting has expired", Match.CONTAINS),
        text("This posting has been flagged for removal", Match.CONTAINS),
    ),
)
