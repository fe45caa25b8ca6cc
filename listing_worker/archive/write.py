"""Writes an archive: a ZIP with one JSON file per kind of row, the pictures, and a manifest that says what is what.

The same account gives the same bytes: rows in a fixed order, keys sorted, no times of our own.
"""

from __future__ import annotations

import json
import zipfile
from typing import IO, Any

from listing_worker.archive.pictures import without_owner
from listing_worker.storage.photos import PhotoMissing, PhotoStore
from listing_worker.storage.store import Store

FORMAT, VERSION = "listing-worker archive", 1
MANIFEST = "manifest.json"
# What may differ between an archive and the archive of what was restored from it. Nothing does where ids were free.
MAY_DIFFER: dict[str, list[str]] = {"ids": [], "times": []}
_DATE = (1980, 1, 1, 0, 0, 0)


def write_archive(store: Store, photos: PhotoStore, user_id: str, file: IO[bytes]) -> dict[str, int]:
    """Rows per kind. Raises StoreUnavailable."""
    pictures: set[str] = set()
    tables = without_owner(store.export_account(user_id), user_id, pictures)
    missing: list[str] = []
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(tables):
            _put(archive, f"{name}.json", as_json(tables[name]), zipfile.ZIP_DEFLATED)
        for name in sorted(pictures):
            try:
                _put(archive, f"pictures/{name}.jpg", photos.open(f"{user_id}/{name}.jpg"), zipfile.ZIP_STORED)
            except PhotoMissing:
                missing.append(name)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "rows": {name: len(rows) for name, rows in tables.items()},
            "pictures": len(pictures) - len(missing),
            "missing_pictures": missing,
            "may_differ": MAY_DIFFER,
        }
        _put(archive, MANIFEST, as_json(manifest), zipfile.ZIP_DEFLATED)
    return {name: len(rows) for name, rows in tables.items()}


def as_json(value: Any) -> bytes:
    """One way to write it."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = how
    entry.external_attr = 0o600 << 16
    archive.writestr(entry, data, compresslevel=6)
