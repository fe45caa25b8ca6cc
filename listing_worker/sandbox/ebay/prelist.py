"""From "Sell" to the form: search, then zero to three pages, all at /sl/prelist/identify (fact: ebay §3a)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay import catalog
from listing_worker.sandbox.ebay.pages import error_page, render, seller, seller_api
from listing_worker.sandbox.site import BrowserSession

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

# Families whose items are one of a kind: no catalogue to match.
_NO_CATALOGUE = {"home", "jewelry", "accessories", "accessories_men"}


def identify_url(**values: str) -> str:
    return f"/sl/prelist/identify?{urlencode({'sr': 'sug', **{k: v for k, v in values.items() if v}})}"


def routes(site: EbaySite) -> list[BaseRoute]:
    async def landing(request: Request, session: BrowserSession) -> Response:
        if request.query_params.get("mode", "").startswith("SellSimilar"):
            return RedirectResponse(f"/sl/list?{request.url.query}", 302)
        return render(site, "sell.html", request)

    async def search(request: Request, session: BrowserSession) -> Response:
        query = request.query_params
        return render(site, "prelist_search.html", request, title=query.get("title") or query.get("keywords") or "")

    async def identify(request: Request, session: BrowserSession) -> Response:
        query = request.query_params
        title = query.get("title") or query.get("upc") or ""
        category = catalog.find_leaf(query.get("caty", ""))
        if category is None:
            suggestions = catalog.suggest(title)
            if len(suggestions) != 1 and "skip-category" not in site.variant:
                return render(site, "prelist_category.html", request, title=title, suggestions=suggestions)
            if not suggestions:
                return RedirectResponse(f"/sl/prelist/suggest?{urlencode({'title': title})}", 302)
            category = suggestions[0]
        asked = query.get("view") == "sellnode-condition"
        matching = category.family not in _NO_CATALOGUE and "skip-match" not in site.variant
        if matching and not asked:
            return render(
                site,
                "prelist_match.html",
                request,
                title=title,
                category=category,
                products=site.similar_products(category, title),
                onward=identify_url(title=title, caty=category.id, view="sellnode-condition"),
            )
        if "skip-condition" in site.variant:
            return RedirectResponse(
                f"/sl/list?{urlencode({'mode': 'AddItem', 'categoryId': category.id, 'title': title})}"
            )
        if not asked:
            return RedirectResponse(identify_url(title=title, caty=category.id, view="sellnode-condition"), 302)
        return render(
            site,
            "prelist_condition.html",
            request,
            title=query.get("matchTitle") or title,
            category=category,
            conditions=catalog.conditions(category),
        )

    async def direct(request: Request, session: BrowserSession) -> Response:
        """Makes a draft at once and goes to the form; a wrong category stays on prelist."""
        query = request.query_params
        title, mode = query.get("title", ""), query.get("mode", "")
        if mode in {"SellSimilarItem", "SellSimilar", "RelistItem"}:  # the last one's address is not in the sheet
            draft = site.copy_listing(session.account, query.get("itemId", ""))
            if draft is None:
                return error_page(site, request, "We couldn't find that listing.")
            return RedirectResponse(f"/lstng?draftId={draft.id}&mode=AddItem", 302)
        if mode != "AddItem":
            return error_page(site, request, "Something went wrong. Please try again.", 400, "MISSING_DRAFT_ID_MODE")
        category = catalog.find_leaf(query.get("categoryId", ""))
        from_nowhere = request.headers.get("sec-fetch-site") == "none"  # typed or opened, not led to by a page
        if category is None or ("no-direct" in site.variant and from_nowhere):
            return RedirectResponse(f"/sl/prelist/suggest?{urlencode({'title': title})}", 302)
        draft = site.new_draft(session.account, category, title, query.get("condition", ""))
        return RedirectResponse(f"/lstng?draftId={draft.id}&mode=AddItem", 302)

    async def category_search(request: Request, session: BrowserSession) -> Response:
        found = catalog.search(request.query_params.get("keyword", ""))
        return JSONResponse({"categories": [described(category) for category in found]})

    async def category_children(request: Request, session: BrowserSession) -> Response:
        parent = catalog.find(request.query_params.get("parentId", ""))
        children = parent.children if parent else catalog.roots()
        return JSONResponse(
            {
                "selected": [described(c) for c in _lineage(parent)],
                "categories": [described(category) for category in children],
            }
        )

    async def success(request: Request, session: BrowserSession) -> Response:
        """The page that older forms lead to; newer ones stay and lay an overlay over themselves (fact: ebay §6)."""
        listed = site.own_item(session.account, request.query_params.get("itemId", ""))
        if listed is None:
            return error_page(site, request, "We looked everywhere. Looks like this page is missing.")
        return render(site, "success.html", request, item_id=listed.item_id, title=listed.record.title)

    return [
        Route("/sl/list/success", seller(site, success)),
        Route("/sl/sell", seller(site, landing)),
        Route("/sl/prelist", seller(site, search)),
        Route("/sl/prelist/home", seller(site, search)),
        Route("/sl/prelist/suggest", seller(site, search)),
        Route("/sl/prelist/identify", seller(site, identify)),
        Route("/sl/prelist/api/category/search", seller_api(site, category_search)),
        Route("/sl/prelist/api/category/children", seller_api(site, category_children)),
        Route("/sl/list", seller(site, direct)),
    ]


def described(category: catalog.Category) -> dict[str, object]:
    return {"id": category.id, "name": category.name, "leaf": category.leaf, "path": category.path}


def _lineage(category: catalog.Category | None) -> list[catalog.Category]:
    return [*_lineage(category.parent), category] if category else []
