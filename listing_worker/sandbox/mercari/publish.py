"""`createListing`: the one request that makes a listing, and every way in which it can go wrong."""

from __future__ import annotations

import asyncio

from starlette.responses import JSONResponse, Response

from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.mercari import records
from listing_worker.sandbox.mercari.operations import Call, refusal
from listing_worker.sandbox.site import Received

SELLER_ACTION = "LISTING_SELLER_ACTION_REQUIRED_EXCEPTION"
VERIFICATION = "LISTING_SELLER_VERIFICATION_EXCEPTION"


async def create_listing(call: Call, refused: Response | None) -> Response:
    """`refused` is the answer to a request that has no right to be made; it is counted all the same."""
    site, sent, faults = call.site, call.input, call.site.faults
    account = call.session.account.username if call.session else ""
    listing = Received(records.new_item_id(), account)
    site.count_publish(listing)
    if faults.reauth_after_publish:
        if call.session:
            site.sessions.pop(call.session.token, None)
        return refusal("Unauthorized", "UNAUTHENTICATED", 401)
    refused = refused or _not_allowed(call)
    if refused is not None:
        return refused

    records.write(listing, {k: v for k, v in sent.items() if k != faults.drop_field}, site.photos)
    listing.url = records.item_url(listing.id)
    site.make_live(listing)
    site.listings[listing.id] = listing
    draft = call.own(sent.get("draftId"))
    if draft is not None and draft.status == "draft":
        draft.status = "deleted"

    if faults.publish_slow:
        await asyncio.sleep(faults.publish_slow)
    if faults.publish_lost:
        return LostAnswer()
    if faults.publish_error_after:
        return JSONResponse({"errors": [{"message": "Internal error"}]}, faults.publish_error_after)
    shown = records.item(listing)
    answer = {"id": listing.id, "status": shown["status"], "underReview": shown["underReview"]}
    return JSONResponse({"data": {"createListing": answer}})


def _not_allowed(call: Call) -> Response | None:
    site, variants = call.site, call.site.variants
    if site.faults.publish_error_before:
        return JSONResponse({"errors": [{"message": "Internal error"}]}, site.faults.publish_error_before)
    if site.faults.suspended:
        return refusal("Your account has been suspended", "AccountSuspendedException", 403)
    if "seller_action" in variants:
        return refusal("An action is required before you can list", SELLER_ACTION, actions=["ADD_PAYMENT_METHOD"])
    if "verification" in variants:
        return refusal("Verify your account to list", VERIFICATION, required_verifications=["PHONE"])
    problem = records.problem_of(call.input, site.photos)
    return refusal(problem[1], "BAD_USER_INPUT", field=problem[0]) if problem else None
