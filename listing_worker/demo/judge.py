"""The verdict, from the sandbox's own record: does what the marketplace received equal the listing, field by field?

What a marketplace should have received is written down by hand beside each replica (`sandbox/<name>/visitor.py`), in
its own words; nothing here asks the code under test what it meant to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from listing_worker.sandbox.site import difference_hash

# Two re-encodings of one photo differ in a few of 64 bits; two different photos of the demo in more than twenty.
SAME_PHOTO_BITS = 10


@dataclass(frozen=True)
class Check:
    """One compared field."""

    field: str
    expected: Any
    received: Any

    @property
    def equal(self) -> bool:
        return bool(self.expected == self.received)


def compare(expected: dict[str, Any], record: dict[str, Any], photos: list[bytes]) -> list[Check]:
    """Every expected field against the record, and every photo in order by content.

    A dict is compared key by key (`shipping.payer`); extra things the site recorded are its own business.
    """
    checks: list[Check] = []
    for name, value in expected.items():
        if isinstance(value, dict):
            found = record.get(name) or {}
            checks += [Check(f"{name}.{key}", wanted, found.get(key)) for key, wanted in value.items()]
        else:
            checks.append(Check(name, value, record.get(name)))
    checks.append(Check("photo count", len(photos), len(record["photos"])))
    for position, (ours, theirs) in enumerate(zip(photos, record["photos"], strict=False), start=1):
        distance = bits_apart(hash_of(ours), theirs["dhash"])
        same = f"photo {position}"
        checks.append(Check(same, same, same if distance <= SAME_PHOTO_BITS else f"{distance} of 64 bits differ"))
    return checks


def hash_of(photo: bytes) -> str:
    return difference_hash(Image.open(BytesIO(photo)))


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def record_of(admin_url: str, site: str, external_id: str) -> tuple[dict[str, Any] | None, int]:
    """The site's record of one listing, and how many publish requests it got in all."""
    received = httpx.get(f"{admin_url}/received", params={"site": site}, timeout=10, trust_env=False).json()
    found = [listing for listing in received["listings"] if listing["id"] == external_id]
    return (found[0] if len(found) == 1 else None), int(received["publish_requests"])
