"""The listing form at /lstng and what the page talks to: autosave and publish (fact: ebay §3b, §3c, §6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay import catalog
from listing_worker.sandbox.ebay.draft import FIXED_PRICE, Draft
from listing_worker.sandbox.ebay.images import image_url
from listing_worker.sandbox.ebay.pages import error_page, reauthenticate, render, seller, seller_api, templates
from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.site import BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

SHIPPING_TYPES = (
    ("CALCULATED", "Calculated: Cost varies by buyer location"),
    ("FLAT", "Flat: Same cost to all buyers"),
    ("FREIGHT", "Freight: Large items"),
    ("NOT_SPECIFIED", "Local pickup only"),
)
SHIPPING_SERVICES = (
    ("USPSGroundAdvantage", "USPS Ground Advantage"),
    ("USPSPriority", "USPS Priority Mail"),
    ("UPSGround", "UPS Ground"),
    ("FedExHomeDelivery", "FedEx Ground or FedEx Home Delivery"),
    ("USPSMedia", "USPS Media Mail"),
)
POLICIES = {
    "shippingPolicy": (
        "Shipping policy",
        (("Calculated USPS Ground", 41), ("Flat rate $7.95", 12), ("Local Pickup Only", 2)),
    ),
    "paymentPolicy": ("Payment policy", (("eBay Managed Payments", 55),)),
    "returnPolicy": ("Return policy", (("30 days money back", 50), ("No Returns", 5))),
}
RETURNS = (
    ("RETURNS_30", "30 days money back"),
    ("RETURNS_60", "60 days money back"),
    ("NO_RETURNS", "No returns accepted"),
)


def view(site: EbaySite, draft: Draft) -> dict[str, Any]:
    """What the templates of the form's sections read."""
    category = draft.category
    rows = [
        {
            "aspect": aspect,
            "number": number,
            "values": draft.values.get(aspect.key, []),
            "size_type": (draft.values.get("attributes.Size Type") or [""])[0],
        }
        for number, aspect in enumerate(draft.aspects())
        if not (aspect.name == "Size Type" and "B" in site.variant and has_size_groups(draft))
    ]
    return {
        "draft": draft,
        "values": draft.values,
        "category": category,
        "conditions": catalog.conditions(category) if category else [],
        "condition_label": catalog.condition_label(category, draft.text("condition")),
        "rows": rows,
        "fresh": draft.opened <= 1 and draft.mode == "AddItem",
        "revise": draft.mode == "ReviseItem",
        "fixed": draft.values.get("format") == FIXED_PRICE,
        "shipping_types": SHIPPING_TYPES,
        "shipping_services": SHIPPING_SERVICES,
        "policies": POLICIES,
        "returns": RETURNS,
        "photos": [
            {"id": photo.id, "url": image_url(photo)}
            for photo in (site.photos.get(photo_id) for photo_id in draft.values.get("photos", ()))
            if photo
        ],
    }


def has_size_groups(draft: Draft) -> bool:
    return any(aspect.name == "Size" and aspect.groups for aspect in draft.aspects())


def sections(site: EbaySite, draft: Draft, names: set[str]) -> dict[str, str]:
    """The markup of the sections that a change touches; the page swaps them in."""
    values = {**view(site, draft), "faults": site.faults, "variant": site.variant}
    return {name: templates.get_template(f"form_{name}.html").render(values) for name in sorted(names)}


def routes(site: EbaySite) -> list[BaseRoute]:
    async def form(request: Request, session: BrowserSession) -> Response:
        query = request.query_params
        mode, item_id = query.get("mode", ""), query.get("itemId", "")
        draft: Draft | None
        if mode == "ReviseItem" and item_id:
            draft = site.revision(session.account, item_id)
        elif mode in {"SellSimilar", "SellSimilarItem"} and item_id:
            return RedirectResponse(f"/sl/list?mode=SellSimilarItem&itemId={item_id}", 302)
        elif query.get("draftId") and mode:
            draft = site.own_draft(session.account, query["draftId"])
        else:
            return error_page(site, request, "Something went wrong. Please try again.", 400, "MISSING_DRAFT_ID_MODE")
        if draft is None or (draft.item_id and draft.mode == "AddItem"):
            return error_page(site, request, "This draft is no longer available.")
        draft.opened += 1
        return render(site, "form.html", request, **view(site, draft))

    async def revise(request: Request, session: BrowserSession) -> Response:
        item_id = request.path_params.get("item_id") or request.query_params.get("itemId", "")
        return RedirectResponse(f"/lstng?mode=ReviseItem&itemId={item_id}", 302)

    async def simple_form(request: Request, session: BrowserSession) -> Response:
        return render(site, "form_simple.html", request, draft_id=request.query_params.get("draftId", ""))

    async def read(request: Request, session: BrowserSession) -> Response:
        draft = site.own_draft(session.account, request.path_params["draft_id"])
        if draft is None:
            return JSONResponse({"errors": [{"message": "Draft not found"}]}, 404)
        return JSONResponse(described(site, draft))

    async def save(request: Request, session: BrowserSession) -> Response:
        draft = site.own_draft(session.account, request.path_params["draft_id"])
        if draft is None:
            return JSONResponse({"errors": [{"message": "Draft not found"}]}, 404)
        try:
            changes = dict((await request.json())["changes"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"errors": [{"message": "Bad request"}]}, 400)
        if draft.item_id and draft.mode == "AddItem":
            return JSONResponse({"errors": [{"message": "This draft has already been listed."}]}, 409)
        stale: set[str] = set()
        price_before = draft.values.get("price")
        try:
            for name, value in changes.items():
                if name == site.faults.drop_field:
                    continue
                stale |= draft.save(name, value)
        except ValueError as error:
            return JSONResponse({"errors": [{"message": str(error)}]}, 400)
        draft.note(site.photos)
        if "format" in changes:
            await asyncio.sleep(float(site.variant.get("price-delay", "0.2")))
        answer: dict[str, Any] = {"draftId": draft.id, "saved": True, "modules": sections(site, draft, stale)}
        if draft.values.get("format") == FIXED_PRICE and draft.values.get("priceAutoFillPref") and not price_before:
            answer["recommendedPrice"] = draft.recommended_price
        return JSONResponse(answer)

    async def publish(request: Request) -> Response:
        """Counted as soon as it arrives, whatever is decided then."""
        draft = site.drafts.get(request.path_params["draft_id"])
        if draft is not None and draft.mode == "AddItem":
            site.count_publish(draft.record)
        return await seller_api(site, decide)(request)

    async def decide(request: Request, session: BrowserSession) -> Response:
        draft = site.own_draft(session.account, request.path_params["draft_id"])
        if draft is None:
            return refusal("Draft not found", 404)
        return await send_revision(site, draft) if draft.mode == "ReviseItem" else await send_listing(site, draft)

    return [
        Route("/lstng", seller(site, form)),
        Route("/lstng/", seller(site, form)),
        Route("/lstng/simple", seller(site, simple_form)),
        Route("/sl/revise", seller(site, revise)),
        Route("/sl/revise/{item_id}", seller(site, revise)),
        Route("/lstng/api/listing_draft/{draft_id}", seller_api(site, read), methods=["GET"]),
        Route("/lstng/api/listing_draft/{draft_id}", seller_api(site, save), methods=["PUT"]),
        Route("/lstng/api/listing_draft/{draft_id}/publish", publish, methods=["POST"]),
    ]


