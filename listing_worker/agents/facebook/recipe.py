"""Facebook Marketplace's form for an item as data, in the order it is filled. Facts: the Facebook sheet, by section.

Nothing but roles, aria-labels, label texts, placeholders and the kind of an input holds there (§ top): classes are
hashed, ids change, there are no test ids. The form comes on one, two or three pages (details, delivery, audience);
what stands on a later page is guarded by `when` and filled by the agent once that page shows.
"""

from __future__ import annotations

from datetime import date

from listing_worker.agents.facebook.vocabulary import ATTRIBUTES, LIMITS, MEETUPS
from listing_worker.agents.recipe import (
    Choose,
    Closet,
    Compare,
    Dialog,
    Fill,
    FillMasked,
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
    Reveal,
    SignInTest,
    Special,
    Target,
    Toggle,
    Tokens,
    Upload,
    When,
    at,
    css,
    label,
    near,
    placeholder,
    role,
    text,
)


def field(*names: str, control: str = "input") -> Target:
    """A text field inside the label that names it (§3: inputs sit in their label and have no aria-label)."""
    return at(
        *(label(name) for name in names),
        *(css(f'label:has(span:text-is("{name}")) {control}', "the label's text is all there is") for name in names),
        *(near(name, control) for name in names),
    )


def combobox(name: str) -> Target:
    """A label that is itself the combobox, holding its name and what is chosen (§3)."""
    return at(
        css(f'label[role="combobox"][aria-label="{name}" i]'),
        css(f'[role="combobox"]:has(span:text-is("{name}"))', "the name stands inside"),
        role("combobox", name),
    )


def chosen(name: str, **more: str) -> Read:
    """What a combobox shows, without its own name."""
    return Read(by=ReadBy.TEXT, compare=Compare.LOOSE, drop=rf"^\s*{name}\s*|[-–—]", **more)


def button(name: str) -> Target:
    return at(
        css(f'[role="button"][aria-label="{name}" i]', "§3 row 15"),
        role("button", name, Match.SAME),
    )


def switch(*names: str) -> Target:
    """A switch whose aria-label holds one of these words (§3 row 14)."""
    return at(*(css(f'[role="switch"][aria-label*="{name}" i]') for name in names))


CATEGORY_DIALOG = at(
    css('[role="dialog"][aria-label="Dropdown menu" i]'),
    css('[role="dialog"][aria-label="Drop-down menu" i]', "British spelling"),
)
CONDITION_OPTION = at(
    role("option", "{value}", Match.SAME),
    role("option", "{dashed}", Match.SAME),  # "Used – like new"
)
DESCRIPTION = field("Description", control="textarea")
TITLE = field("Title")
MORE_DETAILS = at(  # a hint may follow its name
    css('[role="button"][aria-expanded]:has(span:text-is("More details"))'),
    css('[role="button"][aria-expanded]', has_text="More details", match=Match.CONTAINS),
    role("button", "More details", Match.PREFIX),
)
REMOVE_PHOTO = at(css('[role="button"][aria-label^="Remove photo" i]', "one per photo: Remove photo n of m (§3)"))

DELIVERY_WORDS = ("Shipping and local pickup", "Shipping only", "Local pickup")
DELIVERY_RADIOS = at(*(role("radio", words, Match.PREFIX) for words in DELIVERY_WORDS))
DELIVERY_LIST = combobox("Delivery method")


def one_of_several(name: str, word: str) -> OneOf:
    """A choice on the delivery page, whose widgets no source has seen: radios, or a list whose name has the word."""
    radio = at(role("radio", "{value}", Match.PREFIX))
    opener = at(
        css(f'[role="combobox"][aria-label*="{word}" i]'),
        css(f'[role="combobox"]:has(span:has-text("{word}"))', "the name stands inside"),
    )
    return OneOf(
        required=False,
        steps=(
            Choose(
                field=name,
                when=When(visible=at(css('[role="radio"], input[type="radio"]'))),
                option=radio,
                read=Read(by=ReadBy.CHOSEN),
            ),
            Choose(
                field=name,
                when=When(visible=opener),
                at=opener,
                option=at(role("option", "{value}", Match.PREFIX)),
                read=Read(by=ReadBy.TEXT, compare=Compare.CONTAINS),  # what precedes the value is not known
            ),
        ),
    )


