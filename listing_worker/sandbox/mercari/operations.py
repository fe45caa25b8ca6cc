"""What /v1/api answers, one function per GraphQL operation, but for `createListing` (publish.py).

Names are the real ones where the fact sheet has them (mercari §6); `saveDraft`, `categorySearchQuery`,
`categorySuggestQuery`, `brandSearchQuery` and `sizeQuery` are the replica's own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import UnidentifiedImageError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from listing_worker.sandbox.faults import LostAnswer
from listing_worker.sandbox.mercari import catalogue, records
from listing_worker.sandbox.site import BrowserSession, Received

if TYPE_CHECKING:
    from listing_worker.sandbox.mercari.site import MercariSite


@dataclass
class Call:
    """One operation asked for. `files` are by their place in the variables: (bytes, content type)."""

    site: MercariSite
    request: Request
    session: BrowserSession | None
    variables: dict[str, Any]
    files: dict[str, tuple[bytes, str]]

    @property
    def input(self) -> dict[str, Any]:
        """The one input object, whatever it is called (input, userItemsInput, sellInput, …)."""
        return next((value for value in self.variables.values() if isinstance(value, dict)), {})

    def own(self, item_id: Any) -> Received | None:
        """A listing or draft of the account that asks."""
        listing = self.site.listings.get(str(item_id))
        mine = listing and self.session and listing.account == self.session.account.username
        return listing if mine and listing and listing.status != "deleted" else None


def refusal(message: str, code: str, status: int = 200, **meta: Any) -> Response:
    """An answer in the shape of GraphQL errors."""
    return JSONResponse({"errors": [{"message": message, "code": code, "meta": meta}], "data": None}, status)


def missing() -> Response:
    return refusal("Record not found", "RecordNotFoundException")


# ---- reads: a dictionary of data ----


def sell(call: Call) -> dict[str, Any]:
    """What the form starts from: the account's address, and the listing or draft to edit with its raw input."""
    site, edited = call.site, call.own(call.input.get("id"))
    photos = records.item(edited)["photos"] if edited else []
    preset = None if "no_address" in site.variants else site.addresses[0]
    return {
        "sell": {
            "addresses": list(site.addresses),
            "zipCode": preset["zip"] if preset else "",
            "item": {"status": edited.status, "sent": edited.fields, "photos": photos} if edited else None,
        }
    }


def kando(call: Call) -> dict[str, Any]:
    """Suggestions from the photos. They are wrong for nearly everything on purpose: whoever trusts them is seen."""
    if "no_kando" in call.site.variants:
        return {"kandoSuggest": None}
    return {
        "kandoSuggest": {
            "name": "Womens floral print dress",
            "categoryId": 152,
            "brandId": next(b.id for b in catalogue.brands().values() if b.name == "Zara"),
            "conditionId": 2,
            "price": 2500,
            "suggestedBrands": [
                {"id": b.id, "name": b.name}
                for b in catalogue.brands().values()
                if b.name in {"Zara", "Free People", "Anthropologie"}
            ],
            "suggestedCategoryIds": [152, 151, 154],
            "suggestedWeightInOunce": 12,
        }
    }


def category_search(call: Call) -> dict[str, Any]:
    found = catalogue.search_categories(str(call.input.get("keyword", "")))
    return {"categorySearch": [{"id": c.id, "path": list(c.path)} for c in found]}


def brand_search(call: Call) -> dict[str, Any]:
    keyword = str(call.input.get("keyword", ""))
    found = catalogue.search_brands(keyword, records.whole(call.input.get("categoryId")) or None)
    return {"brandSearch": [{"id": b.id, "name": b.name} for b in found]}


def brand_list(call: Call) -> dict[str, Any]:
    """Whether a category's list has a brand."""
    category = catalogue.categories().get(records.whole(call.input.get("categoryId")))
    brand = catalogue.brands().get(records.whole(call.input.get("brandId")))
    return {"brandListed": bool(brand and category and category.top_id in brand.tops)}


def size_list(call: Call) -> dict[str, Any]:
    category_id = records.whole(call.input.get("categoryId"))
    return {"sizes": [{"id": size.id, "name": size.name} for size in catalogue.sizes(category_id)]}


def shipping_classes(call: Call) -> dict[str, Any]:
    sent = call.input
    ounces = float(sent.get("packageWeight") or 0)
    sides = [float(sent.get(name) or 0) for name in ("length", "width", "height")]
    volume = sides[0] * sides[1] * sides[2]
    billed = ounces if sent.get("fitsInShoebox", True) else max(ounces, volume / 166 * 16)
    found = catalogue.shipping_classes(billed, records.whole(sent.get("categoryId")))
    return {
        "availableShippingClasses": [
            {"id": c.id, "carrier": c.carrier, "displayName": c.name, "upTo": c.up_to, "fee": c.cents} for c in found
        ]
    }


def sales_fee(call: Call) -> dict[str, Any]:
    """10 % of the price (fact: mercari §9), and the lowest floor price that Smart Pricing takes."""
    price = records.whole(call.input.get("price"))
    return {"smartSalesFee": {"fee": round(price * 0.1), "minSmartPrice": max(100, round(price * 0.5))}}


