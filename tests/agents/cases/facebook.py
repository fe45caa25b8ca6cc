"""Facebook Marketplace: listings, and what the replica must have received."""

from __future__ import annotations

from typing import Any

from tests.agents.cases.common import UGLY, Case

RTL = "كرسي خشبي قديم 🪑 שלום"
PICKUP = {
    "method": "pickup",
    "weight": "",
    "carrier": "",
    "label": "",
    "offers": False,
    "location": "San Jose, California",
    "meetup": [],
}
DRESS = {
    "price_cents": 4800,
    "condition": "USED_GOOD",
    "category": ["Clothing & Accessories", "Women's Clothing & Shoes"],
    "brand": "Free People",
    "size": "M",
    "colors": ["Blue"],
    "sku": "LW-DEMO-1",
    "tags": [],
    "attributes": {"Brand": ["Free People"], "Size": ["M"], "Color": ["Blue"], "Material": ["Rayon"]},
    "shipping": PICKUP,
}
PLAIN: dict[str, Any] = {"brand": None, "size": None, "colors": [], "attributes": {}, "sku": None}


def thing(category: list[str], **more: Any) -> dict[str, Any]:
    """Changes to the demo listing that make it a thing of another category, without a dress's attributes."""
    return {**PLAIN, "category": category, **more}


def variant(words: str, **expected: Any) -> Case:
    """The same listing on another form gives the same record."""
    return Case(f"form {words}", {**DRESS, **expected}, variant=words.replace(" ", ","))


def said(name: str, **values: Any) -> Case:
    """Fields that arrive as they were given."""
    return Case(name, values, values)


CASES = [
    Case("ordinary", DRESS, photos=4),
    Case(
        "at every limit",
        {"title": "T" * 100, "description": "d" * 2000, "tags": [f"tag{n}" for n in range(10)]},
        {"title": "T" * 100, "description": "d" * 2000, "tags": [f"tag{n}" for n in range(10)]},
        photos=10,
    ),
    Case(
        "fewest fields",
        {
            "price_cents": 100,
            "category": ["Home & Garden", "Household"],
            "brand": "",
            "size": "",
            "colors": [],
            "attributes": {},
            "sku": "",
        },
        thing(["Home", "Bath"], zip_code=None, price={"cents": 100}, description="x", title="Mat"),
        photos=1,
    ),
    Case(
        "ugly text",
        {"title": UGLY, "description": f"{UGLY}\n\n{UGLY}"},
        {"title": UGLY, "description": f"{UGLY}\n\n{UGLY}"},
    ),
    Case(
        "right to left", {"title": RTL, "description": f"{RTL}\n{RTL}"}, {"title": RTL, "description": f"{RTL}\n{RTL}"}
    ),
    said("emoji to the limit", title="🪑" * 50),
    *(
        Case(f"condition {ours}", {"condition": theirs}, {"condition": ours})
        for ours, theirs in (
            ("new_with_tags", "NEW"),
            ("new", "NEW"),
            ("like_new", "USED_LIKE_NEW"),
            ("fair", "USED_FAIR"),
            ("poor", "USED_FAIR"),
        )
    ),
    Case(
        "men's clothing, whose name is part of women's",
        {"category": ["Clothing & Accessories", "Men's Clothing & Shoes"], "size": "L"},
        {"category": ["Men", "Shirts", "Polos"], "size": "L"},
    ),
    Case(
        "a list whose options lack our word, and a field the category does not have",
        {"colors": [], "attributes": {"Brand": ["Oak & Sons"]}},
        {**PLAIN, "category": ["Women", "Bags", "Totes"], "brand": "Oak & Sons", "colors": ["beige"], "size": "M"},
    ),
    Case(
        "a phone with its carrier",
        {
            "category": ["Electronics", "Mobile Phones"],
            "attributes": {
                "Brand": ["Fairphone"],
                "Device name": ["Fairphone 5"],
                "Carrier": ["Unlocked"],
                "Color": ["Black"],
            },
        },
        thing(
            ["Electronics", "Cell Phones & Accessories", "Cell Phones"],
            brand="Fairphone",
            colors=["black"],
            attributes={"Carrier": "Unlocked", "Device name": "Fairphone 5"},
        ),
    ),
    Case(
        "a game and its platform",
        {"category": ["Entertainment", "Video Games"], "attributes": {"Platform": ["PlayStation 5"]}},
        thing(
            ["Electronics", "Video Games & Consoles", "Video Games"],
            brand="Sony",
            attributes={"Platform": "PlayStation 5"},
        ),
    ),
    Case(
        "their own category",
        {"category": ["Hobbies", "Antiques & Collectibles"], "price_cents": 12_345_600},
        thing(["Hobbies", "Antiques & Collectibles"], price={"cents": 12_345_600}),
    ),
    Case(
        "a category without fields of its own", {"attributes": {}}, thing(["Classifieds", "Garage Sale"], brand="Acme")
    ),
    Case("several of it", {"price_cents": 4800}, {"quantity": 5}),
    Case(
        "another place, by name",
        {"shipping": {**PICKUP, "location": "Portland, Maine"}},
        {"attributes": {"Location": "Portland, Maine"}},
    ),
    Case(
        "another place, by its ZIP code",
        {"shipping": {**PICKUP, "location": "San Diego, California"}},
        {"zip_code": "92101"},
    ),
    Case(
        "meetups",
        {"shipping": {**PICKUP, "meetup": ["Public meetup", "Door pickup"]}},
        {"attributes": {"Meetup": "public meetup, Door pickup"}},
    ),
    Case(
        "tags and a label",
        {"tags": ["oak", "mid century"], "sku": "A-1"},
        {"tags": ["oak", "mid century"], "sku": "A-1"},
    ),
    Case(
        "sent by post too, where the account may",
        {
            "shipping": {
                **PICKUP,
                "method": "shipping_and_pickup",
                "weight": "1 to 2 lb",
                "carrier": "UPS Ground",
                "label": "own",
            }
        },
        {
            "shipping": {"pickup": "also"},
            "attributes": {
                "Package weight": "1 to 2 lb",
                "Shipping carrier": "UPS Ground",
                "Shipping label": "Use your own shipping label",
            },
        },
        variant="three_step",
    ),
    variant("one_step no_pills leave_dialog"),
    variant("three_step delivery_note lands_edit"),
    variant("three_step no_names"),
    variant("mobile lands_dashboard"),
    variant("en_gb video_first no_place"),
    variant("folded_place boost_on promote_label slow_mount"),
    variant("brand_required description_required boost_on"),
]
