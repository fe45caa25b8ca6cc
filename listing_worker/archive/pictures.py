"""Pictures in an archive: photos and screenshots, named without whose they are.

A key in the store begins with the user's id; in an archive it begins with "~". Keys stand in two places: as `key` of a
photo, and as the values of `screenshots`. An archive may name nothing else: a key with a user in it would open
somebody's photos.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from listing_worker.errors import ListingInvalid

NAME = re.compile(r"~/([A-Za-z0-9_-]{1,64})\.jpg")


class NotAnArchive(ListingInvalid):
    """The file is none of ours, or was changed."""

    code = "not_an_archive"
    default_action = "Choose a file that `archive save` made"


def without_owner(value: Any, user_id: str, found: set[str]) -> Any:
    """The document with archive keys instead of store keys; the names of all pictures are added to `found`."""

    def change(key: str) -> str:
        owner, _, file_name = key.partition("/")
        if owner != user_id:
            return key
        found.add(file_name.removesuffix(".jpg"))
        return f"~/{file_name}"

    return _walk(value, change)


def with_owner(value: Any, user_id: str) -> Any:
    """The other way. Raises NotAnArchive for a key that is none of an archive."""

    def change(key: str) -> str:
        match = NAME.fullmatch(key)
        if match is None:
            raise NotAnArchive("The archive names a picture that is not its own.")
        return f"{user_id}/{match.group(1)}.jpg"

    return _walk(value, change)


def _walk(value: Any, change: Callable[[str], str], *, keys: bool = False) -> Any:
    if isinstance(value, list):
        return [_walk(each, change, keys=keys) for each in value]
    if isinstance(value, dict):
        return {
            name: _walk(each, change, keys=keys or name == "screenshots" or (name == "key" and "sha256" in value))
            for name, each in value.items()
        }
    return change(value) if keys and isinstance(value, str) else value
