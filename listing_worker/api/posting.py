""" "Post to All": what both seeds' routes have in common.

Checks first, then one transaction that makes the job and its postings, then a wake-up per posting. A marketplace where
the listing is invalid or the session is missing starts blocked with the reason; the others are posted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from pydantic import ValidationError

from listing_worker.api import schemas
from listing_worker.api.errors import ApiError, explain, invalid, not_found
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.seller_app import register_seller_app
from listing_worker.api.sessions import signed_in_to, wake
from listing_worker.errors import SignInRequired
from listing_worker.models import Listing, PostingState, Reason
from listing_worker.preflight.findings import Finding, Severity
from listing_worker.storage import rows
from listing_worker.utils import tracing

ALL_QUEUED = "Listing job queued successfully"  # fact: the first seed's own sentence
_same_text = json.JSONEncoder(sort_keys=True).encode
_TO_WAKE = {PostingState.QUEUED, PostingState.WAITING, PostingState.UNCERTAIN}


@dataclass(frozen=True)
class Prepared:
    """A post that was read and checked: what its job is made of. `blocked`: marketplaces that it cannot begin on."""

    user_id: str
    row: rows.ListingRow
    marketplaces: Sequence[str]
    signed_in: frozenset[str]
    blocked: Mapping[str, Reason]
    idempotency_key: str | None
    request_hash: str
    publish_at: str | None


@dataclass(frozen=True)
class Posted:
    """A job, new or repeated, and the marketplaces that still wait for a sign-in."""

    created: rows.CreatedJob
    missing: list[str]

    @property
    def postings(self) -> list[rows.PostingRow]:
        """Those of the job, and those of earlier jobs that it did not repeat."""
        return [*self.created["job"]["postings"], *self.created["existing"]]

    @property
    def to_wake(self) -> list[str]:
        """Ids of the postings that a worker shall look at. A job that was there already had its wake-up; a second one
        does no harm and mends a lost one."""
        return [posting["id"] for posting in self.postings if posting["state"] in _TO_WAKE]


def prepare(
    wired: Resources,
    user_id: str,
    row: rows.ListingRow,
    marketplaces: Sequence[str],
    signed_in: frozenset[str],
    idempotency_key: str | None,
    request_hash: str,
    publish_at: str | None,
) -> Prepared:
    """Checks the listing for each marketplace. Raises ApiError 422 for a listing without photos."""
    if not row["photos"]:
        raise invalid("The listing has no photo. Add at least one.", "photos", "no_photos")
    register_seller_app(wired, user_id)
    listing = stored_listing(row)
    blocked: dict[str, Reason] = {}
    for name in marketplaces:
        reason = check_listing(wired, listing, name)
        if reason is None and name not in signed_in:
            reason = SignInRequired.to(wired.marketplaces.display_name(name)).reason
        if reason is not None:
            blocked[name] = reason
    return Prepared(user_id, row, marketplaces, signed_in, blocked, idempotency_key, request_hash, publish_at)


def post(wired: Resources, prepared: Prepared) -> Posted:
    """Makes the job and wakes the workers. Raises StoreRefused."""
    create = wired.store.create_job
    if prepared.publish_at is not None:
        create = partial(wired.store.create_job_for_later, publish_at=prepared.publish_at)
    with tracing.span("job", listing=prepared.row["id"]):
        created = create(
            prepared.user_id,
            prepared.row["id"],
            prepared.marketplaces,
            blocked=prepared.blocked,
            idempotency_key=prepared.idempotency_key,
            request_hash=prepared.request_hash,
            max_attempts=wired.settings.max_retries + 1,
        )
        tracing.note(job=created["job"]["id"], created=created["created"])
        posted = as_posted(prepared, created)
        wake(wired, posted.to_wake)
    return posted


def as_posted(prepared: Prepared, created: rows.CreatedJob) -> Posted:
    """The job that was made of it."""
    postings = [*created["job"]["postings"], *created["existing"]]
    done = {posting["marketplace"] for posting in postings if PostingState(posting["state"]).posted}
    missing = [name for name in prepared.marketplaces if name not in prepared.signed_in and name not in done]
    return Posted(created, missing)


def post_to(
    wired: Resources,
    user_id: str,
    row: rows.ListingRow,
    marketplaces: Sequence[str],
    *,
    idempotency_key: str | None,
    request_hash: str,
    publish_at: str | None = None,
) -> Posted:
    """Makes the job and wakes the workers. Raises ApiError 422 for a listing without photos, StoreRefused."""
    there = signed_in_to(wired.store.list_sessions(user_id))
    prepared = prepare(wired, user_id, row, marketplaces, there, idempotency_key, request_hash, publish_at)
    return post(wired, prepared)


def as_asked(wired: Resources, row: rows.ListingRow, asked: schemas.PostIn) -> rows.ListingRow:
    """The listing with auto-fit switched as the request says, and unchanged since the preflight that it names.

    Raises ApiError 409 `preflight_changed` naming the marketplace; nothing is stored then.
    """
    body = row["body"] if asked.autoFit is None else {**row["body"], "auto_fit": asked.autoFit}
    names = known_marketplaces(wired, list(asked.fingerprints), "fingerprints")
    listing = stored_listing({**row, "body": body}) if names else None
    for name in names:
        assert listing is not None
        if wired.marketplaces.look_ahead(name, listing).fingerprint != asked.fingerprints[name]:
            raise ApiError(
                409,
                "preflight_changed",
                f"What {wired.marketplaces.display_name(name)} would get is not what preflight showed. Look again.",
                field=f"fingerprints.{name}",
            )
    if body == row["body"]:
        return row
    stored = wired.store.update_listing(row["user_id"], row["id"], body)
    if stored is None:
        raise not_found("listing")
    return stored


def fitted_changes(wired: Resources, row: rows.ListingRow, marketplaces: Sequence[str]) -> dict[str, list[Finding]]:
    """What auto-fit changes where it is on: nothing is posted differently without being told."""
    always, own = row["body"].get("auto_fit"), row["body"].get("overrides") or {}
    fitted = [name for name in marketplaces if always or own.get(name, {}).get("auto_fit")]
    if not fitted:
        return {}
    listing = stored_listing(row)
    found = {name: list(wired.marketplaces.look_ahead(name, listing).of(Severity.CHANGE)) for name in fitted}
    return {name: changes for name, changes in found.items() if changes}


def stored_listing(row: rows.ListingRow) -> Listing:
    """The listing as agents take it."""
    return Listing.model_validate({**row["body"], "id": row["id"], "user_id": row["user_id"], "photos": row["photos"]})


def request_hash(*parts: object) -> str:
    """What an Idempotency-Key is compared by: the same request gives the same text."""
    return sha256(_same_text(parts).encode()).hexdigest()


def summary(wired: Resources, posted: Posted) -> str:
    """One or a few sentences: what happens now, and what the seller has to do."""
    moving, failed, there = [], [], []
    for posting in posted.created["job"]["postings"]:
        state = PostingState(posting["state"])
        name = wired.marketplaces.display_name(posting["marketplace"])
        if not state.settled:
            moving.append(name)
        elif state is PostingState.FAILED and posting["reason"]:
            failed.append(f"{name}: {posting['reason']['message']}")
    for posting in posted.created["existing"]:
        there.append(wired.marketplaces.display_name(posting["marketplace"]))
    if moving and not failed and not there and not posted.missing:
        return ALL_QUEUED
    sentences = []
    if moving:
        sentences.append(f"Queued for {_names(moving)}.")
    if there:
        sentences.append(f"Already posted, or on the way, on {_names(there)}.")
    if posted.missing:
        named = _names([wired.marketplaces.display_name(name) for name in posted.missing])
        sentences.append(f"Sign in to {named}; posting goes on by itself then.")
    return " ".join([*sentences, *failed]) or "Nothing to post."


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def check_listing(wired: Resources, listing: Listing, marketplace: str) -> Reason | None:
    """Why the listing cannot be posted there as it is, with that marketplace's overrides; None if it can."""
    try:
        return wired.marketplaces.preflight(marketplace, listing.for_marketplace(marketplace))
    except ValidationError as error:
        field, message = explain(error.errors()[0], prefix=f"overrides.{marketplace}")
        return Reason(code="invalid", message=message[:500], action="Edit the listing", field=field)
