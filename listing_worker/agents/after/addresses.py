"""Which listing an address names: a seller pastes what the browser shows. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from listing_worker.agents.recipe import Recipe


def listing_in(url: str, recipe: Recipe) -> str | None:
    """The id of the listing at this address of this marketplace; None if it is none of its listings' addresses.

    Understood are the listing's own page (with or without a title in its path) and whatever address the seller's own
    lists link to.
    """
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    own = urlsplit(recipe.publication.listing_url.replace("{id}", "ID"))
    domain = ".".join((own.hostname or "").split(".")[-2:])
    if parts.scheme not in {"http", "https"} or not domain or (host != domain and not host.endswith(f".{domain}")):
        return None
    pattern = recipe.closet.id[2]
    before, _, after = own.path.partition("ID")
    found = (
        re.match(f"{re.escape(before)}(?:[^/]+/)?([^/]+)/?$", parts.path) if before and not after.strip("/") else None
    )
    if found is None:
        address = recipe.publication.address
        named = re.search(address, f"{parts.path}?{parts.query}") if address else None
        named = named or (re.search(pattern, parts.path) if pattern.startswith("/") else None)
        return named.group(1) if named else None
    name = found.group(1)
    if re.fullmatch(r"\d+|[0-9a-f]{24}|m\d+", name):
        return name
    tail = re.search(r"(?:^|-)([0-9a-f]{24}|\d{6,})$", name)  # a title, then the id
    return tail.group(1) if tail else None
