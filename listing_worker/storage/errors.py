"""What a call to the store can end with, besides its answer."""

from __future__ import annotations

from listing_worker.errors import ListingWorkerError


class StoreError(ListingWorkerError):
    code = "store"


class StoreUnavailable(StoreError):
    """The database does not answer, or the connection broke. Passing: try again."""

    code = "store_unavailable"


class StoreRefused(StoreError):
    """The SQL function said no. `code` is its word for why, e.g. 'idempotency_conflict'.

    In SQL: `raise exception using errcode = 'LW001', message = '<code>', detail = '<sentence>'`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
