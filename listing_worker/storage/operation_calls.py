"""The calls about operations: what is done about a live posting, and dry runs (migrations/*_operations.sql)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from listing_worker.models import ChangeIntent
from listing_worker.storage import rows

Json = Any


class OperationCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def request_operation(
        self, user_id: str, posting_id: str, kind: str, given: Mapping[str, Json], max_attempts: int
    ) -> rows.RequestedOperation:
        """Asks for check, change_price, edit, delist or relist. The same one that is open already is given back; a
        delist takes the place of one that has not begun. Raises StoreRefused: not_found, not_possible (the posting's
        state does not allow it), operation_open (something else is being done about this posting)."""
        return cast(
            rows.RequestedOperation,
            self._call(
                "request_operation",
                user_id=user_id,
                posting_id=posting_id,
                kind=kind,
                input=dict(given),
                max_attempts=max_attempts,
            ),
        )

    def request_dry_run(
        self, user_id: str, listing_id: str, marketplace: str, max_attempts: int
    ) -> rows.RequestedOperation:
        """A dry run of a listing on one marketplace; one that is open already is given back. Raises StoreRefused."""
        return cast(
            rows.RequestedOperation,
            self._call(
                "request_dry_run",
                user_id=user_id,
                listing_id=listing_id,
                marketplace=marketplace,
                max_attempts=max_attempts,
            ),
        )

    def get_operation(self, operation_id: str) -> rows.OperationRow | None:
        """No owner check: callers that act for a user compare `user_id`."""
        return cast("rows.OperationRow | None", self._call("get_operation", operation_id=operation_id))

    def list_operations(
        self, user_id: str, *, posting_id: str | None = None, listing_id: str | None = None, limit: int = 50
    ) -> list[rows.OperationRow]:
        """Newest first."""
        return cast(
            "list[rows.OperationRow]",
            self._call(
                "list_operations", user_id=user_id, posting_id=posting_id, listing_id=listing_id, max_rows=limit
            ),
        )

    def cancel_operation(self, user_id: str, operation_id: str) -> rows.OperationRow | None:
        """Cancels what is not pressed yet; None if the user has no such operation."""
        return cast(
            "rows.OperationRow | None", self._call("cancel_operation", user_id=user_id, operation_id=operation_id)
        )

    def claim_operation(self, operation_id: str, owner: str, lease_seconds: float) -> rows.OperationClaim:
        """As `claim_posting`. One with an unresolved intent comes back as `uncertain`; an account that is worked on, by
        a posting or an operation, is not to be had."""
        return cast(
            rows.OperationClaim,
            self._call("claim_operation", operation_id=operation_id, owner=owner, lease_seconds=lease_seconds),
        )

    def heartbeat_operation(self, operation_id: str, fence: int, lease_seconds: float) -> rows.Heartbeat:
        return cast(
            rows.Heartbeat,
            self._call("heartbeat_operation", operation_id=operation_id, fence=fence, lease_seconds=lease_seconds),
        )

    def record_operation_intent(self, operation_id: str, fence: int, intent: ChangeIntent) -> bool:
        """running → acting. False: not ours any more, or a kind that never acts: do not press."""
        return bool(
            self._call(
                "record_operation_intent",
                operation_id=operation_id,
                fence=fence,
                intent=intent.model_dump(mode="json"),
            )
        )

    def finish_operation(self, operation_id: str, fence: int, outcome: Mapping[str, Json]) -> rows.FinishedOperation:
        """Ends the attempt; `outcome` is a rows.OperationOutcome. From acting or uncertain to queued, or to failed,
        only with `reconciled: true`. A stale fence writes nothing."""
        return cast(
            rows.FinishedOperation,
            self._call("finish_operation", operation_id=operation_id, fence=fence, outcome=dict(outcome)),
        )

    def due_operations(self, limit: int = 100) -> list[str]:
        """As `due_postings`; a delist of an account comes before its other operations."""
        return cast("list[str]", self._call("due_operations", max_rows=limit))

    def held_operations(self, owner_prefix: str) -> list[rows.HeldOperation]:
        """Live leases of operations whose owner's name begins with `owner_prefix`."""
        return cast("list[rows.HeldOperation]", self._call("held_operations", owner_prefix=owner_prefix))

    def release_operation(self, operation_id: str, owner: str) -> bool:
        """Ends the lease of an owner who is known to be dead."""
        return bool(self._call("release_operation", operation_id=operation_id, owner=owner))

    def note_photos(self, posting_id: str, fence: int, photos: Mapping[str, Json]) -> bool:
        """Notes what the public page shows of the photos (utils/likeness.py) in a live posting's report."""
        return bool(self._call("note_photos", posting_id=posting_id, fence=fence, photos=dict(photos)))
