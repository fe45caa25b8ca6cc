"""`useCometMarketplaceListingCreateMutation`: the one request that makes a listing, and how it can go wrong."""

from __future__ import annotations

import asyncio
import json

from starlette.responses import Response

from listing_worker.sandbox.facebook import records
from listing_worker.sandbox.facebook.operations import Call, refusal
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import Received

TECHNICAL = "Something isn't working. This may be because of a technical error that we're working to get fixed."
LIMITED = "Limit reached"


async def create_listing(call: Call, refused: Response | None) -> Response:
    """`refused` is the answer to a request that has no right to be made; it is counted all the same."""
    site, sent, faults = call.site, call.input, call.site.faults
    account = call.session.account.username if call.session else ""
    listing = Received(records.new_id(), account)
    site.count_publish(listing)
    if faults.reauth_after_publish:
        if call.session:
            site.sessions.pop(call.session.token, None)
        return refusal("Not Logged In", 1357001)
    refused = refused or _not_allowed(call)
    if refused is not None:
        return refused

    records.write(listing, {k: v for k, v in sent.items() if k != faults.drop_field}, site.photos)
    listing.url = records.item_url(listing.id)
    site.make_live(listing, "pending_review" if "rejected" in site.variants else "live")
    site.listings[listing.id] = listing
    draft = call.own(sent.get("draft_id"))
    if draft is not None and draft.status == "draft":
        draft.status = "deleted"

    if faults.publish_slow:
        await asyncio.sleep(faults.publish_slow)
    if faults.publish_lost:
        return LostAnswer()
    if faults.publish_error_after:
        return Response("Sorry, something went wrong.", faults.publish_error_after, media_type="text/html")
    answer = {"listing": {"__typename": "GroupCommerceProductItem", "id": listing.id}, "client_mutation_id": "1"}
    return Response(json.dumps({"data": {"marketplace_listing_create": answer}}), media_type="text/html")


def _not_allowed(call: Call) -> Response | None:
    site, variants = call.site, call.site.variants
    if site.faults.publish_error_before:
        return Response("Sorry, something went wrong.", site.faults.publish_error_before, media_type="text/html")
    if site.faults.suspended:
        return refusal("You can't access Marketplace", 1675004)
    if variants & {"limit_reached", "new_account_limit", "monthly_limit"}:
        return refusal(LIMITED, 1675031)
    if "technical_error" in variants:
        return refusal(TECHNICAL, 1675002)
    problem = records.problem_of(call.input, site.photos, variants)
    return refusal(problem[1], 1675012, field=problem[0]) if problem else None
