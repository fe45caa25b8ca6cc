"""The store's calls about attempts that wait for their seller (live views), and about every use of a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

from listing_worker.storage import rows

Purpose = Literal["posting", "operation", "watch", "import", "check"]


class LiveViewRow(TypedDict):
    posting_id: str
    job_id: str
    listing_id: str
    marketplace: str
    reason: rows.ReasonDoc  # what the marketplace asks for
    opened_at: str
    until: str


class AdmittedViewer(TypedDict):
    fence: int
    public_key: str  # the attempt's own, for this wait alone
    until: str
    job_id: str
    marketplace: str
    reason: rows.ReasonDoc


class SessionUse(TypedDict):
    marketplace: str
    purpose: str  # Purpose
    subject_id: str | None  # the posting's or operation's id
    attempt: int | None
    job_id: str | None
    title: str
    opened_at: str


class LiveViewCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Any) -> Any:
        raise NotImplementedError

    # ---- live views

    def open_live_view(
        self, posting_id: str, fence: int, public_key: str, seconds: float, reason: Mapping[str, Any]
    ) -> str | None:
        """Until when the seller may step in; None if the posting is not the attempt's any more."""
        answer = self._call(
            "open_live_view",
            posting_id=posting_id,
            fence=fence,
            public_key=public_key,
            seconds=seconds,
            reason=dict(reason),
        )
        return cast("str | None", answer and answer["until"])

    def close_live_view(self, posting_id: str, fence: int) -> bool:
        return bool(self._call("close_live_view", posting_id=posting_id, fence=fence))

    def list_live_views(self, user_id: str) -> list[LiveViewRow]:
        """Those that are open now, the longest waiting first."""
        return cast("list[LiveViewRow]", self._call("list_live_views", user_id=user_id))

    def admit_viewer(self, user_id: str, posting_id: str, ticket_hash: str) -> AdmittedViewer | None:
        """Lets the owner in with a ticket that is good once, for 30 seconds; None if nothing is open, or not theirs."""
        return cast(
            "AdmittedViewer | None",
            self._call("admit_viewer", user_id=user_id, posting_id=posting_id, ticket_hash=ticket_hash),
        )

    def take_viewer(self, posting_id: str, fence: int, ticket_hash: str) -> bool:
        """Whether the ticket lets somebody in; True once."""
        return bool(self._call("take_viewer", posting_id=posting_id, fence=fence, ticket_hash=ticket_hash))

    # ---- uses of sessions

    def open_session(
        self,
        user_id: str,
        marketplace: str,
        purpose: Purpose,
        subject_id: str | None = None,
        attempt: int | None = None,
    ) -> rows.SealedSession | None:
        """As `get_session`, and notes that it was given out, what for, and to which attempt."""
        return cast(
            "rows.SealedSession | None",
            self._call(
                "open_session",
                user_id=user_id,
                marketplace=marketplace,
                purpose=purpose,
                subject_id=subject_id,
                attempt=attempt,
            ),
        )

    def list_session_uses(self, user_id: str, marketplace: str | None = None, limit: int = 50) -> list[SessionUse]:
        """Newest first."""
        return cast(
            "list[SessionUse]",
            self._call("list_session_uses", user_id=user_id, marketplace=marketplace, max_rows=limit),
        )
