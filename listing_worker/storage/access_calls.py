"""The store's calls about programs that come in: API keys, remembered answers, webhook settings, posting for later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from listing_worker.models import Reason
from listing_worker.storage import rows


class ApiKeyRow(TypedDict):
    id: str
    user_id: str
    name: str
    hint: str  # the key's first characters
    scopes: list[str]
    created_at: str
    last_used_at: str | None


class BegunRequest(TypedDict):
    state: str  # new | done | busy
    status: NotRequired[int]
    answer: NotRequired[Any]


class AccessCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Any) -> Any:
        raise NotImplementedError

    # ---- API keys

    def create_api_key(
        self, user_id: str, name: str, token_hash: str, hint: str, scopes: Sequence[str], limit: int
    ) -> ApiKeyRow:
        """Raises StoreRefused('too_many_keys') at `limit` keys that are not revoked."""
        return cast(
            ApiKeyRow,
            self._call(
                "create_api_key",
                user_id=user_id,
                name=name,
                token_hash=token_hash,
                hint=hint,
                scopes=list(scopes),
                max_keys=limit,
            ),
        )

    def list_api_keys(self, user_id: str) -> list[ApiKeyRow]:
        """Newest first, without the revoked ones."""
        return cast("list[ApiKeyRow]", self._call("list_api_keys", user_id=user_id))

    def find_api_key(self, token_hash: str) -> ApiKeyRow | None:
        """The key, unless it is revoked; notes its use."""
        return cast("ApiKeyRow | None", self._call("find_api_key", token_hash=token_hash))

    def revoke_api_key(self, user_id: str, key_id: str) -> bool:
        return bool(self._call("revoke_api_key", user_id=user_id, key_id=key_id))

    # ---- Idempotency-Key

    def begin_request(self, user_id: str, key: str, request_hash: str) -> BegunRequest:
        """Raises StoreRefused('idempotency_conflict') if the key was used for another request within a day."""
        return cast(BegunRequest, self._call("begin_request", user_id=user_id, key=key, request_hash=request_hash))

    def finish_request(self, user_id: str, key: str, status: int, answer: Any) -> bool:
        """Remembers the answer for a day. It must hold no secret."""
        return bool(self._call("finish_request", user_id=user_id, key=key, status=status, answer=answer))

    def forget_request(self, user_id: str, key: str) -> bool:
        """Nothing was done: the key may be used again."""
        return bool(self._call("forget_request", user_id=user_id, key=key))

    # ---- jobs for later

    def create_job_for_later(
        self,
        user_id: str,
        listing_id: str,
        marketplaces: Sequence[str],
        *,
        blocked: Mapping[str, Reason],
        idempotency_key: str | None,
        request_hash: str,
        max_attempts: int,
        publish_at: str,
    ) -> rows.CreatedJob:
        """`Store.create_job`, whose new postings wait until `publish_at` (ISO 8601)."""
        return cast(
            rows.CreatedJob,
            self._call(
                "create_job_for_later",
                user_id=user_id,
                listing_id=listing_id,
                marketplaces=list(marketplaces),
                blocked={name: reason.model_dump(mode="json") for name, reason in blocked.items()},
                idempotency_key=idempotency_key,
                request_hash=request_hash,
                max_attempts=max_attempts,
                publish_at=publish_at,
            ),
        )

    # ---- webhook settings

    def choose_webhook_events(
        self, user_id: str, endpoint_id: str, events: Sequence[str]
    ) -> rows.WebhookEndpoint | None:
        return cast(
            "rows.WebhookEndpoint | None",
            self._call("choose_webhook_events", user_id=user_id, endpoint_id=endpoint_id, events=list(events)),
        )

    def rotate_webhook_secret(
        self, user_id: str, endpoint_id: str, key_id: str, sealed_secret: str, seconds: float
    ) -> rows.WebhookEndpoint | None:
        """The former secret signs beside the new one for `seconds`."""
        return cast(
            "rows.WebhookEndpoint | None",
            self._call(
                "rotate_webhook_secret",
                user_id=user_id,
                endpoint_id=endpoint_id,
                key_id=key_id,
                sealed_secret=sealed_secret,
                seconds=seconds,
            ),
        )

    def announce_expiring_sessions(self, seconds: float) -> int:
        """Writes `session.expiring` for sessions that end within `seconds`, once for each; how many that were."""
        return cast("int", self._call("announce_expiring_sessions", seconds=seconds))
