"""Poshmark's sell form as data, in page order. Facts: the Poshmark sheet, by section (§); [L] = low confidence there,
and then never the only way to a field.

The form is Vue with `data-vv-name` and `data-et-*` hooks, which have been the most stable ones (§3, §10). Many modals
are mounted and hidden at all times; the engine counts visible elements only.
"""

from __future__ import annotations

from datetime import date

from listing_worker.agents.poshmark.vocabulary import LIMITS
from listing_worker.agents.recipe import (
    Cascade,
    Choose,
    Closet,
    Compare,
    Dialog,
    Fill,
    Interruption,
    Level,
    Match,
    Modal,
    Pacing,
    PageSigns,
    Publication,
    PublishRequest,
    Read,
    ReadBy,
    Recipe,
    Reveal,
    SignInTest,
    Special,
    Target,
    Toggle,
    Tokens,
    Typeahead,
    Upload,
    at,
    css,
    placeholder,
    role,
    test_id,
    text,
)


def et(name: str, tag: str = "") -> Target:
    """An element by Poshmark's analytics name, which nearly every control carries (§3)."""
    return at(css(f'{tag}[data-et-name="{name}"]', "their analytics hook"))


def selector(section: str) -> Target:
    """The button of the dropdown in a section of the form (§3 "Dropdown anatomy")."""
    return at(
        css(f"{section} .dropdown__selector", "their dropdowns have no accessible name"),
        css(f"{section} [data-test=dropdown-container]"),
    )


CATEGORY = ".listing-editor__category-container"
SUBCATEGORY = ".listing-editor__subcategory-container"
CONDITION = ".listing-editor__condition-container"

COVER_DIALOG = at(css(".image-edit-modal [data-test=modal-container]"), css(".image-edit-modal"))
PRICE_MODAL = at(
    css(".listing-price-suggestion-modal"), css(".listing-price-suggestion-modal [data-test=modal-container]")
)

LIST_IT = at(css('button[data-et-name="list"]'), role("button", "List This Item"))

