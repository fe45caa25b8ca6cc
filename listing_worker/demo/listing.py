"""The demo's listing, as a seller's app would send it."""

from __future__ import annotations

from typing import Any

TITLE = 'Free People Floral Wrap Midi Dress 🌸 "Dolce"'
DESCRIPTION = (
    'Floral wrap midi dress, style "Dolce", worn twice.\n'
    "Adjustable waist tie, flutter sleeves & side slit; fully lined.\n"
    "\n"
    "No flaws <none at all>. Smoke-free home 🌿"
)


def demo_listing(number: str) -> dict[str, Any]:
    """`number` makes the custom label this run's own."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "price": {"cents": 4800, "currency": "USD"},
        "original_price": {"cents": 12800, "currency": "USD"},
        "condition": "good",
        "category": ["Women", "Dresses", "Midi"],
        "brand": "Free People",
        "size": "M",
        "colors": ["Blue", "White"],
        "sku": f"LW-DEMO-{number}",
        "shipping": {"payer": "buyer", "weight_oz": 14, "length_in": 12, "width_in": 9, "height_in": 3},
        "zip_code": "95112",
        "attributes": {
            "Department": "Women",
            "Type": "Dress",
            "Size Type": "Regular",
            "Style": "Wrap Dress",
            "Dress Length": "Midi",
            "Material": "Rayon",
        },
    }
