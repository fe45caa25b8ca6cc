"""Mercari's sell form as data, in the order it is filled. Facts: the Mercari sheet, by section (§); [L] = low
confidence there, and then never the only way to a field.

Photos come first: after them the site guesses title, category, brand, condition and price and writes its guesses into
empty fields, sometimes late (§3). So the photos settle, then every field is set, then all is read back.
"""

from __future__ import annotations

from datetime import date

from listing_worker.agents.mercari.vocabulary import LIMITS
from listing_worker.agents.recipe import (
    Cascade,
    Choose,
    Closet,
    Compare,
    Dialog,
    Fill,
    FillMasked,
    Interruption,
    Level,
    Match,
    OneOf,
    Pacing,
    Page,
    PageSigns,
    Publication,
    PublishRequest,
    Read,
    ReadBy,
    Recipe,
    SignInTest,
    Special,
    Toggle,
    Typeahead,
    Upload,
    When,
    Wizard,
    at,
    css,
    placeholder,
    role,
    test_id,
    text,
)

CATEGORY_BUTTON = at(test_id("SellCategoryFieldButton"))


def level(number: int) -> Level:
    """One of the three menus of category variant B (§3)."""
    menu = ("#categoryId", "#subCategoryId", "#subSubCategoryId")[number]
    return Level(
        opener=at(test_id(f"CategoryL{number}"), css(menu)),
        option=at(css(f'[data-testid="CategoryL{number}-option"]', has_text="{value}"), role("option", "{value}")),
    )


CATEGORY = OneOf(
    steps=(
        Choose(  # variant A, Aug 2026 on: a dialog with a search box
            field="category",
            when=When(visible=CATEGORY_BUTTON),
            at=CATEGORY_BUTTON,
            search=at(placeholder("Search category")),
            # rows are plain buttons whose class ends so and whose text is the whole path (§3)
            option=at(
                css('button[class*="CategoryDialog__ButtonWrapper"]', "rows have no test id", has_text="{path}"),
                role("button", "{path}"),
            ),
            same_options=True,  # "Suggested" and the search may both show it
            read=Read(by=ReadBy.TEXT, at=CATEGORY_BUTTON, expect="{path}", compare=Compare.WORDS),
        ),
        Cascade(  # variant B, to mid 2026, may linger: three menus
            field="category",
            when=When(visible=at(test_id("CategoryL0"))),
            levels=(level(0), level(1), level(2)),
            read=Read(by=ReadBy.SPECIAL),
        ),
    )
)


POUNDS, OUNCES = at(test_id("ItemWeightInPounds"), css("#lb")), at(test_id("ItemWeightInOunces"), css("#oz"))
SHOEBOX = at(test_id("FitsInShoeboxYes"), test_id("ItemFitInShoeboxYes"))


def inches(field: str, test_id_: str) -> Fill:
    """A side of the parcel, asked for only if it does not fit the shoebox."""
    side = at(test_id(test_id_))
    return Fill(field=field, when=When(visible=side), at=side, read=Read(compare=Compare.NUMBER))


# weight and shoebox, on one page of the wizard or on two
PARCEL = (
    Fill(field="pounds", when=When(visible=POUNDS), at=POUNDS, read=Read(compare=Compare.NUMBER)),
    Fill(field="ounces", when=When(visible=OUNCES), at=OUNCES, read=Read(compare=Compare.NUMBER)),
    Choose(
        field="shoebox",
        when=When(visible=SHOEBOX),
        option=at(test_id("FitsInShoebox{value}"), test_id("ItemFitInShoebox{value}")),
        read=Read(by=ReadBy.CHOSEN),
    ),
    inches("length", "InputLength"),
    inches("width", "InputWidth"),
    inches("height", "InputHeight"),
)
NEXT = at(test_id("SelectCarrierButton"))

