"""An order becomes a job: once, however often its message comes.

The message's own id is the job's idempotency key. Messages of one sender's job share one listing, so that it is one
item on all marketplaces (and comes down everywhere when it sells).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from listing_worker.api.errors import ApiError
from listing_worker.api.listings import own_listing
from listing_worker.api.ports import Resources
from listing_worker.api.posting import Posted, post_to, request_hash, summary
from listing_worker.api.schemas import ListingSpec
from listing_worker.api.spec_posting import forget_listing, store_spec
from listing_worker.bridges.messages import BadMessage, Order
from listing_worker.errors import ConfigurationError, ListingWorkerError, RetryLater
from listing_worker.storage.errors import StoreUnavailable


class NotNow(RetryLater):
    """Nothing is wrong with the message; something of ours does not answer. The message is kept and tried again."""

    code = "not_now"


@dataclass(frozen=True)
class Taken:
    """The job that a message became, or had become already."""

    job_id: str
    created: bool
    sentence: str


def take(wired: Resources, order: Order) -> Taken:
    """Raises BadMessage if it can never be a job, NotNow if it cannot be one at the moment."""
    with _told_apart():
        if isinstance(order.listing, ListingSpec):
            posted = _post_spec(wired, order, order.listing)
        else:
            posted = _post_stored(wired, order, order.listing)
        return Taken(posted.created["job"]["id"], posted.created["created"], summary(wired, posted))


def _post_stored(wired: Resources, order: Order, listing_id: str) -> Posted:
    row = own_listing(wired, order.user_id, listing_id)
    names = order.marketplaces
    hashed = request_hash("post", row["id"], sorted(names))
    return post_to(wired, order.user_id, row, names, idempotency_key=order.key, request_hash=hashed)


def _post_spec(wired: Resources, order: Order, spec: ListingSpec) -> Posted:
    """The first message of a sender's job makes the listing, the others find it by a note; it is there for a day."""
    store, user_id = wired.store, order.user_id
    said = spec.model_dump(mode="json", exclude={"target_marketplaces"})
    digest = request_hash("bridge", said)
    note = f"bridge:{digest[:32]}:{order.reference}"
    begun = store.begin_request(user_id, note, digest)
    if begun["state"] == "busy":
        raise NotNow("Another message of the same job is being taken.")
    if begun["state"] == "done":
        assert begun["answer"] is not None
        row = own_listing(wired, user_id, begun["answer"]["listing_id"])
        return _post(wired, order, row, said)
    listing_id, kept, noted = None, False, False
    try:
        row = store_spec(wired, user_id, spec)
        listing_id = row["id"]
        posted = _post(wired, order, row, said)
        kept = posted.created["created"]
        noted = store.finish_request(user_id, note, 202, {"listing_id": posted.created["job"]["listing_id"]})
        return posted
    finally:
        if listing_id is not None and not kept:
            forget_listing(wired, user_id, listing_id)
        if not noted:
            store.forget_request(user_id, note)


def _post(wired: Resources, order: Order, row: object, said: object) -> Posted:
    return post_to(
        wired,
        order.user_id,
        row,  # type: ignore[arg-type]
        order.marketplaces,
        idempotency_key=order.key,
        request_hash=request_hash("bridge", said, sorted(order.marketplaces)),
    )


@contextmanager
def _told_apart() -> Iterator[None]:
    """Our errors as the two kinds that a bridge must tell apart: the message's fault, and ours."""
    try:
        yield
    except BadMessage:
        raise
    except ApiError as error:
        if error.status_code >= 500 or error.status_code == 429:
            raise NotNow(error.message) from error
        raise BadMessage(error.message, code=error.code, field=error.field) from error
    except (StoreUnavailable, RetryLater, ConfigurationError) as error:
        raise NotNow(error.message, action=error.action) from error
    except ListingWorkerError as error:
        raise BadMessage(error.message, code=error.code, field=error.field) from error
