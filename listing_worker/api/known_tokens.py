"""Tokens that were checked a moment ago, so that a client that asks often is not checked from scratch each time.

Only tokens that were found good are kept, by their hash, for a minute at most and never beyond their own end. A signed
token cannot be taken back anyway; keys and devices can, and are not kept here.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from hashlib import sha256
from threading import Lock

KEPT_SECONDS = 60.0
MOST = 10_000


class KnownTokens:
    """Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()  # → user id, until (wall clock)

    def user_id(self, token: str) -> str | None:
        """Whose it is, if that is known for certain just now."""
        with self._lock:
            found = self._known.get(_digest(token))
        return found[0] if found is not None and time.time() < found[1] else None

    def keep(self, token: str, user_id: str, expires: float) -> None:
        """`expires` as in the token: seconds since 1970."""
        with self._lock:
            self._known[_digest(token)] = (user_id, min(expires, time.time() + KEPT_SECONDS))
            self._known.move_to_end(_digest(token))
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
