"""The replicas there are. A replica is one folder with a `site.py`, and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from listing_worker.sandbox.site import Site

SITES = {
    "poshmark": "listing_worker.sandbox.poshmark.site:PoshmarkSite",
    "ebay": "listing_worker.sandbox.ebay.site:EbaySite",
    "mercari": "listing_worker.sandbox.mercari.site:MercariSite",
    "facebook": "listing_worker.sandbox.facebook.site:FacebookSite",
    "craigslist": "listing_worker.sandbox.craigslist.site:CraigslistSite",
}

# What the demo posts to, and what the crash campaign strikes: enough to see it, few enough to be quick.
SHOWN = ("poshmark", "ebay", "mercari")


def all_sites(canary: str, only: Sequence[str] | None = None) -> list[Site]:
    """A fresh instance of every replica, or of those named. Raises KeyError for a name that is not in `SITES`."""
    return [make_site(name, canary) for name in (SITES if only is None else only)]


def make_site(name: str, canary: str) -> Site:
    module, _, class_name = SITES[name].partition(":")
    site: Site = getattr(importlib.import_module(module), class_name)(canary)
    return site