# on the delivery page or, in the one-step form, on the first
DELIVERY = (
    OneOf(
        required=False,  # accounts without shipping have no such choice
        steps=(
            Choose(
                field="delivery",
                when=When(visible=DELIVERY_RADIOS),
                option=at(role("radio", "{value}", Match.PREFIX)),  # "Local pickup" or "Local pickup only"
                read=Read(by=ReadBy.CHOSEN),
            ),
            Choose(
                field="delivery",
                when=When(visible=DELIVERY_LIST),
                at=DELIVERY_LIST,
                option=at(role("option", "{value}", Match.PREFIX)),
                read=chosen("Delivery method").model_copy(update={"compare": Compare.PREFIX}),
            ),
        ),
    ),
    one_of_several("package_weight", "weight"),
    one_of_several("shipping_carrier", "carrier"),
    one_of_several("shipping_label", "label"),
)

# what costs money or gives something away: off, wherever it shows (§3 row 14, delivery step, mobile layout)
SWITCHES = (
    Toggle(field="boost", required=False, at=switch("boost", "promote")),
    Toggle(field="offers", required=False, at=switch("allow offers", "let buyers negotiate")),
    Toggle(field="offer_shipping", required=False, at=switch("offer shipping")),
)

STEPS = (
    Upload(
        # two file inputs: the other one takes a video (§3 row 1b)
        at=at(css('input[type="file"][accept*="image"]'), hidden=True),
        uploaded=REMOVE_PHOTO,
        loaded="any",
        failed=at(text("Something isn't working", Match.CONTAINS)),
        remove=REMOVE_PHOTO,
    ),
    Fill(field="title", at=TITLE),
    FillMasked(field="price", at=field("Price")),
    Choose(
        field="category",
        at=combobox("Category"),
        menu=CATEGORY_DIALOG,
        # inside the dialog only: pills under the box may say the same; the text may go on "Delivery available" (§3)
        option=at(
            role("button", "{leaf}", Match.SAME),
            role("button", "{leaf}", Match.PREFIX),
            role("button", "{curly}", Match.PREFIX),
            within=CATEGORY_DIALOG,
        ),
        read=chosen("Category", expect="{leaf}"),
    ),
    Choose(
        field="condition",
        at=combobox("Condition"),
        option=CONDITION_OPTION,
        read=chosen("Condition", expect="{letters}"),  # dashes and case differ between builds (§4)
    ),
    Reveal(
        at=MORE_DETAILS,
        shows=DESCRIPTION,
        fields=("description", *ATTRIBUTES, "availability", "tags", "sku", "location", *MEETUPS),
        required=False,  # some forms show everything at once
    ),
    Fill(field="description", at=DESCRIPTION),
    *(
        Special(field=name, required=False) for name in ATTRIBUTES
    ),  # as text or as a list, by category and account: agent.py
    Choose(
        field="availability",
        required=False,
        at=combobox("Availability"),
        option=at(role("option", "{value}", Match.SAME)),
        read=chosen("Availability"),
    ),
    Tokens(
        field="tags",
        required=False,
        at=field("Product tags", control="textarea, input"),
        read=Read(by=ReadBy.SPECIAL, compare=Compare.SET, split=","),
    ),
    Fill(field="sku", required=False, at=field("SKU")),
    Special(field="location"),  # typed text is no value: a suggestion has to be chosen (§3 row 12)
    *(
        Toggle(
            field=name,
            required=False,
            at=at(role("checkbox", words, Match.PREFIX), css(f'[role="checkbox"][aria-label="{words}" i]')),
        )
        for name, words in MEETUPS.items()
    ),
    Toggle(field="hide_from_friends", required=False, at=switch("hide from friends")),
    *SWITCHES,
    *DELIVERY,
)
LATER_STEPS = (*DELIVERY, *SWITCHES)  # what may stand on a page after the first

LIMIT_TEXTS = ("limit reached", "we limit how often", "daily limit", "can't create listings")  # §7

