"""Sale mails in: a mailbox rule posts each mail as it is. Sign in with an API key that may do nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError
from listing_worker.api.operations import wake_operation
from listing_worker.api.ports import Wired
from listing_worker.inventory.mails.message import BYTE_LIMIT
from listing_worker.inventory.mails.take import Taken, take_mail

router = APIRouter(prefix="/api", tags=["inventory"])
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class MailTaken(BaseModel):
    message: str
    marketplace: str | None = Field(description="whose sale mail it is; null if it is none")
    genuine: bool = Field(description="whether a trusted receiver states that it comes from there")
    new: bool = Field(description="false if this mail was here before: it counts once, by its Message-ID")
    postings: list[str] = Field(description="what it names")
    delists: int = Field(description="other postings that are being taken down because of it")


@router.post("/inventory/mails", status_code=202, openapi_extra=BODY)
async def take_in(request: Request, caller: User, wired: Wired) -> MailTaken:
    """A mail as the mail server had it, at most 1 MB. Anything that is not a sale mail is answered and forgotten, so
    a rule may send too much. What follows from it, and when a mail is believed: docs/inventory.md."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BYTE_LIMIT:
            raise ApiError(413, "too_large", f"A mail may have at most {BYTE_LIMIT // 1_000_000} MB.")
    taken = await run_in_threadpool(_take, wired, caller.user_id, raw)
    return MailTaken(
        message=taken.why,
        marketplace=taken.marketplace or None,
        genuine=taken.genuine,
        new=taken.new,
        postings=list(taken.postings),
        delists=len(taken.delists),
    )


def _take(wired: Wired, user_id: str, raw: bytes) -> Taken:
    taken = take_mail(
        wired.store,
        user_id,
        raw,
        marketplaces=wired.marketplaces.names(),
        display_name=wired.marketplaces.display_name,
        trusted_receivers=[one.strip() for one in wired.settings.mail_trusted_receivers.split(",") if one.strip()],
    )
    for operation_id in taken.delists:
        operation = wired.store.get_operation(operation_id)
        if operation is not None:
            wake_operation(wired, operation)
    return taken
