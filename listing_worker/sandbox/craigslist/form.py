"""The posting form (`s=edit`): its fields, what is wrong with an answer, and the record it makes (fact: craigslist §3).

Normalised: `category` = kind and category as the pages say them, `condition` = the option's value ("40"), `brand` and
`size` = the free texts "make / manufacturer" and "size / dimensions", `attributes` = the other texts and the ticked
boxes by the fields' own names, `shipping` = {"delivery": bool, "zip"}, `fields` = everything that the form
sent, with the answers of the other steps under "asked".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from listing_worker.sandbox.craigslist import catalogue
from listing_worker.sandbox.site import Received

TITLE_LIMIT, PLACE_LIMIT, POSTAL_LIMIT, EMAIL_LIMIT = 70, 60, 15, 60
PRIVACY = {
    "C": "CL mail relay (recommended)",
    "P": "show my real email address",
    "A": "no replies to this email",
}
CHECKBOXES = (
    "crypto_currency_ok",
    "delivery_available",
    "see_my_other",
    "show_phone_ok",
    "contact_phone_ok",
    "contact_text_ok",
    "show_address_ok",
    "save_contact_preferences",
)
TEXTS = (
    "PostingTitle",
    "price",
    "geographic_area",
    "postal",
    "PostingBody",
    "sale_manufacturer",
    "sale_model",
    "sale_size",
    "condition",
    "language",
    "FromEMail",
    "Privacy",
    "contact_phone",
    "contact_phone_extension",
    "contact_name",
    "xstreet0",
    "xstreet1",
    "city",
)
FIELDS = frozenset((*TEXTS, *CHECKBOXES))
ATTRIBUTES = ("sale_model", "language", "Privacy", "contact_phone", "contact_name", "xstreet0", "xstreet1", "city")
PREFERENCES = {"show_phone_ok", "contact_phone_ok", "contact_text_ok", "contact_phone", "contact_name", "Privacy"}
_POSTAL = re.compile(r"\d{5}(-\d{4})?|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Complaint:
    """A field's own name, and the sentence beside it."""

    field: str
    sentence: str


def tidy(sent: dict[str, str]) -> dict[str, str]:
    """What the form keeps of an answer: known fields, one kind of line break, no white space at the end of a text.

    A box that is not ticked is not sent; the parts of a street address count only together with their box.
    """
    kept = {name: sent[name] for name in (*TEXTS, *CHECKBOXES) if name in sent}
    kept = {name: value.replace("\r\n", "\n").rstrip() for name, value in kept.items()}
    if "show_address_ok" not in kept:
        kept = {name: value for name, value in kept.items() if name not in {"xstreet0", "xstreet1", "city"}}
    return kept


def values_of(record: Received) -> dict[str, str]:
    """What the form of a posting said, for an edit or a copy."""
    return {name: value for name, value in record.fields.items() if name in FIELDS}


def complaints(values: dict[str, str], *, price_needed: bool) -> list[Complaint]:
    """Everything that keeps the form from being accepted, in page order."""

    def text(name: str) -> str:
        return values.get(name, "").strip()

    price = text("price")
    checks = [
        ("PostingTitle", bool(text("PostingTitle")), "please enter a posting title"),
        ("PostingTitle", len(text("PostingTitle")) <= TITLE_LIMIT, "the posting title is too long"),
        ("price", bool(price) or not price_needed, "please enter a price"),
        ("price", not price or re.fullmatch(r"\d{1,9}", price) is not None, "please enter a whole number"),
        ("geographic_area", len(text("geographic_area")) <= PLACE_LIMIT, "this text is too long"),
        (
            "postal",
            len(text("postal")) <= POSTAL_LIMIT and _POSTAL.fullmatch(text("postal")) is not None,
            "please enter a valid ZIP / postal code",
        ),
        ("PostingBody", bool(text("PostingBody")), "please enter a description"),
        ("condition", text("condition") in {"", *catalogue.CONDITIONS}, "please choose a condition"),
        ("language", text("language") in catalogue.LANGUAGES, "please choose a language"),
        (
            "FromEMail",
            len(text("FromEMail")) <= EMAIL_LIMIT and _EMAIL.fullmatch(text("FromEMail")) is not None,
            "please enter a valid email address",
        ),
        ("Privacy", text("Privacy") in PRIVACY, "please choose an email privacy option"),
        (
            "contact_phone",
            "show_phone_ok" not in values or len(re.sub(r"\D", "", text("contact_phone"))) >= 10,
            "please enter a phone number",
        ),
    ]
    return [Complaint(name, sentence) for name, good, sentence in checks if not good]


def write(record: Received, values: dict[str, str], asked: dict[str, Any]) -> None:
    """Puts the form's values and the answers of the other steps (`asked`) into the record."""
    price = values.get("price", "").strip()
    record.title = values.get("PostingTitle", "").strip()
    record.description = values.get("PostingBody", "")
    record.price_cents = int(price) * 100 if price.isdigit() else None
    record.condition = values.get("condition", "")
    record.category = [catalogue.TYPES.get(str(asked.get("type")), ""), str(asked.get("category", ""))]
    record.brand = values.get("sale_manufacturer", "").strip()
    record.size = values.get("sale_size", "").strip()
    record.attributes = {name: [values[name]] for name in ATTRIBUTES if values.get(name)}
    record.attributes |= {name: ["1"] for name in CHECKBOXES if name in values}
    record.shipping = {"delivery": "delivery_available" in values, "zip": values.get("postal", "").strip()}
    record.fields = {name: kept for name, kept in record.fields.items() if name not in FIELDS}
    record.fields |= {**values, "asked": dict(asked)}
