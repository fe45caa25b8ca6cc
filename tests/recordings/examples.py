"""A recorder that noted an attempt, full of things that must not be kept."""

from __future__ import annotations

from listing_worker.models import Condition, FieldReport, Listing, Money
from listing_worker.recordings.timeline import Cost, Recorder

TOKEN = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
CANARIES = {
    "e-mail": "rosa.seller@example.org",
    "telephone": "(408) 555-0142",
    "street": "1187 Willow Street, Apt 4",
    "state and ZIP": "San Jose, CA 95112",
    "IP address": "203.0.113.77",
    "JWT": JWT,
    "token": TOKEN,
    "cookie": f"Cookie: sid={TOKEN}",
    "query of an address": f"https://market.test/sell?session={TOKEN}#now",
}


def listing(**changes: object) -> Listing:
    told = " ".join(CANARIES.values())
    values: dict[str, object] = {
        "id": "l1",
        "user_id": "u1",
        "title": "Silk dress",
        "description": f"Worn once. Ask me: {told}",
        "price": Money.of(48),
        "condition": Condition.GOOD,
        "category": ("Women", "Dresses"),
        "zip_code": "95112",
        "attributes": {"Material": "Silk", "City": "Willow Glen"},
    }
    return Listing.model_validate({**values, **changes})


def noted(of: Listing | None = None) -> Recorder:
    """An attempt that filled four fields, one of them healed, and went live."""
    spent = [Cost()]
    recorder = Recorder(
        marketplace="market", recipe_version="7", posting_id="p1", attempt=2, listing=of or listing(),
        spent=lambda: spent[0],
    )  # fmt: skip
    recorder.step("open_form")
    recorder.step("fill title", ["title"])
    spent[0] = Cost(calls=1, tokens=960, dollars=0.0004)
    recorder.step("read_back")
    told = " ".join(CANARIES.values())
    recorder.filled([
        FieldReport(field="title", meant="Silk dress", on_form="", same=False, found_by="css #title", milliseconds=30),
        FieldReport(field="price", meant="48", on_form="48", same=True, found_by="T2: the model", milliseconds=900),
    ])  # fmt: skip
    recorder.read([
        FieldReport(field="title", meant="Silk dress", on_form="Silk dress", same=True, found_by="role textbox"),
        FieldReport(field="price", meant="48", on_form="$48", same=True),
        FieldReport(field="description", meant=told, on_form=told, same=True, found_by="css #d"),
        FieldReport(field="zip_code", meant="95112", on_form="95112", same=True, found_by="css #zip"),
    ])  # fmt: skip
    recorder.form_snapshot = f'- textbox "Write to {CANARIES["e-mail"]}"'
    recorder.ended("live", {"code": "x", "message": f"Seen at {CANARIES['street']}", "action": None, "field": None})
    return recorder
