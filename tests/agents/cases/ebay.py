"""eBay: listings, and what the replica must have received."""

from __future__ import annotations

from typing import Any

from tests.agents.cases.common import UGLY, Case

CLOTHING = "Clothing, Shoes & Accessories"
WOMEN = [CLOTHING, "Women", "Women's Clothing"]
DRESSES = [*WOMEN, "Dresses"]
TEES = [CLOTHING, "Men", "Men's Clothing", "Shirts", "T-Shirts"]
TEE: dict[str, Any] = {
    "category": ["Men", "Shirts", "Tees - Short Sleeve"],
    "size": "L",
    "attributes": {"Department": "Men", "Type": "T-Shirt", "Size Type": "Regular"},
}
DRESS: dict[str, Any] = {
    "price_cents": 4800,
    "condition": "3000",
    "category": DRESSES,
    "brand": "Free People",
    "size": "M",
    "colors": ["Blue"],
    "sku": "LW-DEMO-1",
    "quantity": 1,
}
# What costs or gives something away by itself is off, whatever the form has preset.
OFF = {
    "format": "FIXED_PRICE",
    "bestOffer": False,
    "freeShipping": False,
    "promotedListing": False,
    "autoLowerPrice": False,
    "scheduleListing": False,
    "charity": False,
    "priceAutoFillPref": False,
}
RTL = "فستان أزرق 👗🏽 שמלה"
PLAIN: dict[str, Any] = {"size": None, "colors": [], "brand": None}
POLICY = {
    "Department": "Women",
    "Type": "Dress",
    "Style": "Wrap Dress",
    "Shipping policy": "Calculated USPS Ground",
}


def condition(ours: str, theirs: str) -> Case:
    return Case(f"condition {ours}", {"condition": theirs}, {"condition": ours}, photos=1)


def thing(
    name: str, category: list[str], leaf: list[str], theirs: str, attributes: dict[str, str], **more: Any
) -> Case:
    """A thing of another category: its condition among those offered there, its specifics under their own names."""
    specifics = {**attributes, **({"Brand": more["brand"]} if "brand" in more else {})}  # some have no such row
    expected = {"category": leaf, "condition": theirs, "attributes": {n: [v] for n, v in specifics.items()}}
    return Case(name, expected, {**PLAIN, "category": category, "attributes": attributes, **more}, photos=1)


def sized(what: str, size: str, theirs: str, path: list[str], leaf: list[str], **attributes: str) -> Case:
    """A size as sellers write it, and as their standard value."""
    changes = {"category": path, "size": size, "attributes": {n.replace("_", " "): v for n, v in attributes.items()}}
    return Case(f"size {what}", {"category": leaf, "size": theirs}, changes, photos=1)


def variant(words: str, **changes: Any) -> Case:
    """The same listing on another form gives the same record."""
    return Case(f"form {words}", DRESS, changes, sent=OFF, variant=words.replace(" ", ","))


