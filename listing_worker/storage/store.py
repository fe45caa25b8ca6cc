"""The port to the truth: one method per SQL function, two transports.

Every method is one call of one SQL function with named parameters and a JSON answer, so that psycopg and Supabase's
RPC behave alike (design §5). Answers are plain JSON objects; their shapes are the TypedDicts in `rows.py`.
All calls are synchronous and short; async callers use `asyncio.to_thread`. Times are ISO 8601 UTC strings made by the
database's clock; the worker's own clock never enters a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from listing_worker.models import Intent, Reason
from listing_worker.storage import rows
from listing_worker.storage.access_calls import AccessCalls
from listing_worker.storage.adopting_calls import AdoptingCalls
from listing_worker.storage.archive_calls import ArchiveCalls
from listing_worker.storage.batch_calls import BatchCalls
from listing_worker.storage.choice_calls import ChoiceCalls
from listing_worker.storage.drift_calls import DriftCalls
from listing_worker.storage.finding import Finding
from listing_worker.storage.inventory_calls import InventoryCalls
from listing_worker.storage.live_view_calls import LiveViewCalls
from listing_worker.storage.locator_calls import LocatorCalls
from listing_worker.storage.operation_calls import OperationCalls
from listing_worker.storage.receiver_calls import ReceiverCalls
from listing_worker.storage.recording_calls import RecordingCalls

Json = Any


class Transport(Protocol):
    """Calls a SQL function in schema public. Raises StoreUnavailable or StoreRefused (errors of storage/errors.py)."""

    def call(self, function: str, parameters: Mapping[str, Json]) -> Json:
        """`select public.<function>(p_name => value, …)`: parameter names are given without the `p_`."""

    def ping(self) -> None:
        """Raises StoreUnavailable when the database does not answer."""

    def close(self) -> None: ...


class Store(
    OperationCalls,
    InventoryCalls,
    AdoptingCalls,
    BatchCalls,
    DriftCalls,
    LocatorCalls,
    RecordingCalls,
    ChoiceCalls,
    Finding,
    AccessCalls,
    ReceiverCalls,
    ArchiveCalls,
    LiveViewCalls,
):
    """Typed access to the SQL functions over any transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _call(self, function: str, **parameters: Json) -> Json:
        return self._transport.call(function, parameters)

    def ping(self) -> None:
        self._transport.ping()

    def close(self) -> None:
        self._transport.close()

    # ---- listings -------------------------------------------------------------------------------------------------

    def create_listing(self, user_id: str, body: Mapping[str, Json]) -> rows.ListingRow:
        """Stores a ListingDraft as JSON; photos start empty."""
        return cast(rows.ListingRow, self._call("create_listing", user_id=user_id, body=dict(body)))

    def update_listing(self, user_id: str, listing_id: str, body: Mapping[str, Json]) -> rows.ListingRow | None:
        """Replaces the draft part; None if the user has no such listing."""
        return cast(
            "rows.ListingRow | None",
            self._call("update_listing", user_id=user_id, listing_id=listing_id, body=dict(body)),
        )

    def get_listing(self, user_id: str, listing_id: str) -> rows.ListingRow | None:
        return cast("rows.ListingRow | None", self._call("get_listing", user_id=user_id, listing_id=listing_id))

    def list_listings(self, user_id: str, limit: int = 50, before: str | None = None) -> list[rows.ListingRow]:
        """Newest first; `before` is the created_at of the last row of the previous page."""
        return cast(
            "list[rows.ListingRow]", self._call("list_listings", user_id=user_id, max_rows=limit, before=before)
        )

    def delete_listing(self, user_id: str, listing_id: str) -> bool:
        """False if absent, or if a posting of it is not settled."""
        return bool(self._call("delete_listing", user_id=user_id, listing_id=listing_id))

    def set_photos(self, user_id: str, listing_id: str, photos: Sequence[Mapping[str, Json]]) -> rows.ListingRow | None:
        """Replaces the ordered photo list (models.Photo as JSON)."""
        return cast(
            "rows.ListingRow | None",
            self._call("set_photos", user_id=user_id, listing_id=listing_id, photos=[dict(p) for p in photos]),
        )

    def add_photo(self, user_id: str, listing_id: str, photo: Mapping[str, Json], limit: int) -> rows.ListingRow | None:
        """Appends one photo atomically; raises StoreRefused('photo_limit') at `limit` photos."""
        return cast(
            "rows.ListingRow | None",
            self._call("add_photo", user_id=user_id, listing_id=listing_id, photo=dict(photo), max_photos=limit),
        )

    # ---- jobs and postings ----------------------------------------------------------------------------------------

    def create_job(
        self,
        user_id: str,
        listing_id: str,
        marketplaces: Sequence[str],
        *,
        blocked: Mapping[str, Reason],
        idempotency_key: str | None,
        request_hash: str,
        max_attempts: int,
    ) -> rows.CreatedJob:
        """One "Post to All" in one transaction: the job, and one posting per marketplace.

        `blocked` marketplaces (no session, invalid for it) start as `action_required` / `failed` with that reason
        (`sign_in` → action_required, else failed). The same idempotency key with the same hash gives the first job
        back (`created: false`); with another hash raises StoreRefused('idempotency_conflict'). A marketplace that
        already has an open or live posting of this listing is not posted again: it is listed in `existing`.
        Raises StoreRefused('not_found') for a listing the user does not have.
        """
        return cast(
            rows.CreatedJob,
            self._call(
                "create_job",
                user_id=user_id,
                listing_id=listing_id,
                marketplaces=list(marketplaces),
                blocked={name: reason.model_dump(mode="json") for name, reason in blocked.items()},
                idempotency_key=idempotency_key,
                request_hash=request_hash,
                max_attempts=max_attempts,
            ),
        )

    def get_job(self, user_id: str, job_id: str) -> rows.JobRow | None:
        return cast("rows.JobRow | None", self._call("get_job", user_id=user_id, job_id=job_id))

    def job_views(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        """For each pair of user and job id the job as the API shows it, as JSON text; None if there is no such job."""
        if not asked:
            return []
        lines = self._call("job_views_2", user_ids=[user for user, _ in asked], job_ids=[job for _, job in asked])
        return [line or None for line in cast(str, lines).split("\n")]

    def post_beginnings(self, user_id: str, listing_id: str) -> rows.PostBeginnings:
        """What posting a listing needs to know, in one call."""
        return cast(rows.PostBeginnings, self._call("post_beginnings", user_id=user_id, listing_id=listing_id))

    def posts_beginnings(self, asked: Sequence[tuple[str, str]]) -> rows.PostsBeginnings:
        """The same for pairs of user and listing id: the listings in that order, and the sessions by user."""
        return cast(
            rows.PostsBeginnings,
            self._call(
                "posts_beginnings_2", user_ids=[user for user, _ in asked], listing_ids=[each for _, each in asked]
            ),
        )

    def create_simple_jobs(self, posts: Sequence[rows.SimplePost]) -> list[rows.NewJob | None]:
        """`create_job` of several posts that nothing blocks, in one transaction that waits for nobody.

        None for a post that is not so simple (its listing was posted before, is not the user's, or is in use just now,
        as is its key, which may be known too): nothing was made of it, and `create_job` says what there is to say.
        Raises StoreRefused when nothing was made of any of them.
        """
        return cast(
            "list[rows.NewJob | None]", self._call("create_simple_jobs_2", posts=[dict(each) for each in posts])
        )

    def list_jobs(self, user_id: str, limit: int = 50, before: str | None = None) -> list[rows.JobRow]:
        return cast("list[rows.JobRow]", self._call("list_jobs", user_id=user_id, max_rows=limit, before=before))

    def cancel_job(self, user_id: str, job_id: str) -> rows.JobRow | None:
        """Cancels what is not published yet: queued and waiting postings at once, running ones by a request that the
        heartbeat answers, publishing or later ones not at all."""
        return cast("rows.JobRow | None", self._call("cancel_job", user_id=user_id, job_id=job_id))

    def retry_posting(self, user_id: str, posting_id: str) -> rows.PostingRow | None:
        """A failed, cancelled or action_required posting goes back to `queued` with its attempt count at zero; with an
        intent that nothing resolved since, to `uncertain`: whoever asks, we look before pressing again.
        Raises StoreRefused('not_retryable') in any other state, or if a newer posting has taken its place."""
        return cast("rows.PostingRow | None", self._call("retry_posting", user_id=user_id, posting_id=posting_id))

    def requeue_signed_in(self, user_id: str, marketplace: str) -> list[str]:
        """A fresh session arrived: postings in action_required(sign_in) go back to `queued`. Returns their ids."""
        return cast("list[str]", self._call("requeue_signed_in", user_id=user_id, marketplace=marketplace))

    def get_posting(self, posting_id: str) -> rows.PostingRow | None:
        """For the worker: no owner check."""
        return cast("rows.PostingRow | None", self._call("get_posting", posting_id=posting_id))

    # ---- the at-most-once core ------------------------------------------------------------------------------------

    def claim_posting(self, posting_id: str, owner: str, lease_seconds: float) -> rows.Claim:
        """One statement on the database's clock: lease until T, fence + 1, a new attempt row (design §4 rule 1).

        A posting found in `publishing` (lease run out) comes back as `uncertain`. Not claimed: `why` is one of
        'absent', 'settled', 'leased', 'not_due', 'account_busy' (another attempt for the same user and marketplace).
        """
        return cast(
            rows.Claim,
            self._call("claim_posting", posting_id=posting_id, owner=owner, lease_seconds=lease_seconds),
        )

    def heartbeat(self, posting_id: str, fence: int, lease_seconds: float) -> rows.Heartbeat:
        """Extends the lease if fence is current and the lease has not run out; tells of a wish to cancel."""
        return cast(
            rows.Heartbeat, self._call("heartbeat", posting_id=posting_id, fence=fence, lease_seconds=lease_seconds)
        )

    def record_intent(self, posting_id: str, fence: int, intent: Intent) -> bool:
        """running → publishing, if fence and lease hold and no cancel is wished. False: not ours, do not press."""
        return bool(
            self._call("record_intent", posting_id=posting_id, fence=fence, intent=intent.model_dump(mode="json"))
        )

    def finish_posting(self, posting_id: str, fence: int, outcome: Mapping[str, Json]) -> rows.Finished:
        """Ends the attempt: writes state, reason, proof; frees the lease; writes webhook rows in the same transaction
        (one `job.completed` whenever the job has just settled). `outcome` is a rows.OutcomeDoc. A stale fence writes
        nothing: `finished: false`. Legal moves are enforced here: from publishing/uncertain-with-intent to queued only
        with `reconciled: true`."""
        return cast(
            rows.Finished, self._call("finish_posting", posting_id=posting_id, fence=fence, outcome=dict(outcome))
        )

    def due_postings(self, limit: int = 100) -> list[str]:
        """Ids of postings somebody should claim now: queued/waiting/uncertain that are due, and running/publishing
        whose lease ran out. Oldest due first; of each account (user and marketplace) only the first, and none of an
        account that is being worked on, because no other could be claimed: ask again when one is finished."""
        return cast("list[str]", self._call("due_postings", max_rows=limit))

    def intents_since(self, user_id: str, marketplace: str, seconds: float) -> list[float]:
        """How many seconds ago this account committed each intent of the last `seconds`, oldest first."""
        return cast(
            "list[float]", self._call("intents_since", user_id=user_id, marketplace=marketplace, seconds=seconds)
        )

    def count_intents(self, posting_id: str) -> int:
        """How many intents were ever committed for a posting: so many presses it can have had."""
        return cast("int", self._call("count_intents", posting_id=posting_id))

    def held_leases(self, owner_prefix: str) -> list[rows.HeldLease]:
        """Live leases whose owner's name begins with `owner_prefix` (utils/processes.py)."""
        return cast("list[rows.HeldLease]", self._call("held_leases", owner_prefix=owner_prefix))

    def release_lease(self, posting_id: str, owner: str) -> bool:
        """Ends the lease of an owner who is known to be dead; the posting is due at once."""
        return bool(self._call("release_lease", posting_id=posting_id, owner=owner))

    # ---- sessions -------------------------------------------------------------------------------------------------

    def put_session(
        self,
        user_id: str,
        marketplace: str,
        key_id: str,
        sealed: str,
        captured_at: str,
        days: int,
        user_agent: str = "",
    ) -> rows.SessionRow:
        """Stores a sealed session (base64url of enc‖ciphertext‖tag); never over a newer capture: raises
        StoreRefused('stale_session'). status becomes 'unproven', expires_at = now + days."""
        return cast(
            rows.SessionRow,
            self._call(
                "put_session",
                user_id=user_id,
                marketplace=marketplace,
                key_id=key_id,
                sealed=sealed,
                captured_at=captured_at,
                days=days,
                user_agent=user_agent,
            ),
        )

    def get_session(self, user_id: str, marketplace: str) -> rows.SealedSession | None:
        """The worker's read, ciphertext included; None if absent or expired."""
        return cast("rows.SealedSession | None", self._call("get_session", user_id=user_id, marketplace=marketplace))

    def list_sessions(self, user_id: str) -> list[rows.SessionRow]:
        """Without ciphertext."""
        return cast("list[rows.SessionRow]", self._call("list_sessions", user_id=user_id))

    def mark_session(self, user_id: str, marketplace: str, version: int, status: str, account: str | None) -> bool:
        """'active' or 'signed_out', as an attempt proved it for that version; False if a newer one came."""
        return bool(
            self._call(
                "mark_session",
                user_id=user_id,
                marketplace=marketplace,
                version=version,
                status=status,
                account=account,
            )
        )

    def reseal_session(self, user_id: str, marketplace: str, version: int, key_id: str, sealed: str) -> bool:
        """Replaces the ciphertext if `version` is still the stored one (key rotation, refreshed cookies)."""
        return bool(
            self._call(
                "reseal_session",
                user_id=user_id,
                marketplace=marketplace,
                version=version,
                key_id=key_id,
                sealed=sealed,
            )
        )

    def delete_session(self, user_id: str, marketplace: str) -> bool:
        return bool(self._call("delete_session", user_id=user_id, marketplace=marketplace))

    def purge_expired(self) -> rows.Purged:
        """Expired sessions, pairings and old idempotency keys."""
        return cast(rows.Purged, self._call("purge_expired"))

    # ---- keys, pairing, devices -----------------------------------------------------------------------------------

    def publish_keys(self, document: Mapping[str, Json]) -> None:
        """The worker's signed key list (utils/crypto.py KeyList as JSON); replaces the former one."""
        self._call("publish_keys", document=dict(document))

    def get_keys(self) -> dict[str, Json] | None:
        return cast("dict[str, Json] | None", self._call("get_keys"))

    def create_pairing(self, user_id: str, code_hash: str, seconds: int) -> str:
        """Returns expires_at."""
        return str(self._call("create_pairing", user_id=user_id, code_hash=code_hash, seconds=seconds))

    def redeem_pairing(self, code_hash: str, token_hash: str, device_name: str) -> rows.Device | None:
        """Uses a code once and stores the device's token hash; None if unknown, used or expired."""
        return cast(
            "rows.Device | None",
            self._call("redeem_pairing", code_hash=code_hash, token_hash=token_hash, device_name=device_name),
        )

    def find_device(self, token_hash: str) -> rows.Device | None:
        """The device of a token, unless revoked or unused for 90 days; notes the use."""
        return cast("rows.Device | None", self._call("find_device", token_hash=token_hash))

    def list_devices(self, user_id: str) -> list[rows.Device]:
        return cast("list[rows.Device]", self._call("list_devices", user_id=user_id))

    def revoke_device(self, user_id: str, device_id: str) -> bool:
        return bool(self._call("revoke_device", user_id=user_id, device_id=device_id))

    # ---- webhooks -------------------------------------------------------------------------------------------------

    def put_webhook_endpoint(self, user_id: str, url: str, key_id: str, sealed_secret: str) -> rows.WebhookEndpoint:
        """One endpoint per (user, url); its signing secret is sealed for the worker like a session."""
        return cast(
            rows.WebhookEndpoint,
            self._call("put_webhook_endpoint", user_id=user_id, url=url, key_id=key_id, sealed_secret=sealed_secret),
        )

    def list_webhook_endpoints(self, user_id: str) -> list[rows.WebhookEndpoint]:
        return cast("list[rows.WebhookEndpoint]", self._call("list_webhook_endpoints", user_id=user_id))

    def delete_webhook_endpoint(self, user_id: str, endpoint_id: str) -> bool:
        return bool(self._call("delete_webhook_endpoint", user_id=user_id, endpoint_id=endpoint_id))

    def list_webhooks(self, user_id: str, limit: int = 50) -> list[rows.WebhookRow]:
        """Deliveries, newest first."""
        return cast("list[rows.WebhookRow]", self._call("list_webhooks", user_id=user_id, max_rows=limit))

    def due_webhooks(self, limit: int = 100) -> list[str]:
        return cast("list[str]", self._call("due_webhooks", max_rows=limit))

    def claim_webhook(self, webhook_id: str, lease_seconds: float) -> rows.WebhookClaim | None:
        """The delivery with its endpoint's url and sealed secret, leased; None if not due or leased."""
        return cast(
            "rows.WebhookClaim | None",
            self._call("claim_webhook", webhook_id=webhook_id, lease_seconds=lease_seconds),
        )

    def finish_webhook(
        self,
        webhook_id: str,
        fence: int,
        *,
        state: str,
        status_code: int | None,
        error: str | None,
        again_in: float | None,
    ) -> bool:
        """state: delivered, waiting (with `again_in` seconds), dead, or gone, which also switches the endpoint off."""
        return bool(
            self._call(
                "finish_webhook",
                webhook_id=webhook_id,
                fence=fence,
                state=state,
                status_code=status_code,
                error=error,
                again_in=again_in,
            )
        )

    def redeliver_webhook(self, user_id: str, webhook_id: str) -> bool:
        return bool(self._call("redeliver_webhook", user_id=user_id, webhook_id=webhook_id))

    # ---- the deployment -------------------------------------------------------------------------------------------

    def metrics(self, window_seconds: float) -> dict[str, Json]:
        """What an operator watches (utils/metrics.py): counts, ages and sums, none of them anybody's."""
        return cast("dict[str, Json]", self._call("metrics", window_seconds=window_seconds))

    def deployment_facts(self) -> dict[str, Json]:
        """What `doctor` looks at: server_version (as a number), now, role, row_security per table, and who may call
        each function of schema public."""
        return cast("dict[str, Json]", self._call("deployment_facts"))

    # ---- dead letters ----

    def list_dead_letters(self, user_id: str | None, limit: int = 100) -> rows.DeadLetters:
        """What gave up and was neither replaced nor dismissed, newest first; of all users if `user_id` is None."""
        return cast("rows.DeadLetters", self._call("list_dead_letters", user_id=user_id, max_rows=limit))

    def dismiss_posting(self, user_id: str, posting_id: str) -> bool:
        """Puts a failed posting aside until it fails again. False if it is not the user's, or has not failed."""
        return cast("bool", self._call("dismiss_posting", user_id=user_id, posting_id=posting_id))

    def dismiss_webhook(self, user_id: str, webhook_id: str) -> bool:
        """Puts a delivery aside that gave up. False if it is not the user's, or has not given up."""
        return cast("bool", self._call("dismiss_webhook", user_id=user_id, webhook_id=webhook_id))

    # ---- what browsers cost ----

    def record_browser(self, posting_id: str, fence: int, bill: Mapping[str, Json]) -> bool:
        """Which browser an attempt used, how long, and what it cost (agents/browsers/base.Bill as JSON)."""
        return bool(self._call("record_browser", posting_id=posting_id, fence=fence, bill=dict(bill)))
