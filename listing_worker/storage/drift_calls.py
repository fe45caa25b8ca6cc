"""The calls about differences that a seller wants left alone (migrations/*_drift.sql)."""

from __future__ import annotations

from typing import Any, cast

from listing_worker.storage import rows
from listing_worker.storage.finding import ListedPosting

Json = Any


class ComparedPosting(ListedPosting):
    compared_at: str
    operations: list[rows.OperationRow]  # the comparison and what came after it, newest first; none if nothing differed
    ignored: dict[str, str]  # field → what the marketplace said when it was to be left alone


class DriftCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def ignore_difference(self, user_id: str, posting_id: str, field: str, theirs: str) -> bool:
        """Left alone as long as the marketplace says `theirs` there. False if they have no such posting."""
        return bool(self._call("ignore_difference", user_id=user_id, posting_id=posting_id, field=field, theirs=theirs))

    def ignored_differences_of(self, user_id: str, posting_id: str) -> dict[str, str]:
        """Field → what the marketplace said when it was to be left alone."""
        return cast("dict[str, str]", self._call("ignored_differences_of", user_id=user_id, posting_id=posting_id))

    def compared_postings(self, user_id: str, limit: int = 500) -> list[ComparedPosting]:
        """Live postings that were compared with ours, the last compared first."""
        return cast("list[ComparedPosting]", self._call("compared_postings", user_id=user_id, max_rows=limit))
