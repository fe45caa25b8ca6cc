"""What the API needs from the rest of the system, as small ports; whoever assembles the app passes them in.

The stores are not here: their ports are `storage/store.py` and `storage/photos.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request
from redis.asyncio import Redis as LineRedis

from listing_worker.agents.recipe import Limits
from listing_worker.api.auth import Verifier
from listing_worker.api.job_views import JobViews
from listing_worker.api.limiting import Limiter
from listing_worker.api.live_jobs import LiveJobs
from listing_worker.api.owner import Owner
from listing_worker.categories.suggest import Suggestion
from listing_worker.models import Listing, OperationKind, Reason
from listing_worker.preflight.findings import Preflight
from listing_worker.settings import Settings
from listing_worker.storage.bucket_photos import BucketPhotos
from listing_worker.storage.photos import PhotoStore
from listing_worker.storage.store import Store
from listing_worker.utils.metrics import Observation


class Queue(Protocol):
    """Wakes a worker. Postgres is the truth: a lost wake-up costs a few seconds, so its errors are only logged."""

    def enqueue_postings(self, posting_ids: Iterable[str]) -> object:
        """May raise redis.RedisError or OSError."""

    def enqueue_operation(self, operation_id: str, *, urgent: bool = False) -> object:
        """May raise redis.RedisError or OSError."""


class Events(Protocol):
    """Progress of a job, kept as a stream."""

    def read(self, job_id: str, after: str = "0", block_ms: int | None = None) -> Iterable[tuple[str, dict[str, Any]]]:
        """Pairs of stream id and event after the id `after`, oldest first; waits up to `block_ms` for the first.

        May raise redis.RedisError.
        """

    def read_many(
        self, cursors: Mapping[str, str], block_ms: int
    ) -> Iterable[tuple[str, list[tuple[str, dict[str, Any]]]]]:
        """The same for several jobs, each after its own id: pairs of job id and its new events, never empty."""

    def last_id(self, job_id: str) -> str:
        """The id of the newest event; "0" without any. May raise redis.RedisError."""


class Marketplaces(Protocol):
    """The marketplaces that there are, as far as the API must know them."""

    def names(self) -> tuple[str, ...]: ...

    def display_name(self, marketplace: str) -> str: ...

    def home_url(self, marketplace: str) -> str: ...

    def limits(self, marketplace: str) -> Limits | None:
        """What it accepts, where that is known: lengths, numbers of photos, amounts."""

    def terms(self, marketplace: str) -> str:
        """What its terms say about automation, for the seller to read before connecting; empty if nobody wrote it."""

    def can(self, marketplace: str, kind: OperationKind) -> bool:
        """Whether this can be done about a live posting there. Pure."""

    def preflight(self, marketplace: str, listing: Listing) -> Reason | None:
        """Why this listing cannot be posted there as it is, or None. Pure and quick."""

    def listing_at(self, url: str) -> tuple[str, str] | None:
        """Marketplace and id of the listing at this address; None if it is no listing's address. Pure."""

    def form_fields(self, marketplace: str, listing: Listing) -> frozenset[str] | None:
        """Fields of ours that its form takes from this listing; None where the listing does not fit there. Pure."""

    def look_ahead(self, marketplace: str, listing: Listing) -> Preflight:
        """Everything that would be missing, refused or changed there. `listing` with all its overrides. Pure."""

    def categories(
        self, marketplace: str, listing: Listing, chosen: Sequence[str] | None, count: int
    ) -> list[Suggestion]:
        """Where the listing belongs there, best first; `chosen` is what the seller chose for a similar one. Pure."""

    def is_category(self, marketplace: str, category: Sequence[str]) -> bool:
        """Is this a leaf of its tree, as far as the tree is known?"""


Ping = Callable[[], object]


@dataclass(frozen=True)
class Resources:
    """Everything the routes use. `pings` are named checks for `/health`: each raises when its part is down.

    `workers` counts workers that have reported lately; None when that is not known here. `observation`: for `/metrics`.
    `live` is what the viewers of jobs share, `views` what those share who look at a job.
    `connect_line`: a Redis of its own for each viewer of a live view.
    `bucket_photos` reads what `s3://` names; None where no bucket is set up.
    `seller_app_knows`: users whose jobs the seller's own app is told of already.
    """

    settings: Settings
    store: Store
    photos: PhotoStore
    queue: Queue
    events: Events
    marketplaces: Marketplaces
    verifier: Verifier
    owner: Owner | None = None
    pings: Mapping[str, Ping] = field(default_factory=dict)
    workers: Callable[[], int] | None = None
    observation: Observation | None = None
    limiter: Limiter | None = None
    live: LiveJobs = field(init=False, compare=False)
    views: JobViews = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "live", LiveJobs(self.events, self.store))
        object.__setattr__(self, "views", JobViews(self.store))

    connect_line: Callable[[], LineRedis] | None = None
    bucket_photos: BucketPhotos | None = None
    seller_app_knows: set[str] = field(default_factory=set, compare=False)


async def _resources(request: Request) -> Resources:
    return cast(Resources, request.app.state.resources)


Wired = Annotated[Resources, Depends(_resources)]
"""What a route writes to get at the resources."""
