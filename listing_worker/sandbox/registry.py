"""The replicas there are. A replica is one folder with a `site.py`, and one line here."""

from __future__ import annotations

import importlib

from listing_worker.sandbox.site import Site

SITES = {
    "poshmark": "listing_worker.sandbox.poshmark.site:PoshmarkSite",
    "ebay": "listing_worker.sandbox.ebay.site:EbaySite",
    "mercari": "listing_worker.sandbox.mercari.site:MercariSite",
}


def all_sites(canary: str) -> list[Site]:
    """A fresh instance of every replica."""
    return [make_site(name, canary) for name in SITES]


def make_site(name: str, canary: str) -> Site:
    module, _, class_name = SITES[name].partition(":")
    site: Site = getattr(importlib.import_module(module), class_name)(canary)
    return site