SHIPPING_LABEL = Wizard(
    field="label",
    at=at(test_id("SelectShipping"), css("input#sellShippingClassesInput")),
    pages=(
        Page(
            name="weigh and measure",
            sign=at(text("Weigh and measure your package accurately", Match.CONTAINS)),
            next=at(role("button", "Got it")),
        ),
        Page(name="parcel", sign=at(*POUNDS.candidates, *SHOEBOX.candidates), steps=PARCEL, next=NEXT),
        Page(
            name="labels",
            sign=at(test_id("AvailableShippingOption")),
            steps=(
                Choose(
                    field="service",
                    option=at(
                        css('[data-testid="AvailableShippingOption"][data-display-name="{value}"]'),
                        css('[data-testid="AvailableShippingOption"]', has_text="{value}", match=Match.PREFIX),
                    ),
                    read=Read(by=ReadBy.CHOSEN),
                ),
            ),
            next=at(test_id("SelectCarrierSaveButton")),
        ),
        Page(
            name="recommended label",  # read back like any other: a service that we did not ask for stops the attempt
            sign=at(test_id("UseThisButton")),
            next=at(test_id("UseThisButton")),
        ),
    ),
    finished=at(test_id("ShippingClass")),
    # two sources disagree whether the field or only the summary shows the service (§3): agent.py takes either
    read=Read(by=ReadBy.SPECIAL, compare=Compare.CONTAINS),
)

STEPS = (
    Upload(
        at=at(test_id("SellPhotoInput"), hidden=True),
        uploaded=at(
            css('img[data-testid="PreviewThumbnail"]'),
            css('[data-testid="PreviewThumbnail"] img'),
        ),
        failed=at(text("Something wrong happened", Match.CONTAINS)),
    ),
    Fill(field="title", at=at(test_id("Title"), css("#sellName"), css('input[name="sellName"]'))),
    Fill(field="description", at=at(test_id("Description"), css("#sellDescription"))),
    # early, because Smart Pricing may switch itself on some time after a price is typed (§3 row 14)
    FillMasked(field="price", at=at(test_id("Price"), css("#Price"), css('input[name="sellPrice"]'))),
    # uploads answered and their guesses written; those go into empty fields only (§3): agent.py
    Special(field="settled"),
    CATEGORY,
    Typeahead(
        field="brand",
        at=at(test_id("Brand"), css("input#sellBrandId")),
        suggestion=at(role("option", "{value}", Match.SAME)),
        otherwise="none",  # from their list or none at all (§4)
        none=at(test_id("NoBrandLink")),
        none_read=Read(by=ReadBy.SPECIAL, expect="no brand"),
    ),
    Special(field="no_brand"),
    Choose(
        field="condition",
        option=at(
            test_id("Condition{code}"),
            css('input[name="sellCondition"][id="{id}"]', "test ids were absent at times (§3 row 6)"),
            role("radio", "{value}"),
        ),
        read=Read(
            by=ReadBy.ATTRIBUTE,
            at=at(css('input[name="sellCondition"]:checked'), hidden=True),
            attribute="id",
            expect="{id}",
        ),
    ),
    Choose(
        field="size",
        at=at(test_id("Size"), css("#itemSizeId")),
        # labels go on in parentheses, and one may be listed twice (§3 row 7, §4)
        option=at(
            css('[data-testid="Size-option"]', has_text="{value}", match=Match.PREFIX),
            role("option", "{value}", Match.PREFIX),
        ),
        same_options=True,
        read=Read(by=ReadBy.TEXT, compare=Compare.PREFIX),
    ),
    Special(field="zip"),
    Choose(
        field="delivery",
        option=at(
            css('input[name="deliveryOptions"][id="{value}"]'),
            test_id("MercariShipping"),
        ),
        read=Read(
            by=ReadBy.ATTRIBUTE, at=at(css('input[name="deliveryOptions"]:checked'), hidden=True), attribute="id"
        ),
    ),
    SHIPPING_LABEL,
    Choose(
        field="payer",  # "Offer buyers free shipping?", and their default is Yes (§3 row 12)
        at=at(test_id("ShippingPayerOption")),
        option=at(test_id("FreeShipping{value}Button"), role("option", "{value}", Match.PREFIX)),
        read=Read(by=ReadBy.TEXT, compare=Compare.PREFIX),
    ),
    Toggle(
        field="smart_pricing",
        required=False,  # may be absent (§3 row 14)
        at=at(test_id("SmartPricingButton")),
        confirm=at(role("button", "Turn off")),
    ),
    Toggle(
        field="smart_offers",
        required=False,  # no source shows its hook; "automatic offers" is all that is known (§3 row 15)
        at=at(
            role("switch", "Smart Offers"),
            css('[role=switch][aria-label*="offers" i]'),
            css('button[aria-pressed][aria-label*="offers" i]'),
        ),
    ),
)

