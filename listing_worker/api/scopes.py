"""What an API key may do: what its scopes say. A person's token may do everything; a device's, store sessions."""

from __future__ import annotations

import re
from enum import StrEnum


class Scope(StrEnum):
    LISTINGS_READ = "listings:read"
    LISTINGS_WRITE = "listings:write"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"  # posting, cancelling, trying again
    SESSIONS_READ = "sessions:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    MAILS_WRITE = "mails:write"  # handing over sale mails, and nothing else


_READ = ("GET", "HEAD")
# First match wins. None for a write: people only. Keys, devices, pairings and sessions are never a key's to change.
_RULES: tuple[tuple[str, Scope | None, Scope | None], ...] = (
    (r"/api/listings/post|/api/v1/post", None, Scope.JOBS_WRITE),
    (r"/api/listings/export", Scope.LISTINGS_READ, None),
    (r"/api/listings/[^/]+/preflight", None, Scope.LISTINGS_READ),
    (r"/api/listings/[^/]+/dry-?runs?(/.*)?", Scope.JOBS_READ, Scope.JOBS_WRITE),
    (r"/api/listings/[^/]+/(sync|link)", None, Scope.JOBS_WRITE),
    (r"/api/listings/[^/]+/(sync/preview|drift)", Scope.JOBS_READ, Scope.LISTINGS_READ),
    (r"/api/(listings|photos)(/.*)?", Scope.LISTINGS_READ, Scope.LISTINGS_WRITE),
    (r"/api/inventory/mails", None, Scope.MAILS_WRITE),  # before the rest of inventory
    (r"/api/(inventory|batches|bulk|price-rules|repost-rules)(/.*)?", Scope.JOBS_READ, Scope.JOBS_WRITE),
    (r"/api/(v1/)?(jobs|postings|operations|dead-letters|live-views)(/.*)?", Scope.JOBS_READ, Scope.JOBS_WRITE),
    (r"/api/sessions/validate", Scope.SESSIONS_READ, Scope.SESSIONS_READ),
    (r"/api/sessions", Scope.SESSIONS_READ, None),
    (r"/api/webhooks(/.*)?", Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE),
)


def needed(method: str, path: str) -> Scope | None:
    """The scope that a request needs; None: no key may make it."""
    for pattern, read, write in _RULES:
        if re.fullmatch(pattern, path):
            return read if method in _READ else write
    return None
