"""eBay's listing form as data. Facts: the eBay sheet, by section (§); [L] = low confidence there, and then never the
only way to a field.

`name=` attributes have held since 2021 and are the same on every eBay site (§10); classes move. There is no <form>;
every change saves the draft by itself; the page renders section by section and is hydrated late (§3b, §6).
"""

from __future__ import annotations

from datetime import date

from listing_worker.agents.ebay.shapes import menu_or_select, policy, radio, switch
from listing_worker.agents.ebay.vocabulary import LEFT_OFF, LIMITS, POLICIES
from listing_worker.agents.recipe import (
    Choose,
    Closet,
    Compare,
    Fill,
    FillMasked,
    FillRich,
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
    Specifics,
    Upload,
    When,
    at,
    css,
    label,
    named,
    placeholder,
    role,
    text,
)

FORMAT_BUTTON = at(
    css("button[aria-haspopup=listbox]", "it has no name", has_text="Auction", match=Match.PREFIX),
    css("button[aria-haspopup=listbox]", has_text="Buy It Now", match=Match.PREFIX),
)
EDITOR_FRAME = "iframe#se-rte-frame__summary"
DESCRIPTION_MIRROR = at(css('textarea[name="description"]'), hidden=True)
SIZE_TYPES = "Regular|Petites?|Plus|Tall|Juniors|Maternity|Big & Tall|Big|Short|Athletic|Slim|Husky"
ROW = at(
    # by the control's exact name; a prefix would put "Manufacturer" into "Manufacturer Part Number" (§3b quirks)
    css('[data-testid="attribute"]:has([name="attributes.{name}"])'),
    css('.summary__attributes--fields:has([name="attributes.{name}"])'),
    css('[data-testid="attribute"]:has(.summary__attributes--label :text-is("{name}"))'),
)

STEPS = (
    Upload(
        at=at(css("#fehelix-uploader"), hidden=True),
        # thumbnails are CSS backgrounds on their image host, first a blob: (§3b row 1, §5)
        uploaded=at(css("button.uploader-thumbnails-ux__image")),
        loaded="background",
        one_by_one=True,  # the pattern that never mis-orders (§5)
        background=True,
    ),
    Fill(field="title", at=named("title")),
    Fill(field="sku", required=False, at=named("customLabel")),  # absent until switched on, for some sellers (row 3)
    Special(field="category"),  # the dialog's search; the path stands beside the button: agent.py
    OneOf(
        steps=(
            Choose(
                field="condition",
                when=When(visible=named("condition", "select")),
                at=named("condition", "select"),
                read=Read(by=ReadBy.VALUE, compare=Compare.WORDS),
            ),
            Choose(
                field="condition",
                at=at(css('button[name="condition"]'), css("#summary-condition-field-value")),
                option=at(
                    *radio('[role=dialog] input[type=radio][value="{id}"]'),
                    role("menuitemradio", "{value}"),
                    role("option", "{value}"),
                    role("radio", "{value}"),
                ),
                done=at(role("button", "Done")),
                read=Read(by=ReadBy.TEXT, compare=Compare.WORDS),
            ),
        )
    ),
    Specifics(
        field="specifics",
        required=False,  # rows that this category does not have are reported as absent; required ones: agent.py
        row=ROW,
        opener=at(css('button[name="attributes.{name}"]')),
        input=at(css('input[name="attributes.{name}"]')),
        search=at(css('input[name="search-box-attributes{name}"]')),
        option=at(role("menuitemradio", "{value}"), role("menuitemcheckbox", "{value}")),
        own=at(css(".se-filter-menu-button__add-custom-value")),
        toggle=at(css("button.se-toggle-button-group__toggle-button", has_text="{value}")),
        toggled=at(css('button.se-toggle-button-group__toggle-button[aria-pressed="true"]')),
        more=at(role("button", "Show more", Match.PREFIX)),
        read=Read(
            by=ReadBy.TEXT,
            at=at(css('[name="attributes.{name}"]')),
            compare=Compare.SET,
            split=",",
            # "(+2)" = more values; "Trending" is a badge; a size may be told with its type (§3b quirks)
            drop=rf"\(\+\d+\)\s*$|\bTrending\b|^(?:{SIZE_TYPES}) - ",
        ),
    ),
    OneOf(
        steps=(
            FillRich(
                field="description",
                when=When(visible=at(css(EDITOR_FRAME))),
                at=at(css("div[contenteditable=true]"), frame=EDITOR_FRAME),
                read=Read(by=ReadBy.HTML_TEXT, at=DESCRIPTION_MIRROR),  # the mirror is what is sent (row 7)
            ),
            FillRich(  # one US capture had no iframe
                field="description",
                at=at(css(".se-rte-editor__rich"), css(".summary__description div[contenteditable=true]")),
                read=Read(by=ReadBy.HTML_TEXT, at=DESCRIPTION_MIRROR),
            ),
        )
    ),
    OneOf(
        steps=(
            Choose(
                field="format",
                when=When(visible=named("format", "select")),
                at=named("format", "select"),
                read=Read(by=ReadBy.VALUE, compare=Compare.WORDS),
            ),
            Choose(
                field="format",
                at=FORMAT_BUTTON,
                option=at(role("option", "{value}"), role("menuitemradio", "{value}")),
                read=Read(by=ReadBy.TEXT, compare=Compare.WORDS),
            ),
        ),
    ),
    # in the order of the page: on a form in steps, what was left behind is not met again
    Fill(field="quantity", required=False, at=named("quantity"), read=Read(compare=Compare.NUMBER)),
    # often on by default; its fields of least and accepted offers go away with it (row 11)
    switch("best_offer", "bestOffer"),
    menu_or_select("shipping_type", "domesticShippingType", required=False, match=Match.PREFIX),
    switch("free_shipping", "freeShipping"),
    FillMasked(field="shipping_price", required=False, at=named("domesticShippingPrice1")),
    Fill(field="pounds", required=False, at=named("majorWeight"), read=Read(compare=Compare.NUMBER)),
    Fill(field="ounces", required=False, at=named("minorWeight"), read=Read(compare=Compare.NUMBER)),
    Fill(field="length", required=False, at=named("packageLength"), read=Read(compare=Compare.NUMBER)),
    Fill(field="width", required=False, at=named("packageWidth"), read=Read(compare=Compare.NUMBER)),
    Fill(field="depth", required=False, at=named("packageDepth"), read=Read(compare=Compare.NUMBER)),
    *(policy(name, field) for name, field in POLICIES.items()),
    *(switch(field, name) for field, name in LEFT_OFF.items()),  # rows 9, 13, 14
    FillMasked(
        field="price",
        # the name is there on a fresh draft, on a re-opened one only a label (§3a); it exists after Buy It Now
        at=at(css('input[name="price"]'), label("Item price"), label("Price")),
        timeout=25_000,  # re-renders for up to 20 s
    ),
)