STEPS = (
    Upload(
        at=at(css("#img-file-input"), css('input[type=file][name="img-file-input"]'), hidden=True),
        # a photo shows as blob: until it is uploaded, then from their image host (§5)
        uploaded=at(css('#imagePlaceholder img:not([src^="blob:"])')),
        dialogs=(
            Dialog(
                name="cover shot",
                sign=COVER_DIALOG,
                press=at(
                    css('button[data-et-name="apply"][data-et-on-name="select_first_photo"]'),
                    role("button", "Apply"),
                    within=COVER_DIALOG,
                ),
                expected=True,  # it may come late, and covers the category control if missed (§5)
            ),
        ),
        busy=COVER_DIALOG,
        background=True,
    ),
    Fill(
        field="title",
        at=at(test_id("title", "data-vv-name"), placeholder("What are you selling? (required)")),
    ),
    Fill(
        field="description",
        at=at(test_id("description", "data-vv-name"), placeholder("Describe it! (required)")),
    ),
    Cascade(
        field="category",
        at=selector(CATEGORY),
        levels=(
            Level(
                option=at(
                    css(f'{CATEGORY} a.dropdown__link[data-et-name="{{department}}"]'),
                    css(f"{CATEGORY} a.dropdown__link", has_text="{value}"),
                )
            ),
            Level(
                option=at(
                    css(f"{CATEGORY} li.dropdown__menu__item", has_text="{value}"),
                    css(f"{CATEGORY} .dropdown__link", has_text="{value}"),
                )
            ),
        ),
        reset=at(css(f'{CATEGORY} [data-et-name="all"]'), text("All Categories")),
        read=Read(by=ReadBy.TEXT, at=selector(CATEGORY), expect="{0} {1}", compare=Compare.WORDS),
    ),
    Choose(
        field="subcategory",
        at=selector(SUBCATEGORY),
        # only the inner link reacts, a press on its list item is lost (§3 row 5)
        option=at(
            css(f'{SUBCATEGORY} a.dropdown__link[data-et-name="sub_category"]', has_text="{value}"),
            css(f"{SUBCATEGORY} a.dropdown__link", has_text="{value}"),
        ),
        opens_itself=True,
        read=Read(by=ReadBy.TEXT, at=selector(SUBCATEGORY), compare=Compare.WORDS),
    ),
    Special(field="size"),  # tabs, a grid, Done or not, or their Custom tab: agent.py
    Choose(
        field="condition",
        at=selector(CONDITION),
        option=at(
            css('[data-et-name="listing_condition"][data-et-prop-content="{code}"]'),
            css('[data-et-name="listing_condition"]', has_text="{value}", match=Match.PREFIX),
        ),
        # the option has a line of explanation, and "New With Tags" goes on "(NWT)"
        read=Read(by=ReadBy.TEXT, at=selector(CONDITION), compare=Compare.PREFIX),
    ),
    Typeahead(
        field="brand",
        at=at(placeholder("Enter the Brand/Designer")),
        suggestion=at(
            css("ul.listing-editor__suggestions-list > li > .dropdown__link", has_text="{value}", match=Match.SAME)
        ),
        otherwise="free_text",  # unknown brands are kept as text (§4)
    ),
    Special(field="colors"),  # tiles whose chosen state shows only in the dropdown's text: agent.py
    Tokens(
        field="tags",
        at=at(
            test_id("style-tag-input", "data-vv-name"),
            css(".listing-editor__tag__input"),
            placeholder("Add up to 3 tags"),
        ),
        suggestion=at(css('[data-et-on-name="style_tag"]', has_text="{value}", match=Match.SAME)),
        read=Read(by=ReadBy.SPECIAL),
    ),
    Modal(
        at=at(test_id("listingPrice", "data-vv-name"), css('[data-et-name="listingEditorPricingSection"] input')),
        panel=PRICE_MODAL,
        steps=(
            Fill(
                field="price",
                at=at(
                    css("#listing-price-modal-listing-price-input"),
                    role("textbox", "Listing Price"),
                    within=PRICE_MODAL,
                ),
                read=Read(compare=Compare.MONEY),
            ),
            Fill(
                field="original_price",
                # never the hidden input[data-vv-name=originalPrice] of the page: a trap (§3 row 13)
                at=at(css("#listing-price-modal-original-price-input"), within=PRICE_MODAL),
                read=Read(compare=Compare.MONEY),
            ),
            Choose(
                field="shipping_discount",
                required=False,  # its options depend on account and price (§3 row 14)
                at=at(css(".dropdown__selector"), within=PRICE_MODAL),
                option=at(
                    css('[data-et-name="shipping_discount_item"]', has_text="{value}", match=Match.PREFIX),
                    within=PRICE_MODAL,
                ),
                read=Read(by=ReadBy.TEXT, compare=Compare.PREFIX),
            ),
            Toggle(
                field="smart_sell",
                required=False,  # seen at times (§3 row 15)
                at=at(css("[data-test=toggle-input]"), within=PRICE_MODAL),
                press=at(css("[data-test=toggle-switch]"), within=PRICE_MODAL),
            ),
        ),
        done=at(role("button", "Done"), within=PRICE_MODAL),
        close=at(css("[data-test=modal-close-btn]"), within=PRICE_MODAL),
        reopen=True,
    ),
    Reveal(
        at=at(css("a.listing-editor-toggle-link"), text("show details", Match.SAME)),
        shows=at(test_id("sku", "data-vv-name")),
        fields=("sku",),
    ),
    Fill(field="sku", at=at(test_id("sku", "data-vv-name"), role("textbox", "sku"))),
)

