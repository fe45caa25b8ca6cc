"""What /api/graphql/ answers, one function per operation, but for the creation of a listing (publish.py)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from listing_worker.sandbox.facebook import catalogue, records
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.facebook.site import FacebookSite

Answer = dict[str, Any] | Response
SHOWN = {"live", "pending_review", "sold"}
RENEWABLE_SECONDS = 7 * 24 * 3600  # offered after about a week (fact: facebook §8)


@dataclass
class Call:
    """One operation asked for by a signed-in seller (or, for an item page, by anybody)."""

    site: FacebookSite
    session: BrowserSession | None
    variables: dict[str, Any]

    @property
    def input(self) -> dict[str, Any]:
        found = self.variables.get("input")
        return found if isinstance(found, dict) else self.variables

    def own(self, item_id: Any) -> Received | None:
        """A listing or draft of the account that asks."""
        listing = self.site.listings.get(str(item_id))
        mine = listing and self.session and listing.account == self.session.account.username
        return listing if mine and listing and listing.status != "deleted" else None


def refusal(message: str, code: int, **more: Any) -> Response:
    """An answer in the shape of GraphQL errors; the status stays 200, as on the real site."""
    error = {"message": message, "severity": "ERROR", "code": code, "api_error_code": -1, **more}
    return Response(json.dumps({"errors": [error], "data": None}), media_type="text/html")


def missing() -> Response:
    return refusal("A server error field_exception occured.", 1675002)


# ---- reads: a dictionary of data ----


def composer(call: Call) -> dict[str, Any]:
    """What the form starts from: the profile's place, and the listing, draft or sold item to start with."""
    found = call.own(call.input.get("id"))
    place = "" if "no_place" in call.site.variants else catalogue.HOME_PLACE
    start = {**records.item(found), "sent": found.fields} if found else None
    return {"composer": {"location": place, "item": start}}


def place_search(call: Call) -> dict[str, Any]:
    return {"places": catalogue.places(str(call.input.get("query", "")))}


def selling(call: Call) -> dict[str, Any]:
    """A batch of the seller's own listings, newest first; `query` looks in titles only."""
    assert call.session is not None
    site, asked, now = call.site, call.input, time.time()
    query = str(asked.get("query") or "").casefold()
    username = call.session.account.username
    mine = [
        one
        for one in site.listings.values()
        if one.account == username
        and one.status in SHOWN | {"draft"}
        and one.visible_from <= now
        and query in one.title.casefold()
    ]
    cards = [
        {**records.item(one, site.variants), "renewable": _renewable(one, site, now)}
        for one in sorted(mine, key=lambda one: -(one.published_at or one.created_at))
    ]
    if asked.get("filter") == "attention":
        cards = [card for card in cards if card["statusLine"] == "Needs attention"]
    start = int(asked.get("cursor") or 0)
    batch = cards[start : start + site.page_size]
    after = start + len(batch)
    return {"selling": {"cards": batch, "cursor": after, "more": after < len(cards)}}


def _renewable(listing: Received, site: FacebookSite, now: float) -> bool:
    old = now - (listing.published_at or now) > RENEWABLE_SECONDS or "renewable" in site.variants
    return listing.status == "live" and old and not listing.fields.get("renewed")


def product(call: Call) -> dict[str, Any]:
    """A deleted or unknown item is no error: there is only nothing to show (fact: facebook §8)."""
    listing = call.site.listings.get(str(call.input.get("id")))
    seen = listing if listing and listing.status in {"live", "sold"} else None
    if listing and listing.status == "pending_review" and call.input.get("review") and call.own(listing.id):
        seen = listing
    if seen is None:
        return {"item": None}
    account = call.site.accounts.get(seen.account)
    own = call.own(seen.id) is not None
    return {"item": {**records.item(seen), "seller": account.handle if account else "", "own": own}}


