"""The store's calls about further receivers of events: people (notifications), developers' machines (listeners)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from listing_worker.storage import rows


class ReceiverCalls:
    """Part of `Store`. A receiver is a row like a webhook's; `url` is what it is called."""

    def _call(self, function: str, **parameters: Any) -> Any:
        raise NotImplementedError

    def put_notification(
        self, user_id: str, label: str, key_id: str, sealed: str, events: Sequence[str], most: int
    ) -> rows.WebhookEndpoint:
        """Raises StoreRefused('too_many') at `most`. The same label again replaces address and events."""
        return cast(
            "rows.WebhookEndpoint",
            self._call(
                "put_notification",
                user_id=user_id,
                label=label,
                key_id=key_id,
                sealed=sealed,
                events=list(events),
                most=most,
            ),
        )

    def list_notifications(self, user_id: str) -> list[rows.WebhookEndpoint]:
        """Oldest first."""
        return cast("list[rows.WebhookEndpoint]", self._call("list_notifications", user_id=user_id))

    def open_listener(
        self, user_id: str, name: str, key_id: str, sealed_secret: str, events: Sequence[str]
    ) -> rows.WebhookEndpoint:
        """One that has not come for its events for an hour is forgotten then."""
        return cast(
            "rows.WebhookEndpoint",
            self._call(
                "open_listener",
                user_id=user_id,
                name=name,
                key_id=key_id,
                sealed_secret=sealed_secret,
                events=list(events),
            ),
        )

    def take_events(self, user_id: str, endpoint_id: str, limit: int = 100) -> list[rows.WebhookRow] | None:
        """What waits for a listener, oldest first, each given once; None if there is no such listener."""
        return cast(
            "list[rows.WebhookRow] | None",
            self._call("take_events", user_id=user_id, endpoint_id=endpoint_id, max_rows=limit),
        )