def user_items(call: Call) -> dict[str, Any]:
    asked, site = call.input, call.site
    assert call.session is not None
    account, status = call.session.account, asked.get("status", "on_sale")
    if status == "on_sale":
        found = site.closet(account)
    else:
        wanted = {"stop": "delisted", "sold_out": "sold", "trading": "sold", "draft": "draft"}.get(status)
        mine = (x for x in site.listings.values() if x.account == account.username and x.status == wanted)
        found = sorted(mine, key=lambda x: -(x.published_at or x.created_at))
    keyword = str(asked.get("keyword") or "").casefold()
    found = [listing for listing in found if keyword in listing.title.casefold()]
    start = (max(1, records.whole(asked.get("page"))) - 1) * site.page_size
    shown = found[start : start + site.page_size]
    return {
        "userItems": {
            "items": [records.item(listing) for listing in shown],
            "totalCount": len(found),
            "hasMore": start + len(shown) < len(found),
        }
    }


def product(call: Call) -> dict[str, Any]:
    listing = call.site.item_of(str(call.input.get("id") or call.variables.get("id")))
    own = listing is not None and call.own(listing.id) is not None
    if listing is None or (listing.status == "pending_review" and not own):
        return {"item": None}
    return {"item": {**records.item(listing), "isOwner": own, "sellerName": _handle(call, listing)}}


def _handle(call: Call, listing: Received) -> str:
    account = call.site.accounts.get(listing.account)
    return account.handle if account else ""


# ---- writes: a whole response ----


async def upload_photos(call: Call) -> Response:
    faults = call.site.faults
    if faults.photo_slow:
        await asyncio.sleep(faults.photo_slow)
    if faults.take("photo_error"):
        return refusal("Something wrong happened", "INTERNAL_SERVER_ERROR", 500)
    try:
        ids = [call.site.keep_photo(data, kind).id for data, kind in call.files.values()]
    except (UnidentifiedImageError, OSError):
        return refusal("The image could not be read", "BAD_USER_INPUT", 400)
    return JSONResponse({"data": {"uploadTempListingPhotos": {"uploadIds": ids, "photoIds": ids}}})


async def save_draft(call: Call) -> Response:
    site, sent = call.site, call.input
    assert call.session is not None
    draft = call.own(sent.get("draftId"))
    if draft is None:
        draft = Received(f"d{secrets.token_hex(10)}", call.session.account.username)
        draft.url = f"https://www.mercari.com/sell/draft/{draft.id}/"
        site.listings[draft.id] = draft
    records.write(draft, sent, site.photos)
    return JSONResponse({"data": {"saveDraft": {"id": draft.id}}})


async def edit_listing(call: Call) -> Response:
    """Changes what is sent and keeps the rest, like the price field in the own list does."""
    listing = call.own(call.input.get("id"))
    if listing is None or listing.status == "draft":
        return missing()
    stopped = changed(call, listing, "edit")
    if stopped is not None:
        return stopped
    sent = {**listing.fields, **{name: value for name, value in call.input.items() if name != "id"}}
    problem = records.problem_of(sent, call.site.photos)
    if problem:
        return refusal(problem[1], "BAD_USER_INPUT", field=problem[0])
    if not call.site.faults.change_ignored:
        records.write(listing, sent, call.site.photos)
    return answered(call, {"editListing": {"id": listing.id}})


def changed(call: Call, listing: Received, what: str) -> Response | None:
    """Notes a request to change a published listing; the answer that the switches give instead, if any."""
    if listing.status != "draft":
        call.site.note_change(listing, what)
        if call.site.faults.change_error:
            return refusal("Internal error", "INTERNAL_SERVER_ERROR", call.site.faults.change_error)
    return None


def answered(call: Call, data: dict[str, Any]) -> Response:
    return LostAnswer() if call.site.faults.change_lost else JSONResponse({"data": data})


async def update_status(call: Call) -> Response:
    asked = {**call.variables, **call.input}
    listing = call.own(asked.get("id"))
    if listing is None:
        return missing()
    status = str(asked.get("status"))
    stopped = changed(call, listing, status)
    if stopped is not None:
        return stopped
    if listing.status == "sold" or status not in {"cancel", "stop", "on_sale"}:
        return refusal("The item is not available", "ItemNotAvailableException")
    if not call.site.faults.change_ignored:
        listing.status = {"cancel": "deleted", "stop": "delisted", "on_sale": "live"}[status]
    return answered(call, {"updateItemStatus": {"id": listing.id, "status": status}})


READS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "sellQuery": sell,
    "kandoSuggestQuery": kando,
    "categorySearchQuery": category_search,
    "brandSearchQuery": brand_search,
    "brandListedQuery": brand_list,
    "sizeQuery": size_list,
    "availableShippingClassesV2": shipping_classes,
    "smartSalesFeeQuery": sales_fee,
    "userItemsQuery": user_items,
    "productQuery": product,
    "itemQuery": product,
}
WRITES: dict[str, Callable[[Call], Awaitable[Response]]] = {
    "uploadTempListingPhotos": upload_photos,
    "saveDraft": save_draft,
    "editListing": edit_listing,
    "UpdateItemStatusMutation": update_status,
}
