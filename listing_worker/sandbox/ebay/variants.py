"""The eBay replica's variants: words for the switch `variant`, and what each does (facts: ebay, by section)."""

from __future__ import annotations

VARIANTS = {
    "B": "business policies as comboboxes, sizes joined with their type",
    "no-direct": "the address straight to the form leads to the search before it (not shown for this country)",
    "skip-category": "no page for the category before the form",
    "skip-match": "no page of catalogue matches before the form",
    "skip-condition": "no page for the condition before the form",
    "condition-select": "the condition is a <select>",
    "condition-buttons": "the condition is chosen by buttons on the page before the form",
    "inline-editor": "the description stands in the page, not in an iframe",
    "photo-tips": "a lightbox comes after the first photo",
    "lazy-sections": "the lower half appears on scrolling",
    "hydration": "hydration=SECONDS: until then the page takes input and does nothing",
    "price-delay": "price-delay=SECONDS: the price field comes that much after Buy It Now",
    "sku-column": "Seller Hub shows the column of custom labels",
    "no-sku-field": "the form has no field for a custom label",
    "promoted": "the basic campaign is preset on, at 11 %",
    "free-label": 'the last button says "List it for free"',
    "fees-label": 'the last button says "List with displayed fees"',
    "success-page": "after publishing, a page of its own instead of the overlay",
    "selling-limit": "publishing is refused: the selling limit is reached",
    "order-cancelled": "every order on the page of orders was cancelled",
    "revise-locked": "a revision is refused because of an offer",
}