def described(site: EbaySite, draft: Draft) -> dict[str, Any]:
    """The draft as the page's own GET answers it."""
    photos = [site.photos[photo_id] for photo_id in draft.values.get("photos", ()) if photo_id in site.photos]
    return {
        "draftId": draft.id,
        "mode": draft.mode,
        "TITLE": {name: draft.text(name) for name in ("title", "subtitle", "customLabel")},
        "CATEGORY": {"categoryId": draft.text("categoryId"), "path": draft.category.path if draft.category else []},
        "PHOTOS": {"photosInput": {"photos": [{"id": photo.id, "url": image_url(photo)} for photo in photos]}},
        "ATTRIBUTES": {"attributes": draft.attributes},
        "CONDITION": {name: draft.text(name) for name in ("condition", "itemConditionDescription")},
        "DESCRIPTION": {"description": draft.text("description")},
        "PRICE": {name: draft.values.get(name) for name in ("format", "price", "startPrice", "quantity", "bestOffer")},
    }


def refusal(message: str, status: int = 400, name: str = "") -> Response:
    return JSONResponse({"errors": [{"field": name, "message": message}]}, status)


async def send_listing(site: EbaySite, draft: Draft) -> Response:
    """ "List it". From the check to the listing nothing else can come between."""
    faults = site.faults
    if faults.publish_error_before:
        return refusal("Something went wrong. Please try again.", faults.publish_error_before)
    if faults.reauth_after_publish:
        return reauthenticate()
    if faults.suspended:
        return refusal("Your account has been restricted. You can't list items at this time.", 403)
    if "selling-limit" in site.variant:
        return refusal("You've reached your selling limit for this month. Request to list more.", 403)
    if draft.item_id:
        return refusal("This draft has already been listed.", 409)
    problems = draft.problems(policies="B" in site.variant)
    if problems:
        return JSONResponse({"errors": problems}, 400)
    draft.note(site.photos)
    site.list_draft(draft)
    draft.record.fields["itemId"] = draft.item_id
    if faults.publish_slow:
        await asyncio.sleep(faults.publish_slow)
    if faults.publish_lost:
        return LostAnswer()
    if faults.publish_error_after:
        return refusal("Something went wrong. Please try again.", faults.publish_error_after)
    return JSONResponse(
        {
            "draftId": draft.id,
            "listingId": draft.item_id,
            "itemId": draft.item_id,
            "title": draft.record.title,
            "listingUrl": f"https://www.ebay.com/itm/{draft.item_id}",
            "underReview": draft.record.status == "pending_review",
            "successUrl": f"/sl/list/success?itemId={draft.item_id}" if "success-page" in site.variant else None,
        }
    )


async def send_revision(site: EbaySite, draft: Draft) -> Response:
    """ "Revise it": the live listing takes the draft's values over. No new listing, so no publish is counted.

    With `change_ignored` the dialog says that it was revised while the listing keeps its values (fact: ebay §8).
    """
    live, faults = site.items[draft.item_id], site.faults
    site.note_change(live.record, "revise")
    if faults.change_error:
        return refusal("Something went wrong. Please try again.", faults.change_error)
    if "revise-locked" in site.variant:  # a bid or an offer is there, or the end is near
        return refusal("This listing can't be revised because it has an active offer.", 400)
    if live.record.status not in {"live", "pending_review"}:
        return refusal("You can't revise a listing that has ended.", 400)
    problems = draft.problems(policies="B" in site.variant)
    if problems:
        return JSONResponse({"errors": problems}, 400)
    if not faults.change_ignored:
        live.values = dict(draft.values)
        live.note(site.photos)
        live.record.fields["itemId"] = live.item_id
    if faults.change_lost:
        return LostAnswer()
    return JSONResponse({"revised": True, "itemId": draft.item_id})
