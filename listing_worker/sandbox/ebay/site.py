"""The eBay replica: www.ebay.com, signin.ebay.com and the hosts their pages use (fact sheet: ebay).

Variants (switch `variant`, words separated by spaces or commas, some with "=value") are in `variants.py`.
"""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from listing_worker.sandbox.ebay import catalog, form, hub, images, prelist, public, signin
from listing_worker.sandbox.ebay.draft import AUCTION, FIRST_SHIPPING, Draft
from listing_worker.sandbox.ebay.pages import HERE
from listing_worker.sandbox.ebay.variants import VARIANTS
from listing_worker.sandbox.site import Account, Received, Site


class _Statics(StaticFiles):
    """Module scripts come from another host than the page: that needs the page's leave."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


class EbaySite(Site):
    name = "ebay"
    display_name = "eBay"
    hosts = (
        "www.ebay.com",
        "ebay.com",
        "signin.ebay.com",
        "reg.ebay.com",
        "i.ebayimg.com",
        "ir.ebaystatic.com",
    )
    home = "https://www.ebay.com/"
    variant_words = VARIANTS

    def reset(self) -> None:
        self.drafts: dict[str, Draft] = {}  # by draft id, published ones included
        self.items: dict[str, Draft] = {}  # the drafts that became listings, by item id
        self.last_shipping: dict[str, dict[str, Any]] = {}  # by user name
        super().reset()

    def routes(self) -> list[BaseRoute]:
        async def to_www(request: Request) -> Response:
            return RedirectResponse(str(request.url.replace(hostname="www.ebay.com")), 301)

        www = [
            *public.routes(self),
            *prelist.routes(self),
            *form.routes(self),
            *images.upload_routes(self),
            *hub.routes(self),
            Route("/{path:path}", public.unknown(self)),
        ]
        return [
            Host("www.ebay.com", Router(www)),
            Host("signin.ebay.com", Router(signin.routes(self))),
            Host("reg.ebay.com", Router([Route("/{path:path}", public.register(self))])),
            Host("i.ebayimg.com", Router(images.cdn_routes(self))),
            Host("ir.ebaystatic.com", Router([Mount("/rs", _Statics(directory=HERE / "static"))])),
            Host("ebay.com", Router([Route("/{path:path}", to_www)])),
        ]

    # ---- variants ----

    @property
    def variant(self) -> dict[str, str]:
        """The words of `faults.variant`; "word=value" has a value, others "1"."""
        words = self.faults.variant.replace(",", " ").split()
        return {name: value or "1" for name, _, value in (word.partition("=") for word in words)}

    @property
    def hydration_ms(self) -> int:
        return round(float(self.variant.get("hydration", "0.3")) * 1000)

    # ---- drafts and listings ----

    def number(self, prefix: str, digits: int) -> str:
        """A new draft or item number."""
        while True:
            made = prefix + "".join(secrets.choice("0123456789") for _ in range(digits - len(prefix)))
            if made not in self.drafts and made not in self.listings:
                return made

    def new_draft(self, account: Account, category: catalog.Category, title: str, condition: str = "") -> Draft:
        """A draft as a fresh form shows it: auction format, shipping of the last listing, some specifics guessed."""
        draft = Draft(self.number("50", 13), Received("", account.username))
        draft.record.id = draft.id
        draft.values = {
            "title": title[:80],
            "description": "",
            "format": AUCTION,
            "duration": "7",
            "quantity": "1",
            "bestOffer": True,
            "priceAutoFillPref": True,
            "condition": condition if condition in {c["id"] for c in catalog.conditions(category)} else "",
            "photos": [],
            "promotedListing": "promoted" in self.variant,
            "adRate": "11" if "promoted" in self.variant else "",
            "scheduleListing": False,
            "autoLowerPrice": False,
            "charity": False,
            **FIRST_SHIPPING,
            **self.last_shipping.get(account.username, {}),
        }
        draft.set_category(category.id)
        draft.reprice()
        self._keep(draft)
        return draft

    def copy_listing(self, account: Account, item_id: str) -> Draft | None:
        source = self.own_item(account, item_id)
        if source is None or source.category is None:
            return None
        draft = self.new_draft(account, source.category, source.text("title"))
        draft.values = {**source.values, "customLabel": ""}
        self._keep(draft)
        return draft

    def revision(self, account: Account, item_id: str) -> Draft | None:
        """A draft that changes a live listing once it is sent with "Revise it"."""
        source = self.own_item(account, item_id)
        if source is None:
            return None
        draft = Draft(
            self.number("50", 13), Received("", account.username), mode="ReviseItem", item_id=item_id, opened=1
        )
        draft.values = {**source.values, "priceAutoFillPref": False}
        self.drafts[draft.id] = draft
        return draft

    def _keep(self, draft: Draft) -> None:
        self.drafts[draft.id] = draft
        self.listings[draft.id] = draft.record
        draft.note(self.photos)

    def own_item(self, account: Account, item_id: str) -> Draft | None:
        draft = self.items.get(item_id)
        return draft if draft and draft.record.account == account.username else None

    def own_draft(self, account: Account, draft_id: str) -> Draft | None:
        draft = self.drafts.get(draft_id)
        return draft if draft and draft.record.account == account.username else None

    def list_draft(self, draft: Draft) -> None:
        """The draft becomes a listing with an item number of its own."""
        record = draft.record
        del self.listings[record.id]
        record.id = draft.item_id = self.number("29", 12)
        record.url = f"https://www.ebay.com/itm/{record.id}"
        self.listings[record.id] = record
        self.items[record.id] = draft
        self.last_shipping[record.account] = {name: draft.values.get(name) for name in FIRST_SHIPPING}
        self.make_live(record)

    def open_drafts(self, account: Account) -> list[Draft]:
        """Newest first."""
        own = [d for d in self.drafts.values() if d.record.account == account.username]
        return [d for d in reversed(own) if d.mode == "AddItem" and not d.item_id]

    def similar_products(self, category: catalog.Category, title: str) -> list[dict[str, str]]:
        """Other sellers' listings on the match page; choosing one would copy its title over ours."""
        words = " ".join(title.split()[:3]) or category.name
        return [
            {"id": f"16861151{index}264", "title": f"{words} {category.name} {extra}"}
            for index, extra in enumerate(("NWT", "Size Medium", "Vintage Look"))
        ]
