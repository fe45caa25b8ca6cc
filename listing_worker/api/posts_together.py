"""`POST /api/listings/post` for all who ask at the same moment: their listings are read in one call, what is simple
becomes jobs in one transaction, and the workers are woken by one message.

Each is checked and answered for itself. What is not simple (something blocks it, the listing was posted before, its key
is known) is handed back prepared, for a job of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from listing_worker.api import schemas
from listing_worker.api.errors import not_found
from listing_worker.api.params import checked_key, checked_moment, known_id, known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.posting import (
    ALL_QUEUED,
    Posted,
    Prepared,
    as_asked,
    fitted_changes,
    prepare,
    request_hash,
    summary,
)
from listing_worker.api.seller_app import knows_seller
from listing_worker.api.sessions import signed_in_to, wake
from listing_worker.api.shapes import automation_result, going_well
from listing_worker.models import PostingState
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused

BREATH = 10  # asks that are checked at a stretch, before others of the event loop get their turn


@dataclass(frozen=True)
class Ask:
    """What one caller wants posted; `names` are marketplaces that there are."""

    user_id: str
    listing_id: str
    asked: schemas.PostIn
    names: list[str]
    key: str | None

    def shared(self, wired: Resources) -> bool:
        """Whether it may be done with others': nothing but posting is asked for, and nothing is to be stored before."""
        more = self.asked.dryRun or self.asked.publishAt or self.asked.fingerprints
        return not more and self.asked.autoFit is None and knows_seller(wired, self.user_id)


def asked_by(wired: Resources, user_id: str, asked: schemas.PostIn, key: str | None) -> Ask:
    """Raises ApiError 422 for an Idempotency-Key that is none or a marketplace that we do not know, 404 for no id."""
    key = checked_key(key)
    names = known_marketplaces(wired, asked.marketplaces or list(wired.marketplaces.names()))
    return Ask(user_id, known_id(asked.listingId, "listing"), asked, names, key)


def checked(wired: Resources, ask: Ask, listing: rows.ListingRow | None, signed_in: frozenset[str]) -> Prepared:
    """Raises ApiError 404 without a listing, and as `as_asked` and `prepare` do."""
    if listing is None:
        raise not_found("listing")
    row = as_asked(wired, listing, ask.asked)
    at = ask.asked.publishAt
    hashed = request_hash("post", row["id"], sorted(ask.names), *([at.isoformat()] if at else []))
    return prepare(wired, ask.user_id, row, ask.names, signed_in, ask.key, hashed, checked_moment(at))


def told(wired: Resources, prepared: Prepared, posted: Posted) -> schemas.PostedOut:
    return schemas.PostedOut(
        success=any(going_well(posting) for posting in posted.postings),
        jobId=posted.created["job"]["id"],
        message=summary(wired, posted),
        marketplaces=list(prepared.marketplaces),
        automationResults=[automation_result(posting) for posting in posted.created["job"]["postings"]],
        missingSessions=posted.missing,
        alreadyPosted=[automation_result(posting) for posting in posted.created["existing"]],
        changes=fitted_changes(wired, prepared.row, prepared.marketplaces),
    )


def _told_simple(wired: Resources, prepared: Prepared, job: rows.NewJob) -> schemas.PostedOut:
    """The same of a job that was just made, of which there is less to tell."""
    return schemas.PostedOut(
        success=True,
        jobId=job["id"],
        message=ALL_QUEUED,
        marketplaces=list(prepared.marketplaces),
        automationResults=[
            schemas.AutomationResult(
                id=posting["id"],
                marketplace=posting["marketplace"],
                status=PostingState.QUEUED,
                externalId=None,
                url=None,
                reason=None,
            )
            for posting in job["postings"]
        ],
        missingSessions=[],
        alreadyPosted=[],
        changes=fitted_changes(wired, prepared.row, prepared.marketplaces),
    )


async def post_together(wired: Resources, asks: Sequence[Ask]) -> list[schemas.PostedOut | Prepared | Exception]:
    """For each the answer, or its error, or what `posting.post` is to be called with, because it is not simple.

    What waits is done in threads; what only thinks is not, because threads that think beside an event loop take the
    interpreter from each other again and again. Raises StoreUnavailable for all of them.
    """
    begun = await run_in_threadpool(wired.store.posts_beginnings, [(ask.user_id, ask.listing_id) for ask in asks])
    there = {user_id: signed_in_to(sessions) for user_id, sessions in begun["sessions"].items()}
    answers: list[schemas.PostedOut | Prepared | Exception] = []
    for place, (ask, listing) in enumerate(zip(asks, begun["listings"], strict=True)):
        if place % BREATH == 0:
            await asyncio.sleep(0)
        try:
            answers.append(checked(wired, ask, listing, there[ask.user_id]))
        except Exception as error:  # noqa: BLE001 - handed to the one who asked
            answers.append(error)
    simple = {place: each for place, each in enumerate(answers) if isinstance(each, Prepared) and not each.blocked}
    if not simple:
        return answers
    made = dict(zip(simple, await run_in_threadpool(_jobs, wired, list(simple.values())), strict=True))
    jobs = {place: job for place, job in made.items() if job is not None}
    await run_in_threadpool(wake, wired, [posting["id"] for job in jobs.values() for posting in job["postings"]])
    for place, job in jobs.items():
        try:
            answers[place] = _told_simple(wired, simple[place], job)
        except Exception as error:  # noqa: BLE001 - handed to the one who asked
            answers[place] = error
    return answers


def _jobs(wired: Resources, simple: Sequence[Prepared]) -> Sequence[rows.NewJob | None]:
    """None where it was not so simple after all."""
    posts: list[rows.SimplePost] = [
        {
            "user_id": each.user_id,
            "listing_id": each.row["id"],
            "marketplaces": list(each.marketplaces),
            "idempotency_key": each.idempotency_key,
            "request_hash": each.request_hash,
            "max_attempts": wired.settings.max_retries + 1,
        }
        for each in simple
    ]
    try:
        return wired.store.create_simple_jobs(posts)
    except StoreRefused:  # nothing was made; which of them it was, create_job tells
        return [None] * len(simple)