RECIPE = Recipe(
    name="mercari",
    display_name="Mercari",
    version="2026-11-21.1",
    checked_on=date(2026, 11, 21),
    home_url="https://www.mercari.com/",
    sell_url="https://www.mercari.com/sell/",
    hosts=("mercari.com", "*.mercari.com", "*.mercdn.net"),
    limits=LIMITS,
    pacing=Pacing(between_postings=(20, 60)),
    signs=PageSigns(
        signed_out_urls=(r"//www\.mercari\.com/(login|signup)\b",),
        signed_out=(at(css("input[data-testid=PasswordInput]")),),
        challenge_titles=(r"just a moment", r"verify (that )?you are (a )?human", r"security verification"),
        challenge=(at(css('iframe[src*="recaptcha"][title*="challenge"]', "the badge's frame is no challenge (§7)")),),
        suspended_titles=(
            r"account (is|has been) (suspended|restricted|limited)",
            r"you're almost done",  # the payment gate: a card first (§7)
        ),
        try_later_titles=(r"too many requests",),
    ),
    sign_in=SignInTest(  # agent.py asks the site's own /v1/initialize (§2); this is what the page shows
        url="https://www.mercari.com/mypage/listings/active/",
        signed_in=at(test_id("UserMenuButton"), css('a[href*="/mypage"]')),
    ),
    form_ready=at(test_id("Title"), css("#sellName")),
    form_timeout=45_000,
    steps=STEPS,
    interruptions=(
        *(
            Interruption(
                name=name,
                sign=at(css("[role=dialog]", has_text=words, match=Match.CONTAINS), text(words, Match.CONTAINS)),
                press=at(role("button", "Got it"), role("button", "Close"), css('[role=dialog] [aria-label="Close"]')),
            )
            for name, words in (
                ("templates", "List faster with templates"),
                ("privacy settings", "Privacy settings"),
                ("welcome", "Why not earn some extra"),
                ("clicks and views", "Clicks and views"),
            )
        ),
    ),
    publication=Publication(
        button=at(test_id("ListButton"), role("button", "List")),
        request=PublishRequest(
            method="POST", url=r"/v1/api", body="createListing", id_path="data.createListing.id", error_path="errors"
        ),
        address=r"/item/(m\d{9,15})",
        success=at(css('[role=dialog] a[href*="/item/m"]'), css('a[href*="/item/m"]')),
        success_id=r"/item/(m\d{9,15})",
        listing_url="https://www.mercari.com/us/item/{id}/",
        confirm=(
            Dialog(  # one may come; its words are not known (§6)
                name="ready to list",
                sign=at(css("[role=dialog] button", has_text="List", match=Match.SAME)),
                press=at(css("[role=dialog] button", has_text="List", match=Match.SAME)),
            ),
        ),
        errors=at(test_id("SellFormError")),
    ),
    closet=Closet(
        url="https://www.mercari.com/mypage/listings/active/",
        ready=at(role("heading", "My listings")),
        tile='a[data-testid="ItemLink"]',  # the thumbnail links to the same listing: only the title link counts (§8)
        id=("", "href", r"/item/(m\d{9,15})"),
        title=("", "text"),
        scroll=True,
    ),
    listing_page=at(css("[data-testid=ItemPrice]"), css("[data-testid=EditListing]")),
)