CASES = [
    Case("ordinary", DRESS, photos=4, sent=OFF),
    Case(
        "at every limit",
        {"title": "T" * 80, "description": "word " * 3999 + "ends!", "quantity": 999, "sku": "S" * 50},
        {"title": "T" * 80, "description": "word " * 3999 + "ends!", "quantity": 999, "sku": "S" * 50},
        photos=24,
    ),
    Case(
        "ugly text, brand of nobody",
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
        {"title": UGLY, "description": f"first line\n\n{UGLY}", "brand": "O'Nobody & <b>Söhne</b>"},
    ),
    Case(
        "emoji and right-to-left text",
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        {"title": RTL, "description": f"{RTL}\n\n👩‍👩‍👧‍👦 🇩🇪 {RTL}"},
        photos=1,
    ),
    Case(
        "fewest fields, free shipping, new with tags",
        {"category": TEES, "size": "L", "brand": "Unbranded", "condition": "1000", "price_cents": 1999},
        {
            **TEE,
            "brand": None,
            "colors": ["red"],
            "original_price": None,
            "zip_code": None,
            "condition": "new_with_tags",
            "price": {"cents": 1999},
            "shipping": {"payer": "seller"},
        },
        photos=1,
        sent={"freeShipping": True},
    ),
    Case(
        "flat shipping",
        {"category": TEES, "condition": "2990"},
        {**TEE, "condition": "like_new", "shipping": {"cost": {"cents": 625}}},
        sent={"domesticShippingType": "FLAT", "domesticShippingPrice1": "6.25"},
    ),
    Case(
        "calculated shipping of a heavy parcel, a small price",
        {"price_cents": 99},
        {
            "price": {"cents": 99},
            "original_price": None,
            "shipping": {"payer": "buyer", "weight_oz": 83, "length_in": 20, "width_in": 12, "height_in": 6},
        },
        photos=1,
        sent={
            "domesticShippingType": "CALCULATED",
            "majorWeight": "5",
            "minorWeight": "3",
            "packageLength": "20",
            "packageWidth": "12",
            "packageDepth": "6",
        },
    ),
    Case(
        "local pickup only, of which nothing is weighed",
        {"category": DRESSES},
        {"shipping": {"payer": "buyer", "pickup": "only"}},
        photos=1,
        sent={"domesticShippingType": "NOT_SPECIFIED"},
    ),
    Case(
        "a category of only two levels",
        {"category": ["Books & Magazines", "Books"], "condition": "2750"},
        {
            "category": ["Books", "Fiction"],
            "condition": "like_new",
            "size": None,
            "colors": [],
            "brand": None,
            "attributes": {"Author": "Ursula K. Le Guin", "Book Title": "The Dispossessed", "Language": "English"},
        },
        photos=1,
    ),
    condition("new_with_tags", "1000"),
    condition("new", "1500"),
    condition("like_new", "2990"),
    condition("fair", "3010"),
    condition("poor", "3010"),
    thing(
        "a worn game",
        ["Electronics", "Video Games & Consoles", "Video Games"],
        ["Video Games & Consoles", "Video Games"],
        "6000",
        {"Game Name": "Outer Wilds", "Platform": "Nintendo Switch"},
        title="Outer Wilds, a game",
        condition="fair",
    ),
    thing(
        "a stuffed animal",
        ["Kids", "Toys", "Stuffed Animals"],
        ["Toys & Hobbies", "Stuffed Animals"],
        "3000",
        {"Character": "Hello Kitty", "Age Level": "3+"},
        title="Jellycat bunny",  # words that suggest no category: it is looked for
        condition="like_new",
        brand="Jellycat",
    ),
    thing(
        "a ring",
        ["Women", "Jewelry", "Rings"],
        ["Jewelry & Watches", "Fashion Jewelry", "Rings"],
        "3000",
        {"Type": "Ring", "Metal": "Sterling Silver", "Main Stone": "Onyx", "Signed": "Yes"},
        title="Onyx ring of sterling silver",
        condition="poor",
        brand="Pandora",
    ),
    thing(
        "a trading card",
        ["Kids", "Toys", "Trading Cards"],
        ["Toys & Hobbies", "Collectible Card Games", "CCG Individual Cards"],
        "4000",
        {"Game": "Pokémon TCG", "Card Name": "Pikachu", "Rarity": "Holo Rare", "Language": "English"},
        title="Pikachu, a single card",
    ),
    thing(
        "a bag, whose colour has another name",
        ["Women", "Bags", "Totes"],
        [CLOTHING, "Women", "Women's Bags & Handbags"],
        "3000",
        {"Department": "Women", "Style": "Tote", "Exterior Color": "Black", "Exterior Material": "Leather"},
        title="Leather bag in black",
        brand="Coach",
    ),
    sized(
        "of petites", "PM", "PM", ["Women", "Tops", "Blouses"], [*WOMEN, "Tops"],
        Type="Blouse", Style="Blouse", Size_Type="Petites",
    ),
    sized(
        "plus", "2x", "2X", ["Women", "Dresses", "Maxi"], DRESSES,
        Style="Maxi", Size_Type="Plus",
    ),
    sized(
        "in letters of ours", "XXL", "2XL", ["Women", "Sweaters", "V-Necks"], [*WOMEN, "Sweaters"],
        Type="Sweater", Style="Pullover", Size_Type="Regular",
    ),
    sized(
        "of a man's waist", "32", "32", ["Men", "Jeans", "Slim"], [CLOTHING, "Men", "Men's Clothing", "Jeans"],
        Type="Jeans", Inseam="30 in", Size_Type="Regular",
    ),
    sized(
        "of a woman's shoe", "8 1/2", "8.5", ["Women", "Shoes", "Heels"],
        [CLOTHING, "Women", "Women's Shoes", "Heels"],
        Type="Heel", Style="Pump",
    ),
    sized(
        "of a girl", "6x", "6X", ["Kids", "Dresses", "Casual"],
        [CLOTHING, "Kids", "Girls", "Girls' Clothing (Sizes 4 & Up)", "Dresses"],
        Department="Girls", Type="Top",
    ),
    variant("B skip-category skip-match hydration=2", attributes=POLICY),
    variant("condition-select inline-editor photo-tips sku-column success-page"),
    variant("condition-buttons lazy-sections price-delay=2 fees-label"),
    variant("skip-condition skip-category free-label promoted"),
    # the pages before the form, each there or not
    variant("no-direct"),
    variant("no-direct skip-match condition-buttons hydration=1"),
    variant("no-direct skip-category skip-condition"),
]  # fmt: skip
