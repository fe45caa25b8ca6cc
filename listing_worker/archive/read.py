"""Restores an archive into an empty account: checked first, then the pictures, then all rows at once.

A file from outside is not trusted: its size is counted while it unpacks, its pictures must be what its rows say, and
it can name no picture and no row of anybody else.
"""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from typing import IO, Any

from PIL import Image, UnidentifiedImageError

from listing_worker.archive.pictures import NotAnArchive, with_owner
from listing_worker.archive.write import FORMAT, MANIFEST, VERSION
from listing_worker.errors import ListingInvalid
from listing_worker.storage.photos import PhotoStore
from listing_worker.storage.store import Store
from listing_worker.utils.images import BYTE_LIMIT

JSON_LIMIT = 200_000_000  # bytes of all rows, unpacked
PICTURES_LIMIT = 50_000
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError)


class AccountNotEmpty(ListingInvalid):
    """An archive goes into an empty account only: nothing is merged by guess."""

    code = "not_empty"
    default_action = "Restore into a new account or installation"


def read_archive(store: Store, photos: PhotoStore, user_id: str, file: IO[bytes]) -> dict[str, int]:
    """Rows per kind. Raises NotAnArchive, AccountNotEmpty, StoreRefused (the same two, by the database),
    StoreUnavailable."""
    try:
        with zipfile.ZipFile(file) as archive:
            tables = _rows_of(archive)
            owned = with_owner(tables, user_id)
            pictures = [entry for entry in archive.infolist() if entry.filename.startswith("pictures/")]
            if len(pictures) > PICTURES_LIMIT:
                raise NotAnArchive(f"An archive may have at most {PICTURES_LIMIT} pictures.")
            if store.list_listings(user_id, limit=1):  # before any picture is written
                raise AccountNotEmpty("This account has listings already.")
            known = {photo["id"]: photo for row in tables.get("listings", []) for photo in row.get("photos", [])}
            kept: list[str] = []
            try:
                for entry in pictures:
                    kept.append(_keep(archive, entry, known, photos, user_id))
                return store.import_account(user_id, owned)
            except BaseException:
                for key in kept:
                    photos.delete(key)
                raise
    except _BROKEN as error:
        raise NotAnArchive("This is no archive that can be read.") from error


def _rows_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    left = JSON_LIMIT
    tables: dict[str, Any] = {}
    for entry in archive.infolist():
        if "/" in entry.filename or not entry.filename.endswith(".json"):
            continue
        with archive.open(entry) as stream:
            data = stream.read(left + 1)
        left -= len(data)
        if left < 0:
            raise NotAnArchive("The archive is larger than an account can be.")
        try:
            tables[entry.filename.removesuffix(".json")] = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise NotAnArchive(f"{entry.filename} is not valid JSON.") from error
    manifest = tables.pop(MANIFEST.removesuffix(".json"), None)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NotAnArchive("This is no archive of ours: its manifest is missing.")
    if manifest.get("version") != VERSION:
        raise NotAnArchive(f"The archive is of version {manifest.get('version')}; this program reads {VERSION}.")
    for name, rows in tables.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise NotAnArchive(f"{name}.json is no list of rows.")
    for row in tables.get("listings", []):
        good = isinstance(row.get("photos", []), list) and all(
            isinstance(photo, dict) and {"id", "key", "sha256"} <= set(photo) for photo in row.get("photos", [])
        )
        if not good:
            raise NotAnArchive("A listing's photos are not as we write them.")
    return tables


def _keep(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, known: dict[str, Any], photos: PhotoStore, user_id: str
) -> str:
    """Stores one picture; its key. A photo must be the very one that its listing names."""
    name = entry.filename.removeprefix("pictures/").removesuffix(".jpg")
    with archive.open(entry) as stream:
        data = stream.read(BYTE_LIMIT + 1)
    if len(data) > BYTE_LIMIT:
        raise NotAnArchive(f"{entry.filename} is too large for a picture.")
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format != "JPEG":
                raise NotAnArchive(f"{entry.filename} is no JPEG.")
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise NotAnArchive(f"{entry.filename} is no picture.") from error
    if name in known and sha256(data).hexdigest() != known[name]["sha256"]:
        raise NotAnArchive(f"{entry.filename} is not the photo that its listing names.")
    try:
        return photos.put(user_id, name, data)
    except ValueError as error:
        raise NotAnArchive(f"{entry.filename} is no name of a picture.") from error
