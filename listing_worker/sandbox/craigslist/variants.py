"""The Craigslist replica's variants: words for the switch `variant`, and what each does (facts: craigslist)."""

from __future__ import annotations

VARIANTS = {
    "share_links": "addresses are www.craigslist.org/view/d/<slug>/<token> instead of the classic ones",
    "type_first": "kind and category are asked before the sub-area",
    "unknown_step": 'a page that the sheet does not know ("notice") comes before the form',
    "no_map": "no geoverify step",
    "price_required": "the category asks for a price",
    "email_shown": "the form shows the account's e-mail in a text field instead of hiding it",
    "deaf_radios": "radios do not react to a pointer's click",
    "stuck_upload": "the drag-and-drop uploader never finishes",
    "phone": "publishing asks for a phone code",
    "confirm_email": "publishing needs the link of a mail, with an account too",
    "too_similar": "publishing is refused as too similar to another posting",
    "ghost": "a posting goes live for its owner and is absent from search",
    "ip_block": "every page says that this IP has been blocked",
    "login_link": "signing in by password also needs an e-mailed link",
    "classic_delete": "deleting goes through a page that asks first",
    "aged": "postings count as three days old, so they can be renewed",
    "short_pages": "the postings table shows 2 rows a page instead of 50",
}
