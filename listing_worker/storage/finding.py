"""The store's reads for people who look for something: listings with where they stand, postings with their listing.

Pages are cut after a row's (created_at, id); `before` and `before_id` are those of the last row of the page before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from listing_worker.storage import rows


class FoundListing(rows.ListingRow):
    postings: list[rows.PostingRow]  # the newest one of each marketplace


class ListedPosting(rows.PostingRow):
    title: str  # of its listing
    cover: str | None  # id of the listing's first photo


class ListedJob(rows.JobRow):
    title: str
    cover: str | None


class PostingCount(TypedDict):
    marketplace: str
    state: str
    count: int


class PostingWeek(TypedDict):
    """`week`: its Monday (UTC), YYYY-MM-DD. `posted` of `ended` got there; cancelled ones count as neither."""

    week: str
    marketplace: str
    ended: int
    posted: int
    model_calls: int
    model_cost_usd: float


class Finding:
    """A part of the store; `_call` is the store's own."""

    def _call(self, function: str, **parameters: Any) -> Any:
        raise NotImplementedError

    def find_listings(
        self,
        user_id: str,
        *,
        text: str | None = None,
        marketplace: str | None = None,
        state: str | None = None,
        limit: int = 50,
        before: str | None = None,
        before_id: str | None = None,
    ) -> list[FoundListing]:
        """Newest first. `state` is a posting's, or 'draft' for what was never posted."""
        return cast(
            "list[FoundListing]",
            self._call(
                "find_listings",
                user_id=user_id,
                text=text,
                marketplace=marketplace,
                state=state,
                max_rows=limit,
                before=before,
                before_id=before_id,
            ),
        )

    def listing_standing(self, user_id: str, listing_id: str) -> list[rows.PostingRow]:
        """The newest posting of the listing on each marketplace; empty for a listing the user does not have."""
        found = self._call("listing_standing", user_id=user_id, listing_id=listing_id)
        return cast("list[rows.PostingRow]", found or [])

    def list_postings(
        self,
        user_id: str,
        states: Sequence[str] | None = None,
        limit: int = 50,
        before: str | None = None,
        before_id: str | None = None,
    ) -> list[ListedPosting]:
        """Newest first; of any state without `states`."""
        return cast(
            "list[ListedPosting]",
            self._call(
                "list_postings",
                user_id=user_id,
                states=list(states) if states is not None else None,
                max_rows=limit,
                before=before,
                before_id=before_id,
            ),
        )

    def count_postings(self, user_id: str) -> list[PostingCount]:
        """How many postings of the user there are of each state on each marketplace."""
        return cast("list[PostingCount]", self._call("count_postings", user_id=user_id))

    def postings_by_week(self, user_id: str, weeks: int) -> list[PostingWeek]:
        """Week by week and marketplace what became of the postings that ended, oldest first; weeks without any left
        out."""
        return cast("list[PostingWeek]", self._call("postings_by_week", user_id=user_id, weeks=weeks))

    def jobs_page(
        self, user_id: str, limit: int = 50, before: str | None = None, before_id: str | None = None
    ) -> list[ListedJob]:
        """Newest first."""
        return cast(
            "list[ListedJob]",
            self._call("jobs_page", user_id=user_id, max_rows=limit, before=before, before_id=before_id),
        )

    def replace_listing(
        self, user_id: str, listing_id: str, body: Mapping[str, Any], version: str
    ) -> rows.ListingRow | None:
        """Replaces the draft part if `version` (the row's updated_at) still holds; None if there is no such listing.
        Raises StoreRefused('changed_meanwhile')."""
        return cast(
            "rows.ListingRow | None",
            self._call("replace_listing", user_id=user_id, listing_id=listing_id, body=dict(body), version=version),
        )
