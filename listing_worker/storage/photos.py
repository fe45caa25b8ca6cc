"""Where photos are kept: bytes in, bytes out, by a key that we choose. Rows in the database hold only the key."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from listing_worker.errors import ListingWorkerError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PhotoMissing(ListingWorkerError):
    """No photo has this key (or the key is none that a store gives)."""

    code = "photo_missing"


class PhotoStore(Protocol):
    """Keeps the photos as they were re-encoded on arrival (JPEG, upright, without metadata)."""

    def put(self, user_id: str, name: str, data: bytes) -> str:
        """Stores a photo and returns its key; the same name replaces it. It is whole or absent, never half.
        Raises ValueError for a name that cannot be one."""

    def key(self, user_id: str, name: str) -> str:
        """The key that `put` gives. Raises ValueError for a name that cannot be one."""

    def open(self, key: str) -> bytes:
        """The photo's bytes. Raises PhotoMissing."""

    def delete(self, key: str) -> None:
        """Removes it; harmless if it is gone."""

    def link(self, key: str, seconds: int) -> str | None:
        """An address that shows the photo to whoever has it, for so long; None where there are no such addresses.
        Raises PhotoMissing."""


def photo_key(user_id: str, name: str) -> str:
    """`<user id>/<name>.jpg`: the first folder says whose it is. Raises ValueError for what cannot be one."""
    if not _NAME.fullmatch(user_id) or not _NAME.fullmatch(name):
        raise ValueError("a photo's name is 1 to 64 letters, digits, - and _")
    return f"{user_id}/{name}.jpg"


def checked_key(key: str) -> str:
    """The key itself, if it is one that `photo_key` gives. Raises PhotoMissing."""
    user_id, _, file_name = key.partition("/")
    try:
        if photo_key(user_id, file_name.removesuffix(".jpg")) == key:
            return key
    except ValueError:
        pass
    raise PhotoMissing("There is no photo of this name.")


class FolderPhotos:
    """Photos in a folder: `<user id>/<name>.jpg`, readable by us alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, user_id: str, name: str, data: bytes) -> str:
        key = self.key(user_id, name)
        folder = self._path / user_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, new = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(new).replace(self._path / key)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
        return key

    def key(self, user_id: str, name: str) -> str:
        return photo_key(user_id, name)

    def open(self, key: str) -> bytes:
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError as error:
            raise PhotoMissing("This photo is not stored any more.", action="Upload it again") from error

    def delete(self, key: str) -> None:
        self._file(key).unlink(missing_ok=True)

    def link(self, key: str, seconds: int) -> str | None:
        self._file(key)
        return None

    def _file(self, key: str) -> Path:
        """The file of a key. A key names one user and one photo: nothing outside the folder has a key."""
        file = self._path / checked_key(key)
        if file.is_symlink() or file.parent.is_symlink():
            raise PhotoMissing("There is no photo of this name.")
        return file
