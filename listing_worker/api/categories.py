"""Where a listing belongs on each marketplace: suggestions, and the seller's choice, which is remembered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from listing_worker.api import schemas
from listing_worker.api.auth import User
from listing_worker.api.errors import invalid, not_found
from listing_worker.api.listings import own_listing, shown
from listing_worker.api.params import known_marketplace, known_marketplaces
from listing_worker.api.ports import Wired
from listing_worker.api.posting import stored_listing
from listing_worker.categories.remember import likeness
from listing_worker.models import ListingDraft

router = APIRouter(prefix="/api", tags=["categories"])


@router.get("/listings/{listing_id}/categories")
def suggest_categories(
    listing_id: str,
    caller: User,
    wired: Wired,
    marketplaces: Annotated[list[str] | None, Query(description="repeat; without: all")] = None,
    count: Annotated[int, Query(ge=1, le=20)] = 3,
) -> schemas.CategoriesOut:
    """The best categories per marketplace, best first: what was chosen for a similar item, then what our table says,
    then what fits its words."""
    names = known_marketplaces(wired, marketplaces or list(wired.marketplaces.names()))
    listing = stored_listing(own_listing(wired, caller.user_id, listing_id))
    chosen = wired.store.chosen_categories(caller.user_id, likeness(listing))
    return schemas.CategoriesOut(
        listing_id=listing.id,
        marketplaces={
            name: schemas.MarketplaceCategories(
                current=listing.overrides.get(name, {}).get("category"),
                suggestions=wired.marketplaces.categories(name, listing, chosen.get(name), count),
            )
            for name in names
        },
    )


@router.put("/listings/{listing_id}/categories/{marketplace}")
def choose_category(
    listing_id: str, marketplace: str, asked: schemas.CategoryIn, caller: User, wired: Wired
) -> schemas.ListingOut:
    """Sets the listing's category on one marketplace, and suggests it first for the next similar item."""
    known_marketplace(wired, marketplace)
    row = own_listing(wired, caller.user_id, listing_id)
    if not wired.marketplaces.is_category(marketplace, asked.category):
        shown_name = wired.marketplaces.display_name(marketplace)
        raise invalid(f"{shown_name} has no such category. Send its full path, to the last level.", "category")
    overrides = row["body"].get("overrides", {})
    own = {**overrides.get(marketplace, {}), "category": asked.category}
    body = {**row["body"], "overrides": {**overrides, marketplace: own}}
    ListingDraft.model_validate(body)
    stored = wired.store.update_listing(caller.user_id, row["id"], body)
    if stored is None:
        raise not_found("listing")
    wired.store.remember_category(caller.user_id, marketplace, likeness(stored_listing(row)), asked.category)
    return shown(stored)
