"""The calls about batches, price rules and reposts (migrations/*_batches.sql)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from listing_worker.storage.inventory_calls import text_array

Json = Any


class BatchRow(TypedDict):
    id: str
    position: int
    listing_id: str
    posting_id: str | None
    marketplace: str
    kind: str  # post | models.OperationKind | by_hand
    input: dict[str, Json]
    before: dict[str, Json]
    operation_id: str | None
    job_id: str | None
    title: str
    state: str  # waiting | refused | models.OperationState | models.PostingState
    why: str | None
    url: str | None


class BatchDoc(TypedDict):
    id: str
    user_id: str
    title: str
    state: str  # rehearsing | rehearsed | running | paused | done | cancelled
    reason: str
    settings: dict[str, Json]
    undo_of: str | None
    not_before: str | None
    created_at: str
    finished_at: str | None
    rows: list[BatchRow]


class BatchLine(TypedDict):
    id: str
    title: str
    state: str
    reason: str
    created_at: str
    finished_at: str | None
    undo_of: str | None
    rows: int


class RepostCandidate(TypedDict):
    posting_id: str
    listing_id: str
    state: str
    renewing: bool  # taken down to be put back
    age_days: float


class DueReposts(TypedDict):
    user_id: str
    marketplace: str
    rule: dict[str, Json]
    today: int  # reposted there within a day
    candidates: list[RepostCandidate]


class BatchCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def put_price_rule(self, user_id: str, marketplace: str, rule: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
        """All rules of the seller afterwards; an empty one removes it."""
        return cast(
            "dict[str, dict[str, Json]]",
            self._call("put_price_rule", user_id=user_id, marketplace=marketplace, rule=dict(rule)),
        )

    def list_price_rules(self, user_id: str) -> dict[str, dict[str, Json]]:
        return cast("dict[str, dict[str, Json]]", self._call("list_price_rules", user_id=user_id))

    def put_repost_rule(self, user_id: str, marketplace: str, rule: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
        return cast(
            "dict[str, dict[str, Json]]",
            self._call("put_repost_rule", user_id=user_id, marketplace=marketplace, rule=dict(rule)),
        )

    def list_repost_rules(self, user_id: str) -> dict[str, dict[str, Json]]:
        return cast("dict[str, dict[str, Json]]", self._call("list_repost_rules", user_id=user_id))

    def take_repost_rules(self, every: float, limit: int = 20) -> list[DueReposts]:
        """Due rules, each given out once per `every` seconds, with what may be reposted."""
        return cast("list[DueReposts]", self._call("take_repost_rules", every=every, max_rows=limit))

    def create_batch(self, user_id: str, batch: Mapping[str, Json], rows: Sequence[Mapping[str, Json]]) -> BatchDoc:
        """`batch`: {title, state, settings, undo_of, not_before}. Raises StoreRefused for rows that are not theirs."""
        return cast(
            "BatchDoc",
            self._call("create_batch", user_id=user_id, batch=dict(batch), rows=[dict(row) for row in rows]),
        )

    def get_batch(self, batch_id: str) -> BatchDoc | None:
        """No owner check: callers that act for a user compare `user_id`."""
        return cast("BatchDoc | None", self._call("get_batch", batch_id=batch_id))

    def list_batches(self, user_id: str, limit: int = 50) -> list[BatchLine]:
        """Newest first."""
        return cast("list[BatchLine]", self._call("list_batches", user_id=user_id, max_rows=limit))

    def open_batches(self, limit: int = 100) -> list[str]:
        """Those that go on by themselves now."""
        return cast("list[str]", self._call("open_batches", max_rows=limit))

    def begin_batch_row(
        self, row_id: str, *, operation_id: str | None = None, job_id: str | None = None, refused: str | None = None
    ) -> bool:
        """False if it had begun already."""
        return bool(
            self._call("begin_batch_row", row_id=row_id, operation_id=operation_id, job_id=job_id, refused=refused)
        )

    def move_batch(self, batch_id: str, came_from: Sequence[str], to: str, reason: str = "") -> bool:
        """False if it is in none of the states it should come from."""
        return bool(self._call("move_batch", batch_id=batch_id, came_from=text_array(came_from), to=to, reason=reason))

    def retry_batch_rows(self, batch_id: str) -> int:
        """How many rows that were refused, failed or cancelled wait again."""
        return int(self._call("retry_batch_rows", batch_id=batch_id))
