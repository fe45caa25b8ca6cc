"""Holding an operation: the same lease, heartbeat and self-fence as for a posting (`ledger.Hold`), on its own rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from listing_worker.models import ChangeIntent
from listing_worker.orchestration.ledger import Hold, steady_clock
from listing_worker.storage import rows
from listing_worker.storage.store import Store


class OperationRows:
    """The three calls that `Hold` makes, answered by the operations' functions (ledger.Leased)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def heartbeat(self, posting_id: str, fence: int, lease_seconds: float) -> rows.Heartbeat:
        return self._store.heartbeat_operation(posting_id, fence, lease_seconds)

    def record_intent(self, posting_id: str, fence: int, intent: ChangeIntent) -> bool:
        return self._store.record_operation_intent(posting_id, fence, intent)

    def finish_posting(self, posting_id: str, fence: int, outcome: Mapping[str, Any]) -> rows.Finished:
        finished = self._store.finish_operation(posting_id, fence, outcome)["finished"]
        return {"finished": finished, "job_settled": False, "webhooks": []}


def claim_operation(
    store: Store,
    operation_id: str,
    owner: str,
    *,
    lease_seconds: float,
    heartbeat_seconds: float,
    margin_seconds: float,
    clock: Callable[[], float] = steady_clock,
) -> tuple[rows.OperationClaim, Hold | None]:
    """Claims an operation; the Hold is None if it was not to be had. `Hold.posting` is the operation's row, and its
    progress is published under its own id."""
    claimed_at = clock()
    answer = store.claim_operation(operation_id, owner, lease_seconds)
    if not answer["claimed"]:
        return answer, None
    row = {**answer["operation"], "job_id": answer["operation"]["id"]}
    hold = Hold(
        OperationRows(store),
        cast(rows.Claim, {"claimed": True, "posting": row}),
        lease_seconds=lease_seconds,
        heartbeat_seconds=heartbeat_seconds,
        margin_seconds=margin_seconds,
        claimed_at=claimed_at,
        clock=clock,
    )
    return answer, hold
