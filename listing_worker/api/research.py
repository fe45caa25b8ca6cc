"""Suggestions by a model for one listing: content per marketplace and attributes from photos, each with its source."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from listing_worker.agents.heal.model import Model
from listing_worker.agents.researcher import Research, research
from listing_worker.api.auth import User
from listing_worker.api.listings import own_listing
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Wired
from listing_worker.models import Frozen, ListingDraft
from listing_worker.storage.photos import PhotoMissing

router = APIRouter(prefix="/api", tags=["listings"])


class ResearchIn(Frozen):
    """Which marketplaces to write for; empty = all."""

    marketplaces: tuple[str, ...] = ()


@router.post("/listings/{listing_id}/research")
def research_listing(listing_id: str, asked: ResearchIn, caller: User, wired: Wired) -> Research:
    """Changes nothing: what is suggested is for the seller to take or leave. Without OPENROUTER_API_KEY the answer is
    `available: false` and says so."""
    row = own_listing(wired, caller.user_id, listing_id)
    names = known_marketplaces(wired, list(asked.marketplaces) or list(wired.marketplaces.names()))
    limits = {name: limit for name in names if (limit := wired.marketplaces.limits(name)) is not None}
    model = Model.of(wired.settings)
    photos: list[bytes] = []
    for photo in row["photos"] if model is not None else ():
        try:
            photos.append(wired.photos.open(photo["key"]))
        except PhotoMissing:
            continue
    return asyncio.run(research(ListingDraft.model_validate(row["body"]), photos, limits, model))
