"""The mark on a rented browser: that it is ours, and who rented it, so that a dead one's can be given back."""

from __future__ import annotations

import os
from hashlib import sha256
from uuid import UUID, uuid4

from listing_worker.utils.processes import is_dead, neighbourhood, process_name

APP = "listing-worker"
_UUID_MARK = "11571e57"  # first digits of the ids we give, where a provider keeps nothing else


def owner_mark() -> str:
    """A short name of this process: letters, digits and hyphens only, as providers want it."""
    _, pid, start = process_name(os.getpid()).rsplit(":", 2)
    return f"{_place()}-{pid}-{start}"


def is_of_the_dead(owner: str | None) -> bool:
    """Whether the process of this mark has ended. False whenever that cannot be told from here."""
    if owner is None:
        return False
    place, _, rest = owner.partition("-")
    pid, _, start = rest.partition("-")
    return place == _place() and bool(pid and start) and is_dead(f"{neighbourhood()}:{pid}:{start}")


def marked_id() -> str:
    """A new id (UUID 4) that shows that it is ours."""
    return str(UUID(_UUID_MARK + uuid4().hex[8:], version=4))


def is_marked(rented_id: str) -> bool:
    return rented_id.startswith(_UUID_MARK)


def _place() -> str:
    return sha256(neighbourhood().encode()).hexdigest()[:12]
