"""The Poshmark replica's variants: words for the switch `variant`, and what each does (facts: poshmark, by section)."""

from __future__ import annotations

VARIANTS = {
    "smart_sell": "Smart Sell is on when the form opens, so a minimum price is required",
    "inline_category": "the category menu closes on a pick, and opens on all departments each time",
    "late_cover": "the cover-shot dialog comes 4 seconds late",
    "no_share_panel": 'Next publishes at once, without the "Share Listing" panel',
    "fragile": 'two dialogs about fragile items between "List This Item" and the publish request',
    "silent_publish": "publish answers 200 and the page moves on, but the post stays a draft",
    "sms_code": "signing in asks for a security code (123456)",
    "B": "the first two together",
}