# not those that we have opened ourselves: deleting asks in one or two (§8)
ANY_DIALOG = (
    '[role="dialog"]:not(:has-text("limit")):not([aria-label="Delete listing" i]):not([aria-label="Your Listing" i])'
)

RECIPE = Recipe(
    name="facebook",
    display_name="Facebook Marketplace",
    version="2026-11-22.1",
    checked_on=date(2026, 11, 22),
    home_url="https://www.facebook.com/",
    sell_url="https://www.facebook.com/marketplace/create/item",
    hosts=("facebook.com", "*.facebook.com", "*.fbcdn.net"),
    limits=LIMITS,
    # no count is published; third parties speak of about 50 a week, new accounts fewer (§9)
    pacing=Pacing(between_postings=(60, 180), per_day=7),
    signs=PageSigns(
        signed_out_urls=(r"facebook\.com/login(\.php)?(/|\?|$)",),
        signed_out=(at(css("input#pass")), at(css('button[name="login"]'))),
        challenge_urls=(r"/checkpoint/", r"/two_step_verification/", r"/recover/"),
        try_later_titles=LIMIT_TEXTS,
        languages=("en",),  # labels follow the account's language, not the browser's (§ top)
        suspended_titles=(r"marketplace (isn't|is not) available", r"can't (use|access) marketplace"),  # [L]
    ),
    sign_in=SignInTest(  # a navigation that is not redirected, and both cookies (§2): agent.py looks for the second
        url="https://www.facebook.com/marketplace/you/selling",
        signed_in=at(css('svg[aria-label="Your profile"]'), css('[aria-label="Account"]')),
        cookie="c_user",
    ),
    form_ready=TITLE,
    steps=STEPS,
    interruptions=(
        Interruption(  # not expected in a US session; never more than needed (§7)
            name="cookies",
            sign=at(css('[role="dialog"] [aria-label="Decline optional cookies" i]')),
            press=at(css('[role="dialog"] [aria-label="Decline optional cookies" i]')),
        ),
        Interruption(  # one that speaks of a limit is an answer, and stays (§7)
            name="a dialog with Close",
            sign=at(css(f'{ANY_DIALOG}:has([role="button"][aria-label="Close" i])')),
            press=at(  # a button that says so, or the cross in the corner
                css(f'{ANY_DIALOG} [role="button"]', has_text="Close", match=Match.SAME),
                css(f'{ANY_DIALOG} [role="button"][aria-label="Close" i]'),
            ),
        ),
    ),
    publication=Publication(
        button=button("Publish"),
        ready="""() => [...document.querySelectorAll('[role=button]')].some(e =>
            /^publish$/i.test(e.getAttribute('aria-label') || e.innerText.trim())
            && e.checkVisibility() && e.getAttribute('aria-disabled') !== 'true')""",
        request=PublishRequest(  # read passively (§6)
            url=r"/api/graphql/",
            body="useCometMarketplaceListingCreateMutation",
            id_path="data.marketplace_listing_create.listing.id",
        ),
        address=r"/marketplace/edit/\?(?:.*&)?listing_id=(\d+)",  # some accounts land there (§6)
        listing_url="https://www.facebook.com/marketplace/item/{id}/",
        confirm=(
            Dialog(  # seen even after Publish (§7)
                name="leave page",
                sign=at(css('[role="dialog"] [role="button"][aria-label="Leave Page" i]'), text("Leave Page")),
                press=at(css('[role="dialog"] [role="button"][aria-label="Leave Page" i]'), text("Leave Page")),
            ),
        ),
        errors=at(
            text("Please upload at least one photo.", Match.CONTAINS),
            text("Something isn't working", Match.CONTAINS),
            *(text(words, Match.CONTAINS) for words in LIMIT_TEXTS),
        ),
        proof_timeout=60_000,
    ),
    closet=Closet(  # cards have no hook but their menu's name: agent.py reads them (§8)
        url="https://www.facebook.com/marketplace/you/selling",
        ready=at(placeholder("Search your listings")),
        tile='[aria-label^="More options for "]',
        id=("", "aria-label", r"More options for (.+)"),
        title=("", "aria-label"),
        scroll=True,
    ),
)