def notifications(call: Call) -> dict[str, Any]:
    """The second witness of a listing: "You listed an item in …" (fact: facebook §8)."""
    assert call.session is not None
    listed = call.site.closet(call.session.account)
    return {"notifications": [f"You listed an item in Marketplace: {one.title}" for one in listed]}


# ---- writes ----


def save_draft(call: Call) -> dict[str, Any]:
    site, sent = call.site, call.input
    assert call.session is not None
    draft = call.own(sent.get("draft_id"))
    if draft is None or draft.status != "draft":
        draft = Received(records.new_id(), call.session.account.username)
        draft.url = f"{records.HOME}/marketplace/edit/?listing_id={draft.id}"
        site.listings[draft.id] = draft
    records.write(draft, sent, site.photos)
    return {"marketplace_draft_save": {"listing": {"id": draft.id}}}


def change(call: Call, apply: Callable[[], object], told: dict[str, Any]) -> Answer:
    """Changes a listing that was published, unless a switch keeps it from happening; `told` is the page's answer."""
    faults = call.site.faults
    if faults.change_error:
        return Response("Sorry, something went wrong.", faults.change_error, media_type="text/html")
    if not faults.change_ignored:
        apply()
    return LostAnswer() if faults.change_lost else told


def edit(call: Call) -> Answer:
    listing = call.own(call.input.get("id"))
    if listing is None or listing.status == "draft":
        return missing()
    call.site.note_change(listing, "edit")
    kept = {name: value for name, value in listing.fields.items() if name == "renewed"}
    sent = {**kept, **{name: value for name, value in call.input.items() if name != "id"}}
    problem = records.problem_of(sent, call.site.photos, call.site.variants)
    if problem:
        return refusal(problem[1], 1675012, field=problem[0])
    told = {"marketplace_listing_edit": {"listing": {"id": listing.id}}}
    return change(call, lambda: records.write(listing, sent, call.site.photos), told)


def change_status(call: Call) -> Answer:
    """Sold, or available again (fact: facebook §8)."""
    listing, status = call.own(call.input.get("id")), str(call.input.get("status"))
    if listing is None or listing.status == "draft" or status not in {"live", "sold"}:
        return missing()
    call.site.note_change(listing, status)
    told = {"marketplace_listing_status": {"listing": {"id": listing.id}}}
    return change(call, lambda: setattr(listing, "status", status), told)


def delete(call: Call) -> Answer:
    listing = call.own(call.input.get("id"))
    if listing is None:
        return missing()
    told = {"marketplace_listing_delete": {"deleted": listing.id}}
    if listing.status == "draft":
        listing.status = "deleted"
        return told
    call.site.note_change(listing, "delete")
    return change(call, lambda: setattr(listing, "status", "deleted"), told)


def renew(call: Call) -> Answer:
    """Moves listings to the top with their ids kept; how often is counted in `fields`."""
    now, done = time.time(), []
    for one in call.input.get("ids") or []:
        listing = call.own(one)
        if listing is None or not _renewable(listing, call.site, now):
            continue
        call.site.note_change(listing, "renew")
        answer = change(call, partial(_to_the_top, listing, now), {})
        if isinstance(answer, Response):
            return answer
        done.append(listing.id)
    return {"marketplace_listing_renew": {"renewed": done}}


def _to_the_top(listing: Received, now: float) -> None:
    listing.published_at = now
    listing.fields["renewed"] = 1


READS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "CometMarketplaceComposerQuery": composer,
    "CometMarketplacePlaceSearchQuery": place_search,
    "CometMarketplaceYouSellingQuery": selling,
    "MarketplaceProductDetailsQuery": product,
    "CometNotificationsQuery": notifications,
}
WRITES: dict[str, Callable[[Call], Answer]] = {
    "useCometMarketplaceDraftSaveMutation": save_draft,
    "useCometMarketplaceListingEditMutation": edit,
    "useCometMarketplaceListingStatusMutation": change_status,
    "useCometMarketplaceListingDeleteMutation": delete,
    "useCometMarketplaceListingRenewMutation": renew,
}
