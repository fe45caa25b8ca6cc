"""Every switch of every replica as data: what a posting comes to while it is on, and how it comes to its one listing.

A row is played by `test_switches.py`: the switches go on, the posting ends as the row says, nothing is listed twice and
nothing wrong is; then they go off, and the same posting reaches exactly one listing: by looking for it where its press
may have worked, else by being posted again. Variants of a form that a case runs on (`cases/`) have no row of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from listing_worker.errors import (
    AccountRestricted,
    ActionRequired,
    ChallengeShown,
    FormChanged,
    ListingInvalid,
    ListingWorkerError,
    PageTimeout,
    PublishRefused,
    PublishUncertain,
    RateLimited,
    SignInRequired,
    SiteUnavailable,
)

Errors = tuple[type[ListingWorkerError], ...]
LISTED: Errors = ()
EVERYWHERE = ("poshmark", "ebay", "mercari", "facebook", "craigslist")


@dataclass(frozen=True)
class Row:
    """`when` the switches go on: before the page is opened, or just before the press. `outcome`: the errors that it
    may end in, LISTED for none. `listed`: how many listings there are then. `record`: what differs in the record from
    the ordinary one. `person`: what only the seller can do before it can go on (a function of test_switches.py).
    `patience`: milliseconds for the form, where waiting as long as for a real one would only cost time."""

    site: str
    switches: dict[str, Any]
    outcome: Errors = LISTED
    when: Literal["start", "press"] = "start"
    says: str = ""
    listed: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    person: str = ""
    patience: int = 0

    @property
    def words(self) -> frozenset[str]:
        """The variants of the form that are on."""
        return frozenset(re.findall(r"([\w-]+)(?:=[^ ,]*)?", self.switches.get("variant", "")))

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.switches.items())
        return f"{self.site}: {told}"[:90]


# What slows or covers the form, and what concerns live listings only: none of it keeps a posting from its listing.
HARMLESS = {
    "slow": 0.1,
    "publish_slow": 0.5,
    "photo_slow": 0.3,
    "cookie_banner": True,
    "modal": True,
    "late_in_closet": 0.5,
    "change_lost": True,
    "change_error": 503,
    "change_ignored": True,
}
UNPROVEN: Errors = (PublishUncertain,)
REFUSED: Errors = (PublishRefused,)

# The same on every marketplace; where one of them answers otherwise, OTHERWISE says so.
COMMON = (
    Row("", HARMLESS),
    Row("", {"pending_review": True}),
    Row("", {"signed_out": True}, (SignInRequired,)),
    Row("", {"challenge": True}, (ChallengeShown,)),
    Row("", {"rate_limited": 99}, (RateLimited,)),
    Row("", {"server_error": 99}, (SiteUnavailable,)),
    Row("", {"suspended": True}, (AccountRestricted,)),
    Row("", {"photo_error": 1}, (PageTimeout,)),
    Row("", {"drop_field": "title"}, REFUSED),
    Row("", {"reauth_after_publish": True}, (PublishUncertain, PublishRefused), "press"),
    Row("", {"publish_error_before": 503}, UNPROVEN, "press"),
    Row("", {"publish_error_after": 502}, UNPROVEN, "press", listed=1),
    Row("", {"publish_lost": True, "late_in_closet": 2.0}, UNPROVEN, "press", listed=1),
)
OTHERWISE: dict[tuple[str, str], dict[str, Any]] = {
    ("facebook", "photo_error"): {"outcome": LISTED},  # all are taken out and sent again
    ("craigslist", "photo_error"): {"outcome": LISTED},  # sent one by one: the same again
    # by the site's own word for it; what the form then complains of is told
    ("craigslist", "drop_field"): {
        "switches": {"drop_field": "PostingTitle"},
        "outcome": (ListingInvalid,),
        "says": "enter a posting title",
    },
    # lost behind the form, where no read-back before the press can see it: the posting lacks it, and nothing else
    ("mercari", "drop_field"): {"switches": {"drop_field": "brandId"}, "outcome": LISTED, "record": {"brand": ""}},
    # its draft begins with the title in its address, so another field is lost that it needs
    ("ebay", "drop_field"): {"switches": {"drop_field": "description"}},
    ("ebay", "suspended"): {"outcome": REFUSED, "says": "restricted"},
    ("ebay", "photo_error"): {"outcome": LISTED},  # sent one by one: the same again
    ("facebook", "drop_field"): {
        "switches": {"drop_field": "condition"},
        "outcome": LISTED,
        "record": {"condition": ""},
    },
}

OWN = (
    Row("poshmark", {"variant": "silent_publish"}, (PublishUncertain, PublishRefused), "press"),
    Row("poshmark", {"variant": "sms_code"}),  # asked at a sign-in; a session that exists goes on
    Row("ebay", {"variant": "selling-limit"}, REFUSED, "press", says="limit"),
    Row("ebay", {"variant": "B"}, (ListingInvalid,), says="shipping policy"),
    Row("ebay", {"variant": "no-sku-field revise-locked order-cancelled"}, record={"sku": ""}),
    Row("mercari", {"variant": "empty_shell"}, (PageTimeout, FormChanged), patience=6_000),
    Row("mercari", {"variant": "payment_gate"}, REFUSED, "start", says="almost done"),
    Row("mercari", {"variant": "seller_action"}, REFUSED, "press", says="action"),
    Row("mercari", {"variant": "verification"}, REFUSED, "press", says="Verify"),
    Row("mercari", {"variant": "captcha"}, (ChallengeShown,)),
    Row("mercari", {"variant": "no_sizes"}, (FormChanged,)),
    Row("mercari", {"variant": "email_code,short_pages"}),
    Row("facebook", {"variant": "limit_reached"}, (RateLimited,)),
    Row("facebook", {"variant": "new_account_limit"}, (RateLimited,)),
    Row("facebook", {"variant": "monthly_limit"}, (FormChanged,)),
    Row(
        "facebook",
        {"variant": "brand_required"},
        (FormChanged,),
        says="a field that is missing",
        changes={"brand": None},
        record={"brand": "", "attributes": {"Size": ["M"], "Color": ["Blue"], "Material": ["Rayon"]}},
    ),
    Row("facebook", {"variant": "technical_error"}, (PublishUncertain, PublishRefused), "press"),
    Row("facebook", {"variant": "es"}, (ActionRequired,), says="English"),
    Row("facebook", {"variant": "no_place"}, (ListingInvalid,), says="[Ll]ocation", changes={"zip_code": None}),
    Row("facebook", {"variant": "rejected"}),
    Row("facebook", {"variant": "renewable,old_delete,capital_delete,edit_save,short_pages"}),
    Row("facebook", {"variant": "email_code,datr_bound,login_div"}),
    Row("craigslist", {"variant": "unknown_step"}, (FormChanged,)),
    Row("craigslist", {"variant": "ip_block"}, (ChallengeShown,)),
    Row("craigslist", {"variant": "stuck_upload"}, (PageTimeout,)),
    Row("craigslist", {"variant": "too_similar"}, REFUSED, "press", says="similar"),
    Row("craigslist", {"variant": "phone"}, UNPROVEN, "press", person="enter_the_phone_code"),
    Row("craigslist", {"variant": "confirm_email"}, UNPROVEN, "press", person="press_the_mailed_link"),
    Row("craigslist", {"variant": "ghost,login_link,classic_delete,aged,short_pages"}),
)


def rows() -> Iterator[Row]:
    for site in EVERYWHERE:
        for row in COMMON:
            first = next(iter(row.switches))
            yield replace(row, site=site, **OTHERWISE.get((site, first), {}))
        yield from (row for row in OWN if row.site == site)


def switches_of(site: str) -> list[Row]:
    """The rows of one marketplace."""
    return [row for row in rows() if row.site == site]