SUCCESS = at(
    css(".success-overlay", "no test id"),
    css("[class*=success-overlay]"),
    css("[role=dialog]", has_text="Your listing is now live", match=Match.CONTAINS),
)

RECIPE = Recipe(
    name="ebay",
    display_name="eBay",
    version="2026-11-21.1",
    checked_on=date(2026, 11, 21),
    home_url="https://www.ebay.com/",
    # the search page before the form: the stable way in (§1). agent.py walks from it to the draft's form
    sell_url="https://www.ebay.com/sl/prelist/suggest",
    hosts=("ebay.com", "*.ebay.com", "*.ebayimg.com", "*.ebaystatic.com"),
    limits=LIMITS,
    pacing=Pacing(between_postings=(20, 60)),
    signs=PageSigns(
        signed_out_urls=(r"//signin\.ebay\.",),
        challenge_urls=(r"/splashui/(challenge|captcha)",),
        challenge_titles=(
            r"pardon our interruption",
            r"please verify yourself",
            r"checking your browser",
            r"^access denied",
        ),
        suspended_titles=(r"account (is|has been) (suspended|restricted)", r"reached your selling limit"),
        try_later_titles=(r"^error page", r"too many requests"),
    ),
    sign_in=SignInTest(
        # the redirect test: signed-out visitors land on signin.ebay.com; only a yes is conclusive (§2)
        url="https://www.ebay.com/sl/prelist/suggest",
        signed_in=at(css('input[name="keywords"]'), css(".listingflow-top__input")),
        account=at(css('#gh a[href*="/usr/"]'), css('header a[href*="/usr/"]')),
        account_attribute="href",
        account_pattern=r"/usr/([^/?#]+)",
    ),
    form_ready=named("title"),
    form_timeout=60_000,
    draft_url="https://www.ebay.com/lstng?draftId={draft_id}&mode=AddItem",
    steps=STEPS,
    interruptions=(
        Interruption(
            name="photo tips",
            sign=at(css(".lightbox-dialog", has_text="Photo tips", match=Match.CONTAINS)),
            press=at(
                css(".lightbox-dialog button[aria-label*=lose]"),
                *(
                    css(".lightbox-dialog button", has_text=word, match=Match.SAME)
                    for word in ("OK", "Got it", "Close")
                ),
            ),
        ),
        Interruption(
            name="other form offered",  # on fresh drafts; it eats every press until answered "no, stay" (§3a)
            sign=at(css("[role=dialog]", has_text="stay", match=Match.CONTAINS)),
            press=at(css("[role=dialog] button", has_text="stay", match=Match.CONTAINS)),
        ),
    ),
    publication=Publication(
        button=at(
            role("button", "List it"),
            role("button", "List it for free"),
            role("button", "List with displayed fees"),
            css('button[aria-label^="List"]', "older forms"),
        ),
        request=PublishRequest(
            method="POST",
            url=r"/lstng/api/listing_draft/\d+/publish",
            refused_statuses=(400, 403, 422),  # the server validates, and the form then shows its words (§6)
            id_path="itemId",  # [L]: the shape of the answer is not known; the overlay is the better proof (§6)
        ),
        success=SUCCESS,  # success does not navigate; read it before any notice: both share a class (§6)
        success_id=r"(?:/itm/(?:[^/?#]+/)?|ID-)(\d{9,14})",
        address=r"/sl/(?:list/)?success\?.*itemId=(\d{9,14})",  # older shapes
        listing_url="https://www.ebay.com/itm/{id}",
        errors=at(
            css(".page-notice--attention"),
            css(".summary--error"),
            css(".field--error"),
            css('[aria-invalid="true"]'),
        ),
        proof_timeout=60_000,
    ),
    closet=Closet(
        url="https://www.ebay.com/sh/lst/active?action=search&keyword={keyword}",
        ready=at(
            placeholder("Search by title, SKU, or item number"),
            label("Search by title, SKU, or item number"),
            css(".table--mode-selection"),
        ),
        tile=".table--mode-selection tbody tr",
        # the item number is the second line of a cell; columns can be hidden and reordered (§8)
        id=(".table-cell__data--secondary", "text", r"(\d{9,14})"),
        title=('a[href*="/itm/"]', "text"),
    ),
    listing_page=at(css("h1")),
    listing_gone=at(
        text("This listing was ended", Match.CONTAINS), text("looks like this page is missing", Match.CONTAINS)
    ),
)
