"""Photos in Supabase Storage: one private bucket, a folder per user, addresses that run out.

Bucket and policies come with the migrations. We come with the secret key; sellers may read their own folder themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from storage3.exceptions import StorageApiError

from listing_worker.errors import ConfigurationError, ListingWorkerError
from listing_worker.storage.errors import StoreUnavailable
from listing_worker.storage.photos import PhotoMissing, checked_key, photo_key
from listing_worker.storage.supabase_client import SupabaseProject

if TYPE_CHECKING:
    from storage3._sync.file_api import SyncBucketProxy

BUCKET = "listing-photos"
TRIES = 3


class SupabasePhotos:
    """The photo store on a project's storage (contract: photos.PhotoStore). Threads may share it."""

    def __init__(self, url: str, key: str) -> None:
        self._project = SupabaseProject(url, key)

    def put(self, user_id: str, name: str, data: bytes) -> str:
        """Also raises StoreUnavailable, ConfigurationError (no bucket, wrong key)."""
        key = self.key(user_id, name)
        for last in (False, False, True):
            try:
                self._bucket().upload(
                    key, data, {"content-type": "image/jpeg", "upsert": "true", "cache-control": "3600"}
                )
                return key
            except httpx.TransportError as error:  # the same name replaces it: repeating is harmless
                if last:
                    raise _unavailable(error) from error
            except StorageApiError as error:
                raise _refused(error) from error
        raise AssertionError("unreachable")

    def key(self, user_id: str, name: str) -> str:
        return photo_key(user_id, name)

    def open(self, key: str) -> bytes:
        """Also raises StoreUnavailable, ConfigurationError."""
        checked_key(key)
        for last in (False, False, True):
            try:
                return self._bucket().download(key)
            except httpx.TransportError as error:
                if last:
                    raise _unavailable(error) from error
            except StorageApiError as error:
                raise _refused(error) from error
        raise AssertionError("unreachable")

    def delete(self, key: str) -> None:
        """Also raises StoreUnavailable, ConfigurationError."""
        checked_key(key)
        try:
            self._bucket().remove([key])
        except httpx.TransportError as error:
            raise _unavailable(error) from error
        except StorageApiError as error:
            raise _refused(error) from error

    def link(self, key: str, seconds: int) -> str | None:
        checked_key(key)
        try:
            return str(self._bucket().create_signed_url(key, seconds)["signedURL"])
        except httpx.TransportError as error:
            raise _unavailable(error) from error
        except StorageApiError as error:
            raise _refused(error) from error

    def close(self) -> None:
        self._project.close()

    def _bucket(self) -> SyncBucketProxy:
        return self._project.client().storage.from_(BUCKET)


def _unavailable(error: httpx.TransportError) -> ListingWorkerError:
    return StoreUnavailable(f"Supabase Storage does not answer ({type(error).__name__}).")


def _refused(error: StorageApiError) -> ListingWorkerError:
    """storage-api answers 400 with a `statusCode` of its own in the body, and newer ones with the status itself."""
    status = str(error.status)
    if "bucket" in error.message.lower():
        return ConfigurationError(f"The bucket {BUCKET} is missing.", action="Run `listing-worker migrate`")
    if status == "404":
        return PhotoMissing("This photo is not stored any more.", action="Upload it again")
    if status in {"401", "403"}:
        return ConfigurationError("Supabase Storage refuses our key.", action="Check SUPABASE_SECRET_KEY")
    return StoreUnavailable(f"Supabase Storage failed ({status}).")
