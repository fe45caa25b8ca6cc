"""Rows of the store as the API shows them."""

from __future__ import annotations

from listing_worker.api import schemas
from listing_worker.models import PostingState
from listing_worker.storage import rows


def session(row: rows.SessionRow) -> schemas.SessionOut:
    """A stored session as the API shows it: never its ciphertext."""
    return schemas.SessionOut.model_validate({name: row[name] for name in schemas.SessionOut.model_fields})  # type: ignore[literal-required]


def automation_result(posting: rows.PostingRow) -> schemas.AutomationResult:
    """A posting in the first seed's words."""
    return schemas.AutomationResult(
        id=posting["id"],
        marketplace=posting["marketplace"],
        status=posting["state"],
        externalId=posting["external_id"],
        url=posting["url"],
        reason=reason_out(posting),
    )


def reason_out(posting: rows.PostingRow) -> schemas.ReasonOut | None:
    reason = posting["reason"]
    return schemas.ReasonOut.model_validate(reason) if reason else None


def job_out(job: rows.JobRow) -> schemas.JobOut:
    return schemas.JobOut(
        id=job["id"],
        listing_id=job["listing_id"],
        status=job["status"],
        created_at=job["created_at"],
        completed_at=job["completed_at"],
        postings=[posting_out(posting) for posting in job["postings"]],
    )


def posting_out(posting: rows.PostingRow) -> schemas.PostingOut:
    fields = {name: value for name, value in posting.items() if name in schemas.PostingOut.model_fields}
    return schemas.PostingOut.model_validate({**fields, "reason": reason_out(posting)})


def marketplace_result(posting: rows.PostingRow) -> schemas.MarketplaceResult:
    """A posting in the second seed's words."""
    state = PostingState(posting["state"])
    reason = posting["reason"]
    message = reason["message"] if reason else None
    if state is PostingState.ACTION_REQUIRED and reason and reason["action"]:
        message = f"{message} {reason['action']}"
    return schemas.MarketplaceResult(
        marketplace=posting["marketplace"],
        status=state,
        job_id=posting["id"],
        listing_id=posting["external_id"],
        confirmation_link=posting["url"],
        posted_at=posting["finished_at"] if state.posted else None,
        message=message,
        error=message if state is PostingState.FAILED else None,
    )


def going_well(posting: rows.PostingRow) -> bool:
    state = PostingState(posting["state"])
    return state.posted or not state.settled