RECIPE = Recipe(
    name="poshmark",
    display_name="Poshmark",
    version="2026-11-21.1",
    checked_on=date(2026, 11, 21),
    home_url="https://poshmark.com/feed",
    sell_url="https://poshmark.com/create-listing",
    hosts=("poshmark.com", "*.poshmark.com", "*.cloudfront.net"),
    limits=LIMITS,
    pacing=Pacing(between_postings=(20, 60)),
    signs=PageSigns(
        signed_out_urls=(r"//poshmark\.com/(login|signup)\b",),
        signed_out=(at(css('input[name="login_form[username_email]"]')),),
        challenge_urls=(r"//poshmark\.com/[^?]*(verify|challenge)",),  # the SMS security code (§2)
        challenge_titles=(r"verify (that )?you are (a )?human", r"enter (the|your) (security|verification) code"),
        challenge=(at(css('iframe[src*="captcha"]', "the vendor is unknown (§7)")),),
        suspended_titles=(r"account (is|has been) (\w+ )?(restricted|suspended|limited)",),
        try_later_titles=(r"too many requests",),
    ),
    sign_in=SignInTest(
        # create-listing answers signed-out visitors with the login page (§2); the feed does too, and makes no draft
        url="https://poshmark.com/feed",
        signed_in=at(css('a[href*="/closet/"]', "the feed links to closets only for members (§2)")),
        cookie="jwt",
    ),
    form_ready=at(test_id("title", "data-vv-name"), placeholder("What are you selling? (required)")),
    steps=STEPS,
    interruptions=(
        Interruption(
            name="cookie banner",
            sign=at(css(".cookie-banner")),
            press=at(css(".cookie-banner button.btn--primary"), role("button", "Ok", Match.SAME)),
        ),
        Interruption(
            name="error while loading",  # harmless once, a sign of trouble when it repeats (§7)
            sign=at(
                css(
                    "[data-test=modal-container]",
                    has_text="cannot currently perform this request",
                    match=Match.CONTAINS,
                ),
                css("[data-test=modal-container]", has_text="Something went wrong", match=Match.CONTAINS),
            ),
            press=at(css("[data-test=modal-container] button", has_text="Ok", match=Match.SAME)),
            limit=3,
        ),
    ),
    publication=Publication(
        # some accounts have no "Share Listing" panel, and Next publishes at once (§6 [L]): so Next is already the
        # press, and the panel's "List This Item" what answers it
        button=at(css('button[data-et-name="next"]'), css("button[data-test=next]"), role("button", "Next")),
        request=PublishRequest(
            method="PUT",
            url=r"/vm-rest/posts/[0-9a-f]{24}/status/published",
            id_in_url=r"/posts/([0-9a-f]{24})/status/published",
            error_path="error",  # a 200 can hold an error, and then the post stays a draft (§6)
        ),
        # the query is soon dropped from the address: the listener looks at every navigation (§6)
        address=r"[?&]created_listing_id=([0-9a-f]{24})",
        listing_url="https://poshmark.com/listing/{id}",
        confirm=(
            Dialog(name="share listing", sign=LIST_IT, press=LIST_IT),
            Dialog(  # [L-M]: two dialogs one after the other
                name="fragile item",
                sign=at(css("[data-test=modal-container]", has_text="Fragile Item Detected", match=Match.CONTAINS)),
                press=at(role("button", "Publish Listing")),
            ),
            Dialog(
                name="fragile item, no compensation",
                sign=at(css("[data-test=modal-container]", has_text="compensation", match=Match.CONTAINS)),
                press=at(role("button", "Publish")),
            ),
        ),
        errors=at(
            css("[data-test=modal-container]", has_text="Missing", match=Match.CONTAINS),
            css(".form__error-message, .listing-editor__error", "[L] how a field tells its error is unknown"),
        ),
    ),
    closet=Closet(
        url="https://poshmark.com/closet/{account}",
        ready=at(css("div.tile"), text("Edit Profile", Match.SAME)),
        tile="div.tile",
        id=("a.tile__covershot", "data-et-prop-listing_id", r"([0-9a-f]{24})"),
        title=("img", "alt"),
        scroll=True,  # 48 a page, more while scrolling (§8)
    ),
    # only the owner sees "Edit" there, and only on a listing that exists (§8)
    listing_page=at(css('[data-et-name="edit_listing"]')),
)
