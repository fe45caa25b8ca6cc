"""The Mercari replica's variants: words for the switch `variant`, and what each does (facts: mercari, by section)."""

from __future__ import annotations

VARIANTS = {
    "B": "category as three cascading lists instead of the dialog",
    "redirect": "after publishing, the item page instead of the success dialog",
    "slow_mount": "the form mounts after 4 s, as the real one does, instead of 0.4 s",
    "empty_shell": "the form never mounts",
    "late_kando": "suggestions arrive 3 s after the photos",
    "no_kando": "suggestions never arrive",
    "quiet_pricing": "Smart Pricing does not switch itself on",
    "no_smart_pricing": "there is no Smart Pricing section",
    "no_condition_ids": "the conditions' labels have no test ids",
    "size_slips": "the first size picked does not take",
    "no_sizes": "no category has sizes",
    "no_address": "no ships-from address is preset",
    "recommended_label": "the shipping wizard first offers a recommended label",
    "wizard_steps": "the wizard asks weight and shoebox on two steps, both left by SelectCarrierButton",
    "label_silent": "the shipping field keeps its text after a label is saved; only the summary shows it",
    "offers_on": "Smart Offers are preset on",
    "brand_blur": 'leaving the brand field after a search overwrites a "no brand" ticked meanwhile',
    "confirm": 'List asks "Ready to list?" first',
    "payment_gate": "List asks for a credit card and sends nothing",
    "seller_action": "createListing answers LISTING_SELLER_ACTION_REQUIRED_EXCEPTION",
    "verification": "createListing answers its sibling, which names what to verify",
    "captcha": "a captcha covers the form once there are photos, until a person answers it",
    "email_code": "signing in asks for an e-mailed code (123456)",
    "short_pages": "own lists show 2 items a page instead of 20",
}
