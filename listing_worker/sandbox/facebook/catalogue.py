"""The option lists of the replica: categories, conditions, attributes, places, groups.

Categories and conditions are the fact sheet's (facebook §4). Ids are the real ones where the sheet has them, else
invented; attributes' options, places, groups, weight classes and carriers are invented and dull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TREE: dict[str, tuple[str, ...]] = {
    "Home & Garden": ("Tools", "Furniture", "Household", "Garden", "Appliances"),
    "Entertainment": ("Video Games", "Books, Movies & Music"),
    "Clothing & Accessories": (
        *("Bags & Luggage", "Women's Clothing & Shoes", "Men's Clothing & Shoes", "Jewelry & Accessories"),
    ),
    "Family": ("Health & Beauty", "Pet Supplies", "Baby & Kids", "Toys & Games"),
    "Electronics": ("Electronics & Computers", "Mobile Phones"),
    "Hobbies": (
        *("Bicycles", "Arts & Crafts", "Sports & Outdoors", "Auto Parts", "Musical Instruments"),
        "Antiques & Collectibles",
    ),
    "Classifieds": ("Garage Sale", "Miscellaneous"),
    "Vehicles": ("Vehicles",),
    "Housing": ("Home Sales", "Rentals"),
}
_KNOWN_IDS = {
    "Furniture": "1583634935226685",
    "Household": "1569171756675761",
    "Garden": "800089866739547",
    "Appliances": "678754142233400",
}
OWN_FORMS = {"Vehicles": "vehicle", "Home Sales": "rental", "Rentals": "rental"}

# Value as the API has it → label in a US account (fact: facebook §4).
CONDITIONS = {
    "NEW": "New",
    "USED_LIKE_NEW": "Used - Like New",
    "USED_GOOD": "Used - Good",
    "USED_FAIR": "Used - Fair",
}
MEETUPS = ("Public meetup", "Door pickup", "Door dropoff")
AVAILABILITY = {"single": "List as single item", "in_stock": "List as in stock"}
DELIVERY = {
    "shipping_and_pickup": "Shipping and local pickup",
    "shipping": "Shipping only",
    "pickup": "Local pickup only",
}
WEIGHTS = ("Up to 0.5 lb", "0.5 to 1 lb", "1 to 2 lb", "2 to 5 lb", "5 to 10 lb", "10 to 20 lb", "20 to 50 lb")
CARRIERS = ("USPS Ground Advantage", "UPS Ground", "FedEx Ground")
LABELS = {"prepaid": "Use a prepaid shipping label", "own": "Use your own shipping label"}

PLACES = {
    "95112": "San Jose, California",
    "92101": "San Diego, California",
    "94103": "San Francisco, California",
    "78205": "San Antonio, Texas",
    "78701": "Austin, Texas",
    "98101": "Seattle, Washington",
    "97201": "Portland, Oregon",
    "04101": "Portland, Maine",
    "11201": "Brooklyn, New York",
    "60601": "Chicago, Illinois",
    "33101": "Miami, Florida",
    "85001": "Phoenix, Arizona",
}
HOME_PLACE = PLACES["95112"]
PLACE_ANSWERS = 5

GROUPS = {str(2090 + number): f"Buy and sell group {number}" for number in range(1, 25)}

_COLORS = (
    *("Black", "Blue", "Brown", "Gold", "Gray", "Green", "Multicolor", "Orange", "Pink", "Purple", "Red", "Silver"),
    *("Tan", "White", "Yellow"),
)
_CLOTHING = {"Women's Clothing & Shoes", "Men's Clothing & Shoes", "Baby & Kids"}
_PLATFORMS = ("Nintendo Switch", "PC", "PlayStation 4", "PlayStation 5", "Xbox One", "Xbox Series X/S")
_CARRIERS = ("AT&T", "T-Mobile", "Unlocked", "Verizon")
_NO_ATTRIBUTES = {"Garage Sale", "Miscellaneous", "Books, Movies & Music", *OWN_FORMS}
TITLE_LIMIT, DESCRIPTION_LIMIT, PRICE_LIMIT, PHOTO_LIMIT, TAG_LIMIT, GROUP_LIMIT = 100, 2000, 14, 10, 20, 20


@dataclass(frozen=True)
class Category:
    """A leaf under its heading."""

    id: str
    heading: str
    name: str


CATEGORIES = {
    made.id: made
    for made in (
        Category(_KNOWN_IDS.get(name, str(1_200_000_000_000_000 + 7_919 * number)), heading, name)
        for number, (heading, name) in enumerate((h, n) for h, names in _TREE.items() for n in names)
    )
}


def attributes_of(category: str) -> list[dict[str, Any]]:
    """The fields that a category adds to the form: {"name", "options"}; without options it is a text field."""
    if category in _NO_ATTRIBUTES:
        return []
    fields: list[tuple[str, tuple[str, ...]]] = [("Brand", ())]
    if category == "Video Games":
        fields = [("Platform", _PLATFORMS)]
    elif category == "Mobile Phones":
        fields += [("Device name", ()), ("Carrier", _CARRIERS), ("Color", _COLORS)]
    elif category in {"Furniture", "Household", "Antiques & Collectibles"}:
        fields += [("Color", _COLORS), ("Material", ())]
    elif category in {"Electronics & Computers", "Bicycles", "Bags & Luggage", "Jewelry & Accessories"}:
        fields += [("Color", _COLORS)]
    if category in _CLOTHING:
        fields += [("Size", ()), ("Color", _COLORS), ("Material", ())]
    return [{"name": name, "options": list(options)} for name, options in fields]


def places(typed: str) -> list[str]:
    """Suggestions for a typed place: by the beginning of the name, of a word in it, or of the zip code."""
    wanted = typed.strip().casefold()
    if not wanted:
        return []
    found = [
        name
        for code, name in PLACES.items()
        if code.startswith(wanted) or any(part.startswith(wanted) for part in _beginnings(name))
    ]
    return found[:PLACE_ANSWERS]


def _beginnings(name: str) -> list[str]:
    words = name.casefold().split()
    return [" ".join(words[start:]) for start in range(len(words))]


def for_the_page() -> dict[str, Any]:
    """What the page's script needs to draw the lists."""
    return {
        "categories": [
            {**vars(one), "attributes": attributes_of(one.name), "ownForm": OWN_FORMS.get(one.name)}
            for one in CATEGORIES.values()
        ],
        "conditions": CONDITIONS,
        "availability": AVAILABILITY,
        "meetups": MEETUPS,
        "delivery": DELIVERY,
        "weights": WEIGHTS,
        "carriers": CARRIERS,
        "labels": LABELS,
        "groups": GROUPS,
    }
